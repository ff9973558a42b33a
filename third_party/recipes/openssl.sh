# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# no-module puts the legacy provider into the library: VNC's password login needs DES through it. Nothing is read from
# the disk at start (no-autoload-config, no-dso, no-engine), and the folder it would look in has a name that Windows does
# not allow, so nobody can put one there.
package=openssl
version=3.5.7-1~deb13u2
sources="
a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8  openssl_3.5.7.orig.tar.gz
593a47654ead460a3b609503733f80bef552ff0802799d3b47784faacc50809f  openssl_3.5.7-1~deb13u2.debian.tar.xz
"

build_library() {
    # Plain -Os instead of the target's -O3: the ciphers and hashes that matter are assembly.
    CFLAGS="$size_flags" perl ./Configure mingw64 --cross-compile-prefix=x86_64-w64-mingw32- \
        --prefix=/poolcenter --openssldir=/poolcenter:none --libdir=lib \
        no-shared no-tests no-apps no-docs no-module no-dso no-engine no-autoload-config no-uplink no-capieng \
        no-quic no-dtls no-srtp no-sctp no-nextprotoneg no-comp no-zlib no-brotli no-zstd no-cmp no-cms no-ct no-ts no-srp no-psk \
        no-gost no-idea no-seed no-camellia no-aria no-sm2 no-sm3 no-sm4 no-bf no-cast no-rc2 no-rc4 no-rc5 no-md4 no-mdc2 \
        no-whirlpool no-rmd160 no-dsa no-ec2m no-ml-dsa no-slh-dsa no-argon2 no-thread-pool no-ui-console
    make -j "$jobs" build_libs
    make install_dev DESTDIR="$work"
    cp -a "$work/poolcenter/." "$out/"
    rm -rf "$out/lib/pkgconfig" "$out/lib/cmake"
    write_pc libcrypto 3.5.7 -lcrypto "" "-lws2_32 -lgdi32 -lcrypt32"
    write_pc libssl 3.5.7 -lssl libcrypto
}
