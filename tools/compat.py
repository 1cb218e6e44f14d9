#!/usr/bin/env python3
"""Puts the differences that the replay of recorded traffic knows (src/dialect/kbs/replay_differences.h) into
docs/compat-trustee.md, between its two marks.

    tools/compat.py            writes the table
    tools/compat.py --check    exit 1 if the document has another one, or a reason is used by no difference
"""

import itertools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "dialect" / "kbs" / "replay_differences.h"
DOCUMENT = ROOT / "docs" / "compat-trustee.md"
BEGIN = "<!-- made by tools/compat.py from src/dialect/kbs/replay_differences.h -->"
END = "<!-- end of what tools/compat.py makes -->"
STRING = r'"(?:[^"\\]|\\.)*"'
REASON = re.compile(rf"Reason (k\w+)\s*\{{\s*((?:{STRING}\s*)+),\s*((?:{STRING}\s*)+)\}};")
DIFFERENCE = re.compile(rf"\{{(\d+), ({STRING}), ({STRING}), (k\w+)\}},")


def text_of(literals):
    return "".join(part[1:-1].replace('\\"', '"') for part in re.findall(STRING, literals))


def outcome_of(literal):
    status, _, what = text_of(literal).partition(" ")
    if status == "0":
        return "closes the connection"
    return status if status == "200" or not what else f"{status} `{what}`"


def numbers_of(numbers):
    """304, 305, 306, 351 as "304-306, 351"."""
    runs = itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]:03}" if len(run) == 1 else f"{run[0]:03}-{run[-1]:03}" for run in ends)


def table():
    source = SOURCE.read_text(encoding="utf-8")
    reasons = {name: (text_of(request), text_of(why)) for name, request, why in REASON.findall(source)}
    rows = {}
    for number, theirs, ours, reason in DIFFERENCE.findall(source):
        rows.setdefault((reason, outcome_of(theirs), outcome_of(ours)), []).append(int(number))
    unused = sorted(set(reasons) - {reason for reason, _, _ in rows})
    if unused:
        sys.exit(f"{SOURCE.relative_to(ROOT)}: no difference has the reason {', '.join(unused)}")
    lines = ["| recording | request | Trustee | Avouch | why |", "|---|---|---|---|---|"]
    for (reason, theirs, ours), numbers in rows.items():
        request, why = reasons[reason]
        lines.append(f"| {numbers_of(numbers)} | {request} | {theirs} | {ours} | {why} |")
    return "\n".join(lines)


def main():
    document = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{DOCUMENT.relative_to(ROOT)} has no place for the table: {BEGIN} … {END}")
    text = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        if document != text:
            print("docs/compat-trustee.md is out of date: run tools/compat.py")
            return 1
        return 0
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
