# SPDX-License-Identifier: GPL-3.0-or-later
# How the folders under tests/ become programs and ctest entries.

# poolcenter_tests(AREA LIBRARIES...): every test_NAME.c of the current folder is one cmocka program and the ctest entry
# AREA.test_NAME; its other .c files are shared by them. Tests run in their source folder. They get TEST_SOURCE_DIR,
# and natively POOLAGENTD_PATH.
function(poolcenter_tests area)
    poolcenter_sources(sources)
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "^test_")
    list(FILTER sources EXCLUDE REGEX "^test_")
    set(support test_${area}_support)
    poolcenter_library(${support} ${sources})
    poolcenter_link(${support} ${ARGN} third_party::cmocka)
    foreach(file IN LISTS tests)
        cmake_path(GET file STEM stem)
        poolcenter_test(${area} ${stem} ${file} ${support})
    endforeach()
endfunction()

function(poolcenter_test area stem file support)
    set(target ${area}_${stem})
    add_executable(${target} ${file})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${stem})
    target_link_libraries(${target} PRIVATE ${support})
    target_compile_definitions(${target} PRIVATE TEST_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    if(TARGET poolagentd)
        target_compile_definitions(${target} PRIVATE POOLAGENTD_PATH="$<TARGET_FILE:poolagentd>")
        add_dependencies(${target} poolagentd)
    endif()
    add_test(NAME ${area}.${stem} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${area}.${stem} PROPERTIES LABELS ${area} TIMEOUT 300)
endfunction()

# poolcenter_programs(LIBRARIES...): every .c file of the current folder is one program of that name.
function(poolcenter_programs)
    poolcenter_sources(sources)
    foreach(file IN LISTS sources)
        cmake_path(GET file STEM stem)
        add_executable(${stem} ${file})
        target_link_libraries(${stem} PRIVATE poolcenter_options ${ARGN})
    endforeach()
endfunction()
