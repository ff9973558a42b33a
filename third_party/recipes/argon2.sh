# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The key derivation of PuTTY's key files. OpenSSL has it from 3.2 on only, Debian 12's 3.0 has not; these few files are the
# reference implementation, without threads. Upstream's tarball alone: Debian changes the packaging only.
package=argon2
version=0~20190702+dfsg-4
sources="
815f1017b5b0033204778c2e32443257274bc5d9dd16d355c4f7db8189e23dcc  argon2_0~20190702+dfsg.orig.tar.xz
"

build_library() {
    local file archiver=ar
    [ "$target" = linux64 ] || archiver=x86_64-w64-mingw32-ar
    for file in argon2 core encoding opt blake2/blake2b; do
        $compiler -std=c99 $speed_flags -fPIC -DARGON2_NO_THREADS -Iinclude -Isrc -c "src/$file.c" -o "$work/$(basename "$file").o"
    done
    mkdir -p "$out/lib" "$out/include"
    "$archiver" rcsD "$out/lib/libargon2.a" "$work"/*.o
    cp include/argon2.h "$out/include/"
    write_pc libargon2 20190702 -largon2
}
