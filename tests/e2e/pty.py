"""pty.py SCENARIO [REMIT]: what happens on a terminal; one function below each. Says what was not so, and fails."""

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

REMIT = sys.argv[2] if len(sys.argv) > 2 else "remit"


class Failed(Exception):
    """What was not so."""


def need(held, what):
    if not held:
        raise Failed(what)


def until(held, what, seconds=10):
    end = time.monotonic() + seconds
    while not held():
        need(time.monotonic() < end, what)
        time.sleep(0.01)


class Terminal:
    """A terminal, and a command that a session leader runs in its foreground, with those of 0, 1 and 2 that are in `on`."""

    def __init__(self, command, on=(0, 1, 2), off=None):
        self.master, self.slave = os.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.all = b""
        told, tell = os.pipe()
        self.leader = os.fork()
        if self.leader == 0:
            self.lead(tell, command, on, off or {})
        os.close(tell)
        self.pid = int(os.read(told, 100))
        os.close(told)

    def lead(self, tell, command, on, off):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        pid = os.fork()
        if pid == 0:
            self.become(command, on, off)
        try:
            os.setpgid(pid, pid)
        except PermissionError:
            pass  # it did so itself, and has started its program already
        os.tcsetpgrp(self.slave, pid)
        os.write(tell, b"%d" % pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.linger()
        os._exit(code if code >= 0 else 128 - code)

    def linger(self, seconds=10):
        """As a shell does: with its leader gone, the terminal would be hung up, and nobody could restore it."""
        end = time.monotonic() + seconds
        while not self.restored() and time.monotonic() < end:
            time.sleep(0.01)

    def become(self, command, on, off):
        os.setpgid(0, 0)
        os.tcsetpgrp(self.slave, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in range(3):
            os.dup2(self.slave if fd in on else os.open(off.get(fd, "/dev/null"), os.O_RDWR | os.O_CREAT), fd)
        os.closerange(3, 100)
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(99)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def attributes(self):
        return termios.tcgetattr(self.slave)

    def restored(self):
        return self.attributes() == self.before

    def send(self, text):
        os.write(self.master, text)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        got = os.read(self.master, 65536)
        self.seen += got
        self.all += got
        return True

    def expect(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.seen, re.DOTALL)
            if found:
                self.seen = self.seen[found.end():]
                return found
            need(time.monotonic() < end, f"the terminal shows {pattern!r}, not {self.all[-500:]!r}")
            self.read(0.1)

    def wait(self, seconds=15):
        """The status, as a shell has it, once all that was shown is read."""
        end = time.monotonic() + seconds
        while True:
            self.read(0.02)
            pid, status = os.waitpid(self.leader, os.WNOHANG)
            if pid:
                break
            need(time.monotonic() < end, f"it ends; shown: {self.all[-500:]!r}")
        while self.read(0):
            pass
        return os.waitstatus_to_exitcode(status)

    def ends(self, status):
        got = self.wait()
        until(self.restored, f"the terminal is as it was, not {self.attributes()} but {self.before}")
        need(got == status, f"the status is {status}, not {got}; shown: {self.all[-500:]!r}")


def cage(*command, **how):
    return Terminal([REMIT, "sandbox", *how.pop("options", ()), "--", *command], **how)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]


def name_of(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as f:
        return f.read().replace(b"\0", b" ")


def size():
    t = cage("sh", "-c", 'stty size; trap "stty size; exit 4" WINCH; echo ready; while :; do sleep 0.05; done')
    t.expect(rb"24 80\r\nready\r\n")
    t.resize(30, 100)
    t.expect(rb"30 100\r\n")
    t.ends(4)


def interrupt():
    t = cage("sh", "-c", 'trap "echo got; exit 7" INT; echo ready; while :; do sleep 0.05; done')
    t.expect(b"ready")
    t.send(b"\x03")
    t.expect(rb"\^Cgot\r\n")
    t.ends(7)
    t = cage("sh", "-c", "echo ready; exec sleep 60")
    t.expect(b"ready")
    t.send(b"\x03")
    t.ends(130)


def leave():
    t = cage("sh", "-c", "ulimit -c 0; echo ready; exec sleep 60")
    t.expect(b"ready")
    t.send(b"\x1c")
    t.ends(131)


def suspend():
    t = cage("sh", "-c", "echo ready; sleep 0.3; echo done")
    t.expect(b"ready")
    t.send(b"\x1a")
    t.expect(b"done")
    t.ends(0)
    t = cage("bash", "--norc", "-i")
    t.send(b"sleep 60\n")
    t.expect(rb"sleep 60\r\n")
    time.sleep(0.3)
    t.send(b"\x1a")
    t.expect(b"Stopped")
    t.send(b"fg\n")
    t.expect(rb"fg\r\n.*sleep 60\r\n")
    time.sleep(0.2)
    t.send(b"\x03")
    t.send(b"echo status=$?\n")
    t.expect(rb"status=130\r\n")
    t.send(b"exit 6\n")
    t.ends(6)


def end_of_file():
    t = cage("sh", "-c", "cat; echo end")
    t.send(b"line\n")
    t.expect(rb"line\r\nline\r\n")
    t.send(b"\x04")
    t.expect(rb"end\r\n")
    t.ends(0)


def early():
    t = cage("sh", "-c", "sleep 0.5; read a; read b; echo $b$a")
    t.send(b"one\ntwo\n")
    t.expect(rb"twoone\r\n")
    t.ends(0)


def raw():
    t = cage("python3", "-c", """
import os, sys, termios, tty
tty.setraw(0)
os.write(1, b"ready\\n")
got = b""
while len(got) < 5:
    got += os.read(0, 5)
os.write(1, repr(got).encode())
sys.exit(3)""")
    t.expect(b"ready\n")
    t.send(b"\x03\x1a\x04\r\x1c")
    t.expect(rb"b'\\x03\\x1a\\x04\\r\\x1c'")
    t.ends(3)


def settings():
    t = cage("sh", "-c", "stty -echo -icanon min 1 rows 10; stty size; echo ready; head -c 1; stty raw")
    t.expect(rb"10 80\r\nready")
    t.send(b"x")
    t.ends(0)
    need(struct.unpack("HHHH", fcntl.ioctl(t.master, termios.TIOCGWINSZ, b"\0" * 8))[0] == 24, "the size is ours")


def restored():
    for command, status in ((["true"], 0), (["sh", "-c", "kill -9 $$"], 137), (["no-such-command"], 127)):
        cage(*command).ends(status)
    t = cage("true", options=["--profile", "no-such-profile"])
    t.ends(2)


def terminated():
    for sig, status in ((signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGQUIT, 143)):
        t = cage("sh", "-c", "echo ready; exec sleep 60")
        t.expect(b"ready")
        need(not t.restored(), "the terminal is in raw mode meanwhile")
        os.kill(t.pid, sig)
        t.ends(status)


def killed():
    t = cage("sh", "-c", "echo ready; exec sleep 61.5")
    t.expect(b"ready")
    os.kill(t.pid, signal.SIGKILL)
    t.ends(137)
    t = cage("sh", "-c", "echo ready; exec sleep 61.5")
    t.expect(b"ready")
    init = [child for child in children(t.pid) if children(child)]
    need(len(init) == 1, "the cage has one first process")
    os.kill(init[0], signal.SIGKILL)
    t.ends(137)
    until(lambda: not any(running(b"61.5")), "nothing is left running")


def running(text):
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and int(pid) != os.getpid():
                yield text in name_of(pid) and b"sleep" in name_of(pid)
        except OSError:
            pass


def limited():
    with open("short.yaml", "w", encoding="ascii") as f:
        f.write("version: 1\nname: short\nextends: base\nlimits: { wall: 1s }\n")
    t = cage("sh", "-c", "echo ready; exec sleep 60", options=["--profile", "./short.yaml"])
    t.expect(b"ready")
    t.expect(b"wall limit of 1s")
    t.ends(143)


def closed():
    before = os.times()
    t = cage("sh", "-c", "exec <&- >&- 2>&-; sleep 1; exit 3")
    t.ends(3)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    need(used < 0.5, f"it waits rather than spins: {used} s")


def reopened():
    t = cage("sh", "-c", "exec <&- >&- 2>&-; sleep 0.3; exec >/dev/tty; echo back; exit 4")
    t.expect(rb"back\r\n")
    t.ends(4)


def last():
    for _ in range(5):
        t = cage("sh", "-c", "seq 1 20000; echo end")
        t.ends(0)
        need(t.all.endswith(b"\r\n20000\r\nend\r\n") and t.all.count(b"\n") == 20001, f"all of it is shown: {t.all[-100:]!r}")


def slow():
    t = cage("sh", "-c", "seq 1 50000; echo end")
    time.sleep(2)
    t.expect(rb"\r\n50000\r\nend\r\n")
    t.ends(0)


def typing():
    t = cage("python3", "-c", """
import fcntl, os, termios
for fd in (0, os.open("/dev/tty", os.O_RDWR)):
    for request in (termios.TIOCSTI, termios.TIOCSTI | 1 << 32):
        try:
            import ctypes
            r = ctypes.CDLL(None, use_errno=True).ioctl(fd, ctypes.c_ulong(request), b"x")
            print("typed" if r == 0 else ctypes.get_errno())
        except OSError as e:
            print(e.errno)
print(sorted(os.listdir("/dev/pts")))""")
    t.expect(rb"^1\r\n1\r\n1\r\n1\r\n\['0', 'ptmx'\]\r\n")
    t.ends(0)
    need(not select.select([t.slave], [], [], 0)[0], "nothing was typed outside")


TELL = 'a=; for i in 0 1 2; do if test -t $i; then a=$a$i; fi; done'


def partly():
    for on in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2)):
        with open("in", "w", encoding="ascii") as f:
            f.write("given\n")
        open("out", "w", encoding="ascii").close()
        off = {0: "in", 1: "out", 2: "out"}
        t = cage("sh", "-c", f"{TELL}; read line; echo $a $line; exit 5", on=on, off=off)
        if 0 in on:
            t.send(b"typed\n")
        t.ends(5)
        want = "".join(map(str, on)).encode() + (b" typed" if 0 in on else b" given")
        with open("out", "rb") as f:
            told = f.read()
        need(1 not in on or want + b"\r\n" in t.all, f"{on}: {want!r} is shown: {t.all!r}")
        need(1 in on or want + b"\n" in told, f"{on}: {want!r} is written: {told!r}")


def main():
    try:
        globals()[sys.argv[1]]()
    except Failed as why:
        sys.exit(f"not so: {why}")


main()
