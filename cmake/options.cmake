# SPDX-License-Identifier: GPL-3.0-or-later
# poolcenter_options: how all of our own code is compiled and linked (include path, warnings, hardening, sanitizers).
# The root of the tree is the include path: #include "protocol/error.h".
add_library(poolcenter_options INTERFACE)
set(POOLCENTER_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${POOLCENTER_GENERATED})

target_include_directories(poolcenter_options INTERFACE ${CMAKE_SOURCE_DIR} ${POOLCENTER_GENERATED})
target_compile_definitions(poolcenter_options INTERFACE
    $<$<COMPILE_LANGUAGE:C>:POOLCENTER_VERSION="${PROJECT_VERSION}">)

include(warnings)
include(hardening)
include(sanitizers)
include(strings)
