# Puts PoolCenter's agent where its user may run it without installing anything. Needs: $sum, and the program as input when it says "need".
set -eu
LC_ALL=C
export LC_ALL
umask 077
trap 'exit 1' HUP INT TERM PIPE

same() { [ "$(sha256sum <"$1" | cut -c 1-64)" = "$sum" ]; }

# In somebody else's folder of /tmp a file may become another one between a look at it and its start.
own() { [ -O "$1" ] && [ ! -L "$1" ]; }

fill() { # folder: 1 when programs cannot be kept or run there
    mkdir -p "$1" 2>/dev/null && own "$1" && chmod 700 "$1" || return 1
    new=$(mktemp "$1/.poolagentd.XXXXXX" 2>/dev/null) || return 1
    trap 'rm -f "$new"' EXIT
    printf '#!/bin/sh\nexit 0\n' >"$new" && chmod 700 "$new" && "$new" 2>/dev/null || { rm -f "$new"; return 1; }
    echo need
    cat >"$new" || exit 1
    same "$new" || { echo 'the program did not arrive whole' >&2; exit 1; }
    "$new" --version >/dev/null || exit 1
    mv -f "$new" "$1/poolagentd"
}

for d in "$HOME/.cache/poolcenter" "${TMPDIR:-/tmp}/poolcenter-$(id -u)"; do
    f=$d/poolagentd
    if own "$d" && own "$f" && [ -f "$f" ] && [ -x "$f" ] && same "$f"; then
        echo "have $f"
        exit 0
    fi
done
for d in "$HOME/.cache/poolcenter" "${TMPDIR:-/tmp}/poolcenter-$(id -u)"; do
    if fill "$d"; then
        echo "have $d/poolagentd"
        exit 0
    fi
done
echo "neither ~/.cache nor ${TMPDIR:-/tmp} can hold a program that runs" >&2
exit 1
