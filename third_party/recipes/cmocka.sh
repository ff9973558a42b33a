# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The test framework, for tests that run as .exe under Wine. Debian has no patches for it that concern Windows.
package=cmocka
version=1.1.7-3
sources="
810570eb0b8d64804331f82b29ff47c790ce9cd6b163e98d47a4807047ecad82  cmocka_1.1.7.orig.tar.xz
"

build_library() {
    cmake_configure -DCMAKE_C_FLAGS="$size_flags" -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
    ninja -C "$work" -j "$jobs" install
    write_pc cmocka 1.1.7 -lcmocka
}
