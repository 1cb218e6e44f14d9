"""JSON as Python reads it, and where our reader is stricter."""

import json
import math
import re

DEPTH = 32  # base/limits.h


class Duplicate(Exception):
    pass


def _constant(name):
    raise ValueError(name)  # NaN and Infinity are Python's, not RFC 8259's.


def _walk(value, depth, broken):
    if isinstance(value, (dict, list)):
        if depth >= DEPTH:
            broken.add("json.depth")
        for item in value.values() if isinstance(value, dict) else value:
            _walk(item, depth + 1, broken)
        if isinstance(value, dict):
            for name in value:
                _walk(name, depth, broken)
    elif isinstance(value, str) and re.search("[\ud800-\udfff]", value):
        broken.add("json.syntax")  # RFC 8259 section 8.2: half of a surrogate pair is no character.
    elif isinstance(value, float) and not math.isfinite(value):
        broken.add("json.number")
    elif isinstance(value, int) and not isinstance(value, bool) and not -2**63 <= value < 2**64:
        broken.add("json.number")


def judge(octets):
    """(accepted, value, our stricter rules that the input breaks)"""
    broken = set()

    def members(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            broken.add("json.duplicate")
        return dict(pairs)

    try:
        value = json.loads(octets.decode(), object_pairs_hook=members, parse_constant=_constant)
    except (ValueError, RecursionError):
        return False, None, set()
    _walk(value, 0, broken)
    return True, value, broken
