"""The server among strangers: floods, slow ones, malformed ones, and what its log says of all that."""

import base64
import json
import os
import random
import select
import signal
import socket
import time
import unittest

from harness import (RESOURCE, Rcar, Server, base64url, enter, error_of, get_secret, receive, sample_session, statuses)

FLOOD = 4_000
MEBIBYTE = 1024 * 1024
AUTH = b'{"version":"0.4.0","tee":"sample","extra-params":""}'
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def post(path, body, *headers):
    head = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Served(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, Server("--allow-sample"))
        self.process = self.server.process

    def lives(self):
        self.assertIsNone(self.process.poll(), "the server died")
        self.assertEqual(self.server.request("GET", "/healthz")[0], 200)


class Floods(Served):
    def flood(self, count):
        connection = self.server.connect()
        for _ in range(count):
            connection.request("POST", "/kbs/v0/auth", AUTH)
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            response.read()

    def test_challenges_that_nobody_answers_take_no_memory(self):
        self.flood(500)
        before = self.server.resident_bytes()
        self.flood(FLOOD)
        self.assertLess(self.server.resident_bytes() - before, 3 * MEBIBYTE)

    def test_bodies_that_never_end_take_no_memory(self):
        before = self.server.resident_bytes()
        connections = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(200)]
        for connection in connections:
            connection.sendall(b"POST /kbs/v0/attest HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1000)
        self.lives()
        self.assertLess(self.server.resident_bytes() - before, 16 * MEBIBYTE)
        for connection in connections:
            connection.close()

    def test_connections_that_come_and_go_leave_nothing_behind(self):
        before = self.descriptors()
        for _ in range(500):
            socket.create_connection(("127.0.0.1", self.server.port)).close()
        self.lives()
        deadline = time.monotonic() + 5
        while self.descriptors() > before + 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertLessEqual(self.descriptors(), before + 2)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Slow(Served):
    DEADLINE_SECONDS = 15

    def test_requests_that_do_not_end_are_closed_and_others_served_meanwhile(self):
        beginnings = (b"G", b"POST /kbs/v0/auth HTTP/1.1\r\nHost:",
                      b"POST /kbs/v0/auth HTTP/1.1\r\nContent-Length: 52\r\n\r\n{",
                      b"POST /kbs/v0/auth HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        begin = time.monotonic()
        connections = [socket.create_connection(("127.0.0.1", self.server.port), timeout=self.DEADLINE_SECONDS + 10)
                       for _ in range(10) for _ in beginnings]
        for number, connection in enumerate(connections):
            connection.sendall(beginnings[number % len(beginnings)])
        while time.monotonic() - begin < self.DEADLINE_SECONDS - 2:
            asked = time.monotonic()
            self.lives()
            Rcar(self.server).auth()
            self.assertLess(time.monotonic() - asked, 1)
            connections[0].sendall(b"E")  # one octet now and then buys no time
            time.sleep(1)
        for connection in connections:
            self.assertEqual(statuses(receive(connection)), [408])
            connection.close()
        self.assertLess(time.monotonic() - begin, self.DEADLINE_SECONDS + 5)


class Malformed(Served):
    def refused(self, octets, expected=range(400, 500)):
        answer = self.server.send(octets)
        self.assertEqual(len(statuses(answer)), 1, (octets[:200], answer[:400]))
        self.assertIn(statuses(answer)[0], expected, (octets[:200], answer[:400]))
        self.assertEqual(self.process.poll(), None, octets[:200])
        return answer

    def test_a_body_too_large_is_refused_before_it_is_read(self):
        for path in ("/kbs/v0/attest", "/kbs/v0/auth", f"/kbs/v0/resource/{RESOURCE}"):
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {100 * MEBIBYTE}\r\n\r\n".encode()
            self.assertEqual(statuses(self.server.send(head)), [413])
        chunks = b"%x\r\n" % (3 * MEBIBYTE) + b"x" * 1000
        self.refused(b"POST /kbs/v0/attest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, [413])
        self.refused(b"POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                     b"Content-Length: %d\r\n\r\n" % (100 * MEBIBYTE), [413])
        self.lives()

    def test_json_that_is_none_too_deep_or_ambiguous_is_refused(self):
        deep = b'{"version":"0.4.0","tee":"sample","extra-params":%s}'
        for body in (b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"\x00" * 100, os.urandom(5000), b"[" * 100_000,
                     deep % (b"[" * 50 + b"]" * 50), deep % (b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
                     b'{"version":"0.4.0","tee":"sample","tee":"sample","extra-params":""}',
                     b'{"version":"0.4.0","tee":"sample","t\\u0065e":"cca","extra-params":""}',
                     AUTH + b"x", AUTH + AUTH, AUTH.replace(b"sample", b"sam\x00ple"), b"1e999999", b'{"version":1e400}'):
            for path in ("/kbs/v0/auth", "/kbs/v0/attest"):
                answer = self.refused(post(path, body, "Connection: close"), [401])
                self.assertEqual(error_of(answer.split(b"\r\n\r\n", 1)[1])[0], "AttestationError", body[:80])
        self.lives()

    def test_heads_that_are_none_or_too_large_are_refused(self):
        for octets in (b"\r\n\r\nHELO\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n",
                       b"GET  /healthz HTTP/1.1\r\n\r\n", b"GET /healthz\r\n\r\n", b"GET /healthz HTTP/1.1 \r\n\r\n",
                       b"GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
                       b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"G\x7fT / HTTP/1.1\r\nHost: x\r\n\r\n",
                       b"GET /healthz HTTP/1.1\nHost: x\n\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                       b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", b"GET /healthz HTTP/1.1\r\nX\x00: x\r\n\r\n",
                       b"GET /healthz HTTP/1.1\r\nX: a\x00b\r\n\r\n", b"GET /healthz HTTP/1.1\r\n: x\r\n\r\n"):
            self.refused(octets)
        self.refused(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", [414])
        self.refused(b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(1000)) + b"\r\n", [431])
        self.refused(b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", [431])
        self.refused(b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000, [431])
        self.refused(b"GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n", [505])
        self.lives()

    def test_requests_whose_end_is_in_dispute_are_refused_and_nothing_behind_them_is_read(self):
        smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        for framing in (b"Content-Length: 4\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 4",
                        b"Content-Length: 0\r\nContent-Length: 36", b"Content-Length: 0, 36", b"Content-Length: +1",
                        b"Content-Length: -1", b"Content-Length: 0x10", b"Content-Length: 1 1", b"Content-Length: ",
                        b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked, chunked",
                        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked, identity",
                        b"Transfer-Encoding : chunked", b"Transfer-Encoding: \x0bchunked", b"X: a\r\n b", b"X: a\r\n\tb",
                        b" Content-Length: 5", b"Content-Length:\r\n 5"):
            request = b"POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n0\r\n\r\n"
            self.refused(request + smuggled, [400, 413, 501])
        for body in (b"5;\x00\r\nabcde\r\n0\r\n\r\n", b"-1\r\n\r\n", b"0x5\r\nabcde\r\n0\r\n\r\n", b"5\nabcde\n0\n\n",
                     b"5\r\nabcdefg\r\n0\r\n\r\n", b"fffffffffffffffff\r\n", b" 5\r\nabcde\r\n0\r\n\r\n"):
            head = b"POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            self.refused(head + body + smuggled, [400, 413])
        self.lives()

    def test_random_damage_kills_nothing(self):
        choose = random.Random(3)
        good = post("/kbs/v0/auth", AUTH, "Cookie: kbs-session-id=x", "Connection: close")
        for _ in range(300):
            damaged = bytearray(good)
            for _ in range(choose.randint(1, 6)):
                damaged[choose.randrange(len(damaged))] = choose.randrange(256)
            answer = self.server.send(bytes(damaged), wait_seconds=0.2)
            self.assertTrue(all(status < 500 or status in (501, 505) for status in statuses(answer)), (damaged, answer))
        self.lives()


class Orderly(Served):
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
            connections.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=20))
            connections[-1].sendall(post("/kbs/v0/attest", body, f"Cookie: {cookie}"))
        time.sleep(0.1)
        answered, _, _ = select.select(connections, [], [], 0)
        self.assertLess(len(answered), len(connections))
        self.process.send_signal(signal.SIGTERM)
        for connection in connections:
            self.assertEqual(statuses(receive(connection)), [401])
            connection.close()
        self.assertEqual(self.process.wait(timeout=10), 0)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.server.port))

    def test_sigterm_does_not_wait_for_those_who_say_nothing(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(20)]
        idle[0].sendall(HEALTH)
        self.assertIn(b"200 OK", idle[0].recv(4096))
        begin = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - begin, 2)


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
