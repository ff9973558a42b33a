# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What third_party/build does once it knows that something must be built: fetch, unpack, compile, assemble.
# Sourced with $here, $cache, $target, $libraries, $compiler and $common_hash set.
#
# A recipe (third_party/recipes/NAME.sh) sets
#   package, version   the Debian source package
#   sources            "SHA256 FILE" lines, the upstream tarball first
#   needs_mingw64, needs_linux64   other recipes it is compiled against
# and defines build_library(), which runs in the unpacked source with $out (where to install), $work (empty folder)
# and $deps (the folders of what it needs).

suite=trixie
jobs=2
size_flags="-Os -ffunction-sections -fdata-sections"
speed_flags="-O2 -ffunction-sections -fdata-sections"
if [ "$target" = linux64 ]; then
    speed_flags+=" -g -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2"
fi

say() {
    echo "third_party: $*"
}

fail() {
    say "$*" >&2
    exit 1
}

# --- fetch ---

# The machine's own mirrors, asked for the sources of $suite. Only Debian's own archive is taken (its suites are named
# after the release), not what else the machine may have configured. The signature is not what we trust: every file is
# checked against the SHA-256 in its recipe.
list_debian_mirrors() {
    local codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    {
        { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
            sed -nE 's/^[[:space:]]*deb(-src)?[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\3 \4/p'
        awk '/^URIs:/ {uri = $2} /^Suites:/ {for (i = 2; i <= NF; i++) print uri, $i}' \
            /etc/apt/sources.list.d/*.sources 2>/dev/null || true
    } | awk -v codename="$codename" '
        $2 == codename || $2 == codename "-updates" {print $1, "main"}
        $2 == codename "-security" || $2 == codename "/updates" {print $1, "security"}' | sort -u
}

write_apt_sources() {
    local uri kind
    while read -r uri kind; do
        if [ "$kind" = main ]; then
            echo "deb-src [trusted=yes] $uri $suite main"
            echo "deb-src [trusted=yes] $uri $suite-updates main"
        else
            echo "deb-src [trusted=yes] $uri $suite-security main"
        fi
    done < <(list_debian_mirrors) >"$apt_state/sources.list"
    [ -s "$apt_state/sources.list" ] || fail "no Debian mirror found in /etc/apt."
}

private_apt() {
    local tool=$1
    shift
    "$tool" -q -o Dir::State::Lists="$apt_state/lists" -o Dir::Etc::SourceList="$apt_state/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::Cache="$apt_state/cache" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 "$@"
}

prepare_apt() {
    [ -z "${apt_ready:-}" ] || return 0
    apt_state=$cache/apt-$target
    mkdir -p "$apt_state"/{lists/partial,cache/archives/partial}
    write_apt_sources
    local try
    for try in 1 2 3; do
        if private_apt apt-get update >"$apt_state/update.log" 2>&1; then
            break
        fi
        # One unreachable part (say, the security suite) must not hide what the others have.
        sleep $((try * 2))
    done
    apt_ready=yes
}

indexed_versions() {
    private_apt apt-cache showsrc "$package" 2>/dev/null | sed -n 's/^Version: //p' | sort -Vru
}

have_sources() {
    local sum file
    while read -r sum file; do
        [ -e "$cache/sources/$sum/$file" ] || return 1
    done < <(list_sources)
}

list_sources() {
    sed '/^[[:space:]]*$/d' <<<"$sources"
}

# Takes from the current folder every file that has a pinned checksum.
keep_pinned_files() {
    local sum file
    while read -r sum file; do
        [ -e "$file" ] && [ ! -e "$cache/sources/$sum/$file" ] || continue
        if echo "$sum  $file" | sha256sum --quiet -c - 2>/dev/null; then
            mkdir -p "$cache/sources/$sum"
            mv "$file" "$cache/sources/$sum/$file"
        else
            say "$file is not the file that third_party/recipes pins; ignored."
            rm -f "$file"
        fi
    done < <(list_sources)
}

# A mirror can lack single files: then apt-get gives up on the package, and asking for its parts one by one helps. The
# upstream tarball is also the same in every revision of the package.
fetch_sources() {
    have_sources && return
    prepare_apt
    say "fetching $package $version"
    local folder revision part
    folder=$(mktemp -d "$cache/$target-fetch.XXXXXX")
    pushd "$folder" >/dev/null
    for revision in "$version" $(indexed_versions); do
        for part in "" --tar-only --diff-only; do
            # shellcheck disable=SC2086
            private_apt apt-get source --download-only $part "$package=$revision" >>"$apt_state/fetch.log" 2>&1 || true
            keep_pinned_files
            if have_sources; then
                break 2
            fi
        done
    done
    popd >/dev/null
    rm -rf "$folder"
    have_sources || fail "the mirror does not have the pinned files of $package $version (see $apt_state/fetch.log). If Debian has \
replaced them, update version and checksums in third_party/recipes."
}

# --- unpack ---

# What dpkg-source -x does, without needing the .dsc: upstream, then Debian's patches, then our own.
unpack_sources() {
    local folder=$1 sum file patch
    mkdir -p "$folder"
    while read -r sum file; do
        case $file in
            *.orig.tar.*) tar -xf "$cache/sources/$sum/$file" -C "$folder" --strip-components=1 ;;
            *.debian.tar.*) tar -xf "$cache/sources/$sum/$file" -C "$folder" ;;
        esac
    done < <(list_sources)
    if [ -e "$folder/debian/patches/series" ]; then
        for patch in $(sed -e 's/#.*//' "$folder/debian/patches/series"); do
            apply_patch "$folder" "$folder/debian/patches/$patch"
        done
    fi
    for patch in "$here/patches/$name"-*.patch; do
        [ ! -e "$patch" ] || apply_patch "$folder" "$patch"
    done
}

apply_patch() {
    patch -d "$1" -p1 --forward --batch --silent <"$2" || fail "$(basename "$2") does not apply to $name."
}

# --- compile ---

# cmake_build SOURCE-OPTIONS...: configures in $work; the caller builds what it wants of it. Only what $deps holds is
# found on mingw64; the system's own libraries on linux64.
cmake_configure() {
    local -a options=(-G Ninja -S . -B "$work" -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$out"
        -DCMAKE_INSTALL_LIBDIR:PATH=lib -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_PROJECT_INCLUDE="$here/reproducible.cmake")
    if [ "$target" = mingw64 ]; then
        local roots=${deps// /;}
        options+=(-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=x86_64
            -DCMAKE_C_COMPILER="$compiler" -DCMAKE_RC_COMPILER=x86_64-w64-mingw32-windres
            -DCMAKE_FIND_ROOT_PATH="$roots;/usr/x86_64-w64-mingw32" -DCMAKE_PREFIX_PATH="$roots"
            -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY
            -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY
            -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)
    fi
    cmake "${options[@]}" "$@"
}

# The folder of one dependency, out of $deps.
dep() {
    local folder
    for folder in $deps; do
        case $(basename "$folder") in
            "$1"-????????????????) echo "$folder" ;;
        esac
    done
}

# write_pc MODULE VERSION LIBS [REQUIRES.PRIVATE [LIBS.PRIVATE]]: our own pkg-config file, because the libraries' own
# ones name the build machine's folders or forget Windows' libraries.
write_pc() {
    mkdir -p "$out/lib/pkgconfig"
    cat >"$out/lib/pkgconfig/$1.pc" <<PC
prefix=\${pcfiledir}/../..
Name: $1
Description: $1, built by third_party/build
Version: $2
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib $3
Requires.private: ${4:-}
Libs.private: ${5:-}
PC
}

# What a library is compiled against. The caller may be inside another recipe, whose variables must not count.
list_needs() (
    needs=needs_$target
    unset "$needs"
    . "$here/recipes/$1.sh"
    echo "${!needs:-}"
)

# Everything that goes into a library: its recipe, our patches to it, and what it is compiled against.
library_hash() {
    local needs
    needs=$(list_needs "$1")
    {
        echo "$target $common_hash"
        cat "$here/recipes/$1.sh"
        cat "$here/patches/$1"-*.patch 2>/dev/null || true
        local need
        for need in $needs; do
            library_hash "$need"
        done
    } | sha256sum | cut -c1-16
}

library_folder() {
    echo "$cache/$target-libraries/$1-$(library_hash "$1")"
}

# Runs in a subshell of its own: a recipe's variables and functions end with it.
build_one() (
    name=$1
    out=$(library_folder "$name")
    [ ! -e "$out/complete" ] || exit 0

    . "$here/recipes/$name.sh"
    fetch_sources
    deps=
    for need in $(list_needs "$name"); do
        deps+="${deps:+ }$(library_folder "$need")"
    done
    scratch=$(mktemp -d "$cache/$target-build.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    work=$scratch/work
    log=$cache/$target-$name.log
    rm -rf "$out"
    mkdir -p "$out" "$work"

    # The date that OpenSSL and libjpeg-turbo put into themselves: the same one on every machine and day.
    export SOURCE_DATE_EPOCH=1767225600
    say "building $name $version for $target"
    start=$SECONDS
    # Not "if ! (...)": bash would ignore set -e in there.
    set +e
    (
        set -ex
        unpack_sources "$scratch/$name"
        cd "$scratch/$name"
        build_library
    ) >"$log" 2>&1
    status=$?
    set -e
    if [ $status -ne 0 ]; then
        tail -n 40 "$log"
        fail "$name failed; the whole log is $log."
    fi
    touch "$out/complete"
    say "built $name in $((SECONDS - start)) s"
)

build_all() {
    local prefix=$1 staging name
    # What a killed run left behind: we hold the lock, so nobody is in there.
    rm -rf "$cache/$target"-{fetch,build,assemble}.*
    mkdir -p "$cache/sources"
    for name in $libraries; do
        build_one "$name"
    done
    staging=$(mktemp -d "$cache/$target-assemble.XXXXXX")
    chmod 755 "$staging"
    for name in $libraries; do
        cp -a "$(library_folder "$name")/." "$staging/"
    done
    rm -rf "$prefix"
    mv "$staging" "$prefix"
}
