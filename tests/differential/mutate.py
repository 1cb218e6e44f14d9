"""Inputs near to good ones: seeds, changed a little and in ways that parsers get wrong."""

INTERESTING = bytes([0x00, 0x01, 0x17, 0x18, 0x19, 0x1F, 0x20, 0x38, 0x40, 0x5F, 0x60, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xD2,
                     0xD8, 0xE0, 0xF4, 0xF6, 0xF8, 0xF9, 0xFB, 0xFF])


def mutate(octets, random, seeds):
    """A copy with one to four changes."""
    out = bytearray(octets)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        at = random.randrange(len(out) + 1)
        change = random.randrange(8)
        if change == 0 and at < len(out):
            out[at] ^= 1 << random.randrange(8)
        elif change == 1 and at < len(out):
            out[at] = random.choice(INTERESTING)
        elif change == 2:
            out[at:at] = bytes([random.choice(INTERESTING)])
        elif change == 3:
            del out[at:at + random.randrange(1, 5)]
        elif change == 4:
            del out[at:]
        elif change == 5:
            other = random.choice(seeds)
            start = random.randrange(len(other) + 1)
            out[at:at] = other[start:start + random.randrange(1, 24)]
        elif change == 6:
            length = random.randrange(1, 16)
            out[at:at] = out[at:at + length]
        elif change == 7 and at < len(out):
            out[at] = (out[at] + random.choice((-1, 1))) & 255
    return bytes(out)
