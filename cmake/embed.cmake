# SPDX-License-Identifier: GPL-3.0-or-later
#
# poolcenter_embed(VAR NAME word=file ...): text files as C strings. Writes NAME.c with `const char NAME_<word>[]` for each, and adds it to the list
# of sources in VAR. It is written again when a file changes.
function(poolcenter_embed var name)
    set(text "/* Made by cmake/embed.cmake. */\n")
    foreach(pair IN LISTS ARGN)
        string(REGEX MATCH "^([a-z_]+)=(.*)$" matched "${pair}")
        set(word "${CMAKE_MATCH_1}")
        set(file "${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
        file(READ "${file}" bytes HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
        string(REGEX REPLACE "(................................................................................)" "\\1\n    " bytes "${bytes}")
        string(APPEND text "extern const char ${name}_${word}[];\nconst char ${name}_${word}[] = {\n    ${bytes}0x00};\n")
    endforeach()
    set(out "${CMAKE_CURRENT_BINARY_DIR}/${name}.c")
    file(CONFIGURE OUTPUT "${out}" CONTENT "${text}" @ONLY)
    set(${var} ${${var}} "${out}" PARENT_SCOPE)
endfunction()
