# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of a test's screen, read straight from Xvfb's memory: saving, comparing, and how well text stands out.

    picture = drive.picture([left, top, right, bottom])
    picture.save("x.png"); picture.contrast([l, t, r, b])
"""
import array
import collections
import mmap
import os
import struct
import zlib


class Framebuffer:
    """The file Xvfb -fbdir keeps its screen in: an XWD header, then lines of 32-bit pixels."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self.memory[:100])
        self.width, self.height, self.stride = header[4], header[5], header[12]
        self.start = header[0] + header[19] * 12
        if header[11] != 32:
            raise ValueError(f"{path}: {header[11]} bits per pixel instead of 32")

    def picture(self, rect=None):
        left, top, right, bottom = rect or (0, 0, self.width, self.height)
        left, top, right, bottom = max(0, left), max(0, top), min(self.width, right), min(self.height, bottom)
        lines = (self.memory[self.start + y * self.stride + left * 4:self.start + y * self.stride + right * 4] for y in range(top, bottom))
        return Picture((left, top, max(left, right), max(top, bottom)), b"".join(lines))

    def close(self):
        self.memory.close()


class Picture:
    """`rect` on the screen and its pixels, four bytes each: blue, green, red, nothing."""

    def __init__(self, rect, pixels):
        self.rect, self.pixels = rect, pixels
        self.width, self.height = rect[2] - rect[0], rect[3] - rect[1]

    def __eq__(self, other):
        return self.rect == other.rect and self.pixels == other.pixels

    def save(self, path):
        """As PNG."""
        rgb = bytearray(3 * self.width * self.height)
        for place, channel in enumerate((2, 1, 0)):
            rgb[place::3] = self.pixels[channel::4]
        line = 3 * self.width
        lines = b"".join(b"\0" + rgb[at:at + line] for at in range(0, len(rgb), line))
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(lines, 3)), (b"IEND", b"")):
                file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
        return path

    def colors(self, rect):
        """{(red, green, blue): pixels} inside of a rectangle of the screen."""
        left, top = max(rect[0], self.rect[0]), max(rect[1], self.rect[1])
        right, bottom = min(rect[2], self.rect[2]), min(rect[3], self.rect[3])
        counts = collections.Counter()
        for y in range(top - self.rect[1], bottom - self.rect[1]):
            begin = (y * self.width + left - self.rect[0]) * 4
            counts.update(array.array("I", self.pixels[begin:begin + max(right - left, 0) * 4]))
        colors = collections.Counter()
        for color, count in counts.items():  # the fourth byte says nothing
            colors[color >> 16 & 255, color >> 8 & 255, color & 255] += count
        return colors

    def contrast(self, rect):
        """(ratio, text, background): the most frequent colour there is the background, the one that differs most from it the text's."""
        colors = self.colors(rect)
        if not colors:
            return 1.0, None, None
        background = max(colors, key=colors.get)
        text = max(colors, key=lambda color: contrast(color, background))
        return contrast(text, background), text, background


def luminance(color):
    """Relative luminance as WCAG 2 defines it."""
    red, green, blue = (part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
