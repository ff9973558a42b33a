# What PoolCenter wants to know of a host before it offers to install its agent. Changes nothing.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH

say() { printf '%s %s\n' "$1" "$2"; }

say user "$(id -un)"
say kernel "$(uname -s)"
say machine "$(uname -m)"
for f in /etc/os-release /usr/lib/os-release; do
    [ -r "$f" ] || continue
    sed -n 's/^PRETTY_NAME=/system /p; s/^ID=/id /p; s/^ID_LIKE=/like /p' "$f"
    break
done
[ -d /run/systemd/system ] && say init systemd
command -v sha256sum >/dev/null 2>&1 && say tool sha256sum

if [ "$(id -u)" = 0 ]; then say rights root
elif ! command -v sudo >/dev/null 2>&1; then say rights none
elif sudo -n true >/dev/null 2>&1; then say rights sudo
else say rights password
fi

for f in /usr/lib/*/libvirt.so.0 /usr/lib64/libvirt.so.0 /usr/lib/libvirt.so.0 /lib64/libvirt.so.0 /usr/local/lib*/libvirt.so.0; do
    [ -s "$f" ] || continue
    f=$(readlink -f "$f")
    say libvirt "${f##*.so.}"
    break
done
if [ -S /run/libvirt/libvirt-sock ] || [ -S /run/libvirt/virtqemud-sock ]; then say libvirtd yes; fi

for f in /usr/sbin/poolagentd /usr/local/sbin/poolagentd "$(command -v poolagent 2>/dev/null)"; do
    [ -n "$f" ] && [ -x "$f" ] || continue
    say agent "$f"
    say version "$("$f" --version 2>/dev/null | sed -n 1p)"
    if dpkg-query -S "$f" >/dev/null 2>&1 || rpm -qf "$f" >/dev/null 2>&1; then say packaged yes; fi
    break
done
[ -S /run/poolagent/poolagent.sock ] && say socket yes
f=$HOME/.cache/poolcenter/poolagentd
[ -x "$f" ] && say cached "$("$f" --version 2>/dev/null | sed -n 1p)"
echo end
