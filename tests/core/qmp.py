#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qmp.py SOCKET screendump FILE: the screen as PPM.  qmp.py SOCKET text: the VGA text screen's characters."""
import json
import os
import socket
import sys
import tempfile


class Monitor:
    def __init__(self, path):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        self.stream = connection.makefile("rw")
        self.stream.readline()
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                sys.exit(answer["error"]["desc"])
            if "return" in answer:
                return

    def text(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "vga")
            self.call("pmemsave", val=0xB8000, size=4000, filename=name)
            with open(name, "rb") as file:
                cells = file.read()[::2]
        rows = [cells[at:at + 80].decode("cp437").rstrip(" \0") for at in range(0, len(cells), 80)]
        return "\n".join(rows)


def main():
    monitor = Monitor(sys.argv[1])
    if sys.argv[2] == "screendump":
        monitor.call("screendump", filename=sys.argv[3])
    else:
        print(monitor.text())


if __name__ == "__main__":
    main()
