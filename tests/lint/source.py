"""What the lints share: which files there are, and C without its comments and strings.

A lint is a program that is run at the top of the tree. It prints `file:line: what is wrong` and exits
with 1 when it found something, else it prints nothing.
"""

import os
import re
import sys

FOLDERS = ("base", "policy", "repo", "gate", "credential", "audit", "sandbox", "runner")

# Samples of all that is wrong, and what fuzzers collect, are not ours to keep tidy.
SKIPPED = ("build", ".git", "tests/data", "tests/fuzz/corpus", "tests/fuzz/crashes")

PLAIN = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files():
    """Every file of the tree, by its path."""
    found = []
    for folder, below, names in os.walk("."):
        folder = os.path.relpath(folder, ".")
        below[:] = [b for b in below if os.path.normpath(f"{folder}/{b}") not in SKIPPED]
        found += [os.path.normpath(f"{folder}/{n}") for n in names]
    return sorted(found)


def kind(path):
    """c, sh, py, text (make, documents, data), or None for anything else."""
    name = os.path.basename(path)
    ending = name.rsplit(".", 1)[-1] if "." in name[1:] else ""
    if ending in ("c", "h"):
        return "c"
    if ending in ("py", "sh"):
        return ending
    if ending in ("mk", "md", "yaml", "yml", "json") or name in ("Makefile", ".gitignore"):
        return "text"
    with open(path, "rb") as f:
        first = f.readline(80)
    if not first.startswith(b"#!"):
        return None
    return "py" if b"python" in first else "sh" if re.search(rb"\b(sh|bash|dash)\b", first) else "text"


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def c_files(folders=FOLDERS):
    return [p for p in files() if p.endswith((".c", ".h")) and p.split("/")[0] in folders]


def strip(text):
    """C with comments and the insides of strings blanked out, every line where it was."""

    def blank(match):
        s = match.group(0)
        kept = re.sub(r"[^\n]", " ", s)
        return kept if s[0] == "/" else s[0] + kept[1:-1] + s[-1]

    return PLAIN.sub(blank, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


class Report:
    def __init__(self):
        self.bad = 0

    def say(self, path, line, what):
        print(f"{path}:{line}: {what}")
        self.bad += 1

    def finish(self):
        sys.exit(1 if self.bad else 0)
