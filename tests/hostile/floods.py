"""Every route that anybody may call, called as fast as we can over many connections, while honest clients go on.

The flooders are processes of their own that write many requests at once and only count what comes back."""

import dataclasses
import json
import multiprocessing
import re
import socket
import threading
import time

from battery import MEBIBYTE, Client, Rcar, differs, growth, policy, post
from harness import PATIENCE, RESOURCE, SECRET, get_secret

CONNECTIONS = 64
PROCESSES = 2
AT_ONCE = 16  # requests in one write, if they are small
BUNDLE_BYTES = 256 * 1024
HONEST_WITHIN_SECONDS = 15 * PATIENCE
FLAT_MEBIBYTES = 8
SPENT_NONCE_BYTES = 32  # remembered until its ticket ends: base/limits.h bounds them
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
    ("challenges of 60,000 numbers", post("/kbs/v0/auth", b"[" + b"1," * 59_999 + b"1]"), 401),
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
    """One process: writes many requests to each of its connections in turn, then reads their answers."""
    connections = [socket.create_connection(("127.0.0.1", port), timeout=60 * PATIENCE) for _ in range(connection_count)]
    answered, statuses, end = 0, {}, time.monotonic() + seconds
    at_once = max(1, min(AT_ONCE, BUNDLE_BYTES // len(request)))
    try:
        while answered < request_count and time.monotonic() < end:
            for connection in connections:
                connection.sendall(request * at_once)
            for connection in connections:
                for head in read_heads(connection, at_once):
                    statuses[status_of(head)] = statuses.get(status_of(head), 0) + 1
                    answered += 1
    finally:
        results.put((answered, statuses))


def flood_of_attempts(port, body, connection_count, request_count, seconds, results):
    """The same with genuine tickets: asks for challenges and answers each with this body."""
    connections = [socket.create_connection(("127.0.0.1", port), timeout=60 * PATIENCE) for _ in range(connection_count)]
    answered, statuses, end = 0, {}, time.monotonic() + seconds
    try:
        while answered < request_count and time.monotonic() < end:
            for connection in connections:
                connection.sendall(post("/kbs/v0/auth", AUTH) * AT_ONCE)
            for connection in connections:
                cookies = [re.search(rb"(kbs-session-id=[^;]+)", head).group(1).decode()
                           for head in read_heads(connection, AT_ONCE)]
                connection.sendall(b"".join(post("/kbs/v0/attest", body, f"Cookie: {cookie}") for cookie in cookies))
            for connection in connections:
                for head in read_heads(connection, AT_ONCE):
                    statuses[status_of(head)] = statuses.get(status_of(head), 0) + 1
                    answered += 1
    finally:
        results.put((answered, statuses))


def read_heads(connection, count):
    """The heads of the next `count` answers; each tells the length of its body."""
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
        found.append(head)
        received = rest[length:]
    return found


def status_of(head):
    return int(head[9:12])


def content_length(head):
    found = re.search(rb"\r\nContent-Length: (\d+)", head)
    return int(found.group(1)) if found else 0


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


def run_flood(server, request, effort, way=flood):
    results = multiprocessing.Queue()
    each = CONNECTIONS // PROCESSES
    processes = [multiprocessing.Process(target=way, args=(server.port, request, each, effort.flood_requests // PROCESSES,
                                                             effort.flood_seconds, results)) for _ in range(PROCESSES)]
    honest = Honest(server)
    honest.start()
    for process in processes:
        process.start()
    counts = [results.get(timeout=120 * PATIENCE) for _ in processes]
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
        after = server.resident_bytes()
        yield f"flood of {name}: all {answered} answered", differs(set(statuses), {status})
        yield f"flood of {name}: honest clients are served", honest.verdict()
        yield from growth(f"flood of {name}: memory is flat", before, after, FLAT_MEBIBYTES)
    yield from attempts(server, effort)
    yield "the log keeps what was decided before the floods", differs(found(client, granted), True)
    listed = client.administer("GET", "/avouch/v1/decisions?limit=1000&outcome=granted").json["decisions"]
    yield "and what was granted meanwhile", "" if len(listed) > len(ROUTES) else f"{len(listed)} grants are listed"
    strangers = sum(1 for d in client.administer("GET", "/avouch/v1/decisions?limit=1000").json["decisions"]
                    if d["outcome"] == "refused")
    yield "and of the floods no more than its share", "" if strangers <= KEPT_DECISIONS else f"{strangers} refusals"
    yield "control: the secret is what it was", differs(get_secret(server), SECRET)


def attempts(server, effort):
    """Each costs the server a ticket and a mark of its nonce, and nothing else that lasts."""
    submission = json.dumps(Rcar.submission("x")).encode()
    run_flood(server, submission, dataclasses.replace(effort, flood_requests=2_000, flood_seconds=2), flood_of_attempts)
    before = server.resident_bytes()
    answered, statuses, honest = run_flood(server, submission, effort, flood_of_attempts)
    after = server.resident_bytes()
    bound = FLAT_MEBIBYTES + answered * SPENT_NONCE_BYTES / MEBIBYTE
    yield f"flood of attempts with genuine tickets: all {answered} answered", differs(set(statuses), {401})
    yield "flood of attempts with genuine tickets: honest clients are served", honest.verdict()
    yield from growth("flood of attempts with genuine tickets: memory", before, after, bound)


def newest(client, outcome):
    return client.administer("GET", f"/avouch/v1/decisions?limit=1&outcome={outcome}").json["decisions"][0]["id"]


def found(client, decision):
    return client.administer("GET", f"/avouch/v1/decisions/{decision}/why").status == 200
