"""The documents keep their word: what they show in console blocks runs as written, from the first to the last."""

import base64
import concurrent.futures
import contextlib
import ctypes
import fcntl
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

from harness import PATIENCE, ROOT, SECRET, Server

PORT = 8080  # the one that the documents, like the peer's, take for granted
CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 1  # linux/sched.h, linux/sockios.h, linux/if.h
# How each program says that it was refused, and not that something else went wrong.
REFUSALS = (b"decision: ", b"(admin.token)")
# Of two machines, and walked through by a test of its own (test_guest_arm64.py).
TWO_MACHINES = "fvp.md"
ALL_DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTS = [document for document in ALL_DOCUMENTS if document.name != TWO_MACHINES]
# Commands that documents show and no test runs here, each with the reason.
NOT_RUN = {
    "./run demo": "builds the release; what it shows is examples/walkthrough.sh, which test_walkthrough.py goes through by hand",
    "./run test": "runs this test",
    "export PATH=$PWD/build/release/bin:$PATH": "the test has its own PATH",
    "avouchd --data-dir data &": "the test starts that server itself",
}


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)


def commands(document):
    return [line[2:] for block in blocks(document, "console") for line in block.splitlines() if line.startswith("$ ")]


def enter_own_network():
    """Gives this thread, and what it starts, a network in which every port is free. Only root may have one."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP).ljust(40, b"\0"))


class ConsoleBlocks(unittest.TestCase):
    """Each document has a server of its own, with its data directory in `data`, and a folder to leave files in."""

    def serve(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", PORT))
            except OSError:
                self.skipTest(f"port {PORT} is taken")
        server = Server(folder=pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-")))
        server.port = PORT
        return server

    def run_all(self, document):
        with concurrent.futures.ThreadPoolExecutor(1, initializer=enter_own_network) as thread:
            return thread.submit(self.run_here, document).result()

    def run_here(self, document):
        shown = commands(document)
        self.assertTrue(shown, document)
        outputs = []
        with self.serve() as server:
            try:
                for command in shown:
                    done = subprocess.run(["bash", "-c", command], cwd=server.folder, capture_output=True, timeout=60 * PATIENCE)
                    said = f"{document.name}: {command}\n{done.stdout.decode()}{done.stderr.decode()}"
                    self.assertEqual(done.returncode, 0, said)
                    if command.startswith("! "):
                        self.assertTrue(any(refusal in done.stderr for refusal in REFUSALS), said)
                    outputs.append(done)
            finally:  # a document stops what it starts; one that failed half-way does not get there
                for left in server.folder.glob("*.pid"):
                    with contextlib.suppress(ProcessLookupError, ValueError):
                        os.kill(int(left.read_text()), signal.SIGTERM)
        return outputs

    def test_those_of_the_readme_run_as_written_and_end_in_the_secret(self):
        outputs = self.run_all(ROOT / "README.md")
        self.assertGreater(len(outputs), 5)
        self.assertTrue(any(b"PolicyDeny" in done.stderr for done in outputs))
        self.assertEqual(base64.b64decode(outputs[-1].stdout), SECRET)

    def test_the_page_about_why_shows_what_is_said(self):
        page = (ROOT / "docs/why.md").read_text()
        said = [done.stdout.decode() for done in self.run_all(ROOT / "docs/why.md") if done.stdout.startswith(b"decision")]
        for words in ("No attestation key (CPAK) is endorsed for this platform", "policy default_cpu, line 73 (rule executables)",
                      "If it is what you built, endorse exactly that: avouch refval approve"):
            self.assertIn(words, page)
            self.assertTrue(any(words in text for text in said), words)

    def test_those_of_every_other_document_run_as_written(self):
        others = [document for document in DOCUMENTS if document.name not in ("README.md", "why.md") and commands(document)]
        self.assertIn("operations.md", [document.name for document in others])
        for document in others:
            with self.subTest(document.name):
                self.run_all(document)

    def test_what_is_shown_and_not_run_is_listed_with_its_reason(self):
        shown = set()
        for document in DOCUMENTS:
            for block in [*blocks(document, "sh"), *blocks(document, "bash")]:
                shown |= {line.split("   ")[0].strip() for line in block.splitlines() if line and not line.startswith("#")}
            for block in blocks(document, "console"):
                for line in block.splitlines():
                    self.assertTrue(line.startswith("$ "), f"{document.name}: what a command prints goes into the text: {line}")
        self.assertEqual(shown, set(NOT_RUN))


class Links(unittest.TestCase):
    def test_no_document_points_at_what_is_not_there(self):
        for document in [*ALL_DOCUMENTS, *(ROOT / "src").rglob("*.md")]:
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
                if not re.match(r"[a-z]+:", target):
                    self.assertTrue((document.parent / target).exists(), f"{document.relative_to(ROOT)}: {target}")


if __name__ == "__main__":
    unittest.main()
