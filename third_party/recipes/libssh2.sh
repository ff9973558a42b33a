# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# SSH for client/core. Debian 12's own 1.10 lacks direct-streamlocal, the channel our agent is reached by.
package=libssh2
version=1.11.1-1+deb13u2
sources="
d9ec76cbe34db98eec3539fe2c899d26b0c837cb3eb466a56b0f109cabf658f7  libssh2_1.11.1.orig.tar.gz
ee81e3ea0d65fdbc979c50f1433966d0139e33ac09242d7dc7c83567139126a7  libssh2_1.11.1-1+deb13u2.debian.tar.xz
"
needs_mingw64="zlib openssl"

build_library() {
    local openssl=
    if [ "$target" = mingw64 ]; then
        openssl=-DOPENSSL_ROOT_DIR=$(dep openssl)
    fi
    cmake_configure -DCMAKE_C_FLAGS="$speed_flags" -DCRYPTO_BACKEND=OpenSSL -DENABLE_ZLIB_COMPRESSION=ON \
        -DBUILD_STATIC_LIBS=ON -DBUILD_EXAMPLES=OFF -DBUILD_TESTING=OFF -DCLEAR_MEMORY=ON $openssl
    ninja -C "$work" -j "$jobs" install
    rm -rf "$out/share" "$out/lib/cmake"
    if [ "$target" = mingw64 ]; then
        write_pc libssh2 1.11.1 -lssh2 "libcrypto zlib" "-lws2_32 -lbcrypt -lcrypt32"
    else
        write_pc libssh2 1.11.1 -lssh2 "libcrypto zlib"
    fi
}
