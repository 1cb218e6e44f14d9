"""Every route that anybody may call, called as fast as we can over many connections, while honest clients go on.

The flooders are processes of their own that write many requests at once and only count what comes back."""

import dataclasses
import json
import multiprocessing
import socket
import threading
import time

from battery import MEBIBYTE, Client, Rcar, differs, policy, post
from harness import RESOURCE, SECRET, get_secret

CONNECTIONS = 64
PROCESSES = 2
AT_ONCE = 16  # requests in one write
HONEST_WITHIN_SECONDS = 15
FLAT_MEBIBYTES = 6
KEPT_DECISIONS = 1_000 + 1_000  # of strangers: what is kept, and what may wait to be swept

AUTH = b'{"version":"0.4.0","tee":"sample","extra-params":""}'
TOKEN = b"Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9." + b"A" * 86


def get(path, *headers):
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: x", *headers]) + b"\r\n\r\n"


# Name, request, the status of each answer.
ROUTES = [
    ("health", get(b"/healthz"), 200),
    ("keys", get(b"/.well-known/jwks.json"), 200),
    ("challenges", post("/kbs/v0/auth", AUTH), 200),
    ("bad challenges", post("/kbs/v0/auth", b'{"version":"0.4.0","tee":"' + b"x" * 2_000 + b'"'), 401),
    ("evidence without a ticket", post("/kbs/v0/attest", json.dumps(Rcar.submission("x")).encode()), 401),
    ("evidence with a ticket made up", post("/kbs/v0/attest", b"{}", "Cookie: kbs-session-id=" + "A" * 107), 401),
    ("secrets without a token", get(f"/kbs/v0/resource/{RESOURCE}".encode()), 401),
    ("secrets with a token made up", get(f"/kbs/v0/resource/{RESOURCE}".encode(), TOKEN), 401),
    ("secrets of long names with a token made up", get(b"/kbs/v0/resource/a/b/" + b"n" * 8_000, TOKEN), 401),
    ("policies by a stranger", post("/kbs/v0/resource-policy", b"{}", TOKEN.decode()), 401),
    ("reference values by a stranger", post("/kbs/v0/reference-value", b"{}"), 401),
    ("secrets set by a stranger", post(f"/kbs/v0/resource/{RESOURCE}", b"x" * 4_000), 401),
    ("management by a stranger", get(b"/avouch/v1/decisions?limit=1000", TOKEN), 401),
    ("plugins that are not there", post("/kbs/v0/no-such-plugin/" + "x" * 500, b""), 404),
    ("pages that are not there", get(b"/no/such/page"), 404),
]


def flood(port, request, connection_count, request_count, seconds, results):
    """One process: writes AT_ONCE requests to each of its connections in turn, then reads their answers."""
    connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(connection_count)]
    answered, statuses, end = 0, {}, time.monotonic() + seconds
    bundle = request * AT_ONCE
    try:
        while answered < request_count and time.monotonic() < end:
            for connection in connections:
                connection.sendall(bundle)
            for connection in connections:
                for status in read_answers(connection, AT_ONCE):
                    statuses[status] = statuses.get(status, 0) + 1
                    answered += 1
    finally:
        results.put((answered, statuses))


def read_answers(connection, count):
    """The statuses of the next `count` answers; each tells its length."""
    received, found = b"", []
    while len(found) < count:
        head, mark, rest = received.partition(b"\r\n\r\n")
        length = content_length(head) if mark else 0
        if not mark or len(rest) < length:
            part = connection.recv(262_144)
            if not part:
                raise ConnectionError(f"closed after {len(found)} of {count} answers")
            received += part
            continue
        found.append(int(head[9:12]))
        received = rest[length:]
    return found


def content_length(head):
    at = head.find(b"\r\nContent-Length: ")
    return int(head[at + 18:head.find(b"\r\n", at + 18) if head.find(b"\r\n", at + 18) > 0 else len(head)]) if at >= 0 else 0


class Honest(threading.Thread):
    """A client that attests and fetches its secret all the while."""

    def __init__(self, server):
        super().__init__()
        self.server, self.over, self.served, self.longest, self.problem = server, threading.Event(), 0, 0.0, ""

    def run(self):
        while not self.over.is_set() or self.served == 0:
            begin = time.monotonic()
            try:
                client = Client(self.server)
                attested, cookie = client.session()
                fetched = client.fetch(RESOURCE, cookie=cookie)
                self.problem = differs((attested.status, fetched.status), (200, 200))
            except Exception as problem:  # pylint: disable=broad-except
                self.problem = repr(problem)
            if self.problem:
                return
            self.longest = max(self.longest, time.monotonic() - begin)
            self.served += 1
            self.over.wait(0.05)

    def verdict(self):
        if self.problem:
            return self.problem
        return "" if self.longest < HONEST_WITHIN_SECONDS else f"waited for {self.longest:.1f} s"


def run_flood(server, request, effort):
    results = multiprocessing.Queue()
    each = CONNECTIONS // PROCESSES
    processes = [multiprocessing.Process(target=flood, args=(server.port, request, each, effort.flood_requests // PROCESSES,
                                                             effort.flood_seconds, results)) for _ in range(PROCESSES)]
    honest = Honest(server)
    honest.start()
    for process in processes:
        process.start()
    counts = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    honest.over.set()
    honest.join()
    statuses = {}
    for _, found in counts:
        for status, count in found.items():
            statuses[status] = statuses.get(status, 0) + count
    return sum(answered for answered, _ in counts), statuses, honest


def cases(server, effort):
    server.set_secret()
    client = Client(server)
    client.set_policy("resource", policy("allow := true"))
    client.session()
    attested, _ = client.session()
    yield "control: an honest session", differs(client.reason(attested), "")
    granted = newest(client, "granted")
    for _, request, _ in ROUTES:  # the store's cache and the allocator fill once
        run_flood(server, request, dataclasses.replace(effort, flood_requests=2_000, flood_seconds=2))
    for name, request, status in ROUTES:
        before = server.resident_bytes()
        answered, statuses, honest = run_flood(server, request, effort)
        grown = (server.resident_bytes() - before) / MEBIBYTE
        yield f"flood of {name}: all {answered} answered", differs(set(statuses), {status})
        yield f"flood of {name}: honest clients are served", honest.verdict()
        yield f"flood of {name}: memory is flat", "" if grown < FLAT_MEBIBYTES else f"grew by {grown:.1f} MiB"
    yield "the log keeps what was decided before the floods", differs(found(client, granted), True)
    listed = client.administer("GET", "/avouch/v1/decisions?limit=1000&outcome=granted").json["decisions"]
    yield "and what was granted meanwhile", "" if len(listed) > len(ROUTES) else f"{len(listed)} grants are listed"
    strangers = sum(1 for d in client.administer("GET", "/avouch/v1/decisions?limit=1000").json["decisions"]
                    if d["outcome"] == "refused")
    yield "and of the floods no more than its share", "" if strangers <= KEPT_DECISIONS else f"{strangers} refusals"
    yield "control: the secret is what it was", differs(get_secret(server), SECRET)


def newest(client, outcome):
    return client.administer("GET", f"/avouch/v1/decisions?limit=1&outcome={outcome}").json["decisions"][0]["id"]


def found(client, decision):
    return client.administer("GET", f"/avouch/v1/decisions/{decision}/why").status == 200
