#!/usr/bin/env python3
"""history.py SEED: makes a git repository here with a generated history, for comparing change_facts with git."""
import os
import random
import shutil
import subprocess
import sys

seed = int(sys.argv[1])
rng = random.Random(seed)
COMMITS = 8


def git(*args):
    subprocess.run(["git", *args], check=True)


def text(lines):
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
    return "".join(
        " ".join(rng.choice(words) for _ in range(rng.randint(0, 9))) + f" {rng.randint(0, 999)}\n"
        for _ in range(lines)
    ).encode()


def content():
    kind = rng.random()
    if kind < 0.05:
        return b""
    if kind < 0.12:
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, 3000))) + b"\0\n"
    if kind < 0.17:
        return text(1).replace(b"\n", b"\r\n")
    if kind < 0.22:
        return b"x" * rng.randint(1, 500) + b"\n"
    return text(rng.randint(1, 60))


def edit(data):
    lines = data.splitlines(True)
    for _ in range(rng.randint(1, max(1, len(lines) // rng.randint(1, 4)))):
        at = rng.randint(0, len(lines))
        what = rng.random()
        if what < 0.4:
            lines.insert(at, text(1))
        elif what < 0.7 and lines:
            del lines[min(at, len(lines) - 1)]
        elif lines:
            lines[min(at, len(lines) - 1)] = text(1)
    return b"".join(lines)


def name():
    parts = [rng.choice("abcde") for _ in range(rng.randint(0, 2))]
    stem = rng.choice(["file", "main", "Main", "read me", "x", "caf\u00e9", "a.b", "tab\there", "q\"q", "z"])
    return "/".join(parts + [stem + str(rng.randint(0, 9)) + rng.choice(["", ".c", ".h"])])


def files():
    found = []
    for top, dirs, names in os.walk("."):
        if ".git" in dirs:
            dirs.remove(".git")
        found += [os.path.relpath(os.path.join(top, n), ".") for n in names]
        found += [os.path.relpath(os.path.join(top, d), ".") for d in dirs if os.path.islink(os.path.join(top, d))]
    return sorted(f for f in found if f != ".gitattributes")


def place(path):
    """Makes room for a file: whatever stands in its way goes."""
    parts = path.split("/")
    for i in range(1, len(parts)):
        above = "/".join(parts[:i])
        if os.path.lexists(above) and (os.path.islink(above) or not os.path.isdir(above)):
            os.unlink(above)
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)


def write(path, data, mode=None):
    place(path)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode or rng.choice([0o644, 0o644, 0o644, 0o755]))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def act():
    have = [f for f in files() if not os.path.islink(f)]
    what = rng.random()
    if what < 0.25 or not have:
        write(name(), content())
        return
    path = rng.choice(have)
    data = read(path)
    if what < 0.45:
        write(path, edit(data), os.stat(path).st_mode & 0o777)
    elif what < 0.55:
        os.unlink(path)
    elif what < 0.70:
        os.unlink(path)
        write(name(), data if rng.random() < 0.5 else edit(data))
    elif what < 0.82:
        write(name(), data if rng.random() < 0.5 else edit(data))
        if rng.random() < 0.5 and os.path.exists(path):
            write(path, edit(data))
    elif what < 0.90:
        os.chmod(path, os.stat(path).st_mode ^ 0o111)
    elif what < 0.95:
        os.unlink(path)
        os.symlink(rng.choice(["target", "../x", path]), path)
    else:
        path = name()
        place(path)
        os.symlink("somewhere" + str(rng.randint(0, 3)), path)


git("init", "-q", ".")
git("config", "core.quotePath", "false")
for commit in range(COMMITS):
    for _ in range(rng.randint(1, 25)):
        act()
    if rng.random() < 0.3:
        with open(".gitattributes", "w") as f:
            f.write(rng.choice(["* -diff\n", "* binary\n", "*.c diff=cpp\n", "* text\n", "* diff\n"]))
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", f"commit {commit}")
