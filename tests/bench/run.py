#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the built release and prints a table; called by ./bench.

Every figure is a median. Rates are compared with OpenSSH's sftp and scp in the same run, file and cipher, taking turns, because another
moment of a shared machine is another machine. Everything lies in /dev/shm, so that no disk is measured.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "lab"), os.path.join(TOP, "tests", "ui")]
from bench_disks import DiskBench  # noqa: E402
from sim_hosts import SimHosts, free_port  # noqa: E402
from lab import Host  # noqa: E402
import transfer  # noqa: E402

NATIVE = os.path.join(TOP, "build", "release-linux")
AGENT = os.path.join(TOP, "build", "release-agent", "agent", "poolagentd")
WINDOWS = os.path.join(TOP, "build", "release-windows")
PROGRAM = os.path.join(WINDOWS, "client", "ui", "poolcenter.exe")
CIPHER = "aes128-gcm@openssh.com"
MIB = 1 << 20
STORE = "/srv/poolcenter-lab/local"

# DLLs that are part of Windows 10 and later.
SYSTEM_DLLS = {name + ".dll" for name in (
    "advapi32 bcrypt comctl32 comdlg32 crypt32 dwmapi gdi32 gdiplus imm32 kernel32 msimg32 msvcrt ole32 oleaut32 propsys psapi rpcrt4 secur32 setupapi "
    "shcore shell32 shlwapi user32 userenv uxtheme version windowscodecs winhttp winmm winspool.drv ws2_32 iphlpapi").split()}


class Figure:
    def __init__(self, name, value, unit, against=None, goal="", what=""):
        self.name, self.value, self.unit, self.against, self.goal, self.what = name, value, unit, against, goal, what

    @property
    def ratio(self):
        return self.value / self.against if self.against else None

    def as_json(self):
        return {"value": round(self.value, 4), "unit": self.unit, "against": None if self.against is None else round(self.against, 4),
                "ratio": None if self.ratio is None else round(self.ratio, 4)}

    def row(self):
        against = "" if self.against is None else f"{self.against:.1f} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} x"
        return [self.name, f"{self.value:.1f} {self.unit}", against, ratio, self.goal, self.what]


def median(values):
    return statistics.median(values)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wine_environment(prefix):
    return dict(os.environ, WINEPREFIX=prefix, WINEARCH="win64", WINEDEBUG="-all", WINEDLLOVERRIDES="mscoree,mshtml=", LC_ALL="C.UTF-8")


# -- uploads ----------------------------------------------------------------------------------------


class Uploads:
    """One lab host and one file; each way to send it is a function that returns the seconds it took."""

    def __init__(self, options, host, folder):
        self.host, self.folder = host, folder
        self.size = options.size * MIB
        self.file = os.path.join(folder, "bench.iso")
        self.target = host.outside(f"{STORE}/bench.iso")
        with open(self.file, "wb") as file:
            for _ in range(options.size):
                file.write(os.urandom(MIB))
        self.digest = sha256(self.file)
        self.ssh_options = ["-P", str(host.port), "-i", host.key(), "-c", CIPHER, "-o", "StrictHostKeyChecking=yes", "-o",
                            f"UserKnownHostsFile={host.describe()['known_hosts']}", "-o", "LogLevel=ERROR"]

    def known(self, name):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        shutil.copy(self.host.describe()["known_hosts"], os.path.join(folder, "known_hosts"))
        return folder

    def ours(self, command, folder, environment=None):
        out = subprocess.run(command + [folder, "127.0.0.1", str(self.host.port), "root", self.host.key(), "local", self.file, "1"],
                             stdout=subprocess.PIPE, text=True, env=environment, check=True, timeout=300).stdout
        answer = json.loads(out.splitlines()[-1])
        if answer["sha256"] != self.digest:
            raise SystemExit("bench: the upload's digest is wrong")
        return answer["seconds"]

    def native(self):
        return self.ours([os.path.join(NATIVE, "tests", "bench", "bench_upload")], self.known("native"))

    def wine(self):
        return self.ours(["wine", os.path.join(WINDOWS, "tests", "bench", "bench_upload.exe")], self.known("wine"), self.wine_environment)

    def timed(self, command, **options):
        began = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300, **options)
        return time.monotonic() - began

    def sftp(self):
        return self.timed(["sftp", "-q", *self.ssh_options, "-b", "-", "root@127.0.0.1"], input=f"put {self.file} {STORE}/bench.iso\n", text=True)

    def scp(self):
        return self.timed(["scp", "-q", *self.ssh_options, self.file, f"root@127.0.0.1:{STORE}/bench.iso"])

    def measure(self, ways, runs):
        """{way: [MiB/s ...]}: taking turns, each with the place empty before and the content checked after the first."""
        rates = {way: [] for way in ways}
        for number in range(runs):
            for way in ways:
                if os.path.exists(self.target):
                    os.remove(self.target)
                rates[way].append(self.size / MIB / getattr(self, way)())
                if number == 0 and sha256(self.target) != self.digest:
                    raise SystemExit(f"bench: what {way} made differs from the file")
        return rates


