# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
package=jansson
version=2.14-2
sources="
c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b  jansson_2.14.orig.tar.gz
e89fe4fd8221f6934ddb50f2e7f8404311928d0e23e49a5599f3d3d14ee8cb88  jansson_2.14-2.debian.tar.xz
"
needs_portable64="sysroot"

build_library() {
    local sysroot=
    if [ "$target" = portable64 ]; then
        sysroot=-DCMAKE_SYSROOT=$(dep sysroot)/sysroot
    fi
    cmake_configure -DCMAKE_C_FLAGS="$size_flags" -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF $sysroot
    ninja -C "$work" -j "$jobs" install
    write_pc jansson 2.14 -ljansson
}
