#!/usr/bin/env python3
"""remit-log when things go wrong: many at once, kills, a full disk, a restart."""

import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from log_kit import Log, PROGRAM, SLOW, Skip, main, need, request, scratch, test

CHANGING = ("flock", "openat", "write", "lseek", "fchmod", "fdatasync", "fsync", "ftruncate", "renameat",
            "renameat2", "mkdir", "mkdirat", "unlink", "unlinkat")


@test("eight processes append at once: every answer is true and nothing is lost")
def concurrent():
    log = Log()
    each = 30 if SLOW else 100
    found, lock = {}, threading.Lock()

    def work(who):
        p = log.open()
        for i in range(each):
            entry = b"%d of %d" % (i, who)
            p.stdin.write(request(entry))
            p.stdin.flush()
            a = p.stdout.readline().split()
            with lock:
                found[int(a[1])] = entry
        p.stdin.close()
        p.wait()
        p.stdout.close()
        p.stderr.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    looks = 0
    while any(t.is_alive() for t in threads):
        log.expect_good()
        looks += 1
    for t in threads:
        t.join()
    need(sorted(found) == list(range(8 * each)), "every index once")
    need(log.entries() == [found[i] for i in range(8 * each)], "what was acknowledged is there")
    need(looks > 0, "the log was good whenever it was looked at")
    log.expect_good(8 * each)


@test("killed at any time, a log opens again with all that was acknowledged")
def killed():
    log = Log()
    acknowledged = {}
    number = 0
    for _ in range(20 if SLOW else 200):
        p = log.open()
        deadline = threading.Timer(random.random() * (0.2 if SLOW else 0.03), p.kill)
        deadline.start()
        try:
            while True:
                entries = [b"entry %d" % (number + i) for i in range(random.choice((1, 1, 2, 40)))]
                number += len(entries)
                p.stdin.write(request(*entries))
                p.stdin.flush()
                a = p.stdout.readline().split()
                if not a:
                    break
                need(a[0] == b"ok", a)
                acknowledged.update({int(a[1]) + i: e for i, e in enumerate(entries)})
        except BrokenPipeError:
            pass
        deadline.join()
        p.wait()
        for f in (p.stdin, p.stdout, p.stderr):
            try:
                f.close()
            except BrokenPipeError:
                pass
        if random.random() < 0.2:
            log.expect_good()
    log.expect_good()
    entries = log.entries()
    need(len(acknowledged) > 100, "enough was acknowledged to mean something")
    need(all(entries[i] == e for i, e in acknowledged.items()), "all that was acknowledged is there")
    need(len(set(entries)) == len(entries), "nothing is there twice")
    need(sorted(os.listdir(log.top))[:1] == ["key"] and
         set(os.listdir(log.top)) <= {"key", "log", "log.vkey", "log.journal", "log.lock", "log.new"},
         "nothing is left behind")


def need_strace():
    if not shutil.which("strace"):
        raise Skip("there is no strace")
    if SLOW:
        raise Skip("tracing and sanitizers do not go together")


