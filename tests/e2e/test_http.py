"""The server in order: pipelined requests, an end by signal, and what its log says. What strangers do to it is in tests/hostile."""

import base64
import json
import select
import signal
import socket
import time
import unittest

from harness import (PATIENCE, RESOURCE, Rcar, Server, base64url, enter, get_secret, receive, sample_session, statuses)

AUTH = b'{"version":"0.4.0","tee":"sample","extra-params":""}'
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def post(path, body, *headers):
    head = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Orderly(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.process = self.server.process

    def test_pipelined_requests_are_answered_in_order(self):
        requests = b"".join([HEALTH, post("/kbs/v0/auth", AUTH), b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"] * 50)
        last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        self.assertEqual(statuses(self.server.send(requests + last)), [200, 200, 404] * 50 + [200])

    def test_sigterm_answers_what_is_under_way_and_then_ends(self):
        slow = ("package policy\nimport rego.v1\ntrust_claims := {} if {\n  some a in numbers.range(1, 100000)\n"
                "  some b in numbers.range(1, 100000)\n  a + b == 0\n}\n")
        message = {"type": "rego", "policy_id": "default_cpu", "policy": base64url(slow.encode())}
        self.assertEqual(self.server.administer("POST", "/kbs/v0/attestation-policy", json.dumps(message))[0], 200)
        connections = []
        for _ in range(6):
            nonce, cookie = Rcar(self.server).auth()
            body = json.dumps(Rcar.submission(nonce)).encode()
            connections.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=20 * PATIENCE))
            connections[-1].sendall(post("/kbs/v0/attest", body, f"Cookie: {cookie}"))
        time.sleep(0.1)
        answered, _, _ = select.select(connections, [], [], 0)
        self.assertLess(len(answered), len(connections))
        self.process.send_signal(signal.SIGTERM)
        for connection in connections:
            self.assertEqual(statuses(receive(connection)), [401])
            connection.close()
        self.assertEqual(self.process.wait(timeout=10 * PATIENCE), 0)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.server.port))

    def test_sigterm_does_not_wait_for_those_who_say_nothing(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(20)]
        idle[0].sendall(HEALTH)
        self.assertIn(b"200 OK", idle[0].recv(4096))
        begin = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - begin, 2 * PATIENCE)


class Logged(unittest.TestCase):
    SECRET = b"canary-3c9e-never-in-a-log"

    def look_through(self, log_format):
        server = enter(self, Server("--allow-sample", "--log-level", "debug", "--log-format", log_format))
        server.admin("set-resource-policy", "--allow-all")
        server.set_secret(self.SECRET)
        self.assertEqual(get_secret(server), self.SECRET)
        status, body, cookie = sample_session(server)
        self.assertEqual(status, 200)
        token = json.loads(body)["token"]
        for value in (token, token[:-8] + "AAAAAAAA", server.admin_token(), server.admin_token()[:-8] + "AAAAAAAA"):
            for method, path in (("GET", f"/kbs/v0/resource/{RESOURCE}?canary-in-a-query=1"),
                                 ("POST", "/kbs/v0/resource/x/y/z"), ("GET", "/avouch/v1/decisions")):
                server.request(method, path, self.SECRET, {"Authorization": f"Bearer {value}", "Cookie": cookie})
        server.send(post("/kbs/v0/attest", b'{"runtime-data":"' + self.SECRET, "Connection: close"))
        server.stop()
        log = server.log()
        self.assertIn("http.request", log)
        self.assertIn("/kbs/v0/resource/x/y/z", log)
        nonce_and_tickets = cookie.split("=", 1)[1]
        for planted in (self.SECRET.decode(), base64.b64encode(self.SECRET).decode()[:-4], self.SECRET.hex(),
                        server.admin_token(), server.admin_token().split(".")[2], token, token.split(".")[1],
                        token.split(".")[2], nonce_and_tickets, "canary-in-a-query"):
            self.assertNotIn(planted[:60], log)
        return log

    def test_the_log_as_text_tells_no_secret(self):
        self.look_through("text")

    def test_the_log_as_json_tells_no_secret_and_is_json(self):
        for line in self.look_through("json").splitlines():
            self.assertTrue({"time", "level", "event"} <= set(json.loads(line)), line)

    def test_no_peer_can_write_a_line_of_its_own_into_the_log(self):
        server = enter(self, Server("--log-level", "debug"))
        server.request("GET", "/kbs/v0/resource/a/b/c%0a2026-01-01T00:00:00Z%20info%20forged")
        server.send(b"GET /\xc2\x85forged HTTP/1.1\r\nHost: x\r\n\r\n")
        server.stop()
        for line in server.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\S+Z (debug|info|warn|error) [a-z.-]+( |$)")
            self.assertNotIn("info forged", line)


if __name__ == "__main__":
    unittest.main()
