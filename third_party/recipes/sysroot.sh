# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The C library's headers and link libraries of Debian 11, whose glibc 2.31 is the oldest that the released agent runs on:
# what is linked against it cannot ask for a newer symbol. Nothing of it is shipped. These are binary packages, so they are
# fetched and unpacked here in their own way.
package=glibc
version=2.31-13+deb11u11
sources="
05f7264da867b37f4c5ce49266b558ea1e81e05a9464f623152fca70f3550282  pool/main/g/glibc/libc6_2.31-13+deb11u11_amd64.deb
e7f7b45d9c5cfcf37609f0b6efd3c645272c812144703af89dfd32218fcb0fd3  pool/main/g/glibc/libc6-dev_2.31-13+deb11u11_amd64.deb
e3be603bd12377bb90fcfb0f2048ca3a81c886e49d6f09945b82159d1c54f7b2  pool/main/l/linux/linux-libc-dev_5.10.223-1_amd64.deb
"

fetch_sources() {
    local sum file mirror
    while read -r sum file; do
        [ ! -e "$cache/sources/$sum" ] || continue
        for mirror in $(list_debian_mirrors | sed -n 's/ main$//p') http://deb.debian.org/debian http://archive.debian.org/debian; do
            say "fetching $file"
            if /usr/lib/apt/apt-helper -q -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" \
                download-file "$mirror/$file" "$cache/$target-fetch.deb" "SHA256:$sum"; then
                mkdir -p "$cache/sources/$sum"
                mv "$cache/$target-fetch.deb" "$cache/sources/$sum/$(basename "$file")"
                break
            fi
        done
        [ -e "$cache/sources/$sum" ] || fail "no mirror has $file with the checksum that third_party/recipes pins."
    done < <(list_sources)
}

unpack_sources() {
    local folder=$1 sum file
    mkdir -p "$folder"
    while read -r sum file; do
        dpkg-deb --extract "$cache/sources/$sum/$(basename "$file")" "$folder"
    done < <(list_sources)
}

# The packages' links name the system's folders: relative ones stay inside of the sysroot.
build_library() {
    local link
    mkdir -p "$out/sysroot/usr"
    mv lib lib64 "$out/sysroot/"
    mv usr/include usr/lib "$out/sysroot/usr/"
    rm -rf "$out"/sysroot/usr/lib/x86_64-linux-gnu/{gconv,audit}
    find "$out/sysroot" -type l -lname '/*' | while read -r link; do
        ln -sfnr "$out/sysroot$(readlink "$link")" "$link"
    done
}
