"""The documents keep their word: what README.md shows in its console blocks runs as written, from the first to the last."""

import base64
import pathlib
import re
import socket
import subprocess
import tempfile
import unittest

from harness import PATIENCE, ROOT, SECRET, Server, enter

PORT = 8080  # the one that the README, like the peer's documents, takes for granted


def commands(document):
    blocks = re.findall(r"^```console\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


class Readme(unittest.TestCase):
    def setUp(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", PORT))
            except OSError:
                self.skipTest(f"port {PORT} is taken")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.server = Server(folder=folder)
        self.server.port = PORT
        enter(self, self.server)

    def test_its_console_blocks_run_as_written(self):
        shown = commands(ROOT / "README.md")
        self.assertGreater(len(shown), 5)
        for command in shown:
            done = subprocess.run(["bash", "-c", command], cwd=self.server.folder, capture_output=True, timeout=60 * PATIENCE)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout.decode()}{done.stderr.decode()}")
            if command.startswith("! "):
                self.assertIn(b"PolicyDeny", done.stderr)
        self.assertEqual(base64.b64decode(done.stdout), SECRET)


class Links(unittest.TestCase):
    def test_no_document_points_at_what_is_not_there(self):
        documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
        for document in documents:
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
                if not re.match(r"[a-z]+:", target):
                    self.assertTrue((document.parent / target).exists(), f"{document.relative_to(ROOT)}: {target}")


if __name__ == "__main__":
    unittest.main()
