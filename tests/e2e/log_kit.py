"""What the tests of remit-log as a program share: a log in a directory of its own, and TAP."""

import hashlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("REMIT_BUILD") or os.path.join(TOP, "build", "opt")
PROGRAM = os.path.join(os.path.abspath(BUILD), "remit-log")
ORIGIN = "test.example/log"
SEED = int(os.environ.get("REMIT_SEED") or time.time_ns() % 1000000)
# With sanitizers a start takes many times as long.
SLOW = "asan" in subprocess.run(["ldd", PROGRAM], text=True, stdout=subprocess.PIPE, check=False).stdout

random.seed(SEED)
tests = []
scratch = tempfile.mkdtemp(prefix="remit-test.")
os.chmod(scratch, 0o755)


def test(sentence):
    """Marks a function as the test of that sentence."""
    def mark(fn):
        tests.append((sentence, fn))
        return fn
    return mark


class Skip(Exception):
    """Cannot be seen here, and why."""


def need(held, what):
    if not held:
        raise AssertionError(what)


class Log:
    """A new log in a directory of its own."""

    def __init__(self, origin=ORIGIN, where=None):
        self.top = where or tempfile.mkdtemp(prefix="remit-log.", dir=scratch)
        self.dir, self.key, self.vkey = (os.path.join(self.top, n) for n in ("log", "key", "log.vkey"))
        if origin:
            r = self.init(origin)
            need(r.returncode == 0, r.stderr)

    def init_args(self, origin=ORIGIN):
        return ["init", "--log", self.dir, "--key", self.key, "--vkey", self.vkey, "--origin", origin]

    def init(self, origin=ORIGIN):
        return run(*self.init_args(origin))

    def command(self):
        return [PROGRAM, "append", "--log", self.dir, "--key", self.key]

    def open(self, **kw):
        return subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **kw)

    def send(self, data):
        """Everything at once; standard output, standard error, exit status."""
        return subprocess.run(self.command(), input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)

    def append(self, *entries):
        r = self.send(request(*entries))
        need(r.returncode == 0 and r.stdout.startswith(b"ok "), r.stdout + r.stderr)
        return int(r.stdout.split()[1])

    def verify(self, *more):
        return run("verify", "--log", self.dir, "--vkey", self.vkey, *more)

    def expect_good(self, size=None):
        r = self.verify("--json")
        need(r.returncode == 0, r.stdout + r.stderr)
        need(r.stderr == "", r.stderr)
        found = json.loads(r.stdout)
        need(found["good"] and size in (None, found["size"]), r.stdout)
        return found

    def read(self, name):
        with open(os.path.join(self.top, name), "rb") as f:
            return f.read()

    def write(self, name, data):
        with open(os.path.join(self.top, name), "wb") as f:
            f.write(data)

    def entries(self):
        """What the bundles hold, read without any code of ours."""
        with open(os.path.join(self.dir, "checkpoint"), encoding="utf-8") as f:
            size = int(f.readlines()[1])
        found = []
        while len(found) < size:
            n, left = len(found) // 256, size - len(found)
            name = os.path.join(self.dir, "tile", "entries", tile_number(n))
            with open(name if left >= 256 else f"{name}.p/{left}", "rb") as f:
                data = f.read()
            while data:
                length = struct.unpack(">H", data[:2])[0]
                found.append(data[2:2 + length])
                data = data[2 + length:]
        return found


def run(*args):
    return subprocess.run([PROGRAM, *args], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def request(*entries):
    body = b"".join(struct.pack(">H", len(e)) + e for e in entries)
    return struct.pack(">I", len(body)) + body


def tile_number(n):
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def tree_root(leaves):
    """MTH of RFC 6962, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(leaves[:k]) + tree_root(leaves[k:])).digest()


JOURNAL_MAGIC = b"remit log journal 1\n"


def journal_records(data):
    """What a journal holds: (size before, size after, note, rest) of each record."""
    at = len(JOURNAL_MAGIC)
    while at < len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        body = data[at + 36:at + 36 + length]
        before, after, note = struct.unpack(">QQH", body[:18])
        yield before, after, body[18:18 + note], body[18 + note:]
        at += 40 + length


def journal(records):
    """The bytes of a journal of these records, with digests that fit: they need no key."""
    data = JOURNAL_MAGIC
    for before, after, note, rest in records:
        body = struct.pack(">QQH", before, after, len(note)) + note + rest
        length = struct.pack(">I", len(body))
        data += length + hashlib.sha256(body).digest() + body + length
    return data


def snapshot(top):
    """Every file below a directory: its bytes, and which one it is."""
    found = {}
    for where, _, names in os.walk(top):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, top)] = f.read(), os.stat(path).st_ino
    return found


def run_all(name):
    failed = 0
    print(f"1..{len(tests)}")
    for n, (sentence, fn) in enumerate(tests, 1):
        try:
            fn()
            print(f"ok {n} - {sentence}", flush=True)
        except Skip as why:
            print(f"ok {n} # SKIP {sentence}: {why}", flush=True)
            print(f"# {name}: skipped: {sentence}: {why}", file=sys.stderr)
        except (AssertionError, OSError, ValueError, KeyError, IndexError) as why:
            failed += 1
            print(f"not ok {n} - {sentence}", flush=True)
            print(f"# seed {SEED}: {type(why).__name__}: {why}", file=sys.stderr)
    return 1 if failed else 0


def main():
    """Runs every test; the scratch directory is gone at the end, however that comes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        status = run_all(os.path.basename(sys.argv[0]))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(status)
