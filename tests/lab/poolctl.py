# SPDX-License-Identifier: GPL-3.0-or-later
"""poolctl against a lab host, for tests: the client core with sanitizers, without a window.

    with Host(...) as host, Poolctl(host) as ctl:
        ctl("vm", "start", "web01")                      # raises CtlError with the error's name when refused
        ctl.json("vm", "list")                           # what it prints, parsed
"""
import json
import os
import shutil
import subprocess
import tempfile

from lab import wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT = os.path.join(ROOT, "build/linux/agent/poolagentd")
POOLCTL = os.path.join(ROOT, "build/linux/client/cli/poolctl")
REFUSED, WRONG_USAGE, NOT_FOUND, NO_CONNECTION, LOGIN_REFUSED, TIME_OVER, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130  # exit statuses


class CtlError(Exception):
    """poolctl ended with another status than 0; `name` is the error's name in messages.def, `message` its sentence."""

    def __init__(self, words, done):
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        error = next((line["error"] for line in lines if "error" in line), {})
        self.status, self.name = done.returncode, error.get("name", "").lower()
        self.message, self.object, self.cause = error.get("message", ""), error.get("object", ""), error.get("cause", "")
        super().__init__(f"poolctl {' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


class Poolctl:
    def __init__(self, host, user="operator", key="id_ed25519", port=None, folder=None):
        self.user, self.key = user, host.key(key) if key else None
        self.port = port or host.port
        self.environment = {}
        self.own = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="poolctl-test-")
        shutil.copy(host.describe()["known_hosts"], os.path.join(self.folder, "known_hosts"))
        if port:  # through a proxy it is the same host with the same key
            path = os.path.join(self.folder, "known_hosts")
            with open(path, encoding="ascii") as file:
                text = file.read()
            with open(path, "w", encoding="ascii") as file:
                file.write(text.replace(f":{host.port} ", f":{port} "))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_datastore(self, name="local"):
        """Until a host that was started this moment has been looked at by its agent."""
        wait_for(lambda: any(store["name"] == name for store in self.json("datastore", "list")), f"the agent to see '{name}'", 30, 0.2)
        return self

    def command(self, *words):
        login = ["-i", self.key] if self.key else []
        return [POOLCTL, "--config", self.folder, "--output", "json", "--language", "en", *login, "--server", f"{self.user}@127.0.0.1:{self.port}", *map(str, words)]

    def popen(self, *words, **options):
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def __call__(self, *words, timeout=120, password=None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POOLCTL_") and name != "SSH_AUTH_SOCK"}
        environment.update(self.environment)
        if password is not None:
            environment["POOLCTL_PASSWORD"] = password
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, env=environment)
        if "Sanitizer" in done.stderr or "runtime error:" in done.stderr:
            raise AssertionError("poolctl's sanitizer says:\n" + done.stderr)
        if done.returncode != 0:
            raise CtlError(words, done)
        return done.stdout

    def json(self, *words, **options):
        """The last thing printed, parsed."""
        return json.loads(self(*words, **options).splitlines()[-1])

    def lines(self, *words, **options):
        """Everything printed, parsed line by line."""
        return [json.loads(line) for line in self(*words, **options).splitlines()]
