# SPDX-License-Identifier: GPL-3.0-or-later
# Which .c files a folder's target is made of.

# poolcenter_sources(VAR [EXCLUDE name...]): all .c files of the current folder. NAME_win32.c is left out on Linux and
# NAME_posix.c on Windows, so a porting file needs no #ifdef around its whole text.
function(poolcenter_sources var)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXCLUDE")
    file(GLOB found RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.c)
    if(WIN32)
        list(FILTER found EXCLUDE REGEX "_posix\\.c$")
    else()
        list(FILTER found EXCLUDE REGEX "_win32\\.c$")
    endif()
    if(arg_EXCLUDE AND found)
        list(REMOVE_ITEM found ${arg_EXCLUDE})
    endif()
    set(${var} ${found} PARENT_SCOPE)
endfunction()

# poolcenter_library(NAME SOURCES...): a static library of our own, or an interface one while the folder has no .c file.
# poolcenter_link() then works the same for both.
function(poolcenter_library name)
    if(ARGN)
        add_library(${name} STATIC ${ARGN})
        target_link_libraries(${name} PUBLIC poolcenter_options)
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE poolcenter_options)
    endif()
endfunction()

function(poolcenter_link name)
    get_target_property(type ${name} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
        target_link_libraries(${name} INTERFACE ${ARGN})
    else()
        target_link_libraries(${name} PUBLIC ${ARGN})
    endif()
endfunction()
