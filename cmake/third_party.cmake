# SPDX-License-Identifier: GPL-3.0-or-later
# The libraries we link. Each becomes a target third_party::NAME made from its pkg-config file, whether it was built by
# third_party/build (cross build, and libssh2 and libvncclient on Linux), installed by the distribution, or comes from
# MSYS2. third_party/build does nothing but print its folder when everything is built already.
find_program(PKG_CONFIG pkg-config REQUIRED)

set(third_party_command ${PKG_CONFIG})

if(CMAKE_HOST_UNIX)
    if(WIN32)
        set(third_party_target mingw64)
    else()
        set(third_party_target linux64)
    endif()
    file(GLOB third_party_files CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/third_party/* ${CMAKE_SOURCE_DIR}/third_party/recipes/* ${CMAKE_SOURCE_DIR}/third_party/patches/*)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${third_party_files})
    execute_process(COMMAND ${CMAKE_SOURCE_DIR}/third_party/build ${third_party_target}
        OUTPUT_VARIABLE third_party_prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE ".*\n" "" third_party_prefix "${third_party_prefix}")
    message(STATUS "Third-party libraries: ${third_party_prefix}")
    if(WIN32)
        set(third_party_path PKG_CONFIG_LIBDIR=${third_party_prefix}/lib/pkgconfig)
    else()
        set(third_party_path PKG_CONFIG_PATH=${third_party_prefix}/lib/pkgconfig)
    endif()
    set(third_party_command ${CMAKE_COMMAND} -E env ${third_party_path} ${PKG_CONFIG})
endif()

function(third_party_ask var module)
    execute_process(COMMAND ${third_party_command} ${ARGN} ${module}
        OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "pkg-config does not know ${module}. Run tools/setup (Debian), or see third_party/README.md (MSYS2).")
    endif()
    separate_arguments(answer UNIX_COMMAND "${answer}")
    set(${var} ${answer} PARENT_SCOPE)
endfunction()

# third_party(NAME MODULE [STATIC]): STATIC also takes what the library itself needs, for one that is linked as .a.
function(third_party name module)
    set(static)
    if(WIN32 OR "STATIC" IN_LIST ARGN)
        set(static --static)
    endif()
    third_party_ask(directories ${module} ${static} --cflags-only-I)
    third_party_ask(options ${module} ${static} --cflags-only-other)
    third_party_ask(libraries ${module} ${static} --libs)
    list(TRANSFORM directories REPLACE "^-I" "")
    add_library(third_party::${name} INTERFACE IMPORTED GLOBAL)
    target_include_directories(third_party::${name} SYSTEM INTERFACE ${directories})
    target_compile_options(third_party::${name} INTERFACE ${options})
    target_link_libraries(third_party::${name} INTERFACE ${libraries})
endfunction()

third_party(jansson jansson)
third_party(crypto libcrypto)
third_party(ssh2 libssh2 STATIC)
third_party(vncclient libvncclient STATIC)
third_party(cmocka cmocka)
if(NOT WIN32)
    third_party(libxml2 libxml-2.0)
endif()
if(NOT WIN32 AND NOT POOLCENTER_FUZZ)
    third_party(libvirt libvirt)
    third_party(libvirt_qemu libvirt-qemu)
endif()
