"""What credential.t does in a cage, where it is given as a text: python3 -c, this file and then some lines."""

import hashlib
import http.client
import json
import socket
import sys
import threading
import time

HOST = "api.test"


def connect(host=HOST):
    return http.client.HTTPConnection(host, timeout=60)


def ask(method, path, body=None, headers=None, host=HOST, connection=None):
    c = connection or connect(host)
    c.request(method, path, body, headers or {}, encode_chunked=True)
    answer = c.getresponse()
    text = answer.read().decode()
    return answer.status, text


def raw(data, host=HOST, wait=5):
    """All that comes back for these bytes, until the connection is closed or nothing more comes."""
    with socket.create_connection((host, 80), 30) as s:
        s.sendall(data)
        s.settimeout(wait)
        got = b""
        try:
            while more := s.recv(65536):
                got += more
        except (socket.timeout, ConnectionResetError):
            pass
        return got.decode("latin-1")


def line(data, host=HOST):
    """The status lines of what comes back."""
    return [x.split(" ", 1)[1] for x in raw(data, host, 2).split("\r\n") if x.startswith("HTTP/1.1 ")]


def blocks(size):
    block = bytes(range(256)) * 256
    while size > 0:
        yield block[:size]
        size -= len(block)


def digest(parts):
    d, n = hashlib.sha256(), 0
    for part in parts:
        d.update(part)
        n += len(part)
    return f"{n} {d.hexdigest()}"


def download(path, host=HOST):
    c = connect(host)
    c.request("GET", path)
    answer = c.getresponse()
    return digest(iter(lambda: answer.read(1 << 16), b""))
