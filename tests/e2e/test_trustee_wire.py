"""What was recorded of Trustee and concerns the connection rather than the request (the rest is asked by
src/dialect/kbs/replay_test.cc), and its metrics, read by Prometheus's own parser."""

import json
import pathlib
import socket
import subprocess
import unittest

from harness import PATIENCE, Rcar, Server, enter, receive, run, statuses, vectors

PYTHON = ("/usr/bin/python3", "-s")

MEBIBYTE = 1024 * 1024
BUCKETS = {
    "kbs_http_request_duration_seconds": [0.0005, 0.001, 0.005, 0.01, 0.05, 0.5, 1.0, float("inf")],
    "kbs_http_request_size_bytes": [32.0, 128.0, 512.0, 2048.0, 8192.0, float("inf")],
    "kbs_http_response_size_bytes": [32.0, 128.0, 512.0, 2048.0, 8192.0, float("inf")],
}


class Wire(unittest.TestCase):
    def setUp(self):
        self.folder = vectors(self, "trustee")
        self.server = enter(self, Server("--allow-sample"))

    def recorded(self, number):
        [file] = self.folder.glob(f"{number:03}-*.json")
        return json.loads(file.read_text())["response"]

    def check_answer(self, number, answer):
        status, headers, body = answer
        recorded = self.recorded(number)
        theirs = {name.lower(): value for name, value in recorded["headers"]}
        self.assertEqual((status, body.decode()), (recorded["status"], recorded["body"]))
        self.assertEqual(headers.get("content-type"), theirs.get("content-type"))
        self.assertEqual(headers.get("connection"), theirs.get("connection"))

    def test_a_body_beyond_the_limit_is_refused_before_anybody_asks_who_sent_it(self):
        path = "/kbs/v0/resource/default/test/big"
        self.check_answer(484, self.server.administer("POST", path, b"A" * (2 * MEBIBYTE + 1)))
        self.check_answer(485, self.server.administer("POST", path, b"A" * (2 * MEBIBYTE)))
        self.check_answer(486, self.server.request("POST", path, b"A" * (3 * MEBIBYTE)))

    def test_a_client_that_waits_to_be_told_is_told_to_continue(self):
        body = b'{"version":"0.4.0","tee":"sample","extra-params":""}'
        head = ("POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10 * PATIENCE) as connection:
            connection.sendall(head)
            interim = connection.recv(4096)
            self.assertEqual(statuses(interim), [self.recorded(489)["status"]])
            connection.sendall(body)
            self.assertEqual(statuses(receive(connection)), [200])

    def test_a_request_without_host_is_served(self):
        answer = self.server.send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        self.assertEqual(statuses(answer), [self.recorded(490)["status"]])


def families_of(text):
    """By name: type, and samples as name, labels and value."""
    done = run(*PYTHON, pathlib.Path(__file__).with_name("prometheus_peer.py"), stdin=text)
    return {family["name"]: family for family in json.loads(done.stdout)}


class Metrics(unittest.TestCase):
    def setUp(self):
        if subprocess.run([*PYTHON, "-c", "import prometheus_client"], capture_output=True).returncode != 0:
            self.skipTest("python3-prometheus-client is not installed")
        self.server = enter(self, Server("--allow-sample"))

    def scrape(self):
        status, headers, body = self.server.request("GET", "/metrics")
        self.assertEqual((status, headers["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        return families_of(body)

    def value(self, families, name, **labels):
        [value] = [value for family in families.values() for sample, its_labels, value in family["samples"]
                   if (sample, its_labels) == (name, labels)]
        return value

    def test_prometheus_reads_what_happened(self):
        nonce, cookie = Rcar(self.server).auth()
        self.assertEqual(self.server.request("POST", "/kbs/v0/auth", b"{}")[0], 401)
        self.assertEqual(self.server.request("POST", "/kbs/v0/attest", b"{}", {"Cookie": cookie})[0], 401)
        families = self.scrape()
        self.assertEqual(self.value(families, "kbs_auth_requests_total"), 2)
        self.assertEqual(self.value(families, "kbs_auth_successes_total"), 1)
        self.assertEqual(self.value(families, "kbs_auth_errors_total"), 1)
        self.assertEqual(self.value(families, "kbs_attestation_failures_total", tee_type="sample"), 1)
        self.assertEqual(self.value(families, "kbs_http_active_connections"), 1, "this one")
        for name, buckets in BUCKETS.items():
            found = [sample for sample in families[name]["samples"] if sample[0] == name + "_bucket"]
            self.assertEqual([float(labels["le"]) for _, labels, _ in found], buckets)
            counts = [value for _, _, value in found]
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(counts[-1], self.value(families, name + "_count"))
            self.assertEqual(counts[-1], 3, "the scrape itself has not ended yet")

    def test_every_family_of_the_peers_that_has_a_meaning_is_there(self):
        recorded = (vectors(self, "trustee") / "metrics.txt").read_bytes()
        theirs = {name: family["type"] for name, family in families_of(recorded).items()}
        ours = {name: family["type"] for name, family in self.scrape().items()}
        self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
