# SPDX-License-Identifier: GPL-3.0-or-later
# strings_all.def: includes every resources/strings/<area>.def in sorted order, for the tables of client/core/text.c.
file(GLOB areas RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/resources/strings/*.def)
list(SORT areas)
set(text "/* Generated from resources/strings: do not edit. */\n")
foreach(area IN LISTS areas)
    string(APPEND text "#include \"${area}\"\n")
endforeach()
file(CONFIGURE OUTPUT ${POOLCENTER_GENERATED}/strings_all.def CONTENT "${text}" @ONLY)
