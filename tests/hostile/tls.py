"""TLS handshakes that are none, that stall, and that ask for what is no longer spoken."""

import http.client
import os
import random
import socket
import ssl
import struct
import time

from battery import Server, differs
from harness import PATIENCE, run

STALLED = 300
DEADLINE_SECONDS = 15
HELLO_BODY = (b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\x00\x04\x13\x01\xc0\x2f" + b"\x01\x00" + b"\x00\x00")


def record(kind, body, version=b"\x03\x01"):
    return bytes([kind]) + version + struct.pack(">H", len(body)) + body


def handshake(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


HELLO = record(22, handshake(1, HELLO_BODY))

# Each is answered by an alert or nothing, and closed.
GARBAGE = [
    ("plain HTTP", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("plain HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("zeros", bytes(1000)),
    ("ones", b"\xff" * 1000),
    ("SSLv2 hello", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(35)),
    ("SSLv3 hello", record(22, handshake(1, b"\x03\x00" + HELLO_BODY[2:]), b"\x03\x00")),
    ("TLS 1.0 hello", record(22, handshake(1, b"\x03\x01" + HELLO_BODY[2:]))),
    ("TLS 1.1 hello", record(22, handshake(1, b"\x03\x02" + HELLO_BODY[2:]))),
    ("hello of an unknown version", record(22, handshake(1, b"\x09\x09" + HELLO_BODY[2:]), b"\x09\x09")),
    ("hello without ciphers", record(22, handshake(1, HELLO_BODY[:35] + b"\x00\x00\x01\x00\x00\x00"))),
    ("hello with ciphers of export", record(22, handshake(1, HELLO_BODY[:35] + b"\x00\x02\x00\x03\x01\x00\x00\x00"))),
    ("hello with a length that lies", record(22, b"\x01\x00\x10\x00" + HELLO_BODY)),
    ("hello of 16 MiB announced", record(22, b"\x01\xff\xff\xff" + HELLO_BODY) + record(22, bytes(16_000)) * 20),
    ("record longer than any", b"\x16\x03\x01\xff\xff" + bytes(65_535)),
    ("records of no length", record(22, b"") * 500),
    ("application data first", record(23, b"GET / HTTP/1.1\r\n\r\n")),
    ("heartbeat that asks for 16 KiB", record(24, b"\x01\x40\x00x")),
    ("change cipher spec first", record(20, b"\x01") * 100),
    ("server hello", record(22, handshake(2, HELLO_BODY))),
    ("finished first", record(22, handshake(20, bytes(12)))),
    ("fatal alert", record(21, b"\x02\x28")),
    ("alerts without end", record(21, b"\x01\x00") * 500),
    ("two hellos", HELLO + HELLO),
    ("hello, then noise", HELLO + bytes(500)),
]


class TlsServer(Server):
    """avouchd behind TLS, with a certificate of its own."""

    def __init__(self, *options, folder=None):
        super().__init__(*options, folder=folder)
        certificate, key, config = (self.path(name) for name in ("server.pem", "server.key", "config.toml"))
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate)
        config.write_text(f'[http_server]\ncertificate = "{certificate}"\nprivate_key = "{key}"\n')
        self.options = ("--config-file", str(config), *options)
        self.context = ssl.create_default_context(cafile=str(certificate))

    def connect(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30 * PATIENCE, context=self.context)


def exchange(server, octets):
    """What comes back over TCP until the server closes; None if it does not within its deadline."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5 * PATIENCE) as connection:
        received = b""
        try:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
        except TimeoutError:
            return None
        except OSError:
            pass
    return received


def cases(server, effort):
    yield "control: an honest request", differs(server.request("GET", "/healthz")[0], 200)
    begin, connections = time.monotonic(), stall(server)  # fifteen seconds, in which all others come
    for name, octets in GARBAGE:
        received = exchange(server, octets)
        problem = "it does not close" if received is None else "" if b"HTTP/1.1 200" not in received else "it was served"
        yield f"handshake: {name}", problem or differs(server.process.poll(), None)
    choose = random.Random(4)
    for number in range(effort.mutations):
        damaged = bytearray(HELLO)
        for _ in range(choose.randint(1, 4)):
            damaged[choose.randrange(len(damaged))] = choose.randrange(256)
        octets = bytes(damaged) if number % 4 else os.urandom(choose.randrange(1, 2000))
        yield f"damaged hello {number}", "" if exchange(server, octets) is not None else f"does not close: {octets.hex()}"
    for name, version in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
        yield f"control: TLS {name} is spoken", differs(spoken(server, version), version.name.replace("_", "."))
    yield from without_goodbye(server)
    yield from stalled(server, begin, connections)


def spoken(server, version):
    context = ssl.create_default_context(cafile=str(server.path("server.pem")))
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", server.port), timeout=5 * PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            return secure.version()


def without_goodbye(server):
    for _ in range(200):
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=5 * PATIENCE)
        secure = server.context.wrap_socket(plain, server_hostname="127.0.0.1")
        secure.sendall(b"GET /healthz HTTP/1.1\r\n")
        secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        secure.close()
    yield "200 sessions reset in the middle of a request", differs(server.request("GET", "/healthz")[0], 200)


def stall(server):
    beginnings = (b"", HELLO[:1], HELLO[:5], HELLO[:40], HELLO[:-1], HELLO)
    connections = []
    for number in range(STALLED):
        connections.append(socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECONDS + 5))
        connections[-1].sendall(beginnings[number % len(beginnings)])
    return connections


def stalled(server, begin, connections):
    """Handshakes that begin and go no further: others are served, and the deadline ends them."""
    asked = time.monotonic()
    status = server.request("GET", "/healthz")[0]
    seconds = time.monotonic() - asked
    yield f"{STALLED} stalled handshakes: others are served", differs(status, 200) or ("" if seconds < 2 * PATIENCE else f"{seconds:.1f} s")
    ended = 0
    for connection in connections:
        try:
            while connection.recv(65536):
                pass
            ended += 1
        except TimeoutError:
            pass
        except OSError:
            ended += 1
        connection.close()
    spent = time.monotonic() - begin
    yield f"{STALLED} stalled handshakes: all are ended", differs(ended, STALLED)
    yield "within the deadline", "" if spent < DEADLINE_SECONDS + 5 * PATIENCE else f"{spent:.1f} s"
