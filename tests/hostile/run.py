#!/usr/bin/env python3
"""A hostile client of our own against a running avouchd, and a table of how that went.

    tests/hostile/run.py [SECONDS | FULL | FAST] [AREA...]      avouchd, avouch and kbs-client have to be on the PATH
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import areas  # noqa: E402  (the folder has to be known first)
import peers  # noqa: E402
from battery import FAST, FULL, NORMAL, Area, Effort  # noqa: E402
from harness import MEMORY_IS_JUDGED  # noqa: E402


def parse(words):
    effort = NORMAL
    if words and words[0].upper() in ("FULL", "FAST"):
        effort = {"FULL": FULL, "FAST": FAST}[words.pop(0).upper()]
    elif words and words[0].isdigit():
        effort = Effort.of_seconds(int(words.pop(0)))
    return effort, words


def main():
    effort, wanted = parse(sys.argv[1:])
    unknown = set(wanted) - set(areas.ALL)
    if unknown:
        print(f"no area {', '.join(sorted(unknown))}; there are: {', '.join(areas.ALL)}", file=sys.stderr)
        return 2
    print(Area.head(), flush=True)
    failures, total, names = [], 0, set()
    for name in wanted or areas.ALL:
        area = areas.run(name, effort)
        print(area.row(), flush=True)
        total += area.cases
        names |= {f"{name}: {case}" for case in area.names}
        failures += [(name, *failure) for failure in area.failures]
    if not wanted and effort.stride == 1:
        failures += [("peers", "the table of defects", problem) for problem in peers.unheld(names)]
    if not MEMORY_IS_JUDGED:
        print("growth of memory was not judged, nor a limit that only a fast server gets to: these programs are not of a release")
    for name, case, problem in failures:
        print(f"NOT AS IT SHOULD BE: {name}: {case}: {problem}")
    print(f"{total} cases, {total - len(failures)} as they should be, {len(failures)} not")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
