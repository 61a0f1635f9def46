"""The servers that the tests of the network talk to. usage: servers.py DIR KIND=ADDRESS:PORT...

What came to them is in DIR/served, a JSON line each. DIR/serving is there once all of them listen.
"""

import hashlib
import json
import os
import resource
import socket
import ssl
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler

DIR = sys.argv[1]
LOCK = threading.Lock()


def log(**what):
    with LOCK, open(os.path.join(DIR, "served"), "a", encoding="utf-8") as f:
        f.write(json.dumps(what) + "\n")


def head(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            break
        data += more
    return data


def http(conn, **who):
    """Answers one request with what it was."""
    request = head(conn)
    log(**who, request=request.decode("latin-1"))
    body = b"served " + request.split(b"\r\n")[0] + b"\n"
    conn.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def tls(conn, **who):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(DIR, "cert.pem"), os.path.join(DIR, "key.pem"))
    names = []
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with context.wrap_socket(conn, server_side=True) as inner:
        http(inner, **who, sni=names)


class Files(SimpleHTTPRequestHandler):
    """What lies in DIR/files."""

    def __init__(self, conn, who):
        self.who = who
        super().__init__(conn, (who["peer"], 0), None, directory=os.path.join(DIR, "files"))

    def log_message(self, *parts):
        log(**self.who, request=str(parts))


def http_files(conn, **who):
    Files(conn, who)


def https_files(conn, **who):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(DIR, "cert.pem"), os.path.join(DIR, "key.pem"))
    with context.wrap_socket(conn, server_side=True) as inner:
        Files(inner, who)


def echo(conn, **who):
    log(**who)
    while data := conn.recv(65536):
        conn.sendall(data)
    conn.shutdown(socket.SHUT_WR)


def raw(conn, **who):
    """Tells of the connection as soon as it is there, and of all bytes once they end."""
    log(**who, came=True)
    digest, total = hashlib.sha256(), 0
    while data := conn.recv(65536):
        digest.update(data)
        total += len(data)
    log(**who, bytes=total, sha256=digest.hexdigest())


def swallow(conn, **who):
    total = 0
    while data := conn.recv(1 << 20):
        total += len(data)
    log(**who, bytes=total)
    conn.sendall(b"%d\n" % total)


def pour(conn, **who):
    """The first line is how many bytes are wanted."""
    left = int(conn.makefile().readline())
    log(**who, bytes=left)
    block = bytes(1 << 20)
    while left > 0:
        conn.sendall(block[: min(left, len(block))])
        left -= len(block)


def digest(conn, **who):
    """After "up": the digest of all that comes. After "down N": N bytes, the same block again and again."""
    with conn.makefile("rb") as lines:
        words = lines.readline().split()
        log(**who, words=[word.decode() for word in words])
        if words[0] == b"up":
            sum_ = hashlib.sha256()
            while data := lines.read1(1 << 20):
                sum_.update(data)
            conn.sendall(sum_.hexdigest().encode())
            return
    block = hashlib.sha256(b"block").digest() * 32768
    for _ in range(int(words[1]) // len(block)):
        conn.sendall(block)


def banner(conn, **who):
    """Speaks first, as ssh and smtp do."""
    log(**who)
    conn.sendall(b"220 here\r\n")
    conn.recv(1)


def silent(conn, **who):
    log(**who)
    time.sleep(60)


def reset(conn, **who):
    log(**who)
    conn.recv(1)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


KINDS = {f.__name__: f for f in (http, tls, http_files, https_files, echo, raw, swallow, pour, digest, banner, silent, reset)}


def one(kind, conn, who):
    try:
        with conn:
            KINDS[kind](conn, **who)
    except (OSError, ValueError) as e:
        log(**who, error=str(e))


def accept(kind, sock, who):
    while True:
        conn, peer = sock.accept()
        threading.Thread(target=one, args=(kind, conn, dict(who, peer=peer[0])), daemon=True).start()


def datagrams(sock, who):
    """A resolver, say: whatever comes is told, and not answered."""
    while True:
        data, peer = sock.recvfrom(65536)
        log(**who, peer=peer[0], datagram=data.hex())


def listen(word):
    kind, _, place = word.partition("=")
    address, _, port = place.rpartition(":")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind != "udp" and family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, int(port)))
    who = {"kind": kind, "at": place}
    if kind == "udp":
        return threading.Thread(target=datagrams, args=(sock, who))
    sock.listen(2048)
    return threading.Thread(target=accept, args=(kind, sock, who))


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    threads = [listen(word) for word in sys.argv[2:]]
    for thread in threads:
        thread.start()
    with open(os.path.join(DIR, "serving"), "w", encoding="ascii"):
        pass


main()
