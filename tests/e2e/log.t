#!/usr/bin/env python3
"""remit-log as a program: its protocol, its answers, and an independent check of what it writes."""

import base64
import fcntl
import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
from log_kit import Log, ORIGIN, PROGRAM, SLOW, Skip, main, need, request, run, test, tree_root


@test("help and version go to standard output, wrong usage is 2 and says what to do")
def usage():
    for args in (["--help"], ["--version"], ["append", "--help"], ["init", "-h"]):
        r = run(*args)
        need(r.returncode == 0 and r.stdout and not r.stderr, args)
    for args in ([], ["nonsense"], ["verify"], ["verify", "--lgo", "x"], ["append", "--log", "x"],
                 ["append", "--log", "x", "--key", "y", "z"], ["init", "--log"]):
        r = run(*args)
        need(r.returncode == 2 and not r.stdout and r.stderr.startswith("remit-log: "), args)


@test("init makes a log and refuses to touch one that is there")
def init():
    log = Log()
    need(os.stat(log.key).st_mode & 0o7777 == 0o600, "the key is the owner's alone")
    need(sorted(os.listdir(log.dir)) == ["checkpoint"], "an empty log is its checkpoint")
    log.expect_good(0)
    before = {n: open(n, "rb").read() for n in (log.key, log.vkey, log.dir + "/checkpoint")}
    for name in ("log", "other"):
        r = run("init", "--log", os.path.join(log.top, name), "--key", log.key, "--vkey", log.vkey,
                "--origin", ORIGIN)
        need(r.returncode == 1 and "there already" in r.stderr, r.stderr)
    need(not os.path.exists(os.path.join(log.top, "other")), "nothing is left of the second")
    need(all(open(n, "rb").read() == b for n, b in before.items()), "nothing was touched")
    log.append(b"x")
    log = Log(origin=None)
    os.mkdir(log.dir)
    r = run("init", "--log", log.dir, "--key", log.key, "--vkey", log.vkey, "--origin", ORIGIN)
    need(r.returncode == 1 and "there already" in r.stderr, r.stderr)
    need(os.listdir(log.dir) == [] and not os.path.exists(log.key), "nor was a directory that was there")


@test("of many that make the same log at once, one does")
def init_race():
    for _ in range(3 if SLOW else 10):
        log = Log(origin=None)
        args = [PROGRAM, "init", "--log", log.dir, "--key", log.key, "--vkey", log.vkey,
                "--origin", ORIGIN]
        racers = [subprocess.Popen(args, stderr=subprocess.DEVNULL) for _ in range(8)]
        codes = sorted(p.wait() for p in racers)
        need(codes == [0] + [1] * 7, codes)
        log.append(b"x")
        log.expect_good(1)


@test("the root is RFC 6962's, by code that is not ours")
def independent_root():
    log = Log()
    entries = [b"%d" % i * (i % 7) for i in range(1200)]
    at = 0
    for n in (1, 254, 1, 1, 255, 300, 388):
        need(log.append(*entries[at:at + n]) == at, "the first index")
        at += n
        root = base64.b64encode(tree_root(entries[:at])).decode()
        need(log.expect_good(at)["root"] == root, f"the root of {at}")
    need(log.entries() == entries, "the entries are those that were sent")


@test("the signature is good, by code that is not ours")
def independent_signature():
    if not shutil.which("openssl"):
        raise Skip("there is no openssl")
    log = Log()
    log.append(b"x")
    with open(log.dir + "/checkpoint", "rb") as f:
        text, sigs = f.read().rsplit(b"\n\n", 1)
    name, sig = sigs.decode().removeprefix("\u2014 ").split()
    with open(log.vkey, encoding="utf-8") as f:
        vkey = f.read().strip()
    raw = base64.b64decode(vkey.split("+", 2)[2])
    keyid = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    sig = base64.b64decode(sig)
    need(sig[:4] == keyid and keyid.hex() == vkey.split("+")[1] and raw[0] == 1, "key id")
    for n, data in (("pub", bytes.fromhex("302a300506032b6570032100") + raw[1:]), ("sig", sig[4:]),
                    ("text", text + b"\n")):
        with open(os.path.join(log.top, n), "wb") as f:
            f.write(data)
    r = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "pub",
                        "-rawin", "-in", "text", "-sigfile", "sig"], cwd=log.top,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    need(r.returncode == 0, r.stdout)


@test("requests that wait together are answered in order and share a batch")
def pipelined():
    log = Log()
    sent = [[b"%d.%d" % (i, j) for j in range(i % 3 + 1)] for i in range(500)]
    r = log.send(b"".join(request(*e) for e in sent))
    need(r.returncode == 0, r.stderr)
    first = 0
    answers = [line.split() for line in r.stdout.decode().splitlines()]
    for entries, a in zip(sent, answers, strict=True):
        need(a[0] == "ok" and int(a[1]) == first and a[4] == ORIGIN, a)
        first += len(entries)
    need(len({a[2] for a in answers}) < 100, "500 requests did not take 100 batches")
    need(log.entries() == sum(sent, []), "the entries are in order")
    log.expect_good(first)


@test("a request that is wrong is refused alone")
def wrong_requests():
    log = Log()
    large = struct.pack(">I", (16 << 20) + 1) + bytes((16 << 20) + 1)
    r = log.send(request(b"a") + request() + struct.pack(">I", 3) + b"\0\2x" + request(b"b") + large +
                 request(b"c", b"") + struct.pack(">I", 1) + b"\0" + request(b"d"))
    need(r.returncode == 0, r.stderr)
    words = [line.split()[0] for line in r.stdout.decode().splitlines()]
    need(words == ["ok", "error", "error", "ok", "error", "ok", "error", "ok"], r.stdout)
    need(log.entries() == [b"a", b"b", b"c", b"", b"d"], "only what was well formed is there")
    log.expect_good(5)


