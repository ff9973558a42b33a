# Removes PoolCenter's agent as PoolCenter installed it. Needs: root; $purge: "yes" removes configuration, state and groups as well.
set -u
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
trap '' HUP INT TERM PIPE

program=/usr/local/sbin/poolagentd
unit=/etc/systemd/system/poolagentd-local.service

agents() { # process ids of this program's daemons
    for p in /proc/[0-9]*; do
        case $(readlink "$p/exe" 2>/dev/null) in
        "$program" | "$program (deleted)") tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q ' serve' && echo "${p#/proc/}" ;;
        esac
    done
}

echo step stop
if [ -d /run/systemd/system ]; then systemctl disable --now poolagentd-local.service 2>/dev/null; fi
pids=$(agents)
[ -z "$pids" ] || kill $pids 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(agents)" ] || break
    sleep 0.5
done
pids=$(agents)
[ -z "$pids" ] || kill -9 $pids 2>/dev/null

echo step remove
rm -f "$unit" "$program" "$program.old" /usr/local/sbin/.poolagentd.??????
[ ! -L /usr/local/bin/poolagent ] || rm -f /usr/local/bin/poolagent
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$purge" = yes ] && [ ! -e /usr/sbin/poolagentd ]; then
    rm -rf /etc/poolagent /var/lib/poolagent /run/poolagent
    for g in poolagent poolagent-admin; do
        ! getent group "$g" >/dev/null || groupdel "$g"
    done
fi
if [ -e "$program" ]; then exit 1; fi
echo done
