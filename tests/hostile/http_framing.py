"""Requests whose end, target or grammar is in dispute, and those that look odd and are clear (RFC 9110, 9112).

Behind every one a second request follows. Where the first is refused, that second one must never be read: this is what
request smuggling lives on. Where it is served, exactly two answers come."""

import os
import random

from battery import CANARY, Client, answers_to, differs, post

AUTH = b'{"version":"0.4.0","tee":"sample","extra-params":""}'
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def with_headers(lines, body=b"0\r\n\r\n"):
    return b"POST /kbs/v0/auth HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n" + body


def chunked(body):
    return with_headers(b"Transfer-Encoding: chunked", body)


def get(head):
    return b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n"


# Name, octets, status.
REFUSED = [
    # Two lengths (RFC 9112 section 6.3): the classic pairs of front end and back end.
    ("CL.TE", with_headers(b"Content-Length: 4\r\nTransfer-Encoding: chunked"), 400),
    ("TE.CL", with_headers(b"Transfer-Encoding: chunked\r\nContent-Length: 4"), 400),
    ("TE and CL: 0", with_headers(b"Transfer-Encoding: chunked\r\nContent-Length: 0"), 400),
    ("CL.CL, different", with_headers(b"Content-Length: 0\r\nContent-Length: 41"), 400),
    ("CL.CL, the same", with_headers(b"Content-Length: 5\r\nContent-Length: 5"), 400),
    ("CL list, different", with_headers(b"Content-Length: 0, 41"), 400),
    ("CL list, the same", with_headers(b"Content-Length: 5, 5"), 400),
    ("CL in another case, twice", with_headers(b"content-length: 5\r\nCONTENT-LENGTH: 41"), 400),
    ("TE in HTTP/1.0", with_headers(b"Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    # TE.TE: one of two parsers does not see the coding.
    ("TE twice", with_headers(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400),
    ("TE twice, identity first", with_headers(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"), 400),
    ("TE chunked, chunked", with_headers(b"Transfer-Encoding: chunked, chunked"), 501),
    ("TE chunked, identity", with_headers(b"Transfer-Encoding: chunked, identity"), 501),
    ("TE identity", with_headers(b"Transfer-Encoding: identity"), 501),
    ("TE gzip, chunked", with_headers(b"Transfer-Encoding: gzip, chunked"), 501),
    ("TE xchunked", with_headers(b"Transfer-Encoding: xchunked"), 501),
    ("TE quoted", with_headers(b'Transfer-Encoding: "chunked"'), 501),
    ("TE with a parameter", with_headers(b"Transfer-Encoding: chunked;q=1"), 501),
    ("TE with a comma", with_headers(b"Transfer-Encoding: ,chunked"), 501),
    ("TE empty", with_headers(b"Transfer-Encoding:"), 501),
    ("TE after a vertical tab", with_headers(b"Transfer-Encoding: \x0bchunked"), 400),
    ("TE with NUL", with_headers(b"Transfer-Encoding: chunked\x00"), 400),
    ("TE with a high octet", with_headers(b"Transfer-Encoding: chunked\xa0"), 501),
    ("TE with space before colon", with_headers(b"Transfer-Encoding : chunked"), 400),
    ("TE with tab before colon", with_headers(b"Transfer-Encoding\t: chunked"), 400),
    ("TE after a bare CR", with_headers(b"X: y\rTransfer-Encoding: chunked"), 400),
    ("TE after a bare LF", with_headers(b"X: y\nTransfer-Encoding: chunked"), 400),
    ("TE folded (obs-fold)", with_headers(b"Transfer-Encoding:\r\n chunked"), 400),
    ("TE name with NUL", with_headers(b"Transfer-\x00Encoding: chunked"), 400),
    # Numbers that two parsers read in two ways.
    ("CL with plus", with_headers(b"Content-Length: +5"), 400),
    ("CL with minus", with_headers(b"Content-Length: -5"), 400),
    ("CL hexadecimal", with_headers(b"Content-Length: 0x5"), 400),
    ("CL with blank inside", with_headers(b"Content-Length: 4 1"), 400),
    ("CL with underscore", with_headers(b"Content-Length: 4_1"), 400),
    ("CL with fraction", with_headers(b"Content-Length: 5.0"), 400),
    ("CL with exponent", with_headers(b"Content-Length: 5e0"), 400),
    ("CL empty", with_headers(b"Content-Length:"), 400),
    ("CL in quotes", with_headers(b'Content-Length: "5"'), 400),
    ("CL of full-width digits", with_headers("Content-Length: ５".encode()), 400),
    ("CL over 2^64", with_headers(b"Content-Length: 18446744073709551621"), 400),
    ("CL over 2^63", with_headers(b"Content-Length: 9223372036854775813"), 413),
    ("CL of a thousand zeros", with_headers(b"Content-Length: " + b"0" * 1000 + b"5"), 400),
    ("CL after a vertical tab", with_headers(b"Content-Length: \x0b5"), 400),
    ("CL with space before colon", with_headers(b"Content-Length : 5"), 400),
    ("CL folded (obs-fold)", with_headers(b"Content-Length:\r\n 5"), 400),
    # Chunks (section 7.1).
    ("chunk size with plus", chunked(b"+5\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size with minus", chunked(b"-5\r\n\r\n"), 400),
    ("chunk size with 0x", chunked(b"0x5\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size after a blank", chunked(b" 5\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size empty", chunked(b"\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size over 2^64", chunked(b"10000000000000005\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size over 2^32", chunked(b"100000005\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk size of ffffffff", chunked(b"ffffffff\r\nabcde\r\n0\r\n\r\n"), 413),
    ("chunk size with many zeros", chunked(b"0" * 20 + b"5\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk longer than its size", chunked(b"5\r\nabcdefg\r\n0\r\n\r\n"), 400),
    ("chunk ended by LF", chunked(b"5\r\nabcde\n0\r\n\r\n"), 400),
    ("chunk line ended by LF", chunked(b"5\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk line ended by CR", chunked(b"5\rabcde\r\n0\r\n\r\n"), 400),
    ("chunk extension with NUL", chunked(b"5;\x00\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk extension with LF", chunked(b"5;a\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk extension without semicolon", chunked(b"5 a\r\nabcde\r\n0\r\n\r\n"), 400),
    ("chunk extension of 300 octets", chunked(b"5;" + b"a" * 300 + b"\r\nabcde\r\n0\r\n\r\n"), 400),
    ("trailer that is none", chunked(b"0\r\nno colon\r\n\r\n"), 400),
    ("trailer ended by LF", chunked(b"0\r\nX: y\n\r\n"), 400),
    ("trailers without end", chunked(b"0\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 2500 + b"\r\n"), 400),
    # Lines and names.
    ("bare LF throughout", b"GET /healthz HTTP/1.1\nHost: x\n\n", 400),
    ("bare LF at one line", b"GET /healthz HTTP/1.1\r\nHost: x\n\r\n", 400),
    ("bare CR in a value", get(b"X: a\rY: b\r\n"), 400),
    ("obs-fold with blank", get(b"X: a\r\n b\r\n"), 400),
    ("obs-fold with tab", get(b"X: a\r\n\tb\r\n"), 400),
    ("fold of the first header", b"GET /healthz HTTP/1.1\r\n X: a\r\n\r\n", 400),
    ("space before colon", get(b"X : a\r\n"), 400),
    ("no name", get(b": a\r\n"), 400),
    ("no colon", get(b"no colon\r\n"), 400),
    ("NUL in a name", get(b"X\x00: a\r\n"), 400),
    ("NUL in a value", get(b"X: a\x00b\r\n"), 400),
    ("NUL in the target", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("DEL in the method", b"G\x7fT / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("high octet in a name", get(b"X\xe9: a\r\n"), 400),
    ("bracket in a name", get(b"X[]: a\r\n"), 400),
    # Request lines.
    ("two blanks", b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("tabs for blanks", b"GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("blank at the end", b"GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
    ("blank in the target", b"GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("fragment in the target", b"GET /healthz#x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("target without slash", b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("backslash for slash", b"GET \\healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("absolute form, no authority", b"GET http:///healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("absolute form, other scheme", b"GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("authority form", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("asterisk with GET", b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("Host twice", b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    ("Host twice, the same", b"GET /healthz HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400),
    ("empty lines without end", b"\r\n\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    # Versions.
    ("HTTP/0.9", b"GET /healthz\r\n\r\n", 400),
    ("HTTP/0.9, bare", b"GET /healthz\n", 400),
    ("HTTP/2 as a version, with a header", b"PRI * HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    ("HTTP/3.0", b"GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    ("HTTP/1.2", b"GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n", 505),
    ("HTTP/1.10", b"GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n", 400),
    ("HTTP/01.1", b"GET /healthz HTTP/01.1\r\nHost: x\r\n\r\n", 400),
    ("http/1.1", b"GET /healthz http/1.1\r\nHost: x\r\n\r\n", 400),
    ("another protocol", b"HELO x\r\n\r\n", 400),
    ("a TLS handshake", b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(100) + b"\r\n", 400),
    # Sizes.
    ("target of 20 KiB", b"GET /" + b"a" * 20_480 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("target without end", b"GET /" + b"a" * 200_000, 414),
    ("method without end", b"A" * 200_000, 414),
    ("101 headers", get(b"".join(b"x-%d: y\r\n" % n for n in range(101))), 431),
    ("10,000 headers", get(b"X:\r\n" * 10_000), 431),
    ("header of 70 KiB", get(b"X: " + b"y" * 71_680 + b"\r\n"), 431),
    ("header without end", b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 200_000, 431),
    ("head of 64 KiB in small lines", b"GET /healthz HTTP/1.1\r\n" + b"X-Y: 0123456789\r\n" * 4_000 + b"\r\n", 431),
    ("body one over the limit", b"POST /kbs/v0/attest HTTP/1.1\r\nContent-Length: 2097153\r\n\r\n", 413),
    ("challenge, body one over its limit", with_headers(b"Content-Length: 131073", b""), 413),
    ("challenge, chunk one over its limit", chunked(b"20001\r\n"), 413),
    ("body of 100 MiB announced", with_headers(b"Content-Length: 104857600", b""), 413),
    ("body of 100 MiB after Expect", with_headers(b"Expect: 100-continue\r\nContent-Length: 104857600", b""), 413),
    ("body of 2 MiB + 1 in chunks", chunked(b"100000\r\n" + b"x" * 0x100000 + b"\r\n" + b"100001\r\n"), 413),
    ("unauthenticated resource of 3 MiB", b"POST /kbs/v0/resource/a/b/c HTTP/1.1\r\nContent-Length: 3145728\r\n\r\n", 413),
    ("Expect of something else", get(b"Expect: the-unexpected\r\n"), 417),
]

# Name, octets, statuses: of the request and of LAST behind it.
SERVED = [
    ("plain", post("/kbs/v0/auth", AUTH), [200]),
    ("chunked", chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(AUTH), AUTH)), [200]),
    ("chunked, in capitals", with_headers(b"TRANSFER-ENCODING: CHUNKED", b"%X\r\n%s\r\n0\r\n\r\n" % (len(AUTH), AUTH)), [200]),
    ("chunk extension", chunked(b"%x;a=b;c=\"d\"\r\n%s\r\n0;e\r\n\r\n" % (len(AUTH), AUTH)), [200]),
    ("chunks of one octet", chunked(b"".join(b"1\r\n%c\r\n" % octet for octet in AUTH) + b"0\r\n\r\n"), [200]),
    ("trailer", chunked(b"%x\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(AUTH), AUTH)), [200]),
    ("trailer that forges a length", chunked(b"%x\r\n%s\r\n0\r\nContent-Length: 41\r\n\r\n" % (len(AUTH), AUTH)), [200]),
    ("absolute form", b"GET http://other/healthz HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    ("absolute form, user info", b"GET http://a@b:c@d/healthz HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    ("no Host, as the peer", b"GET /healthz HTTP/1.1\r\n\r\n", [200]),
    ("one empty line before", b"\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    ("a body to GET", b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde", [200]),
    ("CL with leading zero, decimal", with_headers(b"Content-Length: 010", b"0123456789"), [401]),
    ("asterisk with OPTIONS", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    ("target of 16,000 octets", b"GET /" + b"a" * 16_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    ("99 headers", get(b"".join(b"x-%d: y\r\n" % n for n in range(98))), [200]),
    ("header of 60 KiB", get(b"X: " + b"y" * 61_440 + b"\r\n"), [200]),
    ("challenge, body at its limit", post("/kbs/v0/auth", AUTH + b" " * (128 * 1024 - len(AUTH))), [200]),
    ("evidence, body at the limit", post("/kbs/v0/attest", b" " * 2 * 1024 * 1024), [401]),
    ("unauthenticated body at the limit", post("/kbs/v0/resource-policy", b"x" * 2 * 1024 * 1024), [401]),
    ("Expect in HTTP/1.0 is passed over", b"GET /healthz HTTP/1.0\r\nExpect: x\r\nConnection: keep-alive\r\n\r\n", [200]),
    ("200 requests at once", (post("/kbs/v0/auth", AUTH) + b"GET /nothing HTTP/1.1\r\n\r\n") * 100, [200, 404] * 100),
    ("unknown method", b"BREW /kbs/v0/auth HTTP/1.1\r\nHost: x\r\n\r\n", None),  # 405 and closed, as the peer
]

# Paths that lead nowhere they should not: name, target, status.
PATHS = [
    ("dot dot", "/kbs/v0/resource/../../../etc/passwd", 401),
    ("encoded dot dot", "/kbs/v0/resource/%2e%2e/%2e%2e/etc", 401),
    ("encoded slashes", "/kbs/v0/resource%2fa%2fb%2fc", 401),
    ("twice encoded", "/kbs/v0/resource/%252e%252e/b/c", 401),
    ("encoded NUL", "/kbs/v0/resource/a/b/c%00", 404),
    ("encoded CR LF", "/kbs/v0/resource/a/b/c%0d%0aX:%20y", 401),
    ("escape cut short", "/kbs/v0/resource/a/b/%4", 404),
    ("escape that is none", "/kbs/v0/resource/a/b/%zz", 404),
    ("not UTF-8", "/kbs/v0/resource/a/b/%ff%fe", 404),
    ("overlong UTF-8", "/kbs/v0/resource/a/b/%c0%ae", 404),
    ("two slashes before", "//kbs/v0/auth", 404),
    ("another version", "/kbs/v1/auth", 404),
    ("no slash", "/kbs/v0", 404),
    ("in capitals", "/KBS/V0/resource/a/b/c", 404),
    ("GET of attest", "/kbs/v0/attest", 404),
    ("management by another spelling", "/avouch/%76%31/decisions", 404),
    ("management through dots", "/healthz/../avouch/v1/decisions", 404),
    ("management, doubled slash", "/avouch/v1//decisions", 401),
]


def cases(server, effort):
    for name, octets, status in REFUSED:
        yield name, differs(answers_to(server, octets + CANARY), [status])
    for name, octets, promised in SERVED:
        promised = [405] if promised is None else promised + [200]
        yield name, differs(answers_to(server, octets + LAST), promised)
    for name, target, status in PATHS:
        yield f"path: {name}", differs(answers_to(server, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + LAST),
                                       [status, 200])
    yield "metrics name nobody and do not grow", metrics_by_strangers(Client(server))
    choose = random.Random(3)
    whole = post("/kbs/v0/auth", AUTH, "Cookie: kbs-session-id=x", "Connection: close")
    for number in range(effort.mutations):
        yield f"random damage {number}", damaged(server, choose, whole)
    for number in range(effort.mutations // 10):
        noise = os.urandom(choose.randrange(1, 3000)) + b"\r\n\r\n\r\n\r\n"
        seen = answers_to(server, noise, half_close=True)
        yield f"random octets {number}", "" if all(status in (400, 414, 431) for status in seen) else f"{noise[:50]!r}: {seen}"


def metrics_by_strangers(client):
    """Whoever asks for names that are made up finds none of them among the metrics, nor a line more for them."""
    def families():
        return [line.split(" ")[0] for line in client.ask("GET", "/metrics").body.decode().splitlines()]
    client.fetch("made/up/before")
    before = families()
    for number in range(50):
        client.fetch(f"made/up/name-{number}")
        client.ask("POST", "/kbs/v0/auth", f'{{"version":"0.4.0","tee":"made-up-{number}","extra-params":""}}')
    after = families()
    if any("made" in line for line in after):
        return "a name of a stranger's"
    return "" if after == before else f"{len(before)} lines became {len(after)}"


def damaged(server, choose, whole):
    octets = bytearray(whole)
    for _ in range(choose.randint(1, 6)):
        octets[choose.randrange(len(octets))] = choose.randrange(256)
    seen = answers_to(server, bytes(octets), half_close=True)
    fine = len(seen) <= 1 and all(isinstance(s, int) and (s < 500 or s in (501, 505)) for s in seen)
    return "" if fine else f"{bytes(octets)!r}: {seen}"
