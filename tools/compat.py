#!/usr/bin/env python3
"""Puts the differences that a replay of recorded traffic knows (src/dialect/*/replay_differences.h) into the document about
that peer, between its two marks.

    tools/compat.py            writes the tables
    tools/compat.py --check    exit 1 if a document has another one, or a reason is used by no difference
"""

import itertools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = [  # name, source of the table, document that it stands in
    ("Trustee", "src/dialect/kbs/replay_differences.h", "docs/compat-trustee.md"),
    ("Veraison", "src/dialect/veraison/replay_differences.h", "docs/compat-veraison.md"),
]
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


def table(peer, path):
    source = (ROOT / path).read_text(encoding="utf-8")
    reasons = {name: (text_of(request), text_of(why)) for name, request, why in REASON.findall(source)}
    rows = {}
    for number, theirs, ours, reason in DIFFERENCE.findall(source):
        rows.setdefault((reason, outcome_of(theirs), outcome_of(ours)), []).append(int(number))
    unused = sorted(set(reasons) - {reason for reason, _, _ in rows})
    if unused:
        sys.exit(f"{path}: no difference has the reason {', '.join(unused)}")
    lines = [f"| recording | request | {peer} | Avouch | why |", "|---|---|---|---|---|"]
    for (reason, theirs, ours), numbers in rows.items():
        request, why = reasons[reason]
        lines.append(f"| {numbers_of(numbers)} | {request} | {theirs} | {ours} | {why} |")
    return "\n".join(lines)


def with_table(peer, path, document):
    begin = f"<!-- made by tools/compat.py from {path} -->"
    before, begin_found, rest = document.partition(begin)
    _, end_found, after = rest.partition(END)
    if not begin_found or not end_found:
        sys.exit(f"the document about {peer} has no place for the table: {begin} … {END}")
    return f"{before}{begin}\n{table(peer, path)}\n{END}{after}"


def main():
    stale = []
    for peer, path, name in PEERS:
        document = (ROOT / name).read_text(encoding="utf-8")
        text = with_table(peer, path, document)
        if text == document:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            (ROOT / name).write_text(text, encoding="utf-8")
    if "--check" in sys.argv[1:] and stale:
        print(f"{', '.join(stale)} out of date: run tools/compat.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
