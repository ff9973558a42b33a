# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# For the released agent: the parser, the tree and the writer, without files, networks, character sets, schemas or XPath.
package=libxml2
version=2.12.7+dfsg+really2.9.14-2.1+deb13u3
sources="
4fe913dec8b1ab89d13b489b419a8203176ea39e931eaa0d25b17eafb9c279e9  libxml2_2.12.7+dfsg+really2.9.14.orig.tar.xz
3b6d265f482d6a8fbe3c056d2006fb3b563b4a838f7258b388ac5f0b29206921  libxml2_2.12.7+dfsg+really2.9.14-2.1+deb13u3.debian.tar.xz
"
needs_portable64="sysroot"

build_library() {
    cmake_configure -DCMAKE_C_FLAGS="$size_flags" -DCMAKE_SYSROOT="$(dep sysroot)/sysroot" -DLIBXML2_WITH_WRITER=ON -DLIBXML2_WITH_TREE=ON \
        -DLIBXML2_WITH_OUTPUT=ON -DLIBXML2_WITH_PUSH=ON -DLIBXML2_WITH_READER=OFF -DLIBXML2_WITH_SAX1=OFF -DLIBXML2_WITH_HTML=OFF -DLIBXML2_WITH_HTTP=OFF -DLIBXML2_WITH_FTP=OFF \
        -DLIBXML2_WITH_ICONV=OFF -DLIBXML2_WITH_ICU=OFF -DLIBXML2_WITH_ZLIB=OFF -DLIBXML2_WITH_LZMA=OFF -DLIBXML2_WITH_PYTHON=OFF \
        -DLIBXML2_WITH_PROGRAMS=OFF -DLIBXML2_WITH_TESTS=OFF -DLIBXML2_WITH_SCHEMAS=OFF -DLIBXML2_WITH_SCHEMATRON=OFF \
        -DLIBXML2_WITH_XPATH=OFF -DLIBXML2_WITH_XPTR=OFF -DLIBXML2_WITH_XPTR_LOCS=OFF -DLIBXML2_WITH_XINCLUDE=OFF -DLIBXML2_WITH_CATALOG=OFF -DLIBXML2_WITH_C14N=OFF \
        -DLIBXML2_WITH_DEBUG=OFF -DLIBXML2_WITH_MEM_DEBUG=OFF -DLIBXML2_WITH_MODULES=OFF -DLIBXML2_WITH_PATTERN=OFF \
        -DLIBXML2_WITH_REGEXPS=OFF -DLIBXML2_WITH_LEGACY=OFF -DLIBXML2_WITH_ISO8859X=OFF -DLIBXML2_WITH_VALID=OFF
    ninja -C "$work" -j "$jobs" install
    rm -rf "$out/share" "$out/bin" "$out/lib/cmake"
    mv "$out/include/libxml2/libxml" "$out/include/"
    rmdir "$out/include/libxml2"
    write_pc libxml-2.0 2.9.14 -lxml2 "" -lm
}
