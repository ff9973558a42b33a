# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# libvncclient only: the console's RFB protocol.
package=libvncserver
version=0.9.15+dfsg-1+deb13u2
sources="
522faacc783ca0924d34e2a355c3b1cc2d17115e04ffb78e7935db541af184d0  libvncserver_0.9.15+dfsg.orig.tar.xz
2e7dea1a2f9a52509305765cefc66eb58917c26974b168df150fa3531ab65901  libvncserver_0.9.15+dfsg-1+deb13u2.debian.tar.xz
"
needs_mingw64="zlib libjpeg-turbo openssl"

build_library() {
    local openssl=
    if [ "$target" = mingw64 ]; then
        openssl=-DOPENSSL_ROOT_DIR=$(dep openssl)
    fi
    cmake_configure -DCMAKE_C_FLAGS="$speed_flags" -DWITH_OPENSSL=ON -DWITH_ZLIB=ON -DWITH_JPEG=ON -DWITH_THREADS=ON \
        -DPREFER_WIN32THREADS=ON -DWITH_GNUTLS=OFF -DWITH_GCRYPT=OFF -DWITH_SASL=OFF -DWITH_LZO=OFF -DWITH_PNG=OFF \
        -DWITH_SDL=OFF -DWITH_GTK=OFF -DWITH_QT=OFF -DWITH_XCB=OFF -DWITH_FFMPEG=OFF -DWITH_LIBSSHTUNNEL=OFF -DWITH_SYSTEMD=OFF \
        -DWITH_WEBSOCKETS=OFF -DWITH_EXAMPLES=OFF -DWITH_TESTS=OFF $openssl
    ninja -C "$work" -j "$jobs" vncclient
    mkdir -p "$out/lib" "$out/include/rfb"
    cp "$work/libvncclient.a" "$out/lib/"
    cp include/rfb/*.h "$work"/include/rfb/*.h "$out/include/rfb/"
    if [ "$target" = mingw64 ]; then
        write_pc libvncclient 0.9.15 -lvncclient "libssl libcrypto libjpeg zlib" "-lws2_32 -lcrypt32"
    else
        write_pc libvncclient 0.9.15 -lvncclient "libssl libcrypto libjpeg zlib" -lpthread
    fi
}
