# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Debian's tarball has no win32/ folder, so there is no makefile for it: the library is these files and nothing else.
package=zlib
version=1:1.3.dfsg+really1.3.1-1
sources="
60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb  zlib_1.3.dfsg+really1.3.1.orig.tar.gz
9ed525955ce9fb0c1b39be8ff98f73450dbfc6305a9a27e6149c8972d38a0a9e  zlib_1.3.dfsg+really1.3.1-1.debian.tar.xz
"

build_library() {
    local file
    for file in adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate inftrees trees uncompr zutil; do
        $compiler $speed_flags -c "$file.c" -o "$work/$file.o"
    done
    mkdir -p "$out/lib" "$out/include"
    x86_64-w64-mingw32-ar rcs "$out/lib/libz.a" "$work"/*.o
    cp zlib.h zconf.h "$out/include/"
    write_pc zlib 1.3.1 -lz
}
