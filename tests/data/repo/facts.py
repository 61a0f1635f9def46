#!/usr/bin/env python3
"""facts.py OLD NEW: what `git diff --raw --numstat -M -C` says of two commits, in the form of test_repo_change."""
import os
import subprocess
import sys

old, new = sys.argv[1:]
OPERATIONS = {"A": "add", "M": "modify", "D": "delete", "R": "rename", "C": "copy", "T": "type"}
# Attributes are a matter of the work tree here; without them git knows what is binary by itself.
GIT = ["git", "-c", "core.attributesFile=/dev/null", "--git-dir=.git", "--work-tree=/"]


def fields(*args):
    out = subprocess.run([*GIT, "diff", "-z", "--no-ext-diff", "--no-textconv", "--no-abbrev", "-M", "-C", *args, old, new],
                         check=True, stdout=subprocess.PIPE).stdout
    return out.decode("latin-1").split("\0")[:-1]


def raw():
    entries, rest = {}, iter(fields("--raw"))
    for meta in rest:
        old_mode, new_mode, old_id, new_id, status = meta[1:].split(" ")
        first = next(rest)
        second = next(rest) if status[0] in "RC" else None
        operation = OPERATIONS[status[0]]
        if status == "M" and old_id == new_id:
            operation = "mode"
        entries[second or first] = [operation, old_mode, new_mode, old_id, new_id, first if second else "-"]
    return entries


def numstat():
    counts, rest = {}, iter(fields("--numstat"))
    for line in rest:
        added, removed, path = line.split("\t", 2)
        if not path:
            next(rest)
            path = next(rest)
        counts[path] = ["0", "0", "binary"] if added == "-" else [added, removed, "text"]
    return counts


def text_lines(mode, name):
    """Lines of one side, none for a binary or a submodule: git counts neither side where one is binary."""
    if mode not in ("100644", "100755", "120000"):
        return 0
    data = subprocess.run([*GIT, "cat-file", "blob", name], check=True, stdout=subprocess.PIPE).stdout
    return 0 if b"\0" in data[:8000] else data.count(b"\n") + (data[-1:] not in (b"", b"\n"))


lines = []
counts = numstat()
for path, entry in raw().items():
    _, old_mode, new_mode, old_id, new_id, _ = entry
    if counts[path][2] == "binary" and old_id != new_id:
        counts[path][:2] = [str(text_lines(new_mode, new_id)), str(text_lines(old_mode, old_id))]
    lines.append("\t".join([*entry, *counts[path], path]))
os.write(1, "\n".join(sorted(lines)).encode("latin-1"))
