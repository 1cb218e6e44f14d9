"""Secrets that passed through the server are gone from it: from its memory when their connection closes, and from what
a crash would leave."""

import base64
import contextlib
import os
import pathlib
import resource
import signal
import socket
import sys
import time
import unittest

from harness import PATIENCE, ROOT, Server, base64url, enter, local_fs_server

sys.path.insert(0, str(ROOT / "tests/endurance"))

from guest import Guest  # noqa: E402

LARGEST = 2 * 1024 * 1024
SIZES = (15, 16, 24, 100, 1_000, 5_000, 70_000, LARGEST)
POLICY = b"package policy\nimport rego.v1\n# known to lie in memory 5ca1ab1e\ndefault allow := true\n"
SETTLE_SECONDS = 3


MARK = b"canary" + os.urandom(4).hex().encode()[:6]


def canary(size):
    """A secret in which a mark recurs so often that hardly a part of it can stay without one."""
    return b"".join(MARK + os.urandom(2).hex().encode() for _ in range(size // 16 + 1))[:size]


def forms(octets):
    """As they stand, and as they lie in hexadecimal or base64 text, whatever stands before them there."""
    yield octets
    yield octets.hex().encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + octets)
        yield whole[-(-before * 4 // 3):(before + len(octets)) * 4 // 3]


def memory_of(process):
    """What a process has written and could read, area by area."""
    with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            bounds, modes, *_ = line.split()
            if not modes.startswith("rw"):
                continue
            first, last = (int(bound, 16) for bound in bounds.split("-"))
            with contextlib.suppress(OSError):
                memory.seek(first)
                yield line, memory.read(last - first)


def found_in(process, wanted):
    """Where in its memory these octets lie, with what surrounds them."""
    return [(line, octets[max(0, octets.find(form) - 100):][:300])
            for line, octets in memory_of(process) for form in wanted if form in octets]


@unittest.skipUnless(PATIENCE == 1, "a sanitizer keeps what is freed, and so do programs that are not optimised")
@unittest.skipUnless(os.geteuid() == 0, "looking into the memory of a process that forbids it takes root")
class Memory(unittest.TestCase):
    def set_up(self, server):
        self.server = enter(self, server)
        body = b'{"policy":"' + base64url(POLICY).encode() + b'"}'
        self.assertEqual(self.server.administer("POST", "/kbs/v0/resource-policy", body)[0], 200)
        self.guest = Guest(self.server)
        self.guest.attest()

    def assert_gone(self, secret=MARK):
        self.assertTrue(found_in(self.server.process, [b"known to lie in memory 5ca1ab1e"]), "the search finds nothing")
        wanted = list(forms(secret))
        deadline = time.monotonic() + SETTLE_SECONDS
        while (found := found_in(self.server.process, wanted)) and time.monotonic() < deadline:
            time.sleep(0.2)  # the server has not noticed yet that its client is gone
        self.assertEqual(found, [])

    def set_and_get(self):
        for number, size in enumerate(SIZES):
            secret = canary(size)
            self.assertEqual(self.server.administer("POST", f"/kbs/v0/resource/a/b/{number}", secret)[0], 200)
            self.assertEqual(self.guest.get(f"a/b/{number}"), (200, secret))
        self.assert_gone()

    def test_what_was_set_and_got_is_gone(self):
        self.set_up(Server("--allow-sample"))
        self.set_and_get()

    def test_what_was_set_and_got_in_the_peers_layout_is_gone(self):
        self.set_up(local_fs_server("--allow-sample"))
        self.set_and_get()

    def test_what_a_connection_brought_is_gone_while_it_is_kept(self):
        self.set_up(Server("--allow-sample"))
        with contextlib.closing(self.server.connect()) as connection:
            for size in SIZES:
                connection.request("POST", "/kbs/v0/resource/a/b/c", canary(size),
                                   {"Authorization": f"Bearer {self.server.admin_token()}"})
                response = connection.getresponse()
                response.read()
                self.assertEqual(response.status, 200)
            self.assert_gone()

    def test_what_came_in_chunks_or_pipelined_is_gone(self):
        self.set_up(Server("--allow-sample"))
        head = f"POST /kbs/v0/resource/a/b/c HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.server.admin_token()}\r\n"
        chunked, piped = canary(3_000), canary(3_000)
        octets = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
        for at in range(0, len(chunked), 100):
            octets += b"64\r\n" + chunked[at:at + 100] + b"\r\n"
        octets += b"0\r\n\r\n" + head.encode() + b"Connection: close\r\nContent-Length: 3000\r\n\r\n" + piped
        self.assertEqual(self.server.send(octets).count(b"HTTP/1.1 200 OK"), 2)
        self.assert_gone()

    def test_what_was_refused_or_never_ended_is_gone(self):
        self.set_up(Server("--allow-sample"))
        bearer = {"Authorization": f"Bearer {self.server.admin_token()}"}
        for secret in map(canary, (200, 5_000, 70_000, LARGEST + 100_000)):
            for path in ("/kbs/v0/resource/not-a-path", "/kbs/v0/attest", "/kbs/v0/reference-value", "/nowhere"):
                with contextlib.suppress(OSError):  # one that is too large may break off
                    self.assertNotEqual(self.server.request("POST", path, secret, bearer)[0], 200)
            json_text = b'{"policy_id":"x","policy":"' + secret + b'","unknown":"' + secret
            with contextlib.suppress(OSError):
                self.server.request("POST", "/kbs/v0/attestation-policy", json_text, bearer)
            with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                connection.sendall(b"POST /kbs/v0/resource/a/b/c HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" +
                                   secret[:100_000])
        self.assert_gone()

    def test_tokens_that_were_shown_are_gone(self):
        self.set_up(Server("--allow-sample"))
        shown = self.server.admin_token()
        self.assertEqual(self.server.administer("GET", "/avouch/v1/resources")[0], 200)
        self.assert_gone(shown.encode())


class Crash(unittest.TestCase):
    SECRET = canary(64)

    @unittest.skipUnless(PATIENCE == 1, "a sanitizer takes the fatal signals for itself")
    def test_leaves_no_core_even_where_cores_are_welcome(self):
        for fatal in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
            server = enter(self, Server("--allow-sample"))
            server.set_secret(self.SECRET)
            server.path("secret.bin").unlink()
            server.stop()

            def as_cores_like_it():
                resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
                signal.signal(fatal, signal.SIG_DFL)  # a script that runs us in the background has SIGQUIT ignored

            if os.geteuid() != 0 and resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
                self.skipTest("cores are forbidden here anyway")
            server.start(preexec_fn=as_cores_like_it, cwd=server.folder)
            server.process.send_signal(fatal)
            _, status = os.waitpid(server.process.pid, 0)
            server.process = None
            self.assertEqual(os.WTERMSIG(status), fatal)
            self.assertFalse(os.WCOREDUMP(status))
            self.assertEqual([file for file in server.folder.rglob("*")
                              if file.is_file() and self.SECRET in file.read_bytes()], [])

    def test_other_processes_of_the_user_may_not_look_inside(self):
        with Server() as server:
            facts = os.stat(f"/proc/{server.process.pid}/mem")
            self.assertEqual((facts.st_uid, facts.st_mode & 0o077), (0, 0))

    def test_arguments_and_environment_hold_no_secret(self):
        with Server() as server:
            server.set_secret(self.SECRET)
            for name in ("cmdline", "environ"):
                try:
                    octets = pathlib.Path(f"/proc/{server.process.pid}/{name}").read_bytes()
                except PermissionError:
                    continue  # even better
                for secret in (self.SECRET, server.admin_token().encode(), server.path("data/master.key").read_bytes()):
                    self.assertNotIn(secret.strip(), octets)


if __name__ == "__main__":
    unittest.main()
