#!/bin/sh
# On a terminal no byte that a job wrote does anything but be shown; whoever reads from a pipe has it as it is.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
NO_COLOR=1
export NO_COLOR

# Names, content, output, commits and arguments with each control byte, C1 in both spellings, what turns text
# round, and what is no UTF-8.
cat >hostile.py <<'END_OF_JOB'
import os
import socket
import subprocess
import sys

c0 = [bytes([n]) for n in range(1, 32) if n not in (9, 10)] + [b"\x7f"]
c1 = [chr(n).encode() for n in range(0x80, 0xa0)] + [bytes([n]) for n in range(0x80, 0xa0)]
turn = [chr(n).encode() for n in [*range(0x202a, 0x202f), *range(0x2066, 0x206a)]]
broken = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80"]
everything = b"|".join(c0 + c1 + turn + broken)
title = b"\x1b]0;owned\x07\x1b[2J\x1b[31m"

with open("content.c", "wb") as f:
    f.write(everything + b"\n\ttab\r\n" + title + b"\n")
    f.write(b"x" * 65535 + "\u20ac\u202e".encode() * 30000 + b"\n")
for i, byte in enumerate(c0 + c1 + turn + broken):
    with open(b"n%d" % i + byte + b".c", "wb") as f:
        f.write(title)
os.symlink(b"/etc/" + title, b"link" + title)
git = ["git", "-c", b"user.name=" + title, "-c", "i18n.commitEncoding=latin-1"]
subprocess.run([*git, "add", "."], check=True)
subprocess.run([*git, "commit", "-qm", everything], check=True)
os.makedirs(".git/hooks", exist_ok=True)
open(b".git/hooks/" + title, "wb").close()
program = b"/tmp/" + title
subprocess.run([b"cp", b"/bin/bash", program], check=True)
subprocess.run([program, b"-c", b"</dev/tcp/192.0.2.1/443", everything], stderr=subprocess.DEVNULL, check=False)
sys.stdout.buffer.write(everything + b"\n" + title + b"\ttab\n")
sys.stdout.flush()
sys.stderr.buffer.write(title)
sys.exit(3)
END_OF_JOB
task=$(printf 'a \033[31m\302\233 \342\200\256 \377 task')
check=$(printf 'printf "\\033[31m"; exit 1 # \302\233')
job --task "$task" --agent evil --check "c=$check" -- python3 -c "$(cat hostile.py)" >card 2>&1
like "$(cat card)" 'verdict +deny' "a hostile job has run"

inert() { # SENTENCE COMMAND...: it prints something, and a terminal only shows it
	sentence=$1
	shift
	pty "$@" >shown 2>&1
	if [ -s shown ] && python3 -P "$kit/kit.py" inert <shown 2>why; then
		pass "$sentence"
	else
		fail "$sentence"
		note "$(cat why)"
	fi
}
inert "the card" remit show
inert "the list of jobs" remit jobs
inert "the change" remit diff
ok "has it escaped" grep -qF '\x1b]0;owned\x07\x1b[2J\x1b[31m' shown
ok "line by line" grep -qx '+	tab\\x0d.' shown
inert "what it wrote" remit show --output
ok "too" grep -qF '\x1b]0;owned\x07\x1b[2J\x1b[31m	tab' shown
inert "all of it as JSON" remit show --json
inert "its paths" remit diff --json
inert "all jobs as JSON" remit jobs --json
inert "the list of the log" remit audit list
inert "each entry as it is" remit audit list --json
for n in $(remit audit list | awk '{ print $1 }'); do
	inert "entry $n" remit audit show "$n"
	inert "as it is" remit audit show "$n" --json
done
inert "a job that is not there" remit show "$(printf 'x\033[2J\302\233\377')"
inert "what a policy says of it" remit policy check --repo repo --base HEAD --head "$(remit show --json | python3 -P "$kit/kit.py" member ref)"
printf 'a\033]0;\302\233\342\200\256.c\n' >paths
printf '*\033]0;\302\233\342\200\256.c\n' >patterns
for how in '' --json; do
	inert "what its patterns match${how:+, $how}" sh -c "remit policy match -v $how --file patterns <paths"
done
inert "also unquoted" sh -c "tr '\\n' '\\0' <paths | remit policy match -v -z --file patterns"
cat >second <<'END_OF_JOB'
printf '\033[2J' && touch "$(printf '\033[2J')"
END_OF_JOB
cat >run-second <<'END_OF_SCRIPT'
remit run --repo repo --task "$1" -- sh -c "$(cat second)" 2>complaints
END_OF_SCRIPT
inert "a second job, to its end" sh run-second "$task"
like "$(cat shown)" 'x1b\[2J.*' "which says what it made"

# The bytes themselves are there for who asks for them
remit show "$(remit jobs | head -n 1 | cut -d ' ' -f 1)" --json >result.json
job=$(python3 -P "$kit/kit.py" member job <result.json)
evidence() {
	cat "$REMIT_STATE/evidence/sha256/"*/"$(python3 -P "$kit/kit.py" member "$1" <result.json)" 2>/dev/null ||
		find "$REMIT_STATE/evidence" -name "$(python3 -P "$kit/kit.py" member "$1" <result.json)" -exec cat {} +
}
remit diff "$job" >change.patch
evidence patch_sha256 >kept
ok "a pipe gets the change byte for byte" cmp change.patch kept
git -C repo checkout --quiet --detach
ok "so that it can be applied" git -C repo apply --index --whitespace=nowarn ../change.patch
is "$(git -C repo write-tree)" "$(python3 -P "$kit/kit.py" member subject tree <result.json)" "and is what the job left"
remit show --output "$job" >output
evidence output_sha256 >kept
ok "and the output" cmp output kept
ok "in which nothing is escaped" grep -qaF "$(printf '\033]0;owned\007\033[2J')" output

# Even of a result that somebody else has written
python3 - "$REMIT_STATE/jobs/$job/result.json" <<'END_OF_SCRIPT'
import json
import sys

TITLE = "\x1b]0;owned\x07\x1b[2J\u009b\u202e"


def spoil(value):
    if isinstance(value, dict):
        return {key: spoil(one) if key not in ("state", "verdict", "what") else one for key, one in value.items()}
    if isinstance(value, list):
        return [spoil(one) for one in value]
    return TITLE + value if isinstance(value, str) else value


with open(sys.argv[1], encoding="utf-8") as f:
    result = spoil(json.load(f))
result["job"], result["actor"] = "\x1b[J", {}
result["log"]["origin"] = "o"
for branch in (None, TITLE):
    result["branch"] = branch
    with open(sys.argv[1] if branch else sys.argv[1] + ".denied", "w", encoding="utf-8") as f:
        json.dump(result, f)
END_OF_SCRIPT
inert "a result that is not ours" remit show "$job"
like "$(cat shown)" 'git merge .x1b\]0;owned' "with a branch"
mv "$REMIT_STATE/jobs/$job/result.json.denied" "$REMIT_STATE/jobs/$job/result.json"
inert "also a denied one" remit show "$job"
like "$(cat shown)" 'base .x1b\]0;own.?$' "whose base is as short as ever"
inert "in the list, too" remit jobs
finish
