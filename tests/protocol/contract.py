# SPDX-License-Identifier: GPL-3.0-or-later
"""A contract as tests/golden/protocol*.txt describes it, for tests: compare two of them, check a message against one."""
import os
import re

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden")


class Contract:
    def __init__(self, name):
        self.enums, self.structs, self.methods, self.events, self.errors = {}, {}, {}, {}, {}
        with open(os.path.join(GOLDEN, name), encoding="utf-8") as file:
            text = file.read()
        self.version = int(re.match(r"contract (\d+)\n", text).group(1))
        for kind, name, body in re.findall(r"^(enum|struct) (\w+)\n((?:  .*\n)*)", text, re.M):
            lines = [line.strip() for line in body.splitlines()]
            if kind == "enum":
                self.enums[name] = lines
            else:
                self.structs[name] = dict(line.split(": ", 1) for line in lines)
        for name, params, result, role in re.findall(r"^method ([\w.]+)\((\w+)\) -> (\w+), (\w+)$", text, re.M):
            self.methods[name] = (params, result, role)
        self.events = dict(re.findall(r"^event ([\w.]+)\((\w+)\)$", text, re.M))
        # The sentences are the program's own and may change; what travels is the number.
        self.errors = {int(number): name for number, name in re.findall(r"^error (-\d+) (\w+) ", text, re.M)}

    def check(self, message, struct, where=""):
        """Raises AssertionError when a reader of this contract could not read the message."""
        for name, kind in self.structs[struct].items():
            path = f"{where}{struct}.{name}"
            if name not in message:
                if "REQUIRED" in kind:
                    raise AssertionError(f"{path} is missing")
                continue
            of, limit = re.match(r"(?:list of )?(\w+)", kind).group(1), re.search(r"at most (\d+)", kind)
            for value in message[name] if kind.startswith("list of") else [message[name]]:
                self.check_value(value, of, path)
            if limit and len(message[name]) > int(limit.group(1)):
                raise AssertionError(f"{path} is longer than {limit.group(1)}")

    def check_value(self, value, kind, path):
        types = {"string": str, "int": int, "bool": bool}
        if kind in self.structs:
            self.check(value, kind, path + " ")
        elif not isinstance(value, types.get(kind, str)):  # an enumeration's word may be unknown, but is a word
            raise AssertionError(f"{path} is {value!r}")


def breaks(old, new):
    """What a new contract must not do to an old one, as sentences."""
    for name, words in old.enums.items():
        if new.enums.get(name, [])[:len(words)] != words:
            yield f"enum {name} lost or moved a word"
    for name, fields in old.structs.items():
        now = new.structs.get(name, {})
        for field, kind in fields.items():
            if now.get(field) != kind:
                yield f"{name}.{field} was '{kind}', is '{now.get(field)}'"
        for field in set(now) - set(fields):
            if "REQUIRED" in now[field]:
                yield f"{name}.{field} is new and required: the older side does not send it"
    for kind in ("methods", "events", "errors"):
        for name, is_ in getattr(old, kind).items():
            if getattr(new, kind).get(name) != is_:
                yield f"{kind}: {name} changed or went"
    same = (old.enums, old.structs, old.methods, old.events) == (new.enums, new.structs, new.methods, new.events)
    if not same and new.version <= old.version:
        yield f"the contract grew, but its version is still {new.version}"
