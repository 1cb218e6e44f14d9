"""Arm CCA tokens taken apart, changed, and signed again with the keys of an emulated platform: what only a faulty platform,
or somebody who forges, would make."""

import hashlib

from harness import run

PLATFORM, REALM = 44234, 44241  # the two tokens in a collection
CHALLENGE, PROFILE, IMPLEMENTATION_ID, LIFECYCLE, COMPONENTS, CONFIG, PLATFORM_HASH = 10, 265, 2396, 2395, 2399, 2401, 2402
REM, REALM_KEY = 44239, 44237
MEASUREMENT = 2  # of a software component


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def decode(octets):
    value, rest = decode_item(octets)
    assert not rest
    return value


def decode_item(octets):
    kind, info, rest = octets[0] >> 5, octets[0] & 31, octets[1:]
    if info >= 24:
        size = 1 << (info - 24)
        info, rest = int.from_bytes(rest[:size], "big"), rest[size:]
    if kind in (0, 1):
        return (info if kind == 0 else -1 - info), rest
    if kind in (2, 3):
        return (rest[:info] if kind == 2 else rest[:info].decode()), rest[info:]
    if kind == 6:
        value, rest = decode_item(rest)
        return Tag(info, value), rest
    items = []
    for _ in range(info * (1 if kind == 4 else 2)):
        item, rest = decode_item(rest)
        items.append(item)
    return (items if kind == 4 else dict(zip(items[::2], items[1::2]))), rest


def head(kind, number):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([kind << 5 | number])
        if number < 1 << 8 * size:
            return bytes([kind << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError(number)


def encode(value):
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
    return head(6, value.number) + encode(value.value)


def sign(key_file, message, bits=384):
    """ES384 (or ES256) over a message, as COSE has it: r and s, 48 (32) octets each."""
    der = run("openssl", "dgst", f"-sha{bits}", "-sign", key_file, stdin=message).stdout
    r_length = der[3]
    r, s = der[4:4 + r_length], der[6 + r_length:]
    return b"".join(part.lstrip(b"\0").rjust(bits // 8, b"\0") for part in (r, s))


class Token:
    """A collection; .platform and .realm are the claims. octets() signs only what was changed, with `keys`' cpak.pem and
    rak.pem, unless a broken signature is asked for."""

    def __init__(self, octets, keys):
        self.collection, self.keys = decode(octets), keys
        self.messages = {label: decode(self.member(label)) for label in (PLATFORM, REALM)}
        self.platform, self.realm = (decode(self.messages[label].value[2]) for label in (PLATFORM, REALM))
        self.break_realm_signature = False

    def member(self, label):
        member = self.collection.value[label]
        return member if isinstance(member, bytes) else member[1]

    def put(self, label, octets):
        member = self.collection.value[label]
        self.collection.value[label] = octets if isinstance(member, bytes) else [member[0], octets]

    def vouch_for_realm_key(self):
        self.platform[CHALLENGE] = hashlib.sha256(self.realm[REALM_KEY]).digest()

    def octets(self):
        for label, claims, key in ((PLATFORM, self.platform, "cpak.pem"), (REALM, self.realm, "rak.pem")):
            parts = self.messages[label].value
            payload = encode(claims)
            if payload != parts[2]:
                parts[2] = payload
                parts[3] = sign(self.keys / key, encode(["Signature1", parts[0], b"", payload]))
        if self.break_realm_signature:
            parts[3] = parts[3][:-1] + bytes([parts[3][-1] ^ 1])
        for label, message in self.messages.items():
            self.put(label, encode(message))
        return encode(self.collection)
