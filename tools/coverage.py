#!/usr/bin/env python3
"""What the tests reach, from the profiles of a coverage build: `./run coverage` makes both and calls this.

    tools/coverage.py          lines and branches a folder; exit 1 if a folder that has to be covered is not
    tools/coverage.py --list   besides, the lines that nothing reaches, as file:first-last

Tests, fixtures and generated code do not count. docs/coverage.md says why what is left is left.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/coverage"
# Where secrets and verdicts are made: at least so much of their lines.
LEAST_PERCENT = 90
GUARDED = ("tee", "appraise", "broker", "format", "dialect")
OF_TESTS = re.compile(r"(_test|_fuzz)\.cc$|(_fixture|_testing|_for_test|test_support|test_certificates|test_keys)\.h$|^testing/")


class File:
    def __init__(self):
        self.lines = {}     # number: whether it was reached
        self.branches = {}  # line and index: whether it was taken

    def missing(self):
        """Runs of lines that count and were not reached; lines between them that do not count are of the run."""
        runs, last = [], None
        for number in sorted(self.lines):
            if self.lines[number]:
                last = None
            elif last is None:
                runs.append([number, number])
                last = number
            else:
                runs[-1][1] = last = number
        return runs


def forget_uncounted(name, file):
    """Takes out the statements behind a TRY that clang calls unreached: it puts no counter of its own behind a statement
    expression with a return inside, and so cannot know. Where more than one statement follows, the next is counted."""
    source = [""] + (ROOT / "src" / name).read_text(encoding="utf-8").splitlines()
    for first, last in file.missing():
        before = first - 1
        while before > 0 and (not source[before].strip() or source[before].strip().startswith("//")):
            before -= 1
        start = before
        while start > 1 and not source[start - 1].rstrip().endswith((";", "{", "}", ":")):
            start -= 1
        if not file.lines.get(before, True) or "TRY(" not in "".join(source[start:before + 1]):
            continue
        for number in range(first, last + 1):
            file.lines.pop(number, None)
            if source[number].rstrip().endswith((";", "{", "}")):
                break


def export():
    profiles = sorted((BUILD / "profiles").glob("*.profraw"))
    if not profiles:
        sys.exit("coverage: no profiles; use ./run coverage")
    merged = BUILD / "merged.profdata"
    subprocess.run(["llvm-profdata-16", "merge", "-sparse", "-o", merged, *profiles], check=True)
    programs = [path for path in sorted((BUILD / "bin").iterdir()) if path.is_file()]
    objects = [word for path in programs[1:] for word in ("-object", path)]
    return subprocess.run(["llvm-cov-16", "export", "-format=lcov", f"-instr-profile={merged}", programs[0], *objects],
                          check=True, stdout=subprocess.PIPE, text=True).stdout


def read(lcov):
    files, current = collections.defaultdict(File), None
    for line in lcov.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = pathlib.Path(rest)
            name = str(path.relative_to(ROOT / "src")) if path.is_relative_to(ROOT / "src") else ""
            current = files[name] if name and not OF_TESTS.search(name) else None
        elif kind == "DA" and current is not None:
            number, count = rest.split(",")[:2]
            current.lines[int(number)] = current.lines.get(int(number), False) or int(count) > 0
        elif kind == "BRDA" and current is not None:
            where, _, count = rest.rpartition(",")
            current.branches[where] = current.branches.get(where, False) or count not in ("-", "0")
    for name, file in files.items():
        forget_uncounted(name, file)
    return {name: file for name, file in sorted(files.items()) if file.lines}


def folder_of(name):
    parts = pathlib.PurePosixPath(name).parent.parts
    return "/".join(parts)


def percent(part, whole):
    return 100 * part / whole if whole else 100


def main():
    files = read(export())
    folders = collections.defaultdict(lambda: [0, 0, 0, 0])
    for name, file in files.items():
        for key in (folder_of(name), "all"):
            sums = folders[key]
            for index, found in enumerate((file.lines, file.branches)):
                sums[2 * index] += sum(found.values())
                sums[2 * index + 1] += len(found)
    print(f"{'folder':28} {'lines':>13} {'':>7} {'branches':>13}")
    failed = []
    for folder in sorted(folders, key=lambda name: (name == "all", name)):
        hit, lines, taken, branches = folders[folder]
        is_low = folder.split("/")[0] in GUARDED and percent(hit, lines) < LEAST_PERCENT
        failed += [folder] if is_low else []
        print(f"{folder:28} {hit:6}/{lines:6} {percent(hit, lines):6.1f}% {taken:6}/{branches:6} "
              f"{percent(taken, branches):6.1f}%{'  too little' if is_low else ''}")
    if "--list" in sys.argv[1:]:
        print("\nnot reached:")
        for name, file in files.items():
            for first, last in file.missing():
                print(f"src/{name}:{first}-{last}" if last > first else f"src/{name}:{first}")
    if failed:
        print(f"\nless than {LEAST_PERCENT} % of the lines of: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
