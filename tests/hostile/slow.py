"""Those who take their time, who go away in the middle, who read nothing, who come in thousands and say nothing."""

import os
import resource
import select
import socket
import struct
import threading
import time

from battery import MEBIBYTE, Client, Server, answers_to, differs, growth, is_served, policy, post, receive, statuses
from harness import PATIENCE, RESOURCE

DEADLINE_SECONDS = 15  # for a whole request, and for a whole answer: base/limits.h
OTHERS_WITHIN_SECONDS = 2 * PATIENCE
CROWD_MAX = 10_000  # connections, base/limits.h
HOARDERS = 400
HOARDED_MEBIBYTES = 600
FILES_FEW = 400
SOME = 10  # open files that come and go, of the store
AUTH_HEAD = b"POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\n"

# What is sent at once, and what then comes octet by octet, second by second, and never ends.
SLOW = [
    ("nothing but a letter", b"G", b""),
    ("the first line, dripping", b"GET /", b"a"),
    ("a header, dripping", AUTH_HEAD + b"X: ", b"y"),
    ("headers, dripping", AUTH_HEAD, b"X: y\r\n"),
    ("a head without its last line", AUTH_HEAD + b"Content-Length: 5\r\n", b""),
    ("a body that never comes", AUTH_HEAD + b"Content-Length: 52\r\n\r\n", b""),
    ("a body, dripping", AUTH_HEAD + b"Content-Length: 1000\r\n\r\n{", b" "),
    ("a body short of one octet", AUTH_HEAD + b"Content-Length: 5\r\n\r\nabcd", b""),
    ("a body that never comes after Expect", AUTH_HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", b""),
    ("a chunk size, dripping", AUTH_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x"),
    ("chunks, dripping", AUTH_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ("a chunk without its end", AUTH_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde", b""),
    ("trailers, dripping", AUTH_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ("a second request, dripping", b"GET /healthz HTTP/1.1\r\n\r\nGET /", b"a"),
]


def cases(server, effort):
    """The slow ones need fifteen seconds, in which all others come."""
    slow, lazy = Dripping(server), lazy_readers(server)
    with slow:
        yield from departures(server, effort)
        yield from hoarders(server)
        yield from crowds(server)
        yield from others_are_served(server, slow)
    yield from ended(slow)
    for number, connection in enumerate(lazy):
        # What the kernel had taken comes, then the end: closed by the server, though nothing was read.
        received = receive(connection)
        yield f"a reader that reads nothing {number}", "" if len(received) < 5 * MEBIBYTE else f"{len(received)} octets came"
        connection.close()


def connect(server, seconds=DEADLINE_SECONDS + 10):
    return socket.create_connection(("127.0.0.1", server.port), timeout=seconds)


class Dripping(threading.Thread):
    """Sends what is slow, second by second, until it is left."""

    def __init__(self, server):
        super().__init__()
        self.begin, self.over = time.monotonic(), threading.Event()
        self.connections = [(name, connect(server), drip) for name, _, drip in SLOW for _ in range(5)]
        for (_, connection, _), octets in zip(self.connections, [octets for _, octets, _ in SLOW for _ in range(5)]):
            connection.sendall(octets)

    def seconds(self):
        return time.monotonic() - self.begin

    def run(self):
        while not self.over.wait(1):
            for _, connection, drip in self.connections:
                try:
                    connection.sendall(drip)
                except OSError:
                    pass  # it has been answered and closed

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def others_are_served(server, slow):
    client, longest = Client(server), 0.0
    while slow.seconds() < DEADLINE_SECONDS + 3:
        asked = time.monotonic()
        client.session()
        longest = max(longest, time.monotonic() - asked)
        time.sleep(0.2)
    yield "others are served meanwhile", "" if longest < OTHERS_WITHIN_SECONDS else f"waited for {longest:.1f} s"


def ended(slow):
    begin = time.monotonic()
    for name, connection, _ in slow.connections:
        received = receive(connection).replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
        yield f"slow: {name}", differs(statuses(received), [200, 408] if name.startswith("a second") else [408])
        connection.close()
    waited = time.monotonic() - begin
    yield "all of them had been answered by then", "" if waited < PATIENCE else f"had to wait {waited:.1f} s more"


def lazy_readers(server):
    """Connections that ask for a secret of 1 MiB twenty times over, with a small window, and read none of it."""
    client = Client(server)
    client.set_policy("resource", policy("allow := true"))
    server.set_secret(b"x" * MEBIBYTE)
    cookie = client.session()[1]
    request = f"GET /kbs/v0/resource/{RESOURCE} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode() * 20
    out = []
    for _ in range(10):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(DEADLINE_SECONDS + 10)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(request)
        out.append(connection)
    return out


def departures(server, effort):
    is_served(server)  # so that all who came before have been let in
    descriptors = open_files(server)
    whole = post("/kbs/v0/auth", b'{"version":"0.4.0","tee":"sample","extra-params":""}')
    for cut in range(0, len(whole), max(1, effort.stride // 4)):
        yield f"half closed after {cut} octets", differs(answers_to(server, whole[:cut], half_close=True), [])
    yield "half closed after the whole", differs(answers_to(server, whole, half_close=True), [200])
    yield "half closed after ten of them", differs(answers_to(server, whole * 10, half_close=True), [200] * 10)
    for cut in range(0, len(whole), max(1, effort.stride // 4)):
        connection = connect(server)
        connection.sendall(whole[:cut])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # with a reset
    yield "reset after each octet of a request", is_served(server)
    for _ in range(100):
        connection = connect(server)
        connection.sendall(whole * 20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    yield "reset while 20 requests wait", is_served(server)
    for _ in range(500):
        connect(server).close()
    yield "500 who say nothing and go", is_served(server)
    yield "and leave no open file behind", left_open(server, descriptors)
    connection = connect(server)
    connection.sendall(b"POST /kbs/v0/attest HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 10 * PATIENCE:
            connection.send(b"x" * 65536)
    except OSError:
        pass
    spent = time.monotonic() - begin
    yield "a refused body is not read to its end", "" if spent < 5 * PATIENCE else f"is still read after {spent:.0f} s"
    connection.close()


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def left_open(server, before):
    deadline = time.monotonic() + 5 * PATIENCE
    while open_files(server) > before + SOME and time.monotonic() < deadline:
        time.sleep(0.05)
    after = open_files(server)
    return "" if after <= before + SOME else f"{after} and before {before}"


def hoarders(server):
    """Bodies that are announced, sent for the most part and never finished: together they may take their share, no more."""
    before = server.resident_bytes()
    head = b"POST /kbs/v0/attest HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
    body = b"x" * 1_900_000
    connections = []
    for _ in range(HOARDERS):
        connection = connect(server)
        connection.setblocking(False)
        connections.append([connection, head + body])
    deadline = time.monotonic() + 10  # they are refused for their size, not for the time that they take
    waiting = {connection.fileno(): entry for entry in connections for connection in entry[:1]}
    while waiting and time.monotonic() < deadline:
        _, writable, _ = select.select([], list(waiting)[:1000], [], 0.5)
        for number in writable:
            entry = waiting[number]
            try:
                sent = entry[0].send(entry[1])
                entry[1] = entry[1][sent:]
            except OSError:
                entry[1] = b""  # refused
            if not entry[1]:
                del waiting[number]
    yield from growth(f"{HOARDERS} bodies of 1.9 MB that do not end", before, server.resident_bytes(), HOARDED_MEBIBYTES)
    begin = time.monotonic()
    problem = is_served(server)
    yield "others are served beside them", problem or ("" if time.monotonic() - begin < OTHERS_WITHIN_SECONDS else "late")
    refused = 0
    for connection, _ in connections:
        try:
            refused += b" 503 " in connection.recv(200)
        except OSError:
            pass
        connection.close()
    # One that a sanitizer slows down may not get to take so much before its deadline ends all of these requests.
    if PATIENCE == 1:
        yield "those beyond the limit were told so", "" if refused > HOARDERS / 4 else f"{refused} of {HOARDERS}"


class FewFiles(Server):
    """avouchd on a system that lets it open few files: its connections must leave some of them to the store."""

    command = ("sh", "-c", f'ulimit -n {FILES_FEW}; exec avouchd "$@"', "sh")


def crowds(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield from crowd(server, min(CROWD_MAX + 50, hard - 300))
        with FewFiles("--allow-sample") as few:
            yield from crowd(few, FILES_FEW)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def crowd(server, count):
    """More connections than there are places, none of which says anything."""
    idle = []
    try:
        for _ in range(count):
            idle.append(connect(server, 5 * PATIENCE))
        begin, seen = time.monotonic(), set()
        while time.monotonic() - begin < 10 * PATIENCE and 200 not in seen:
            seen.update(answers_to(server, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 5) or ["nothing"])
            time.sleep(0.1)
        waited = time.monotonic() - begin
        yield f"{count} idle connections: a newcomer hears 503 or 200", "" if seen <= {200, 503} else repr(seen)
        yield f"{count} idle connections: a newcomer gets in", "" if waited < 6 * PATIENCE else f"after {waited:.1f} s"
        yield f"{count} idle connections: others are served", is_served(server)
        yield f"{count} idle connections: the store has its files", differs(server.set_secret().returncode, 0)
    finally:
        for connection in idle:
            connection.close()
