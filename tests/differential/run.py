#!/usr/bin/env python3
"""Compares our verdicts with those of independent implementations, over good inputs and over mutations of them.

    run.py JUDGE [COUNT [SEED]]    JUDGE is the program differential_judge; COUNT inputs of each kind [2000]

Where both accept, what they read has to be the same. Where we refuse alone, our code has to be that of a rule of ours which
the input breaks, as a look of its own at the input finds. Everything else is a difference: printed, and exit 1.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys

import kinds

SHOWN_MAX = 10


class Judge:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, kind, *arguments):
        question = " ".join([kind, *(argument.hex() or "-" for argument in arguments)])
        self.process.stdin.write(question.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"differential_judge died of: {question}")
        return json.loads(answer)


class Tally:
    """The outcomes of one kind of input."""

    def __init__(self):
        self.both_accept, self.both_refuse, self.undecided = 0, 0, 0
        self.stricter = collections.Counter()
        self.differences = []

    def add(self, ours, theirs, arguments):
        if theirs is None:
            self.undecided += 1
            return
        accepted, value, broken = (True, None, set()) if callable(theirs) else theirs
        code = ours["code"]
        if code == "ok" and accepted and not broken and ours["value"] == value:
            self.both_accept += 1
        elif code != "ok" and not accepted:
            self.both_refuse += 1
        elif code != "ok" and code in broken:
            self.stricter[code] += 1
        else:
            self.differences.append((code, ours.get("value"), accepted, value, sorted(broken), [a.hex() for a in arguments]))

    def report(self, kind):
        stricter = ", ".join(f"{code} {count}" for code, count in sorted(self.stricter.items()))
        print(f"{kind}: both accept {self.both_accept}, both refuse {self.both_refuse}, ours is stricter "
              f"{sum(self.stricter.values())} ({stricter}), the other cannot say {self.undecided}, "
              f"differences {len(self.differences)}")
        for code, value, accepted, other, broken, arguments in self.differences[:SHOWN_MAX]:
            print(f"  ours {code} {value}\n  theirs {'ok' if accepted else 'refused'} {other}, rules broken {broken}\n"
                  f"  input {' '.join(arguments)}")


def main():
    judge = Judge(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(f"{count} inputs of each kind, seed {seed}")
    failed = False
    corpus = pathlib.Path(__file__).resolve().parents[2] / "corpus"
    for kind, inputs in kinds.KINDS.items():
        tally = Tally()
        for arguments, theirs in inputs(random.Random(seed), count, corpus):
            ours = judge.ask(kind, *arguments)
            # What we made goes to the other for a verdict; there is none on what we did not make.
            tally.add(ours, theirs(ours["value"]) if callable(theirs) and ours["code"] == "ok" else theirs, arguments)
        tally.report(kind)
        # A run in which one verdict never occurs has compared nothing.
        failed = failed or tally.differences or not tally.both_accept or (kind not in kinds.MADE and not tally.both_refuse)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
