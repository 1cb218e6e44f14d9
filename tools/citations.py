#!/usr/bin/env python3
"""Checks that what comments and documents point at is there.

    tools/citations.py         exit 0 and nothing printed, or exit 1 and one line for each violation

Every specification that src/ cites (RFC 9052, DEN0137, draft-ietf-rats-ar4si-10, FIPS 180-4, SP 800-38D, SEC 1,
Canonical XML 1.1, TCG RIM IM) has a row in
docs/specs.md, and every row is cited. Every test that a document names exists, and every file below src/, tests/ and tools/.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CITATION = re.compile(r"RFC [0-9]{4}|DEN ?[0-9]{4}|draft-[a-z]+(?:-[a-z0-9]+)+-[0-9]{2}\b|FIPS [0-9]+(?:-[0-9]+)?|SP 800-[0-9]+[A-Z]?|SEC 1\b|(?:Canonical |Namespaces in )?XML 1\.[01]|Exclusive XML Canonicalization 1\.0|XML Signature 1\.1|TCG RIM IM")
ROW = re.compile(r"^\| ([^|]+?) \|", re.MULTILINE)
TEST = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)")
NAMED_TEST = re.compile(r"`([A-Z]\w+\.[A-Z]\w+|test_\w+)`")
NAMED_FILE = re.compile(r"`((?:src|tests|tools|examples|bench|docs)/[\w./-]+\.\w+)`")


def read(path):
    return path.read_text(encoding="utf-8")


def sources():
    for folder, pattern in [("src", "*.[ch]*"), ("src", "*.md"), ("src", "*.rego"), ("rust/policy/src", "*.rs")]:
        yield from sorted((ROOT / folder).rglob(pattern))


def unknown_specifications():
    rows = {row.replace("DEN ", "DEN") for row in ROW.findall(read(ROOT / "docs/specs.md"))} - {"short name", "---"}
    cited = set()
    for path in sources():
        for number, line in enumerate(read(path).splitlines(), 1):
            for name in CITATION.findall(line):
                name = name.replace("DEN ", "DEN")
                cited.add(name)
                if name not in rows:
                    yield f"{path.relative_to(ROOT)}:{number}: {name} has no row in docs/specs.md"
    for row in sorted(rows - cited):
        yield f"docs/specs.md: nothing in src/ cites {row}"


def tests():
    names = set()
    for path in (ROOT / "src").rglob("*_test.cc"):
        names |= {f"{suite}.{name}" for suite, name in TEST.findall(read(path))}
    for path in (ROOT / "tests").rglob("*.py"):
        names |= set(re.findall(r"def (test_\w+)", read(path))) | {path.stem}
    return names


def dangling_names():
    known = tests()
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        text = read(path)
        for name in NAMED_TEST.findall(text):
            if name not in known:
                yield f"{path.relative_to(ROOT)}: there is no test {name}"
        for name in NAMED_FILE.findall(text):
            if not (ROOT / name).exists():
                yield f"{path.relative_to(ROOT)}: there is no file {name}"


def main():
    found = [*unknown_specifications(), *dangling_names()]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
