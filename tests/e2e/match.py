"""Holds `remit policy match` against `git check-ignore --no-index`, on random patterns and paths.

match.py REMIT random SEED SECONDS: each round makes a few patterns and some hundred paths from a small
alphabet, asks both in one of four output formats, and compares what they print byte by byte. The first
difference is reduced and printed, and the exit status is 1.

match.py REMIT edges: the same for lines that git refuses or reads in a way of its own, one at a time.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

TOKENS = [
    b"a", b"b", b"c", b"a", b"b", b"ab", b"bc", b"/", b"/", b"/", b"*", b"*", b"**", b"***", b"**/",
    b"/**", b"/**/", b"?", b".", b"-", b"!", b"#", b" ", b"\\ ", b"\\", b"\\a", b"\\*", b"\\/", b"\\\\",
    b"[ab]", b"[!a]", b"[^b]", b"[a-c]", b"[c-a]", b"[]a]", b"[!]a]", b"[]-a]", b"[a-]", b"[--0]",
    b"[\\]a]", b"[a\\]", b"[a-\\c]", b"[\\a-c]", b"[[:alpha:]]", b"[[:digit:]a]", b"[[:upper:][:punct:]]",
    b"[[:foo:]]", b"[[:alpha]", b"[[:]", b"[[::]]", b"[[:space:]]", b"[^[:alnum:]]", b"[a-[:alpha:]]",
    b"[", b"]", b"[a", b"[!", b"[/]", b"[a/b]", b"\xff", b"\xc3\xa9", b"[\x80-\xff]", b"\t", b"\x7f", b"{", b"^",
    b":", b'"', b"\r",
]
FILES = [b"a", b"b", b"c", b"ab", b"ba", b"abc", b"bcb", b".", b"-", b"A", b"0", b" ", b"*", b"[", b"]", b"\\",
         b"!", b"#", b"?", b"\xff", b"\xc3\xa9", b"\t", b"\x7f", b":", b'"', b"^", b"\v", b"\r", b"a/b", b"/"]
WHOLE = [b"", b"/", b"//", b"!", b"!/", b"#", b"\\#", b"\\!", b" ", b"  ", b"\\ ", b"*", b"**", b"/*", b"/**",
         b"**/", b"*/", b"!*/", b"a**/b", b"/a**/b", b"a/**", b"**/a", b"a/**/b", b"a**b", b"***/", b"\r",
         b"*a*a*a*b", b"**/**/**", b"a/**/**/b", b"[!/]", b"a\\", b"a\\/", b"a**\\/b", b"a/**\\/b", b"\xef\xbb\xbfa"]


def make_pattern(rng):
    roll = rng.random()
    if roll < 0.1:
        body = rng.choice(WHOLE)
    elif roll < 0.2:
        body = bytes(rng.choice(b"ab/*?[]\\!-^:. #") for _ in range(rng.randint(1, 10)))
    else:
        body = b"".join(rng.choice(TOKENS) for _ in range(rng.randint(1, rng.choice([2, 4, 7]))))
    if rng.random() < 0.04:
        body = rng.choice([b"a", b"abc", b"?"]) * rng.randint(20, 70) + body
    if rng.random() < 0.15:
        body = b"/" + body
    if rng.random() < 0.15:
        body += b"/"
    if rng.random() < 0.05:
        body += rng.choice([b" ", b"  ", b"\\ ", b"\\  ", b"\r"])
    if rng.random() < 0.3:
        body = b"!" + body
    return body.replace(b"\n", b"").replace(b"\0", b"")


def fill(rng):
    return rng.choice(FILES)


def path_from(rng, pattern):
    """A path that the pattern has a chance to match: its wild parts replaced."""
    out = b""
    i = 0
    text = pattern.lstrip(b"!").rstrip(b" /")
    while i < len(text):
        byte = text[i:i + 1]
        i += 1
        if byte == b"*":
            if text[i:i + 1] == b"*":
                i += 1
                out += rng.choice([b"", b"a", b"a/b", b"b/", b"/", b"c/a/b"])
            else:
                out += rng.choice([b"", b"", b"a", b"b", b"ab", b"ba", b"bc"])
        elif byte == b"?":
            out += rng.choice([b"a", b"b", b"c", b"."])
        elif byte == b"[":
            end = text.find(b"]", i + 1)
            if end > 0 and rng.random() < 0.9:
                inside = text[i:end]
                i = end + 1
                out += rng.choice([b"a", b"b", b"c", inside[:1], inside[-1:]])
            else:
                out += byte
        elif byte == b"\\":
            out += text[i:i + 1]
            i += 1
        else:
            out += byte
    return out


def make_path(rng, patterns):
    roll = rng.random()
    if roll < 0.5:
        path = path_from(rng, rng.choice(patterns))
    else:
        path = b"/".join(b"".join(fill(rng) for _ in range(rng.randint(1, rng.choice([1, 2, 3]))))
                         for _ in range(rng.randint(1, rng.choice([1, 2, 4]))))
    roll = rng.random()
    if roll < 0.15:
        path = rng.choice([b"a", b"b", b"c"]) + b"/" + path
    elif roll < 0.3:
        path += b"/" + rng.choice([b"a", b"b", b"c", b"ab"])
    elif roll < 0.35:
        path += b"/"
    elif roll < 0.4:
        path = rng.choice([b"./", b"c//", b"a/../", b"b/./"]) + path
    elif roll < 0.42:
        path = rng.choice([b":", b":/", b":(top)", b"::", b":()"]) + path
    return path


def is_fatal(path):
    """What git dies of, or what it sees the work tree for."""
    if not path:
        return True
    if path.startswith(b":("):
        head, _, path = path.partition(b")")
        if head not in (b":(top", b":("):
            return True
        return clean(path) is None or (head == b":(top" and clean(path) != path)
    if path.startswith(b":"):
        rest = path[1:].lstrip(b"/")
        if rest[:1] and rest[:1] in b"!\"#%&',-;<=>@^_`~":
            return True
        top = len(rest) < len(path) - 1
        if rest.startswith(b":"):
            rest = rest[1:]
        return clean(rest) is None or (top and clean(rest) != rest)
    return clean(path) is None


def clean(path):
    """The path without empty, . and .. components, or None where it leads out."""
    if path.startswith(b"/"):
        return None
    parts = []
    pieces = path.split(b"/")
    for i, piece in enumerate(pieces):
        if piece == b"..":
            if not parts:
                return None
            parts.pop()
        elif piece not in (b"", b"."):
            parts.append(piece + (b"/" if i < len(pieces) - 1 else b""))
    joined = b"".join(parts)
    return None if joined.split(b"/")[0] in (b".git", b".gitignore") else joined


def quote(path):
    return b'"' + b"".join(b"\\%03o" % c if c < 32 or c > 126 or c in b'"\\' else bytes([c]) for c in path) + b'"'


def ask(command, paths, nul, rng_quotes):
    if nul:
        text = b"".join(p + b"\0" for p in paths)
    else:
        text = b"".join((quote(p) if p.startswith(b'"') or b"\n" in p or q else p) + b"\n"
                        for p, q in zip(paths, rng_quotes))
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)


def compare(remit, patterns, paths, flags, quotes):
    """None when both say the same, else what they say."""
    with open(".gitignore", "wb") as file:
        file.write(patterns)
    git = ask(["git", "check-ignore", "--no-index", "--stdin"] + flags, paths, "-z" in flags, quotes)
    ours = ask([remit, "policy", "match", "--file", ".gitignore"] + flags, paths, "-z" in flags, quotes)
    if git.returncode in (0, 1) and ours.returncode == 0 and git.stdout == ours.stdout:
        return None
    return git, ours


def reduce(remit, patterns, paths, flags):
    """The fewest lines and paths found that still make a difference."""
    def differs(some_patterns, some_paths):
        return compare(remit, b"\n".join(some_patterns), some_paths, flags, [False] * len(some_paths))

    lines = patterns.split(b"\n")
    for size in (64, 16, 4, 1):
        for things in (paths, lines):
            i = 0
            while i < len(things) and len(things) > 1:
                kept = things[i:i + size]
                del things[i:i + size]
                if not differs(lines, paths):
                    things[i:i] = kept
                    i += size
    git, ours = differs(lines, paths) or compare(remit, patterns, paths, flags, [False] * len(paths))
    print("# patterns:", lines)
    print("# paths:   ", paths)
    print("# git:     ", git.returncode, git.stdout, git.stderr)
    print("# remit:   ", ours.returncode, ours.stdout, ours.stderr)


def one_round(remit, rng):
    patterns = [make_pattern(rng) for _ in range(rng.choice([1, 1, 2, 3, 5, 8, 30, 200]))]
    text = b"\n".join(patterns) + rng.choice([b"", b"\n", b"\r\n"])
    if rng.random() < 0.03:
        text = b"\xef\xbb\xbf" + text
    paths = [p for p in (make_path(rng, patterns) for _ in range(300)) if not is_fatal(p)]
    if rng.random() < 0.5:
        paths.sort()
    flags = rng.choice([["-v", "-z"], ["-v", "-z"], ["-v"], ["-z"], []])
    quotes = [rng.random() < 0.1 for _ in paths]
    if compare(remit, text, paths, flags, quotes):
        reduce(remit, text, paths, flags)
        return -1
    return len(paths)


EDGES = [b"", b".", b"./", b"..", b"../x", b"/x", b"//", b"a/", b"a//", b"a/..", b"a/../", b"a/./", b"a/b/..", b"a/../../x",
         b".a/..b/...", b"a/.b/..", b":", b"::", b":a", b"::a", b":a:b", b":/", b"://a", b":/:a", b":/a//b", b":/a//", b":!x", b":^x",
         b":-x", b":/!x", b"::/x", b":()x", b":()/x", b":(top)", b":(top)a", b":(top)/x", b":(top,)", b":(,top)x", b":(top",
         b":(TOP)x", b":(foo)x", b":(literal)x", b":(\\top)x", b'"', b'""', b'"abc', b'"a"b', b'"\\"', b'"a\\qb"', b'"\\1"',
         b'"\\400"', b'"\\303\\251\\n"', b"a\\", b'a"b', b"a\tb", b"\x01", b"\xff\xfe", b"x" * 5000, b"y/" * 3000]


def edges(remit):
    """git's status 128 is 2 here, and what was printed before is the same."""
    with open(".gitignore", "wb") as file:
        file.write(b"*\n!a/\n!:*\nb//\n")
    wrong = 0
    for line in EDGES:
        for flags in [], ["-v"], ["-z"], ["-v", "-z"]:
            end = b"\0" if "-z" in flags else b"\n"
            text = b"q" + end + line + end + b"r"
            git = subprocess.run(["git", "check-ignore", "--no-index", "--stdin"] + flags, input=text,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            ours = subprocess.run([remit, "policy", "match", "--file", ".gitignore"] + flags, input=text,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            wanted = {0: 0, 1: 0, 128: 2}[git.returncode]
            if ours.returncode != wanted or ours.stdout != git.stdout or bool(ours.stderr) != (wanted == 2):
                print("#", line[:80], flags, "git:", git.returncode, git.stdout, "remit:", ours.returncode, ours.stdout,
                      ours.stderr)
                wrong += 1
    return wrong == 0


def many_rounds(remit, seed, seconds):
    end = time.monotonic() + seconds
    rounds = decided = 0
    while time.monotonic() < end:
        n = one_round(remit, random.Random(f"{seed}/{rounds}"))
        if n < 0:
            print(f"# seed {seed}, round {rounds}")
            return False
        rounds += 1
        decided += n
    print(f"# seed {seed}: {rounds} rounds, {decided} paths")
    return rounds > 10


def main():
    remit = os.path.abspath(sys.argv[1])
    os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run(["git", "init", "-q", "."], check=True)
        if sys.argv[2] == "random":
            fine = many_rounds(remit, int(sys.argv[3]), float(sys.argv[4]))
        else:
            fine = edges(remit)
        os.chdir("/")
    sys.exit(0 if fine else 1)


main()
