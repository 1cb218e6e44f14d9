#!/usr/bin/env python3
"""Runs a command in a machine whose name server says that kbs.test is 127.0.0.1, and that there is no other name.

    unshare --map-root-user --net name_server.py COMMAND...       serves on 127.0.0.1:53, so it wants a network of its own
"""

import fcntl
import socket
import struct
import subprocess
import sys
import threading

KNOWN = b"\x03kbs\x04test\x00"
TYPE_A = b"\x00\x01"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h


def answer(query):
    """The response to one query (RFC 1035 section 4.1): the question again, and its record if there is one."""
    end_of_name = query.index(b"\x00", 12) + 1
    name, kind, question = query[12:end_of_name], query[end_of_name:end_of_name + 2], query[12:end_of_name + 4]
    known = name.lower() == KNOWN
    record = b"\xc0\x0c" + TYPE_A + struct.pack(">HIH", 1, 60, 4) + socket.inet_aton("127.0.0.1")
    records = [record] if known and kind == TYPE_A else []
    flags = 0x8580 if known else 0x8583  # a response, authoritative; 3: no such name
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)


def serve(server):
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(query), client)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(server, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP).ljust(40, b"\0"))
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