@test("input that ends within a request is an error, and what came before is in the log")
def cut_request():
    log = Log()
    for cut in (b"\0", b"\0\0\0\5\0\3a"):
        r = log.send(request(b"whole") + cut)
        need(r.returncode == 1 and r.stdout.startswith(b"ok ") and b"within a request" in r.stderr, r)
    log.expect_good(2)


@test("the largest request and the largest entry go in")
def largest():
    log = Log()
    entries = [bytes([i & 255]) * 65535 for i in range(255)]
    log.append(*entries)
    log.append(b"x" * 65535)
    need(log.entries() == entries + [b"x" * 65535], "all of them")
    log.expect_good(256)


@test("a client that goes away ends the program, and what it sent is in the log")
def client_gone():
    log = Log()
    p = log.open()
    p.stdout.close()
    p.stdin.write(request(b"x"))
    p.stdin.close()
    need(p.wait() == 1 and b"write an answer" in p.stderr.read(), "it says so")
    p.stderr.close()
    log.expect_good(1)


@test("Ctrl-C on the terminal does not keep a client from logging it")
def interrupted():
    log = Log()
    p = log.open()
    for name in (signal.SIGINT, signal.SIGHUP):
        p.stdin.write(request(b"before"))
        p.stdin.flush()
        need(p.stdout.readline().startswith(b"ok "), "it runs")
        p.send_signal(name)
    out, err = p.communicate(request(b"after"))
    need(p.returncode == 0 and out.startswith(b"ok "), err)
    log.expect_good(3)


@test("a key that others can read, or that is another user's, is refused")
def keys():
    log = Log()
    for mode in (0o640, 0o604, 0o644):
        os.chmod(log.key, mode)
        r = log.send(request(b"x"))
        need(r.returncode == 1 and b"others may have it" in r.stderr and not r.stdout, r)
    os.chmod(log.key, 0o600)
    if os.geteuid() == 0:
        os.chown(log.key, 12345, 12345)
        r = log.send(request(b"x"))
        need(r.returncode == 1 and b"belongs to user 12345" in r.stderr, r)
        os.chown(log.key, 0, 0)
    need(run("append", "--log", log.dir, "--key", log.vkey).returncode == 1, "not a key")
    log.append(b"x")


@test("what is wrong with a log is said in a sentence, in JSON, or by the exit status alone")
def bad_log():
    log = Log()
    log.append(*[b"%d" % i for i in range(300)])
    name = "tile/entries/001.p/44"
    with open(os.path.join(log.dir, name), "r+b") as f:
        f.write(b"\0\3xyz")
    r = log.verify()
    need(r.returncode == 1 and r.stdout.startswith("bad: entry 256: " + name), r.stdout)
    r = log.verify("--json")
    found = json.loads(r.stdout)
    need(r.returncode == 1 and found["good"] is False and found["entry"] == 256, r.stdout)
    need(found["file"] == name and found["problem"], r.stdout)
    r = log.verify("--quiet")
    need(r.returncode == 1 and not r.stdout and not r.stderr, r)
    r = log.send(request(b"x"))
    need(r.returncode == 1 and b"remit-log verify" in r.stderr and not r.stdout, r)
    need(run("verify", "--log", log.dir + "x", "--vkey", log.vkey).returncode == 1, "no log")
    need(run("verify", "--log", log.dir, "--vkey", log.key + "x").returncode == 2, "no key")


@test("a damaged journal is told beside a good log, and stops appending")
def bad_journal():
    log = Log()
    log.append(b"x")
    with open(log.dir + ".journal", "r+b") as f:
        f.write(b"?")
    r = log.verify()
    need(r.returncode == 0 and r.stdout.startswith("good: ") and "damaged at its beginning" in r.stderr, r)
    r = log.send(request(b"y"))
    need(r.returncode == 1 and b"damaged at its beginning" in r.stderr, r)


@test("somebody who holds the lock for ever does not stop verifying")
def held_lock():
    log = Log()
    log.append(b"x")
    with open(log.dir + ".lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log.expect_good(1)


@test("names that an outsider chose are printed safely")
def safe_names():
    log = Log()
    with open(os.path.join(os.fsencode(log.dir), b'a"b\\c\x1b[31m\xff'), "wb"):
        pass
    r = log.verify("--json")
    found = json.loads(r.stdout)
    need(r.returncode == 1 and "\x1b" not in found["file"], r.stdout)
    need("\x1b" not in log.verify().stdout, "no control characters")


@test("a copy of the directory is enough to be verified, without any right to write")
def copy():
    log = Log()
    log.append(*[b"%d" % i for i in range(300)])
    other = os.path.join(log.top, "copy")
    shutil.copytree(log.dir, other)
    for top, _, files in os.walk(other):
        for name in files:
            os.chmod(os.path.join(top, name), 0o444)
    r = run("verify", "--log", other, "--vkey", log.vkey)
    need(r.returncode == 0 and not r.stderr, r)
    need(not os.path.exists(other + ".lock"), "nothing is made beside it")


@test("nobody else reads the memory that the key is in")
def memory():
    log = Log()
    p = log.open()
    p.stdin.write(request(b"x"))
    p.stdin.flush()
    p.stdout.readline()
    owner = os.stat(f"/proc/{p.pid}/mem").st_uid
    p.stdin.close()
    p.wait()
    p.stdout.close()
    p.stderr.close()
    need(owner == 0, "its memory belongs to root alone")
    if os.geteuid() == 0:
        raise Skip("root may read it anyway")


main()
