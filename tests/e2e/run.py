#!/usr/bin/env python3
"""Runs the end-to-end tests over real processes, real sockets and a real FUSE realm.

    tests/e2e/run.py [PATTERN]      avouchd, avouch, kbs-client and arc have to be on the PATH
"""

import pathlib
import sys
import unittest


def main():
    folder = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(folder))
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]]
    suite = loader.discover(str(folder), pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    import harness
    import why_bench  # whose table is complete only now
    why_bench.Table.print()
    for test, reason in result.skipped:
        print(f"NOT RUN: {test}: {reason}")
    if not harness.MEMORY_IS_JUDGED:
        print("growth of memory was not judged, nor a limit that only a fast server gets to: AVOUCH_TEST_PATIENCE says that\n"
              "these programs are not those of a release")
    if result.testsRun == 0:
        print("no test has such a name", file=sys.stderr)
        return 2
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
