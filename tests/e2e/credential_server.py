"""A host with a credential, for credential.t: HTTPS that tells what it got. ARGUMENTS: ADDRESS CERTIFICATE KEY LOG"""

import hashlib
import http.server
import json
import ssl
import sys
import time
import urllib.parse

CHUNK = 1 << 16


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self):
        with open(sys.argv[4], "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "from": self.client_address[1],
                                  "headers": [[k.lower(), v] for k, v in self.headers.items()]}) + "\n")

    def chunks(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left:
            data = self.rfile.read(min(left, CHUNK))
            if not data:
                return
            left -= len(data)
            yield data

    def linger(self):
        """A close while more comes would be a reset, which may overtake the answer."""
        try:
            while self.connection.recv(CHUNK):
                pass
        except OSError:
            pass

    def say(self, status, text, *headers):
        data = text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(4):
            line = f"data: {i}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.4)
        self.wfile.write(b"0\r\n\r\n")

    def download(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        block = bytes(range(256)) * 256
        for at in range(0, size, len(block)):
            self.wfile.write(block[:min(len(block), size - at)])

    def answer(self):
        self.note()
        path, _, query = self.path.partition("?")
        digest, size = hashlib.sha256(), 0
        if path == "/reject":
            self.close_connection = True
            self.say(413, "too much", ("Connection", "close"))
            self.linger()
            return
        for chunk in self.chunks():
            digest.update(chunk)
            size += len(chunk)
        if path == "/events":
            self.events()
        elif path == "/download":
            self.download(int(query))
        elif path == "/upload":
            self.say(200, f"{size} {digest.hexdigest()}")
        elif path == "/redirect":
            self.say(302, "", ("Location", "https://elsewhere.example/x"))
        elif path == "/status":
            self.say(int(query), "")
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"short")
            self.close_connection = True
        elif path == "/hang":
            time.sleep(20)
        else:
            self.say(200, urllib.parse.unquote(query) or "hello", ("X-Extra", "kept"), ("Keep-Alive", "timeout=9"),
                     ("X-Hop", "1"), ("Set-Cookie", "a=b; Secure"), ("Set-Cookie", "c=d"),
                     ("Connection", "keep-alive, X-Hop"), ("Content-Encoding", "odd"))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = answer


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *args: None
    server.serve_forever()


main()
