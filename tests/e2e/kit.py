"""What shell tests of remit can't do well; kit.sh says what for."""

import base64
import fcntl
import glob
import hashlib
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

STATE = os.environ.get("REMIT_STATE", "")


def need(held, what):
    if not held:
        sys.exit(f"not so: {what}")


def read(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def tree_root(leaves):
    """MTH of RFC 6962, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(leaves[:k]) + tree_root(leaves[k:])).digest()


def check_evidence(value, key=""):
    """Every digest that a record names is that of a file's bytes."""
    if isinstance(value, dict):
        for k, v in value.items():
            check_evidence(v, k)
    elif isinstance(value, list):
        for v in value:
            check_evidence(v, key)
    elif (key.endswith("_sha256") or key == "plan") and value is not None:
        with open(os.path.join(STATE, "evidence", "sha256", value), "rb") as f:
            need(hashlib.sha256(f.read()).hexdigest() == value, f"{key} {value} is what its name says")


def expected_types(result):
    types = ["job.submitted", "job.started", "job.finished", "change.captured"]
    return types + ["check.finished"] * len(result["checks"]) + ["policy.decided"]


def check_records(result, records):
    need([r["type"] for r in records] == expected_types(result), "all records are there, in order")
    times = [r["time"] for r in records]
    need(times == sorted(times), f"times go forward: {times}")
    for r in records:
        # The program is looked at while it runs: what comes before can't have its digest.
        r["actor"]["agent"].setdefault("sha256", result["actor"]["agent"].get("sha256"))
        need(r["v"] == 1 and r["actor"] == result["actor"], f"{r['type']} says who")
        need(r["subject"]["base"] == result["subject"]["base"], f"{r['type']} says about what")
        check_evidence(r["body"])
    last = records[-1]
    need(last["body"]["verdict"] == result["verdict"], "the record has the verdict")
    need(last["subject"].get("commit") == result["subject"].get("commit"), "the record has the commit")


def check_log(result, lines):
    size = result["log"]["size"]
    root = base64.b64encode(tree_root(lines[:size])).decode()
    need(result["log"]["root"] == root, "the root in the result is that of the log at that size")


def git(result, *args):
    return read("git", "-C", result["repo"], *args).decode()


def check_commit(result, lines):
    ref = result["ref"]
    if not result["changed"]:
        need(ref is None, "what changed nothing has no branch")
        return
    need((result["branch"] is None) == (result["verdict"] == "deny"), "only what is denied has no branch")
    commit, tree, parent, author, mail, who = git(
        result, "log", "-1", "--format=%H %T %P %an %ae %cn", ref).split()
    need(commit == result["subject"]["commit"], "the reference names the commit")
    need(tree == result["subject"]["tree"], "the commit has the tree")
    need(parent == result["subject"]["base"], "its parent is the base")
    agent = result["actor"]["agent"]["name"] or "agent"
    need((author, mail, who) == (agent, f"{agent}@agents.invalid", "remit"), "author and committer")
    trailers = dict(line.split(": ", 1) for line in git(
        result, "log", "-1", "--format=%(trailers:unfold)", ref).splitlines() if line)
    need(trailers["Remit-Job"] == result["job"], "the trailer names the job")
    origin, size, root = trailers["Remit-Log"].split()
    need(origin == result["log"]["origin"], "the trailer names the log")
    need(base64.b64encode(tree_root(lines[:int(size)])).decode() == root,
         "the root in the trailer is that of the log at that size")
    before = [json.loads(line) for line in lines[:int(size)]]
    need(any(r.get("job") == result["job"] for r in before), "and the log of that size knows the job")
    git(result, "fsck", "--strict", "--no-dangling")


def check_job(path):
    with open(path, encoding="utf-8") as f:
        result = json.load(f)
    lines = read("remit", "audit", "list", "--json").splitlines()
    records = [r for r in map(json.loads, lines) if r.get("job") == result["job"]]
    check_records(result, records)
    check_evidence(result)
    check_log(result, lines)
    check_commit(result, lines)


ENDS = {"decided": "policy.decided", "failed": "job.stopped", "interrupted": "job.stopped"}
WHOLE = re.compile(r"job\.submitted job\.started( job\.finished change\.captured( check\.finished)*"
                   r" policy\.decided( job\.stopped)?| job\.stopped)")


def records_by_job():
    jobs = {}
    for record in map(json.loads, read("remit", "audit", "list", "--json").splitlines()):
        if "job" in record:
            jobs.setdefault(record["job"], []).append(record["type"])
        check_evidence(record["body"])
    return jobs


def names_in(folder):
    path = os.path.join(STATE, folder)
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def check_result(result, types):
    name, state = result["job"], result["state"]
    need(types[-1] == ENDS.get(state), f"{name} is {state}, and its records are {types}")
    need(names_in(f"jobs/{name}") == ["result.json"], f"of {name} only the result stays")
    if state == "decided" and result["changed"]:
        need(git(result, "rev-parse", result["ref"]).strip() == result["subject"]["commit"], f"{name} has its commit")


def check_order():
    """Whatever ended whichever job: nothing is lost, nothing is left behind, and log and results agree."""
    results = json.loads(read("remit", "jobs", "--json"))
    read("remit", "audit", "verify")
    jobs = records_by_job()
    need(sorted(jobs) == sorted(r["job"] for r in results), "the log knows the jobs that have a result, and no other")
    for name, types in jobs.items():
        need(WHOLE.fullmatch(" ".join(types)), f"the records of {name} are those of a job: {types}")
    for result in results:
        check_result(result, jobs[result["job"]])
    need(names_in("running") == [], "no lock is left")
    need(names_in("tmp") == [], "no bare cage's directory is left")
    need([n for n in names_in("bases") if n.startswith(".")] == [], "no checkout is half done")


def runs(command_line):
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if f.read() == command_line:
                    return True
        except OSError:
            pass
    return False


def wait_for_sleep(seconds, child):
    command_line = b"\0".join([b"sleep", seconds.encode(), b""])
    for _ in range(3000):
        if runs(command_line) or child.poll() is not None:
            return
        time.sleep(0.01)


def interrupt(signal_name, how, when, command):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    if how == "after":
        time.sleep(float(when))
    else:
        wait_for_sleep(when, child)
    child.send_signal(getattr(signal, "SIG" + signal_name))
    try:
        code = child.wait(60)
    except subprocess.TimeoutExpired:
        child.kill()
        sys.exit("it did not end")
    sys.exit(code if code >= 0 else 128 - code)


def copy_terminal(master):
    shown = bytearray()
    while True:
        ready, _, _ = select.select([master], [], [], 60)
        if not ready:
            return shown, False
        try:
            got = os.read(master, 65536)
        except OSError:
            got = b""
        if not got:
            return shown, True
        shown += got


def on_terminal(command):
    columns = int(os.environ.get("PTY_COLUMNS", "80"))
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvp(command[0], command)
    shown, ended = copy_terminal(master)
    sys.stdout.buffer.write(bytes(shown))
    _, status = os.waitpid(pid, 0)
    need(ended, "it ended in time")
    sys.exit(os.waitstatus_to_exitcode(status) & 255)


def show(find):
    """Prints a part of the document on standard input; words as they are."""
    try:
        value = find(json.load(sys.stdin))
    except (ValueError, LookupError, TypeError) as why:
        print(f"no such value: {type(why).__name__}: {why}")
        return
    print(value if isinstance(value, str) else json.dumps(value))


def member(keys):
    def find(value):
        for key in keys:
            value = value[int(key) if isinstance(value, list) else key]
        return value
    return find


def check_inert():
    """Nothing on standard input, as a terminal showed it, makes a terminal do more than show lines of text."""
    shown = sys.stdin.buffer.read().replace(b"\r\n", b"\n")
    try:
        text = shown.decode()
    except UnicodeDecodeError as why:
        sys.exit(f"not UTF-8 at {why.start}: {shown[max(0, why.start - 40):why.start + 20]!r}")
    found = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    if found:
        sys.exit(f"{found.group()!r} in {text[max(0, found.start() - 40):found.end() + 20]!r}")


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "job":
        check_job(rest[0])
    elif what == "json":
        show(lambda d: eval(rest[0], {"d": d}))  # of a test's own
    elif what == "order":
        check_order()
    elif what == "interrupt":
        interrupt(rest[0], rest[1], rest[2], rest[3:])
    elif what == "inert":
        check_inert()
    elif what == "member":
        show(member(rest))
    else:
        on_terminal(rest)


main()
