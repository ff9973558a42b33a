# Installs or updates PoolCenter's agent. Needs: root, $sum and $user (see above), the functions put_config and put_unit (see below),
# and the program as input. Whatever fails, undo takes back what was done.
set -eu
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 022

program=/usr/local/sbin/poolagentd
link=/usr/local/bin/poolagent
config=/etc/poolagent/poolagent.conf
unit=/etc/systemd/system/poolagentd-local.service
new='' old='' linked='' configured='' old_unit='' unit_made='' was_running='' groups='' joined='' folders='' switched='' fresh=''

systemd() { [ -d /run/systemd/system ]; }

agents() { # process ids of this program's daemons
    for p in /proc/[0-9]*; do
        case $(readlink "$p/exe" 2>/dev/null || :) in
        "$program" | "$program (deleted)") tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q ' serve' && echo "${p#/proc/}" || : ;;
        esac
    done
}

stop() {
    if systemd; then systemctl stop poolagentd-local.service 2>/dev/null || :; fi
    pids=$(agents)
    [ -n "$pids" ] || return 0
    kill $pids 2>/dev/null || :
    for i in 1 2 3 4 5 6 7 8 9 10; do
        [ -n "$(agents)" ] || return 0
        sleep 0.5
    done
    kill -9 $(agents) 2>/dev/null || :
}

start() {
    if systemd; then
        systemctl daemon-reload
        systemctl enable poolagentd-local.service 2>&1
        systemctl restart poolagentd-local.service
    else
        mkdir -p -m 750 /var/lib/poolagent
        setsid "$program" serve </dev/null >>/var/lib/poolagent/agent.log 2>&1 &
    fi
}

answers() { printf 'POOLAGENT RPC 1\n' | "$program" connect 2>/dev/null | grep -q '^POOLAGENT READY'; }

last_words() {
    if systemd; then journalctl -q -n 1 -o cat -u poolagentd-local.service
    else tail -n 1 /var/lib/poolagent/agent.log; fi
}

undo() {
    trap '' HUP INT TERM PIPE
    set +e
    [ -n "$new" ] && rm -f "$new"
    if [ -n "$switched" ]; then
        stop
        if [ -n "$old" ]; then mv -f "$old" "$program"; else rm -f "$program"; fi
    fi
    [ -n "$old" ] && rm -f "$old"
    [ -n "$linked" ] && rm -f "$link"
    [ -n "$configured" ] && rm -f "$config"
    if [ -n "$unit_made" ]; then
        systemctl disable poolagentd-local.service
        if [ -n "$old_unit" ]; then printf '%s\n' "$old_unit" >"$unit"; else rm -f "$unit"; fi
        systemctl daemon-reload
    fi
    for g in $joined; do gpasswd -d "$user" "$g"; done
    for g in $groups; do groupdel "$g"; done
    for d in $folders; do rmdir "$d"; done
    [ -n "$fresh" ] && rm -rf /var/lib/poolagent /run/poolagent
    [ -n "$switched" ] && [ -n "$was_running" ] && start
} >/dev/null 2>&1
trap 'exit 1' HUP INT TERM PIPE
trap 'undo; echo undone' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

echo step send
[ -e /var/lib/poolagent ] || fresh=yes
for d in /usr/local/sbin /usr/local/bin /etc/poolagent; do
    [ -d "$d" ] || { mkdir -p "$d" && folders="$d $folders"; }
done
new=$(mktemp /usr/local/sbin/.poolagentd.XXXXXX)
cat >"$new"

echo step check
[ "$(sha256sum <"$new" | cut -c 1-64)" = "$sum" ] || fail 'the program did not arrive whole'
chmod 755 "$new"
"$new" --version >/dev/null

echo step place
if [ ! -e "$config" ]; then
    configured=yes
    put_config >"$config"
fi
for g in poolagent poolagent-admin; do
    getent group "$g" >/dev/null || { groupadd --system "$g" && groups="$groups $g"; }
    case " $(id -nG "$user") " in
    *" $g "*) ;;
    *) [ "$user" = root ] || { usermod -a -G "$g" "$user" && joined="$joined $g"; } ;;
    esac
done
[ -z "$(agents)" ] || was_running=yes
if [ -e "$program" ]; then
    old=$program.old
    rm -f "$old"
    ln "$program" "$old"
fi
switched=yes
mv -f "$new" "$program"
new=''
if [ ! -e "$link" ]; then
    linked=yes
    ln -s ../sbin/poolagentd "$link"
fi
if systemd; then
    [ ! -e "$unit" ] || old_unit=$(cat "$unit")
    unit_made=yes
    put_unit >"$unit"
fi

echo step start
stop
start
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    ! answers || break
    [ "$i" -lt 20 ] || fail "it does not answer; $(last_words 2>/dev/null)"
    sleep 0.5
done
echo step end
trap - EXIT
[ -z "$old" ] || rm -f "$old"
systemd || echo note boot
echo done
