"""What the tests of the network do in a cage, where they are given as a text: python3 -c, this file and then some lines."""

import asyncio
import hashlib
import socket
import ssl
import struct
import sys
import threading
import time

RESOLVER = ("198.18.0.1", 53)
A, PTR, TXT, AAAA, SRV, SVCB, HTTPS, ANY = 1, 12, 16, 28, 33, 64, 65, 255


# DNS, as it is on the wire.


def wire(name):
    """A name's labels; bytes are taken to be labels already."""
    if isinstance(name, bytes):
        return name
    labels = [label.encode("latin-1") for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(name, kind=A, number=7, klass=1):
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + wire(name) + struct.pack("!2H", kind, klass)


CODES = {0: "ok", 1: "formerr", 2: "servfail", 3: "nxdomain", 4: "notimp", 5: "refused"}


def meaning(message):
    """The code of an answer, and the address that it carries."""
    flags, asked, answers = struct.unpack("!3H", message[2:8])
    code = CODES[flags & 15]
    if not answers:
        return code
    at = 12
    for _ in range(asked):
        while message[at]:
            at += 1 + message[at]
        at += 5
    kind, _, _, size = struct.unpack("!HHIH", message[at + 2 : at + 12])
    data = message[at + 12 : at + 12 + size]
    return socket.inet_ntop(socket.AF_INET if kind == A else socket.AF_INET6, data)


def udp(message, tries=15):
    """What is answered; a datagram may get lost where everybody is busy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(RESOLVER)
        s.settimeout(2)
        for _ in range(tries):
            s.send(message)
            try:
                return s.recv(4096)
            except socket.timeout:
                pass
    raise SystemExit("no answer")


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise SystemExit("closed")
        data += more
    return data


def tcp(message):
    with socket.create_connection(RESOLVER, 30) as s:
        s.sendall(struct.pack("!H", len(message)) + message)
        return exactly(s, struct.unpack("!H", exactly(s, 2))[0])


def resolve(name, kind=A, how=udp):
    return meaning(how(question(name, kind)))


# TLS, to the byte.


def context(version=None):
    c = ssl.create_default_context()
    c.check_hostname = False
    if version:
        c.minimum_version = c.maximum_version = version
    return c


class Tls:
    """A client's side of TLS that leaves to others how its bytes are sent."""

    def __init__(self, name, version=None):
        self.input, self.output = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.side = context(version).wrap_bio(self.input, self.output, server_hostname=name)

    def handshake(self):
        try:
            self.side.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False


def hello(name, version=None):
    tls = Tls(name, version)
    tls.handshake()
    return tls.output.read()


def in_records(data, size):
    """The same handshake message in records of so many bytes each."""
    body = data[5:]
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(data[:3] + struct.pack("!H", len(part)) + part for part in parts)


def get(name, port, send, version=None):
    """A page over TLS whose first bytes go out by send(socket, bytes)."""
    tls = Tls(name, version)
    with dial(name, port) as s:
        tls.handshake()
        send(s, tls.output.read())
        while not tls.handshake():
            s.sendall(tls.output.read())
            tls.input.write(s.recv(65536) or sys.exit("closed in the handshake"))
        tls.side.write(b"GET /%s HTTP/1.0\r\n\r\n" % tls.side.version().encode())
        s.sendall(tls.output.read())
        while True:
            try:
                return tls.side.read(65536).split(b"\r\n\r\n")[1].decode()
            except ssl.SSLWantReadError:
                tls.input.write(s.recv(65536) or sys.exit("closed"))


def byte_by_byte(sock, data):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(len(data)):
        sock.sendall(data[i : i + 1])
        time.sleep(0.001)


# Connections.


def dial(name, port):
    return socket.create_connection((name, port), 60)


def rest(sock):
    """All that comes until the end, and how that comes."""
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except ConnectionResetError:
        return data, "reset"
    except socket.timeout:
        return data, "nothing more"
    return data, "closed"


def fate(name, port, data):
    """Of a connection on which data is sent: what came back. A reset may be there before all was sent."""
    try:
        with dial(name, port) as s:
            s.sendall(data)
            return rest(s)
    except (ConnectionResetError, BrokenPipeError, ConnectionRefusedError):
        return b"", "reset"
