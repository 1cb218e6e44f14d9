"""The process and what surrounds it: signals, descriptors, streams that are closed or full, another server beside it."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from harness import MEMORY_IS_JUDGED, PATIENCE, RESOURCE, SECRET, Rcar, Server, base64url, enter, get_secret, run, sample_session

FEW_DESCRIPTORS = 64
CROWD = 300
UNREAD_LINES = 4_000  # of the log: more than any pipe or socket holds
SLOW = ("package policy\nimport rego.v1\ntrust_claims := {} if {\n  some a in numbers.range(1, 100000)\n"
        "  some b in numbers.range(1, 100000)\n  a + b == 0\n}\n")
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def limited(what, soft, hard=None):
    return lambda: resource.setrlimit(what, (soft, hard or soft))


def wait_until_serving(server, seconds=10 * PATIENCE):
    """For a server whose log cannot be read."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return server.request("GET", "/healthz")[0]
        except OSError:
            time.sleep(0.02)
    raise AssertionError("avouchd does not serve")


def drain(descriptor):
    """What can be read without waiting."""
    octets = b""
    with contextlib.suppress(BlockingIOError):
        while block := os.read(descriptor, 65536):
            octets += block
    return octets


class Running(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.server.admin("set-resource-policy", "--allow-all")
        self.server.set_secret()

    def make_slow(self):
        message = {"type": "rego", "policy_id": "default_cpu", "policy": base64url(SLOW.encode())}
        self.assertEqual(self.server.administer("POST", "/kbs/v0/attestation-policy", json.dumps(message))[0], 200)

    def attest_without_waiting(self):
        nonce, cookie = Rcar(self.server).auth()
        body = json.dumps(Rcar.submission(nonce)).encode()
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=20 * PATIENCE)
        connection.sendall(b"POST /kbs/v0/attest HTTP/1.1\r\nHost: x\r\nCookie: " + cookie.encode() +
                           b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return connection

    def restart(self, **how):
        self.server.stop()
        self.server.start(**how)


class Signals(Running):
    def end_by_sigint_twice(self):
        self.make_slow()
        waiting = [self.attest_without_waiting() for _ in range(100)]  # work for seconds, also when this test is slow
        time.sleep(0.05)
        self.server.process.send_signal(signal.SIGINT)
        self.server.wait_for_log("stopping")  # two signals of a kind that wait for a busy process are one
        self.assertIsNone(self.server.process.poll(), "it did not wait for those under way")
        begin = time.monotonic()
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(timeout=5 * PATIENCE), -signal.SIGINT)
        self.assertLess(time.monotonic() - begin, 1 * PATIENCE)
        for connection in waiting:
            connection.close()
        self.server.start()
        self.assertEqual(self.server.administer("DELETE", "/avouch/v1/policies/attestation/default_cpu")[0], 200)
        self.assertEqual(get_secret(self.server), SECRET)

    def test_sigint_twice_ends_at_once_and_loses_nothing(self):
        self.restart(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.end_by_sigint_twice()

    def test_sigint_twice_ends_at_once_in_the_background_of_a_script_too(self):
        self.restart(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))  # as a shell starts "avouchd &"
        self.end_by_sigint_twice()

    def test_sighup_amid_requests_costs_none_of_them(self):
        waiting = []
        for _ in range(20):
            waiting.append(self.attest_without_waiting())
            self.server.process.send_signal(signal.SIGHUP)
        for connection in waiting:
            connection.settimeout(2 * PATIENCE)
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200 "))
            connection.close()
        self.assertEqual(get_secret(self.server), SECRET)

    def test_a_ticket_of_an_earlier_life_is_refused_and_a_result_of_it_counts(self):
        nonce, cookie = Rcar(self.server).auth()
        status, body, attested = sample_session(self.server)
        self.assertEqual(status, 200)
        self.restart()
        self.assertEqual(Rcar(self.server).attest(Rcar.submission(nonce), cookie)[0], 401)
        path = f"/kbs/v0/resource/{RESOURCE}"
        self.assertEqual(self.server.request("GET", path, None, {"Cookie": attested})[0], 401)
        bearer = {"Authorization": "Bearer " + json.loads(body)["token"]}
        self.assertEqual(self.server.request("GET", path, None, bearer)[0], 200)
        self.assertEqual(self.server.request("GET", path, None, {**bearer, "Cookie": attested})[0], 200)


