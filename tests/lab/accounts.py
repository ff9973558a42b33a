# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and keys of a lab host: written into its private copy of /etc, never the machine's.

Every user has the same password, and may come with any of the client keys, unless `allow` says less:

    root          everything, by key or password
    operator      the usual user: member of poolagent and libvirt
    nobodyagent   may log in, but has no permission for the agent's socket
    kbdonly       keyboard-interactive only
    keyonly       public key only
    nostream      sshd forbids it stream forwarding, so only `poolagent connect` is left
    noisy         the same, and its shell prints a banner before every command
    sudoer        may become root by sudo with the password
    wheel         may become root by sudo without a password
"""
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

PASSWORD = "lab-secret"
PASSPHRASE = "lab-phrase"
OPERATOR = "operator"
AGENT_GROUP = "poolagent"

# name: (uid, groups, sshd rules)
USERS = {
    OPERATOR: (20001, (AGENT_GROUP, "libvirt"), ()),
    "nobodyagent": (20002, (), ()),
    "kbdonly": (20003, (AGENT_GROUP,), ("AuthenticationMethods keyboard-interactive",)),
    "keyonly": (20004, (AGENT_GROUP,), ("AuthenticationMethods publickey",)),
    "nostream": (20005, (AGENT_GROUP,), ("AllowStreamLocalForwarding no",)),
    "noisy": (20006, (AGENT_GROUP,), ("AllowStreamLocalForwarding no",)),
    "sudoer": (20007, ("libvirt",), ()),
    "wheel": (20008, (), ()),
}
USERS_BY_NAME = {name: PASSWORD for name in ("root", *USERS)}

# file: ssh-keygen arguments
CLIENT_KEYS = {
    "id_ed25519": ("-t", "ed25519", "-N", ""),
    "id_ed25519_pass": ("-t", "ed25519", "-N", PASSPHRASE),
    "id_ecdsa": ("-t", "ecdsa", "-N", ""),
    "id_rsa": ("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""),
}

SUDOERS = """sudoer ALL=(ALL:ALL) ALL
wheel ALL=(ALL:ALL) NOPASSWD: ALL
"""

PAM = """auth required pam_unix.so nodelay
account required pam_unix.so
session required pam_unix.so
password required pam_unix.so
"""


def write(host):
    """Everything of this module, for a new host."""
    write_accounts(os.path.join(host.base, "etc"))
    make_homes(os.path.join(host.base, "srv/home"))
    make_keys(host)


def replace_lines(path, names, lines):
    """Put lines into a passwd-like file in place of those of the same names."""
    with open(path, encoding="utf-8") as file:
        kept = [line for line in file if line.split(":")[0] not in names]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(kept + [line + "\n" for line in lines])


def write_accounts(etc):
    secret = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True,
                            text=True).stdout.strip()
    replace_lines(os.path.join(etc, "passwd"), USERS,
                  [f"{name}:x:{uid}:{uid}::/srv/home/{name}:/bin/bash" for name, (uid, _, _) in USERS.items()])
    replace_lines(os.path.join(etc, "shadow"), USERS_BY_NAME,
                  [f"{name}:{secret}:19000:0:99999:7:::" for name in USERS_BY_NAME])
    write_groups(os.path.join(etc, "group"))
    os.makedirs(os.path.join(etc, "sudoers.d"), exist_ok=True)
    with open(os.path.join(etc, "sudoers.d/lab"), "w", encoding="ascii") as file:
        file.write(SUDOERS)
    os.chmod(file.name, 0o440)
    with open(os.path.join(etc, "pam.d/sshd"), "w", encoding="ascii") as file:
        file.write(PAM)


def write_groups(path):
    """A group of its own for every user (Debian has a *group* operator already), then memberships."""
    with open(path, encoding="utf-8") as file:
        groups = [line.rstrip("\n").split(":") for line in file if line.count(":") == 3]
    have = {group[0] for group in groups}
    missing = [name for name in (AGENT_GROUP, "libvirt") if name not in have]
    groups += [[name, "x", str(20100 + number), ""] for number, name in enumerate(missing)]
    groups += [[f"lab-{name}", "x", str(uid), ""] for name, (uid, _, _) in USERS.items()]
    for group in groups:
        members = [name for name in group[3].split(",") if name]
        members += [name for name, (_, wanted, _) in USERS.items() if group[0] in wanted]
        group[3] = ",".join(dict.fromkeys(members))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(":".join(group) + "\n" for group in groups)


def make_homes(folder):
    for name, (uid, _, _) in USERS.items():
        home = os.path.join(folder, name)
        os.makedirs(home, exist_ok=True)
        if name == "noisy":
            with open(os.path.join(home, ".bashrc"), "w", encoding="ascii") as file:
                file.write("echo 'Welcome to the noisy host!'\necho '{\"jsonrpc\": \"2.0\"}'\n")
        os.chown(home, uid, uid)


def make_keys(host):
    """Host key and client keys, made side by side: RSA takes a while."""
    folder = os.path.join(host.base, "client")
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(make_key, os.path.join(folder, name), arguments)
                for name, arguments in CLIENT_KEYS.items()]
        jobs.append(pool.submit(make_host_key, host))
        for job in jobs:
            job.result()
    keys = "".join(read(os.path.join(folder, name + ".pub")) for name in CLIENT_KEYS)
    # In one file for all users: no home folder has to have the right owner and mode for it.
    with open(os.path.join(host.base, "etc/ssh/lab_authorized_keys"), "w", encoding="ascii") as file:
        file.write(keys)
    give_to_caller(folder)


def make_key(path, arguments):
    subprocess.run(["ssh-keygen", "-q", "-f", path, "-C", "poolcenter-lab", *arguments], check=True,
                   stdin=subprocess.DEVNULL)


def make_host_key(host):
    """A new ed25519 host key in place of any other; the client's known_hosts follows it."""
    key = os.path.join(host.base, "etc/ssh/ssh_host_ed25519_key")
    for path in (key, key + ".pub"):
        if os.path.exists(path):
            os.unlink(path)
    make_key(key, ("-t", "ed25519", "-N", ""))
    kind, blob = read(key + ".pub").split()[:2]
    with open(os.path.join(host.base, "client/known_hosts"), "w", encoding="ascii") as file:
        file.write(f"[127.0.0.1]:{host.port} {kind} {blob}\n")


def give_to_caller(folder):
    """Under sudo the client runs as the caller, and must be able to read its keys."""
    uid = int(os.environ.get("SUDO_UID", "0"))
    if uid:
        for name in [""] + os.listdir(folder):
            os.chown(os.path.join(folder, name), uid, int(os.environ.get("SUDO_GID", "0")))


def fingerprint(public_key):
    return subprocess.run(["ssh-keygen", "-lf", public_key], check=True, capture_output=True,
                          text=True).stdout.split()[1]


def sshd_rules():
    """The Match blocks of sshd_config."""
    return "".join(f"Match User {name}\n" + "".join(f"    {rule}\n" for rule in rules)
                   for name, (_, _, rules) in USERS.items() if rules)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
