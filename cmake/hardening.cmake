# SPDX-License-Identifier: GPL-3.0-or-later
# Flags that make a mistake of ours harder to exploit, and programs small. Applied to every target of the tree.
if(WIN32)
    add_compile_definitions(
        $<$<COMPILE_LANGUAGE:C>:UNICODE> $<$<COMPILE_LANGUAGE:C>:_UNICODE>
        $<$<COMPILE_LANGUAGE:C>:WINVER=0x0A00> $<$<COMPILE_LANGUAGE:C>:_WIN32_WINNT=0x0A00>
        # <windows.h> would bring the old winsock.h, which collides with winsock2.h of the libraries.
        $<$<COMPILE_LANGUAGE:C>:WIN32_LEAN_AND_MEAN>
        # %zu and %lld as C99 has them, also for the compiler's format check.
        $<$<COMPILE_LANGUAGE:C>:__USE_MINGW_ANSI_STDIO=1>)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-Os> $<$<COMPILE_LANGUAGE:C>:-ffunction-sections>
        $<$<COMPILE_LANGUAGE:C>:-fdata-sections>)
    add_link_options(-static -Wl,--gc-sections,--dynamicbase,--nxcompat,--high-entropy-va)
else()
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    add_compile_options(-fstack-protector-strong)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        include(CheckPIESupported)
        check_pie_supported(LANGUAGES C)
        # Cleared because CMake's own -O3 would follow and win.
        set(CMAKE_C_FLAGS_RELEASE "-DNDEBUG")
        add_compile_options(-Os -fPIE -fstack-clash-protection)
        add_compile_definitions(_FORTIFY_SOURCE=2)
        add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
    endif()
endif()

# The same source gives the same bytes, wherever and whenever it is built.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_link_options(-s)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.>)
    if(WIN32)
        # Sections that begin on a page are mapped by Wine, as Windows does with any; others it reads into memory of its own at every start.
        add_link_options(-Wl,--no-insert-timestamp,--file-alignment=4096)
    endif()
endif()
