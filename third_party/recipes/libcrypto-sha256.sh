# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# SHA-256 alone, out of OpenSSL, for the released agent: the same assembly as the whole library, in 40 KB instead of 5 MB.
# The same sources as recipes/openssl.sh.
package=openssl
version=3.5.7-1~deb13u2
sources="
a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8  openssl_3.5.7.orig.tar.gz
593a47654ead460a3b609503733f80bef552ff0802799d3b47784faacc50809f  openssl_3.5.7-1~deb13u2.debian.tar.xz
"
needs_portable64="sysroot"

build_library() {
    local part objects=
    CFLAGS="$size_flags --sysroot=$(dep sysroot)/sysroot" perl ./Configure linux-x86_64 \
        --prefix=/poolcenter --openssldir=/poolcenter/none --libdir=lib \
        no-shared no-tests no-apps no-docs no-module no-dso no-engine no-autoload-config no-threads
    make build_generated
    for part in crypto/sha/libcrypto-lib-{sha256,sha256-x86_64} crypto/libcrypto-lib-{x86_64cpuid,cpuid,getenv,ctype}; do
        objects+=" $part.o"
    done
    # shellcheck disable=SC2086
    make -j "$jobs" $objects
    mkdir -p "$out/lib" "$out/include"
    # shellcheck disable=SC2086
    ar rcs "$out/lib/libcrypto.a" $objects
    cp -r include/openssl "$out/include/"
    rm -f "$out"/include/openssl/*.in
    write_pc libcrypto 3.5.7 -lcrypto
}
