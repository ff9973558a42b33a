# SPDX-License-Identifier: GPL-3.0-or-later
# resources/icons/*.svg become NAME.ico files in the build folder, listed in icons.rc and numbered in icons.h.
# Numbers count from 1000 in the order of names, but the program's own icon is 1: Explorer shows the lowest one.
find_program(RSVG_CONVERT rsvg-convert REQUIRED)
find_program(ICOTOOL icotool REQUIRED)
set(POOLCENTER_ICONS_DIR ${CMAKE_BINARY_DIR}/icons)

# --raw keeps every picture a PNG inside the .ico, which Windows has understood since Vista: as bitmaps the set would
# make the program 3 MB larger.
function(poolcenter_icon name svg sizes)
    set(pictures)
    set(arguments)
    set(commands)
    foreach(size IN LISTS sizes)
        set(picture ${POOLCENTER_ICONS_DIR}/${name}-${size}.png)
        list(APPEND pictures ${picture})
        list(APPEND commands COMMAND ${RSVG_CONVERT} -w ${size} -h ${size} -o ${picture} ${svg})
        list(APPEND arguments --raw=${picture})
    endforeach()
    add_custom_command(OUTPUT ${POOLCENTER_ICONS_DIR}/${name}.ico ${commands}
        COMMAND ${ICOTOOL} -c -o ${POOLCENTER_ICONS_DIR}/${name}.ico ${arguments}
        BYPRODUCTS ${pictures} DEPENDS ${svg} COMMENT "Icon ${name}.ico" VERBATIM)
endfunction()

# poolcenter_icons(VAR): makes the rules and lists in icons.h and icons.rc; VAR gets the .ico files.
function(poolcenter_icons var)
    file(MAKE_DIRECTORY ${POOLCENTER_ICONS_DIR})
    file(GLOB drawings CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/resources/icons/*.svg)
    list(SORT drawings)
    set(header "/* Generated from resources/icons: do not edit. */\n#ifndef ICONS_H\n#define ICONS_H\n")
    set(script "/* Generated from resources/icons: do not edit. */\n#include \"icons.h\"\n")
    set(number 1000)
    set(icons)
    foreach(svg IN LISTS drawings)
        cmake_path(GET svg STEM name)
        string(TOUPPER ${name} upper)
        # 16 and 24 at 100 to 300 %; what stands large on an empty page also at 48 and 64.
        set(sizes 16 20 24 28 32 36 40 48 64 72)
        if(name MATCHES "^(empty_state|console|console_off|warning|host_offline)$")
            list(APPEND sizes 96 128 144 192)
        endif()
        if(name STREQUAL "poolcenter")
            set(id 1)
            list(APPEND sizes 128 256)
        else()
            set(id ${number})
            math(EXPR number "${number} + 1")
        endif()
        string(APPEND header "#define ICON_${upper} ${id}\n")
        string(APPEND script "ICON_${upper} ICON \"${name}.ico\"\n")
        poolcenter_icon(${name} ${svg} "${sizes}")
        list(APPEND icons ${POOLCENTER_ICONS_DIR}/${name}.ico)
    endforeach()
    math(EXPR last "${number} - 1")
    string(APPEND header "#define ICON_FIRST 1000\n#define ICON_LAST ${last}\n#endif\n")
    file(CONFIGURE OUTPUT ${POOLCENTER_GENERATED}/icons.h CONTENT "${header}" @ONLY)
    file(CONFIGURE OUTPUT ${POOLCENTER_GENERATED}/icons.rc CONTENT "${script}" @ONLY)
    set(${var} ${icons} PARENT_SCOPE)
endfunction()
