# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# For libvncclient's Tight encoding.
package=libjpeg-turbo
version=1:2.1.5-4
sources="
254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c  libjpeg-turbo_2.1.5.orig.tar.gz
739e7dc22904dccdc5ab105de57a6e4c1515c0e841e68226e6410ff4976e0e91  libjpeg-turbo_2.1.5-4.debian.tar.xz
"

build_library() {
    cmake_configure -DCMAKE_C_FLAGS="$speed_flags" -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF -DWITH_JAVA=OFF -DREQUIRE_SIMD=ON
    ninja -C "$work" -j "$jobs" install
    rm -rf "$out/bin" "$out/share"
    write_pc libjpeg 2.1.5 -ljpeg
}