class Reload(unittest.TestCase):
    """SIGHUP, where the config names a certificate and endorsements."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="avouch-e2e-"))
        self.renew_certificate()
        for name in ("ta-store", "rv-store"):
            (self.folder / name).write_text("[]")
        (self.folder / "cca.json").write_text(json.dumps({"cca-verifier": {
            "type": "local", "ta-store": f"{self.folder}/ta-store", "rv-store": f"{self.folder}/rv-store"}}))
        config = self.folder / "kbs.toml"
        config.write_text(f'[http_server]\nprivate_key = "{self.folder}/key.pem"\ncertificate = "{self.folder}/server.pem"\n'
                          f'[avouch]\ncca_config_file = "{self.folder}/cca.json"\n')
        self.server = enter(self, Server("--config-file", str(config), folder=self.folder))

    def renew_certificate(self):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
            "/CN=kbs", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.folder / "key.pem", "-out", self.folder / "server.pem")

    def hang_up(self, said):
        offset = len(self.server.log())
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while said not in self.server.log()[offset:]:
            self.assertLess(time.monotonic(), deadline, f"{said} is not in {self.server.log()[offset:]}")
            time.sleep(0.02)

    def shown(self):
        return ssl.get_server_certificate(("127.0.0.1", self.server.port), timeout=20).strip()

    def test_files_count_all_together_or_not_at_all(self):
        first = (self.folder / "server.pem").read_text().strip()
        self.assertEqual(self.shown(), first)
        self.renew_certificate()
        (self.folder / "ta-store").write_text("no JSON")
        self.hang_up("reload.failed")
        self.assertEqual(self.shown(), first, "the certificate is new, the endorsements are old")
        (self.folder / "ta-store").write_text("[]")
        self.hang_up(" reloaded")
        self.assertEqual(self.shown(), (self.folder / "server.pem").read_text().strip())
        self.assertNotEqual(self.shown(), first)


class Streams(Running):
    def serves(self):
        self.assertEqual(wait_until_serving(self.server), 200)
        for number in range(3):
            path = f"/kbs/v0/resource/a/b/{number}"
            self.assertEqual(self.server.administer("POST", path, b"x" * 10_000)[0], 200)
            self.assertEqual(Rcar(self.server).attest(Rcar.submission("AAAA"), "kbs-session-id=none")[0], 401)  # logged
        self.assertEqual(get_secret(self.server), SECRET)
        self.server.stop()
        self.server.start()
        self.assertEqual(get_secret(self.server), SECRET)

    def test_closed_ones_are_not_mistaken_for_the_files_that_come_after(self):
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            self.server.stop()
            self.server.launch(preexec_fn=lambda: [os.close(stream) for stream in closed])
            self.serves()

    def test_a_log_that_cannot_be_written_stops_nobody(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            self.server.stop()
            self.server.launch(stdout=full, stderr=full)
            self.serves()
        reader, writer = os.pipe()
        os.close(reader)
        self.server.stop()
        self.server.launch(stdout=writer, stderr=writer)
        os.close(writer)
        self.serves()

    def test_a_log_that_nobody_reads_stops_nobody_and_says_what_was_lost(self):
        for make in (os.pipe, lambda: [end.detach() for end in socket.socketpair()]):
            reader, writer = make()
            self.server.stop()
            self.server.options = ("--allow-sample", "--log-level", "debug")
            self.server.launch(stderr=writer)
            os.close(writer)
            wait_until_serving(self.server)
            with contextlib.closing(self.server.connect()) as connection:
                for _ in range(UNREAD_LINES):
                    connection.request("GET", "/healthz?" + "x" * 200)
                    self.assertEqual(connection.getresponse().read(), b"")
            self.assertEqual(get_secret(self.server), SECRET)
            os.set_blocking(reader, False)
            kept = drain(reader)
            self.assertEqual(self.server.request("GET", "/healthz")[0], 200)
            after = drain(reader)
            os.close(reader)
            lost = int(re.match(rb"\S+ warn log\.lost lines=(\d+)\n", after).group(1))
            self.assertGreater(lost, 0)
            self.assertGreaterEqual(kept.count(b" http.request ") + lost, UNREAD_LINES)
            self.assertTrue(kept.endswith(b"\n"))


class Output(Running):
    def test_what_a_full_disk_cut_short_is_no_success(self):
        token = self.server.path("data/admin-token")
        calls = (["kbs-client", "--url", self.server.url, "get-resource", "--allow-sample", "--path", RESOURCE],
                 ["avouch", "--url", self.server.url, "--admin-token-file", token, "decisions", "--json"])
        for argv in calls:
            with open("/dev/full", "wb") as full:
                done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, timeout=20 * PATIENCE)
            self.assertEqual(done.returncode, 3, argv)
            self.assertIn(b"could not be written", done.stderr)


class Limits(Running):
    def test_a_crowd_larger_than_the_descriptors_keeps_nobody_from_the_store(self):
        self.restart(preexec_fn=limited(resource.RLIMIT_NOFILE, FEW_DESCRIPTORS))
        crowd = []
        for _ in range(CROWD):
            crowd.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE))
        inside = []
        for connection in crowd:
            connection.sendall(HEALTH)
            answer = b""
            try:
                answer = connection.recv(4096)
            except OSError:
                pass
            if b" 200 " in answer:
                inside.append(connection)
            else:
                self.assertIn(answer[:12], (b"HTTP/1.1 503", b""))
        self.assertGreaterEqual(len(inside), FEW_DESCRIPTORS // 4)
        token = self.server.admin_token().encode()
        for number, connection in enumerate(inside):  # all of them are busy with the store at once
            connection.sendall(b"POST /kbs/v0/resource/a/b/%d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                               b"Content-Length: 3\r\n\r\nabc" % (number, token))
        for connection in inside:
            self.assertIn(b" 200 ", connection.recv(4096))
        for connection in crowd:
            connection.close()
        self.assertEqual(get_secret(self.server), SECRET)
        self.assertNotIn("store.", self.server.log())

    def test_a_file_at_its_size_limit_is_a_full_disk_and_no_death(self):
        self.restart(preexec_fn=limited(resource.RLIMIT_FSIZE, 300_000))
        self.assertEqual(self.server.administer("POST", "/kbs/v0/resource/a/b/c", b"x" * 400_000)[0], 503)
        self.assertIsNone(self.server.process.poll())
        self.assertEqual(get_secret(self.server), SECRET)
        self.restart()
        self.assertEqual(self.server.administer("POST", "/kbs/v0/resource/a/b/c", b"x" * 400_000)[0], 200)

    def test_as_many_descriptors_are_used_as_the_administrator_allows(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard < 1_000:
            self.skipTest("the hard limit is low here")
        self.restart(preexec_fn=limited(resource.RLIMIT_NOFILE, FEW_DESCRIPTORS, hard))
        crowd = [socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE) for _ in range(2 * FEW_DESCRIPTORS)]
        for connection in crowd:
            connection.sendall(HEALTH)
        for connection in crowd:
            self.assertIn(b" 200 ", connection.recv(4096))
            connection.close()


class Beside(Running):
    def second(self):
        return subprocess.run(["avouchd", "--data-dir", str(self.server.path("data")), "--listen", "127.0.0.1:0"],
                              capture_output=True, timeout=20 * PATIENCE)

    def test_a_second_server_in_the_same_folder_is_refused_and_harms_nothing(self):
        before = {file.name: file.read_bytes() for file in self.server.path("data").iterdir() if "key" in file.name}
        for _ in range(3):
            done = self.second()
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(b"another avouchd", done.stderr)
            self.assertIn(b"--data-dir", done.stderr)
        self.assertEqual(before, {name: (self.server.path("data") / name).read_bytes() for name in before})
        self.assertEqual(get_secret(self.server), SECRET)

    def test_of_many_that_start_at_once_one_serves(self):
        self.server.stop()
        argv = ["avouchd", "--data-dir", str(self.server.path("fresh")), "--listen", "127.0.0.1:0"]
        crowd = [subprocess.Popen(argv, stderr=subprocess.PIPE) for _ in range(6)]
        deadline = time.monotonic() + 20 * PATIENCE
        while time.monotonic() < deadline and sum(process.poll() is None for process in crowd) > 1:
            time.sleep(0.02)
        alive = [process for process in crowd if process.poll() is None]
        self.assertEqual(len(alive), 1)
        self.assertEqual([process.returncode for process in crowd if process not in alive], [3] * 5)
        alive[0].kill()
        for process in crowd:
            process.wait()
            process.stderr.close()

    def test_one_that_was_killed_leaves_the_folder_free(self):
        self.server.kill()
        self.server.start()
        self.assertEqual(get_secret(self.server), SECRET)


@unittest.skipUnless(MEMORY_IS_JUDGED, "instrumented programs take more")
class Size(unittest.TestCase):
    IDLE_MAX, USED_MAX = 15 * 1024 * 1024, 20 * 1024 * 1024

    def test_little_memory_is_taken_idle_and_after_many_attestations(self):
        server = enter(self, Server("--allow-sample"))
        self.assertLess(server.resident_bytes(), self.IDLE_MAX)
        client = Rcar(server)
        for _ in range(2_000):
            nonce, cookie = client.auth()
            self.assertEqual(client.attest(client.submission(nonce), cookie)[0], 200)
        self.assertLess(server.resident_bytes(), self.USED_MAX)


if __name__ == "__main__":
    unittest.main()
