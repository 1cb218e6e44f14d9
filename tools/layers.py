#!/usr/bin/env python3
"""Checks that every #include in src/ points to a lower layer (the table LAYERS) or into its own folder.

    tools/layers.py            exit 0 and nothing printed, or exit 1 and one line for each violation
"""

import pathlib
import re
import sys

# Longest prefix wins. A folder includes only folders with a smaller number, its own files, and what EXTRA grants.
LAYERS = {
    "base": 0, "crypto": 1, "codec": 1, "net": 2, "format": 2, "tee": 3, "policy": 3, "store": 3, "collateral": 4, "ledger": 4,
    "appraise": 5, "broker": 5, "enroll": 5, "guest": 5, "channel": 5, "edge": 6, "dialect": 6, "cmd": 7,
}
# A room includes the shared headers of tee/ (not the other way round, except the one list of rooms).
ROOM_LIST = "src/tee/rooms.cc"
# Third-party headers and the only folders that may see them.
OWNERS = {
    r"openssl/": ("crypto", "net", "edge/http"), r"simdjson": ("codec",), r"boost/": ("net", "edge/http"),
    r"nghttp2/": ("net/http2", "edge/http"), r"sqlite3": ("store",), r"fuse": ("cmd",), r"CLI/": ("cmd",), r"toml\+\+": ("cmd", "codec"),
    r"avouch_policy\.h": ("policy",),
}
# Files of tests: beside the code, but in no library.
OF_TESTS = re.compile(r"(_test|_fuzz)\.cc$|(_fixture|_testing|_for_test|test_support|test_certificates|test_keys)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def layer(folder):
    return LAYERS.get(folder.split("/")[0])


def may_include(source, folder, target):
    target_folder = str(pathlib.PurePosixPath(target).parent)
    if target_folder == folder or folder.startswith(target_folder + "/"):
        return True
    if folder.split("/")[0] == "testing" or (target_folder == "testing" and OF_TESTS.search(source)):
        return True
    if folder.startswith("cmd") and target_folder.startswith("cmd"):
        return True
    # What one listening end carries is tested over another.
    if OF_TESTS.search(source) and folder.startswith("edge/") and target_folder.startswith("edge/"):
        return True
    if source == ROOM_LIST and target_folder.startswith("tee/"):
        return True
    if target_folder.startswith(folder + "/") and folder != "tee":
        return True
    own, other = layer(folder), layer(target_folder)
    if other is None or own is None:
        return False
    if target_folder.startswith("tee/") and not target_folder.endswith("/emulator"):
        return folder.startswith(target_folder) or folder.startswith("cmd") or folder.startswith("guest")
    if target_folder.endswith("/emulator"):
        return folder.startswith("cmd") or bool(OF_TESTS.search(source)) or folder == "testing"
    return other < own


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    violations = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        source = str(path.relative_to(root))
        folder = str(path.parent.relative_to(root / "src"))
        for quote, target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if quote == '"' and (root / "src" / target).exists():
                if not may_include(source, folder, target):
                    violations.append(f"{source}: includes {target}, which is not below {folder}/")
            for pattern, owners in OWNERS.items():
                if re.match(pattern, target) and not any(folder == o or folder.startswith(o + "/") for o in owners):
                    violations.append(f"{source}: includes <{target}>, which only {', '.join(owners)} may see")
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