def bench_upload(options):
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-", dir="/dev/shm") as folder, \
            Host("bench", agent=AGENT, data=os.path.join(folder, "host")) as host:
        uploads = Uploads(options, host, folder)
        uploads.wine_environment = wine_environment(os.path.join(folder, "prefix"))
        subprocess.run(["wine", "wineboot", "-i"], env=uploads.wine_environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        try:
            rates = uploads.measure(("native", "sftp", "scp", "wine"), options.runs)
        finally:
            subprocess.run(["wineserver", "-k"], env=uploads.wine_environment, stderr=subprocess.DEVNULL, check=False)
        agent = resident_kb(host.agent_pid()) / 1024
    if options.verbose:
        print(json.dumps(rates))
    for way, goal, what in (("native", 1.0, "the core on Linux"), ("wine", 0.9, "the .exe's core under Wine")):
        ours = median(rates[way])
        yield Figure(f"upload_{way}_vs_sftp", ours, "MiB/s", median(rates["sftp"]), f">= {goal} x", f"{options.size} MiB, {what}, against sftp put")
        yield Figure(f"upload_{way}_vs_scp", ours, "MiB/s", median(rates["scp"]), "", "the same against scp")
    yield Figure("upload_agent_memory", agent, "MiB", None, "< 20", "agent resident after the uploads")


# -- inventory --------------------------------------------------------------------------------------


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def inventory_once(hosts, vms, deltas):
    """(seconds from connect to all there, seconds after the last answer, KiB, [latencies])."""
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-") as folder, SimHosts(hosts, vms, free_port()) as simulated:
        simulated.write_client_folder(folder)
        client = subprocess.Popen([os.path.join(NATIVE, "tests", "bench", "bench_inventory"), folder, str(deltas)], stdout=subprocess.PIPE, text=True)
        first = json.loads(client.stdout.readline())
        if first["vms"] != hosts * vms:
            raise SystemExit("bench: VMs are missing")
        time.sleep(0.2)
        simulated.send_deltas(deltas, 0.02)
        latencies = [json.loads(line)["latency_ms"] for line in client.stdout]
        client.wait(30)
        return first["seconds"], first["finished"] - simulated.last_sent, first["resident_kb"], latencies


def bench_inventory(options):
    for hosts, vms in ((10, 100), (100, 100)):
        total = hosts * vms
        runs = [inventory_once(hosts, vms, 20) for _ in range(options.runs)]
        what = f"{total} VMs on {hosts} hosts, core on Linux"
        yield Figure(f"inventory_{total}_complete", median([run[0] for run in runs]) * 1000, "ms", None, "", f"from connecting to everything there: {what}")
        yield Figure(f"inventory_{total}_after_last", max(0.0, median([run[1] for run in runs])) * 1000, "ms", None, "< 1500", f"from the last answer on: {what}")
        yield Figure(f"inventory_{total}_delta", median([each for run in runs for each in run[3]]), "ms", None, "", f"a change from the host to the model: {what}")
        yield Figure(f"inventory_{total}_memory", median([run[2] for run in runs]) / 1024, "MiB", None, "< 150", f"resident: {what}")


# -- the window -------------------------------------------------------------------------------------


def make_drive():
    from drive import Drive
    return Drive(timeout=60)


def start_window(drive, folder):
    """The running program and the seconds until its window answers."""
    from window import windows_path
    began = time.monotonic()
    app = drive.start(PROGRAM, "--config", windows_path(folder))
    frame = app.window("PoolCenter", timeout=60)
    frame.ping()
    return app, frame, time.monotonic() - began


def write_values(folder, **values):
    path = os.path.join(folder, "settings.json")
    settings = {"values": {}, "servers": []}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
    settings["values"].update({"language": "en", "theme": "light"}, **values)
    for server in settings["servers"]:
        server["key_file"] = "Z:" + server["key_file"].replace("/", "\\")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(settings, file)


def bench_start(options):
    seconds = []
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-") as folder, make_drive() as drive:
        write_values(folder)
        for _ in range(options.runs + 1):  # the first one warms the caches
            app, frame, took = start_window(drive, folder)
            seconds.append(took)
            frame.close()
            app.wait_exit(30)
    yield Figure("start_window", median(seconds[1:]) * 1000, "ms", None, "< 300", "from starting the process to a window that answers, under Wine")


def wait_complete(frame, hosts, vms, timeout=90):
    """When the status bar first told that every server and VM is there."""
    expected = f"{hosts}", f"{hosts * vms:,}"
    bar = frame.find(cls="msctls_statusbar32")
    end = time.time() + timeout
    while time.time() < end:
        texts = " | ".join(str(part) for part in bar.status_parts())
        numbers = re.findall(r"\d[\d,.]*", texts)
        if numbers.count(expected[0]) >= 2 and (expected[1] in numbers or expected[1].replace(",", "") in numbers):
            return time.time()
        time.sleep(0.005)
    raise SystemExit(f"bench: the window did not show everything: {texts}")


def type_filter(frame, drive):
    """Milliseconds per keystroke in the search box, each with its answer: the box tells its parent before SendMessage returns."""
    box = frame.find(cls="Edit")
    took = []
    for letter in "vm-042-0042":
        began = time.monotonic()
        box.send(0x0102, ord(letter))  # WM_CHAR
        took.append((time.monotonic() - began) * 1000)
    frame.find(cls="SysTreeView32").tree_wait("host042", "vm-042-0042", timeout=10)
    for _ in "vm-042-0042":
        began = time.monotonic()
        box.send(0x0102, 8)
        took.append((time.monotonic() - began) * 1000)
    return took


def bench_window(options):
    after, keys, slowest, memory = [], [], [], []
    for _ in range(min(options.runs, 3)):
        with tempfile.TemporaryDirectory(prefix="poolcenter-bench-") as folder, SimHosts(100, 100, free_port()) as simulated, make_drive() as drive:
            simulated.write_client_folder(folder)
            write_values(folder)
            app, frame, _took = start_window(drive, folder)
            shown = wait_complete(frame, 100, 100)
            after.append(max(0.0, shown - simulated.last_sent))
            time.sleep(1)
            memory.append(app.memory()["working_set"] / MIB)
            took = type_filter(frame, drive)
            keys.append(median(took))
            slowest.append(max(took))
            app.kill()
    what = "10,000 VMs on 100 hosts, poolcenter.exe under Wine"
    yield Figure("window_10000_after_last", median(after) * 1000, "ms", None, "< 1500", f"from the last answer to the complete tree: {what}")
    yield Figure("window_10000_filter", median(keys), "ms", None, "< 50", f"one keystroke in the search box: {what}")
    yield Figure("window_10000_filter_slowest", median(slowest), "ms", None, "< 50", f"the slowest keystroke: {what}")
    yield Figure("window_10000_memory", median(memory), "MiB", None, "< 150", f"working set: {what}")


# -- one event, size ----------------------------------------------------------------------------------


GUEST = """<domain type='qemu'><name>bench</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>"""


def image_of(tree, *path):
    return tree.tree_item(*path).get("image")


def changed_after(tree, path, action):
    """Milliseconds from the action's beginning and from its end until the item has another icon."""
    before = image_of(tree, *path)
    began = time.monotonic()
    process = subprocess.Popen(action, stdout=subprocess.DEVNULL)
    ended = shown = None
    while (shown is None or ended is None) and time.monotonic() - began < 30:
        if shown is None and image_of(tree, *path) != before:
            shown = time.monotonic()
        if ended is None and process.poll() is not None:
            ended = time.monotonic()
    if shown is None:
        raise SystemExit("bench: the icon did not change")
    return (shown - began) * 1000, (shown - ended) * 1000


def bench_event(options):
    from client import Client
    start, suspend = [], []
    with Host("bench-event", agent=AGENT) as host, make_drive() as drive, Client(drive, program=PROGRAM) as client:
        host.virsh("define", "/dev/stdin", input=GUEST)
        client.remember(host, name=host.name)
        client.start()
        path = (host.name, "bench")
        client.select(*path)
        virsh = [*host.prefix(), "virsh", "-q"]
        for _ in range(options.runs):
            start.append(changed_after(client.tree, path, [*virsh, "start", "bench"])[1])
            suspend.append(changed_after(client.tree, path, [*virsh, "suspend", "bench"])[0])
            changed_after(client.tree, path, [*virsh, "destroy", "bench"])
        agent = resident_kb(host.agent_pid()) / 1024
        client.app.kill()
    yield Figure("event_start_to_icon", max(0.0, median(start)), "ms", None, "< 300", "from the end of `virsh start` on the host to the changed icon")
    yield Figure("event_suspend_to_icon", median(suspend), "ms", None, "< 300", "from the beginning of `virsh suspend`, its own time included")
    yield Figure("event_agent_memory", agent, "MiB", None, "< 20", "agent resident")


def bench_exe(options):
    del options
    out = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    imports = {name.lower() for name in re.findall(r"DLL Name: (\S+)", out)}
    foreign = sorted(name for name in imports if name not in SYSTEM_DLLS and not name.startswith("api-ms-win-"))
    yield Figure("exe_size", os.path.getsize(PROGRAM) / MIB, "MiB", None, "<= 8", "poolcenter.exe, stripped")
    yield Figure("exe_foreign_imports", float(len(foreign)), "DLLs", None, "0", ", ".join(foreign) or f"all {len(imports)} imported DLLs are part of Windows")


# -- disks of VMs --------------------------------------------------------------------------------------


def with_disks(measure, size):
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-", dir="/dev/shm") as folder, \
            Host("bench", agent=AGENT, data=os.path.join(folder, "host")) as host:
        return measure(DiskBench(host, size))


def bench_snapshot(options):
    pauses = with_disks(lambda disks: disks.pauses(options.runs), 16)
    if options.verbose:
        print(json.dumps(pauses))
    yield Figure("snapshot_pause", median(pauses["ours"]) * 1000, "ms", median(pauses["virsh"]) * 1000, "<= 1.1 x",
                 "a guest of 1 GiB that writes all of it stands still, with memory, against virsh snapshot-create-as")


def bench_clone(options):
    seconds = with_disks(lambda disks: disks.clones(options.runs), options.size)
    if options.verbose:
        print(json.dumps(seconds))
    yield Figure("clone_rate", options.size / median(seconds["ours"]), "MiB/s", options.size / median(seconds["virsh"]), ">= 0.95 x",
                 f"a VM with a disk of {options.size} MiB, against virsh vol-clone of the disk")


# -- installing, idling --------------------------------------------------------------------------------


def bench_install(options):
    """What ./package makes of the built programs, installed silently into a Wine prefix with a running server."""
    with tempfile.TemporaryDirectory(prefix="poolcenter-bench-") as folder, make_drive() as drive:
        subprocess.run([os.path.join(TOP, "tools", "package-windows"), "--output", folder, "--work", os.path.join(folder, "work"), "--agent",
                        os.path.join(TOP, "build", "release-agent", "agent", "poolagentd")], check=True, stdout=subprocess.DEVNULL)
        names = os.listdir(folder)
        installer, portable = (os.path.join(folder, next(name for name in names if name.endswith(ending))) for ending in ("-installer.exe", "-portable.zip"))
        install = []
        for _ in range(options.runs):
            began = time.monotonic()
            if drive.start(installer, "/S", "/D=C:\\PoolCenter").wait_exit(60):
                raise SystemExit("bench: the installer failed")
            install.append(time.monotonic() - began)
            drive.start(os.path.join(drive.prefix, "drive_c", "PoolCenter", "uninstall.exe"), "/S").wait_exit(60)
            drive.until(lambda: not os.path.exists(os.path.join(drive.prefix, "drive_c", "PoolCenter")), "the program to be removed", 30)
        installer_size, portable_size = (os.path.getsize(path) / 1e6 for path in (installer, portable))
    yield Figure("install_size", installer_size, "MB", None, "<= 4", "installer: both programs, the agent, the manual in two languages")
    yield Figure("install_portable_size", portable_size, "MB", None, "", "portable edition, .zip")
    yield Figure("install_seconds", median(install), "s", None, "< 5", "silent installation under Wine, from starting it to its end")


def unix_pid(folder):
    """The process whose command line names this settings folder, as Linux counts it."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                    words = file.read()
            except OSError:
                continue
            if "poolcenter.exe" in words and os.path.basename(folder) in words and "uidrive" not in words:
                return int(entry)
    raise SystemExit("bench: poolcenter.exe is not among the processes")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def smaps_kb(pid):
    """{resident, private, anonymous} of a process."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        rows = dict(re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.M))
    return {"resident": int(rows["Rss"]), "private": int(rows["Private_Clean"]) + int(rows["Private_Dirty"]), "anonymous": int(rows["Anonymous"])}


def bench_idle(options):
    """The window with one real host, left alone."""
    from client import Client
    watch = 20
    with Host("bench-idle", agent=os.path.join(TOP, "build", "release-agent", "agent", "poolagentd")) as host, make_drive() as drive, Client(drive, program=PROGRAM) as client:
        host.virsh("define", "/dev/stdin", input=GUEST)
        client.remember(host, name=host.name)
        client.start()
        client.select(host.name, "bench")
        pid = unix_pid(client.folder)
        time.sleep(3)
        before = cpu_seconds(pid)
        time.sleep(watch)
        busy = (cpu_seconds(pid) - before) / watch * 100
        memory, mapped = client.app.memory(), smaps_kb(pid)
        if options.verbose:
            print(json.dumps({"windows": memory, "linux": mapped}))
        client.app.kill()
    yield Figure("idle_memory", memory["working_set"] / MIB, "MiB", None, "< 40", "working set with one host, poolcenter.exe under Wine")
    yield Figure("idle_memory_private", mapped["private"] / 1024, "MiB", None, "", "of that its own: not shared with other Windows programs under the same Wine")
    yield Figure("idle_cpu", busy, "%", None, "0", f"of one core over {watch} s with one host and nothing to do")


def bench_transfer(options, what):
    for name, ours, theirs, words in transfer.measure(options, AGENT, what):
        if options.verbose:
            print(json.dumps({name: ours, "qemu-img": theirs}))
        yield Figure(name, median(ours), "MiB/s", median(theirs), ">= 0.95 x", f"{options.size} MiB, {words}")


def bench_import(options):
    return bench_transfer(options, "import")


def bench_export(options):
    return bench_transfer(options, "export")


BENCHES = {"upload": bench_upload, "inventory": bench_inventory, "start": bench_start, "window": bench_window, "event": bench_event, "exe": bench_exe, "install": bench_install, "idle": bench_idle,
           "snapshot": bench_snapshot, "clone": bench_clone, "import": bench_import, "export": bench_export}


def print_table(figures):
    rows = [["measurement", "value", "against", "ratio", "goal", ""]] + [figure.row() for figure in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[5])


def parse():
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only what begins with this: " + ", ".join(BENCHES))
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=1024, help="of the uploaded file in MiB")
    parser.add_argument("--list", action="store_true", help="name the measurements")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    parser.add_argument("--verbose", action="store_true", help="print single runs, too")
    return parser.parse_args()


def main():
    options = parse()
    if options.list:
        print("\n".join(BENCHES))
        return 0
    chosen = [name for name in BENCHES if not options.names or any(name.startswith(word) or word.startswith(name) for word in options.names)]
    if not chosen:
        print("bench: no measurement has that name: " + ", ".join(BENCHES), file=sys.stderr)
        return 2
    figures = []
    for name in chosen:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        figures += BENCHES[name](options)
    if options.names:
        figures = [figure for figure in figures if any(figure.name.startswith(word) for word in options.names)]
    print_table(figures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({figure.name: figure.as_json() for figure in figures}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
