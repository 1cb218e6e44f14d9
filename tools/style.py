#!/usr/bin/env python3
"""Checks what the house style asks for and no compiler finds: sizes of files and functions, and TRY only where it is safe.

    tools/style.py             exit 0 and nothing printed, or exit 1 and one line for each violation
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 600
# A file of the product is read in one go; a function is seen at once. What may be longer is listed, with its reason.
PRODUCT_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
LONGER = {
    "src/net/tls.cc": "what client and server share is checked against both of them",
}
OF_TESTS = re.compile(r"_(test|fuzz)\.cc$|/testing/|(test_support|fixture|_for_test|_testing|test_keys|test_certificates)\.h$")
# TRY returns out of a statement expression: what the same expression has made before it is never destroyed. So nothing may
# stand before it there: no earlier argument, no earlier element of a list, no left operand.
UNSAFE = re.compile(r"[,{+<&|]\s*TRY\(")


def long_functions(name, lines):
    """By the format: a definition starts in the first column, and its closing brace stands there alone."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.endswith("{") and not re.search(r"(=\s*|\{)\{$", line) and line[0] not in " #/}" and not re.match(r"(namespace|extern|class|struct|enum|union)\b", line):
            start = number
        if line.startswith("}") and start is not None:
            if number - start > FUNCTION_LINES_MAX:
                yield f"{name}:{start}: a function of {number - start} lines, more than {FUNCTION_LINES_MAX}"
            start = None


def violations():
    for path in sorted(ROOT.glob("src/**/*.[ch]*")):
        name = path.relative_to(ROOT)
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > LINES_MAX:
            yield f"{name}: {len(lines)} lines, more than {LINES_MAX}"
        elif len(lines) > PRODUCT_LINES_MAX and not OF_TESTS.search(str(name)) and str(name) not in LONGER:
            yield f"{name}: {len(lines)} lines, more than {PRODUCT_LINES_MAX}: split it, or say in LONGER why not"
        if not OF_TESTS.search(str(name)) and str(name) not in LONGER:
            yield from long_functions(name, lines)
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
