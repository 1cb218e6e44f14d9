#!/usr/bin/env python3
"""Checks what the house style asks for and no compiler finds: sizes of files, and TRY only where it is safe.

    tools/style.py             exit 0 and nothing printed, or exit 1 and one line for each violation
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 600
# TRY returns out of a statement expression: what the same expression has made before it is never destroyed. So nothing may
# stand before it there: no earlier argument, no earlier element of a list, no left operand.
UNSAFE = re.compile(r"[,{+<&|]\s*TRY\(")


def violations():
    for path in sorted(ROOT.glob("src/**/*.[ch]*")):
        name = path.relative_to(ROOT)
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > LINES_MAX:
            yield f"{name}: {len(lines)} lines, more than {LINES_MAX}"
        for number, line in enumerate(lines, 1):
            code = re.sub(r"//.*", "", line)
            if UNSAFE.search(code):
                yield f"{name}:{number}: TRY after another part of the same expression"


def main():
    found = list(violations())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
