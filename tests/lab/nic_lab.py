# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab host whose network ifupdown keeps: two cards, of which the first has an address."""

ADDRESS = "192.0.2.5/24"
INTERFACES = "/etc/network/interfaces"
TEXT = f"""# The administrator's words
auto lo lan1
iface lo inet loopback
iface lan1 inet static
    address {ADDRESS}
    # a comment inside
    mtu 1400

source /etc/network/interfaces.d/*
"""


def add_cards(host):
    for number in (1, 2):
        host.exec("ip", "link", "add", f"lan{number}", "type", "veth", "peer", "name", f"wire{number}")
        host.exec("ip", "link", "set", f"wire{number}", "up")


def write(host, text=TEXT):
    host.exec("mkdir", "-p", "/run/network", "/etc/network/interfaces.d")
    host.exec("sh", "-c", f"cat > {INTERFACES}", input=text)


def prepare(host):
    add_cards(host)
    write(host)
    host.exec("ifup", "lan1")
