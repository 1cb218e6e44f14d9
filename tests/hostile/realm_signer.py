#!/usr/bin/env python3
"""Inside a realm: for each challenge on standard input, in hexadecimal, the token that the realm signs over it."""

import os
import pathlib
import sys
import tempfile

REPORTS = "/sys/kernel/config/tsm/report"


def main():
    for line in sys.stdin:
        folder = pathlib.Path(tempfile.mkdtemp(dir=REPORTS))
        (folder / "inblob").write_bytes(bytes.fromhex(line))
        print((folder / "outblob").read_bytes().hex(), flush=True)
        os.rmdir(folder)


if __name__ == "__main__":
    main()