def strace(log, flags, command, stdin=subprocess.DEVNULL):
    r = subprocess.run(["strace", "-qq", "-o", os.path.join(log.top, "trace"), *flags, *command], stdin=stdin,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if b"ptrace" in r.stderr.lower() and b"permitted" in r.stderr.lower():
        raise Skip("processes can't be traced here")
    return r


def traced(log, *flags):
    with open(os.path.join(log.top, "request"), "rb") as stdin:
        return strace(log, flags, log.command(), stdin)


def calls_of(log):
    """The system calls that were traced, by name, in order."""
    with open(os.path.join(log.top, "trace"), encoding="utf-8") as f:
        return [line.split("(")[0] for line in f if "(" in line]


def killed_at_each_call(before, batch, fast):
    """Kills the program as it enters each system call, in turn, while it appends a batch."""
    base = Log(where=tempfile.mkdtemp(dir=fast))
    base.append(*[b"%d" % i for i in range(before)])
    with open(os.path.join(base.top, "request"), "wb") as f:
        f.write(request(*[b"batch %d" % i for i in range(batch)]))

    def copied():
        copy = Log(origin=None, where=tempfile.mkdtemp(dir=fast))
        shutil.copytree(base.top, copy.top, dirs_exist_ok=True)
        return copy

    whole = copied()
    need(traced(whole).returncode == 0, "it works when it is not killed")
    calls = calls_of(whole)
    sizes = []
    for i, name in enumerate(calls):
        # Between two calls that change something, all times are the same.
        if i < calls.index("flock") or name not in CHANGING:
            continue
        log = copied()
        r = traced(log, "-e", f"inject={name}:signal=KILL:when={calls[:i + 1].count(name)}")
        where = f"at call {i}, {name}"
        size = log.expect_good()["size"]
        need(r.returncode != 0, f"it was killed {where}")
        need(size in (before, before + batch), f"all or nothing, {where}")
        need(not r.stdout or size == before + batch, f"what was acknowledged is there, {where}")
        need(log.append(b"more") == size, f"it goes on, {where}")
        shutil.rmtree(log.top)
        sizes.append(size)
    need(sizes[0] == before and sizes[-1] == before + batch, "kills came before and behind")
    need(sizes == sorted(sizes), "once it is in, it is in")


def syncs_of(log):
    """What the traced program wrote, renamed and synced in the log's directory, in order."""
    names = {"AT_FDCWD": ""}

    def path(fd, name=""):
        return os.path.relpath(os.path.join(names.get(fd, "/"), name), log.top)

    with open(os.path.join(log.top, "trace"), encoding="utf-8") as f:
        lines = f.readlines()
    # Who may not read the program's memory is shown addresses.
    if not any('"' in line for line in lines if line.startswith("renameat(")):
        raise Skip("the program hides its memory, and so the names of files")
    for line in lines:
        call, _, rest = line.partition("(")
        words = re.findall(r'"[^"]*"|\w+', rest)
        fd = line.rpartition("= ")[2].strip()
        if call in ("openat", "openat2") and fd.isdigit():
            names[fd] = os.path.join(names.get(words[0], "/"), words[1].strip('"'))
        elif call == "renameat":
            yield "rename", path(words[2], words[3].strip('"'))
        elif call in ("write", "fsync", "fdatasync"):
            yield call.removeprefix("fdata").removeprefix("f"), path(words[0])


@test("the journal is synced before anything is published, and emptied after everything is synced")
def sync_order():
    need_strace()
    log = Log()
    log.append(b"first")
    with open(os.path.join(log.top, "request"), "wb") as f:
        f.write(request(*[b"%d" % i for i in range(4500)]))
    need(traced(log).returncode == 0, "it works")
    did = list(syncs_of(log))
    restart = did.index(("rename", "log.journal"))
    placed = [i for i, (what, name) in enumerate(did) if what == "rename" and name != "log.journal"]
    need(len(placed) > 30 and did[placed[-1]][1] == "log/checkpoint", "the checkpoint comes last")
    written = did.index(("write", "log.journal"))
    need(written < did.index(("sync", "log.journal")) < placed[0], "journal, sync, then the files")
    synced = {name for what, name in did[placed[-1]:restart] if what == "sync"}
    for i in placed:
        name = did[i][1]
        while name:
            need(name in synced, f"{name} is synced before the journal is emptied")
            name = os.path.dirname(name)
    need("log.new" in synced and ("sync", ".") in did[restart:], "so is the new journal, and its name")


@test("whoever finds a batch that was not synced syncs it before publishing it")
def sync_found():
    need_strace()
    log = Log()
    log.append(b"first")
    with open(os.path.join(log.top, "request"), "wb") as f:
        f.write(request(b"not synced"))
    need(traced(log, "-e", "inject=fdatasync:signal=KILL").returncode != 0, "it was killed")
    with open(os.path.join(log.top, "request"), "wb"):
        pass
    need(traced(log).returncode == 0, "it opens again")
    did = list(syncs_of(log))
    need(did.index(("sync", "log.journal")) < did.index(("rename", "log/tile/entries/000.p/2")), did)
    need(log.entries() == [b"first", b"not synced"], "the batch is in the log")


@test("a batch is brought to disk by one sync, however many entries it has")
def one_sync():
    need_strace()
    for entries in (1, 3, 250):
        log = Log()
        log.append(b"first")
        log.write("request", request(*[b"%d" % i for i in range(entries)]))
        need(traced(log).returncode == 0, "it works")
        syncs = [c for c in calls_of(log) if c in ("fsync", "fdatasync", "sync_file_range", "sync", "syncfs")]
        need(syncs == ["fdatasync"], (entries, syncs))


def is_made(log):
    """All of a log that has just been made, and nothing else, is there."""
    log.append(b"x")
    log.expect_good(1)
    need(set(os.listdir(log.top)) - {"trace"} == {"key", "log", "log.vkey", "log.journal", "log.lock"},
         os.listdir(log.top))


@test("a making of a log that is killed before any of its system calls is gone on with by the next")
def init_killed():
    need_strace()
    memory_disk = "/dev/shm" if os.access("/dev/shm", os.W_OK) else scratch
    with tempfile.TemporaryDirectory(dir=memory_disk) as fast:
        whole = Log(origin=None, where=tempfile.mkdtemp(dir=fast))
        need(strace(whole, [], [PROGRAM, *whole.init_args()]).returncode == 0, "it works when it is not killed")
        calls = calls_of(whole)
        is_made(whole)
        codes = []
        for i, name in enumerate(calls):
            if name not in CHANGING:
                continue
            log = Log(origin=None, where=tempfile.mkdtemp(dir=fast))
            r = strace(log, ["-e", f"inject={name}:signal=KILL:when={calls[:i + 1].count(name)}"],
                       [PROGRAM, *log.init_args()])
            need(r.returncode != 0, f"it was killed at call {i}, {name}")
            code = log.init().returncode
            need(code == 0 or os.path.exists(log.vkey), f"it goes on after call {i}, {name}")
            need(log.init().returncode == 1, "and then the log is there")
            for left in os.listdir(log.top):
                if ".tmp-" in left or left == "log.new":
                    os.unlink(os.path.join(log.top, left))
            is_made(log)
            codes.append(code)
        need(codes[0] == 0 and codes[-1] == 1 and codes == sorted(codes), codes)


@test("a signal that comes while a log is being made waits until it is")
def init_signalled():
    need_strace()
    for name in ("INT", "TERM", "HUP"):
        log = Log(origin=None)
        r = strace(log, ["-e", f"inject=mkdirat:signal={name}:when=1"], [PROGRAM, *log.init_args()])
        need(r.returncode == 0, r.stderr)
        log.append(b"x")


@test("killed before each of its system calls in turn, a batch is in the log or is not")
def each_call():
    need_strace()
    # No power is cut here, so nothing has to reach a disk.
    memory_disk = "/dev/shm" if os.access("/dev/shm", os.W_OK) else scratch
    with tempfile.TemporaryDirectory(dir=memory_disk) as fast:
        killed_at_each_call(3, 2, fast)
        killed_at_each_call(255, 3, fast)


def in_namespace(script, *args):
    """Runs a shell script as root of a mount namespace of its own."""
    flags = ["-m"] if os.geteuid() == 0 else ["-Urm"]
    r = subprocess.run(["unshare", *flags, "true"], stderr=subprocess.PIPE, check=False)
    if r.returncode:
        raise Skip("there is no mount namespace to be had: " + r.stderr.decode().strip())
    return subprocess.run(["unshare", *flags, "sh", "-euc", script, "sh", *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


@test("after a restart, what the journal covers is written again")
def restarted():
    log = Log()
    log.append(*[b"%d" % i for i in range(300)])
    log.append(b"one more")
    shutil.rmtree(os.path.join(log.dir, "tile"))
    with open(log.dir + "/checkpoint", "wb"):
        pass
    need(log.verify().returncode == 1, "the files are gone")
    need(log.send(request(b"x")).returncode == 1, "and in the same boot that is damage")
    with open(log.top + "/boot_id", "w", encoding="utf-8") as f:
        f.write("00000000-0000-0000-0000-000000000000\n")
    log.write("request", request(b"and one"))
    r = in_namespace('''
        mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id
        "$2" verify --log "$1/log" --vkey "$1/log.vkey"
        "$2" append --log "$1/log" --key "$1/key" <"$1/request"
        ''', log.top, PROGRAM)
    if "mount:" in r.stdout:
        raise Skip("the boot can't be played: " + r.stdout.strip())
    need(r.returncode == 0 and "301 entries" in r.stdout and "\nok 301 302 " in r.stdout, r.stdout)
    log.expect_good(302)


@test("a disk that is full refuses the batch, keeps the log, and goes on when there is room")
def full_disk():
    script = r"""
        mount -t tmpfs -o size=4m none "$1"
        head -c 3700k /dev/zero >"$1/filler"
        "$2" init --log "$1/log" --key "$1/key" --vkey "$1/vkey" --origin o
        refused=0 size=0
        for i in $(seq 60); do
            answer=$("$2" append --log "$1/log" --key "$1/key" <"$3")
            case $answer in
            ok*) size=$((size + 8)) ;;
            "error "*"No space left"*) refused=$((refused + 1)) ;;
            *) echo "answer: $answer"; exit 1 ;;
            esac
            "$2" verify --quiet --log "$1/log" --vkey "$1/vkey" || { echo "bad after $i"; exit 1; }
        done
        [ "$refused" -gt 0 ] || { echo "never full"; exit 1; }
        "$2" verify --json --log "$1/log" --vkey "$1/vkey" | grep -q "\"size\":$size," ||
            { echo "not $size"; exit 1; }
        rm "$1/filler"
        "$2" append --log "$1/log" --key "$1/key" <"$3" | grep -q '^ok' || { echo "no room"; exit 1; }
        "$2" verify --log "$1/log" --vkey "$1/vkey"
    """
    where = tempfile.mkdtemp(dir=scratch)
    batch = where + ".request"
    with open(batch, "wb") as f:
        f.write(request(*[b"x" * 200] * 8))
    r = in_namespace(script, where, PROGRAM, batch)
    need(r.returncode == 0, r.stdout)


@test("a limit on the size of files refuses the batch and does not end the program")
def file_limit():
    log = Log()
    log.append(b"x" * 40000)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    p = log.open(preexec_fn=limit)
    out, err = p.communicate(request(b"y" * 40000))
    need(p.returncode == 0 and out.startswith(b"error ") and b"File too large" in out, (out, err))
    log.expect_good(1)
    log.append(b"z")
    log.expect_good(2)


main()
