# SPDX-License-Identifier: GPL-3.0-or-later
# Warnings for our own code. Foreign headers are reached through SYSTEM include paths and stay silent.
set(poolcenter_warnings -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
if(POOLCENTER_WERROR)
    list(APPEND poolcenter_warnings -Werror)
endif()
target_compile_options(poolcenter_options INTERFACE "$<$<COMPILE_LANGUAGE:C>:${poolcenter_warnings}>")
