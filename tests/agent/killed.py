# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents that are killed in the middle of jobs: what those tests share, and the long proof.

    killed.py [KILLS]        runs the tests of killed agents with so many kills a job (20), one file after the other

In `./test` each job is killed $POOLCENTER_KILLS times (5). The moments come from a seed that is printed; $POOLCENTER_SEED gives it again.
"""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
from lab import wait_for  # noqa: E402

KILLS = int(os.environ.get("POOLCENTER_KILLS", 5))
TESTS = ("test_volumes.py Killed", "test_snapshots_killed.py", "test_transfer.py Killed", "test_copy_to_host.py Killed")


def moments(case, usual, count=None):
    """Moments after the beginning of a job that usually takes so many seconds: at once, then spread over all of it, to a little after its end."""
    seed = int(os.environ.get("POOLCENTER_SEED", 0)) or random.randrange(1, 1 << 30)
    chance = random.Random(seed)
    count = count or KILLS
    print(f"{case.id()}: usually {usual:.2f} s, seed {seed}, killed at", end="", file=sys.stderr)
    for number in range(count):
        seconds = usual * 1.15 * (number + chance.random()) / count if number else 0
        print(f" {seconds:.2f}", end="\n" if number == count - 1 else "", file=sys.stderr, flush=True)
        yield seconds


class Killing:
    """For test cases that have `lab` (the host), `rpc` and `connect()`, which waits until the agent knows its datastores."""

    def kill_after(self, seconds, method, **params):
        """Begins a job, kills the agent so much later, starts it again and waits until it has put things in order."""
        self.rpc.send(method, **params)
        time.sleep(seconds)
        self.lab.kill_agent()
        self.lab.start_agent()
        self.rpc.close()
        self.rpc = self.connect()
        wait_for(self.at_rest, "the agent to have put things in order", 60, 0.05)

    def at_rest(self):
        jobs = self.lab.exec("ls", "/var/lib/poolagent/jobs").split()
        running = [task for task in self.rpc.inventory().get("tasks", []) if task["state"] in ("running", "queued")]
        return not jobs and not running

    def usual(self, method, **params):
        """Seconds that the job takes when nobody kills it."""
        began = time.monotonic()
        self.rpc.run(method, timeout=300, **params)
        return time.monotonic() - began

    def killed(self, check, method, prepare=None, count=None, **params):
        """The job runs once as usual and then with kills; check() looks at what is there and puts everything back."""
        prepare = prepare or (lambda: None)
        prepare()
        usual = self.usual(method, **params)
        check()
        for seconds in moments(self, usual, count):
            prepare()
            self.kill_after(seconds, method, **params)
            check()


def main():
    environment = {**os.environ, "POOLCENTER_KILLS": sys.argv[1] if len(sys.argv) > 1 else "20"}
    folder = os.path.dirname(os.path.abspath(__file__))
    failed = []
    for test in TESTS:
        began = time.monotonic()
        file, *names = test.split()
        if subprocess.run([sys.executable, os.path.join(folder, file), *names], env=environment, check=False).returncode:
            failed.append(test)
        print(f"== {test}: {'failed' if test in failed else 'passed'}, {time.monotonic() - began:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
