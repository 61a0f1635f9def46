#!/bin/sh
# match.sh [RUNS [REMIT]]: processor time (user + system) of git check-ignore over that of remit policy match, for
# 100,000 paths against 1,000 patterns: medians of interleaved runs, after the same output was seen from both.
# One line for patterns as people write them, one for patterns made to be expensive.
set -eu

runs=${1:-3}
remit=${2:-${REMIT_BUILD:-build/opt}/remit}
folder=$(mktemp -d "${TMPDIR:-/tmp}/remit-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT HUP TERM

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q "$folder"
python3 - "$folder" "$(realpath "$remit")" "$runs" <<'END'
import os, random, resource, statistics, subprocess, sys

folder, remit, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.chdir(folder)
rng = random.Random(20)
WORDS = """core util net http auth user model view test spec build config data api client server cache queue
worker parser lexer token error log trace metric db migration schema query index store file path io stream buffer
codec json yaml image audio font style theme layout form table chart map route state hook event timer task job
agent policy rule plan audit gate crypto key cert hash sign verify proxy dns tls socket session cookie""".split()
EXTENSIONS = "c h py js ts tsx go rs java rb md txt json yaml toml html css svg png sh sql proto lock".split()
TOPS = "src lib docs tests tools vendor packages services apps web scripts infra".split()


def word():
    return "".join(rng.sample(WORDS, rng.choice([1, 1, 2]))) if rng.random() < 0.5 else "_".join(
        rng.sample(WORDS, rng.choice([1, 2, 3])))


def make_paths(n):
    folders = [t for t in TOPS]
    while len(folders) < n // 10:
        above = rng.choice(folders)
        if above.count("/") < 7:
            folders.append(above + "/" + word())
    paths = set()
    while len(paths) < n:
        paths.add(f"{rng.choice(folders)}/{word()}.{rng.choice(EXTENSIONS)}")
    return sorted(paths)


def usual(paths):
    """Names, endings, anchored paths, double stars, classes; some negated, some that match a good deal."""
    if rng.random() < 0.05:
        path = rng.choice(paths)
        name = path.rpartition("/")[2]
        return rng.choice([name, "!" + name, "/" + path, path.rpartition("/")[0] + "/*.js", "[" + name[0] + "]" + name[1:]])
    a, b, ext = word(), word(), f"{rng.choice('abcdefghikmnopqrstuwxz')}{rng.randint(0, 99)}"
    body = rng.choices([
        f"{a}-{b}.{ext}", f"{a}-{b}/", f"{a}-{b}", f"*.{ext}", f"*.{ext}~", f"*-{a}.{ext}", f"{a}*.{ext}", f"{a}.*.{ext}",
        f"/{a}-{b}", f"/{rng.choice(TOPS)}/{a}/{b}.{ext}", f"{rng.choice(TOPS)}/{a}-out/*.{ext}",
        f"{rng.choice(TOPS)}/{a}-{b}/**", f"**/{a}/{b}.{ext}", f"{a}/**/{b}.{ext}", f"**/{a}.{ext}",
        f"*.py[{ext[0]}{ext[-1]}x]", f"[Tt]est-{a}.[0-9]", f"{a}?.{ext}", f"*{a}*.{ext}", f"/{rng.choice(TOPS)}/*/{a}-tmp/",
    ], [15, 8, 7, 12, 3, 5, 5, 3, 4, 10, 6, 6, 4, 4, 3, 2, 2, 2, 2, 3])[0]
    return ("!" if rng.random() < 0.07 else "") + body


def costly():
    """General patterns only, each different, many of them alive through the whole of a path."""
    def piece():
        c = rng.choice("abcdefghiklmnoprstu")
        return rng.choice([f"{c}*", f"*{c}", f"*{c}*", f"?{c}*", f"[{c}-z]*{c}", f"*[{c}e]?", f"**/{c}*", "*"])
    body = rng.choice(["", "", "*", "**/"]) + "/".join(piece() for _ in range(rng.randint(2, 4)))
    return rng.choice([f"a*b?c[de]*/**/x{rng.randint(0, 999)}*", body + f"*{rng.choice('qxz')}{rng.randint(0, 9)}?[a-c]"])


def run(command, paths):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=paths, stdout=subprocess.PIPE, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{command[0]}: status {done.returncode}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bench(name, patterns, paths):
    with open(".gitignore", "w") as file:
        file.write("\n".join(patterns) + "\n")
    text = ("\n".join(paths) + "\n").encode()
    commands = {"git": ["git", "check-ignore", "--no-index", "--stdin", "-v"],
                "remit": [remit, "policy", "match", "--file", ".gitignore", "-v"]}
    times = {"git": [], "remit": []}
    for _ in range(runs):
        output = {}
        for who, command in commands.items():
            output[who], seconds = run(command, text)
            times[who].append(seconds)
        if output["git"] != output["remit"]:
            sys.exit(f"{name}: different output")
    git, ours = statistics.median(times["git"]), statistics.median(times["remit"])
    matched = output["git"].count(b"\n")
    print(f"{name}: {len(paths)} paths ({matched} decided), {len(patterns)} patterns: git {git:.2f} s, "
          f"remit {ours:.3f} s, ratio {git / ours:.0f}", flush=True)


paths = make_paths(100_000)
shuffled = rng.sample(paths, len(paths))
patterns = [usual(paths) for _ in range(1000)]
bench("match", patterns, paths)
bench("match unsorted", patterns, shuffled)
bench("match costly", [costly() for _ in range(1000)], paths)
END
