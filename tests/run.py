#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the built tests of every kind, one suite after the other, and counts their cases; called by ./test.

A suite is a ctest preset (native with sanitizers; Windows programs under Wine), a Python file tests/*/test_*.py, or a fuzz target.
Each has a time limit, so that a hanging one becomes a failure instead of a lost run.
"""
import argparse
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(TOP, "build", "log")
FUZZ_SECONDS = 60  # for all targets together


class Result:
    def __init__(self, passed=0, failed=0, skipped=0, output=""):
        self.passed, self.failed, self.skipped, self.output = passed, failed, skipped, output


def run(command, log, limit, cwd=TOP, env=None):
    """Exit code and output; the whole process group is ended at the limit (exit code None)."""
    path = os.path.join(LOGS, log + ".txt")
    os.makedirs(LOGS, exist_ok=True)
    with open(path, "w+", errors="replace") as out:
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   env={**os.environ, **(env or {})}, start_new_session=True)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        out.seek(0)
        return code, out.read()


def count_cmocka(output):
    """Cases of one cmocka program; a crash leaves no verdict for its case and counts as a failure by the exit code."""
    ok = len(re.findall(r"^\[\s+OK \]", output, re.M))
    bad = len(set(re.findall(r"^\[  (?:FAILED|ERROR)  ?\] (?!\d)(\w+)", output, re.M)))
    return ok, bad


def ctest(preset):
    def suite():
        report = os.path.join(LOGS, f"ctest-{preset}.xml")
        with tempfile.TemporaryDirectory(prefix="pc-") as scratch:  # where the cases leave their files; short, for socket paths
            code, output = run(["ctest", "--preset", preset, "--output-junit", report, "-j2", "--timeout", "600"],
                               f"ctest-{preset}", 2400, env={"TMPDIR": scratch})
        result = Result(output=output)
        if not os.path.exists(report) or code is None:
            result.failed = 1
            return result
        for case in ElementTree.parse(report).iter("testcase"):
            text = case.findtext("system-out") or ""
            ok, bad = count_cmocka(text)
            failed = case.get("status") == "fail" or case.find("failure") is not None
            result.failed += max(bad, 1) if failed else 0
            result.passed += ok if (ok or failed) else 1
        return result
    return suite


def python(path):
    def suite():
        name = os.path.splitext(os.path.relpath(path, TOP))[0].replace("/", "-")
        code, output = run([sys.executable, os.path.basename(path), "-v"], name, 1500, cwd=os.path.dirname(path))
        ran = re.search(r"^Ran (\d+) tests?", output, re.M)
        counts = {key: int(number) for key, number in re.findall(r"(failures|errors|skipped)=(\d+)", output)}
        failed = counts.get("failures", 0) + counts.get("errors", 0)
        skipped = counts.get("skipped", 0)
        if not ran or (code != 0 and not failed):
            failed = max(failed, 1)
        total = int(ran.group(1)) if ran else failed
        return Result(max(total - failed - skipped, 0), failed, skipped, output)
    return suite


def fuzz(path, seconds):
    def suite():
        name = os.path.basename(path)
        corpus = os.path.join(TOP, "build", "corpus", name)
        seeds = os.path.join(TOP, "tests", "fuzz", "corpus", name)
        os.makedirs(corpus, exist_ok=True)
        folders = [corpus] + ([seeds] if os.path.isdir(seeds) else [])
        code, output = run([path, f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=10",
                            f"-artifact_prefix={LOGS}/", *folders], name, seconds + 120)
        return Result(1 if code == 0 else 0, 0 if code == 0 else 1, 0, output)
    return suite


def suites():
    yield "ctest linux", ctest("linux")
    yield "ctest windows", ctest("windows")
    for path in sorted(glob.glob(os.path.join(TOP, "tests", "*", "test_*.py"))):
        yield os.path.relpath(path, TOP), python(path)
    targets = sorted(path for path in glob.glob(os.path.join(TOP, "build", "fuzz", "tests", "fuzz", "fuzz_*"))
                     if os.access(path, os.X_OK) and os.path.isfile(path))
    for path in targets:
        yield "fuzz " + os.path.basename(path), fuzz(path, max(FUZZ_SECONDS // len(targets), 5))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only suites whose name contains one of these")
    parser.add_argument("--list", action="store_true", help="name the suites")
    options = parser.parse_args()
    chosen = [(name, suite) for name, suite in suites() if not options.words or any(word in name for word in options.words)]
    if options.list:
        print("\n".join(name for name, _ in chosen))
        return 0
    total = Result()
    for name, suite in chosen:
        began = time.monotonic()
        result = suite()
        if result.failed:
            print(result.output[-12000:])
        skipped = f", {result.skipped} skipped" if result.skipped else ""
        print(f"{name}: {result.passed} passed, {result.failed} failed{skipped} ({time.monotonic() - began:.0f} s)", flush=True)
        total.passed += result.passed
        total.failed += result.failed
        total.skipped += result.skipped
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
