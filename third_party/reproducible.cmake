# SPDX-License-Identifier: GPL-3.0-or-later
# Read by every library's project() call: no name of the folder it is built in gets into the library.
add_compile_options($<$<COMPILE_LANGUAGE:C>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.>
    $<$<COMPILE_LANGUAGE:C>:-ffile-prefix-map=${CMAKE_BINARY_DIR}=.>)
