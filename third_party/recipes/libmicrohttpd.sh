# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The agent's HTTP server for scripts: a Unix socket, no TLS, no logins of its own.
package=libmicrohttpd
version=1.0.1-4
sources="
a89e09fc9b4de34dde19f4fcb4faaa1ce10299b9908db1132bbfa1de47882b94  libmicrohttpd_1.0.1.orig.tar.gz
fde0a454e4e24a064309e08336ca4e0c8d3157a05dbfad563c587c1322289587  libmicrohttpd_1.0.1-4.debian.tar.xz
"
needs_portable64="sysroot"

build_library() {
    (
        cd "$work"
        "$OLDPWD/configure" CC="$compiler --sysroot=$(dep sysroot)/sysroot" CFLAGS="$size_flags -fPIC" --prefix="$out" \
            --disable-shared --enable-static --disable-doc --disable-examples --disable-tools --disable-curl --disable-https \
            --disable-bauth --disable-dauth --disable-httpupgrade --disable-cookie --disable-postprocessor --disable-messages \
            --disable-sendfile
        make -j "$jobs" -C src/microhttpd install
        make -C src/include install
    )
    rm -rf "$out/lib/pkgconfig" "$out"/lib/*.la
    write_pc libmicrohttpd 1.0.1 -lmicrohttpd "" -lpthread
}
