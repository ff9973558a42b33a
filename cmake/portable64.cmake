# SPDX-License-Identifier: GPL-3.0-or-later
# Toolchain file of the released agent: this machine's compiler, but the C library of the oldest system that it shall start
# on (third_party/recipes/sysroot.sh). agent/CMakeLists.txt checks the result.
execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../third_party/build portable64
    OUTPUT_VARIABLE portable64 OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(CMAKE_SYSROOT ${portable64}/sysroot)
# Debian's gcc would look into its own machine's folder first, sysroot or not.
add_link_options(-B${CMAKE_SYSROOT}/usr/lib/x86_64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(POOLCENTER_OLDEST_GLIBC 2.31)
