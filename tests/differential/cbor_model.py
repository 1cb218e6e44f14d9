"""CBOR as cbor2 reads it, and where our reader is stricter: each rule found by a walk of its own over the octets."""

import io

import cbor2.decoder
from cbor2.types import CBORSimpleValue, CBORTag, undefined

cbor2.decoder.semantic_decoders.clear()  # Tags stay tags: what they mean is not our question.
DEPTH, PAIRS = 16, 256  # base/limits.h


class NotWellFormed(Exception):
    pass


def loads(octets):
    """The item and how many octets it took; raises whatever cbor2 raises."""
    stream = io.BytesIO(octets)
    return cbor2.decoder.CBORDecoder(stream).decode(), stream.tell()


def describe(value):
    """The same text as differential_judge makes."""
    for simple, encoded in ((False, "f4"), (True, "f5"), (None, "f6"), (undefined, "f7")):
        if value is simple:
            return f"s'{encoded}'"
    if isinstance(value, CBORSimpleValue):
        return f"s'{0xE0 | value.value:02x}'" if value.value < 24 else f"s'f8{value.value:02x}'"
    if isinstance(value, int):
        return f"n'3b{-1 - value:016x}'" if value < -2**63 else str(value)
    if isinstance(value, float):
        return "f"
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, str):
        return f"t'{value.encode().hex()}'"
    if isinstance(value, (list, tuple)):
        return "[" + "".join(describe(item) + "," for item in value) + "]"
    if isinstance(value, CBORTag):
        return f"{value.tag}({describe(value.value)})"
    return "{" + "".join(f"{describe(key)}:{describe(item)}," for key, item in value.items()) + "}"


class Walk:
    """What of our rules one item breaks: codes of src/codec/cbor.h. `odd` says that cbor2 cannot hold the item (a map or
    list as key of a map, for instance), so that its verdict means nothing."""

    def __init__(self, octets):
        self.octets, self.at, self.broken, self.odd = octets, 0, set(), False
        self.item(0)
        if self.at != len(octets):
            self.broken.add("cbor.trailing")

    def take(self, count):
        if count > len(self.octets) - self.at:
            raise NotWellFormed("short")
        self.at += count
        return self.octets[self.at - count:self.at]

    def head(self):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info
        if info == 31:
            self.broken.add("cbor.indefinite")
            raise NotWellFormed("indefinite")  # Nothing behind it is ours to judge.
        if info > 27:
            raise NotWellFormed("reserved")
        argument = int.from_bytes(self.take(1 << (info - 24)), "big")
        if major == 7:
            if info == 24 and argument < 32:
                self.broken.add("cbor.simple")
        elif argument < (24 if info == 24 else 1 << (4 << (info - 24))):
            self.broken.add("cbor.not-shortest")
        return major, info, argument

    def item(self, depth):
        if depth >= DEPTH and self.at < len(self.octets) and self.octets[self.at] >> 5 in (4, 5, 6):
            self.broken.add("cbor.depth")
            raise NotWellFormed("depth")
        major, _, argument = self.head()
        if major in (2, 3):
            content = self.take(argument)
            if major == 3:
                content.decode()
        elif major == 4:
            for _ in range(argument):
                self.item(depth + 1)
        elif major == 5:
            self.pairs(argument, depth + 1)
        elif major == 6:
            self.item(depth + 1)
        return major

    def pairs(self, count, depth):
        if count > PAIRS:
            self.broken.add("cbor.too-many")
        seen = set()
        for _ in range(count):
            start = self.at
            if self.item(depth) not in (0, 1, 2, 3):
                self.odd = True
            key = self.octets[start:self.at]
            if key in seen:
                self.broken.add("cbor.duplicate-key")
            seen.add(key)
            self.item(depth)


def walk(octets):
    """Broken rules and oddness of one item; the rules alone where the walk had to stop."""
    walker = Walk.__new__(Walk)
    try:
        walker.__init__(octets)
    except (NotWellFormed, UnicodeDecodeError, RecursionError):
        pass
    return walker


def judge(octets):
    """(accepted, value, our stricter rules that the input breaks) or None where cbor2 cannot say."""
    walker = walk(octets)
    try:
        value, taken = loads(octets)
        described = describe(value)
    except Exception:  # Whatever it raises, it is a refusal.
        return None if walker.odd else (False, None, set())
    if walker.odd:
        return None
    if taken != len(octets):
        walker.broken.add("cbor.trailing")
    return True, described, walker.broken
