# SPDX-License-Identifier: GPL-3.0-or-later
# DLLs that are loaded when one of their functions is first called, instead of at every start of the program.

# poolcenter_delay_load(TARGET DLL FUNCTIONS...): the functions are all that the target and its libraries use of the DLL. The import library made here
# is taken as a whole and first, so that later ones for the same DLL have nothing left to add.
function(poolcenter_delay_load target dll)
    cmake_path(GET dll STEM stem)
    set(library ${CMAKE_CURRENT_BINARY_DIR}/lib${stem}_delayed.a)
    set(definition ${CMAKE_CURRENT_BINARY_DIR}/${stem}_delayed.def)
    list(JOIN ARGN "\n" functions)
    file(CONFIGURE OUTPUT ${definition} CONTENT "LIBRARY ${dll}\nEXPORTS\n${functions}\n" @ONLY)
    string(REPLACE gcc dlltool tool ${CMAKE_C_COMPILER})
    add_custom_command(OUTPUT ${library} COMMAND ${tool} --input-def ${definition} --output-delaylib ${library} --dllname ${dll} --temp-prefix ${stem}_delayed
        DEPENDS ${definition} VERBATIM)
    add_custom_target(${target}_${stem}_delayed DEPENDS ${library})
    add_dependencies(${target} ${target}_${stem}_delayed)
    target_link_options(${target} PRIVATE -Wl,--whole-archive,${library},--no-whole-archive)
    target_link_libraries(${target} PRIVATE delayimp)
endfunction()
