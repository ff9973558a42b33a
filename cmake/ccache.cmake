# SPDX-License-Identifier: GPL-3.0-or-later
# Compile through ccache where it is installed, unless the caller chose a launcher.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
