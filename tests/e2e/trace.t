#!/bin/sh
# Every program that a job loads is in the events as the kernel loaded it, whatever the job does to hide it.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
command -v cc >/dev/null || skip_all "there is no C compiler"
data=$top/tests/data/trace
weak=${REMIT_WEAK:-$top/build/weak}
mkdir ws
for c in flip forge swarm ways debug say status; do
	cc -D_GNU_SOURCE -O2 -pthread -o "ws/$c" "$data/$c.c" || exit 1
done
cc -O2 -static -o ws/static "$data/status.c" || exit 1
cp ws/say ws/p0
cp ws/say ws/p1
printf '#!/bin/sh -e\nexit 5\n' >ws/script
printf '#!./script\n' >ws/nested
printf 'exit 6\n' >ws/plain
printf '#!/no/such/interpreter\n' >ws/bad
chmod +x ws/script ws/nested ws/plain ws/bad

# The build in which $without names what it does without, or the one that is shipped.
without=
traced() {
	if [ -n "$without" ]; then
		REMIT_WEAKEN=$without timeout 60 "$weak/remit" sandbox --workspace ws --events ev "$@"
	else
		timeout 60 remit sandbox --workspace ws --events ev "$@"
	fi
}
# What an expression about the events comes to; see events.py.
events() {
	python3 "$kit/events.py" ev "$1"
}
sound() {
	is "$(events 'broken()')" '[]' "$1"
}

# What every kernel must tell, as the sentence $1 has it.
tell() {
	refused 7 "$1: a static program runs" traced -- ./static 7
	is "$(events '[(s["pid"], s["parent"], s["program"], s["argv"], s["cwd"], end_of(s)["exit"]) for s in starts]')" \
		'[[3, 1, "/workspace/static", ["./static", "7"], "/workspace", 7]]' "program, arguments, place and end"
	sound "and the events add up"
	refused 0 "$1: a shell runs others" traced -- sh -c 'cd /tmp; /bin/echo "a b" "" >/dev/null; sh -c "kill -KILL \$\$"; true'
	is "$(events '[(s["argv"], s["cwd"], s["parent"]) for s in named("/echo")]')" '[[["/bin/echo", "a b", ""], "/tmp", 3]]' \
		"arguments are apart, and the parent is known"
	is "$(events '[end_of(s).get("signal") for s in named("/dash")[1:]]')" '[9]' "a signal is told as such"
	sound "and the events add up"
	for way in exec spawn vfork descriptor thread orphan race; do
		refused 9 "$1: $way" traced -- ./ways $way ./static 9
		is "$(events '[(s["argv"], end_of(s)["exit"]) for s in named("/static")]')" '[[["./static", "9"], 9]]' "is seen"
		sound "and the events add up"
	done
	refused 9 "$1: a program that is in memory only" traced -- ./ways memory ./static 9
	is "$(events 'starts[-1]["program"]')" "/memfd:copy (deleted)" "is seen"
	refused 0 "$1: what stops goes on" traced -- sh -c 'sleep 0.3 & kill -STOP $!; sleep 0.1; kill -CONT $!; wait $!'
	refused 7 "and who waits is told" traced -- sh -c '(./static 3; exit $?) & (./static 4; exit $?) & wait $!; a=$?; wait; exit $((a + 3))'
	sound "and the events add up"
	refused 0 "$1: 2000 programs at once" traced -- ./swarm 8 250 ./static
	is "$(events '[len(named("/static")), sum(end_of(s)["exit"] == int(s["argv"][1]) for s in named("/static"))]')" \
		'[2000, 2000]' "none is missed, and each has its own end"
	sound "and the events add up"
	traced -- ./flip 60 >said
	is "$(wc -l <said):$(events 'said("said")')" 60:true "$1: what others rewrite until the exec is told as it was loaded"
	refused 0 "$1: a program calls itself something else" traced -- ./forge guilty
	is "$(events 'starts[0]["argv"]')" '["./forge", "guilty"]' "what it was started as is told"
}

tell "traced"
if [ -x "$weak/remit" ]; then
	without=ends
	tell "without a word from pidfds"
	refused 0 "a debugger can start nothing then" traced -- sh -c './debug told ./static 7; test $? = 95'
	is "$(events '[d["what"] for d in denied]')" '["exec under a debugger"]' "and that is told"
	without=trace-stop
	refused 0 "arguments that are read while the program runs" traced -- ./forge guilty
	is "$(events 'starts[0]["argv"]')" '["iiiiiii", "iiiiii"]' "are what it has made of them"
	without=
else
	skip "there is no build to weaken in $weak" "the same holds without a word from pidfds, and not without the stop"
fi

# What is loaded for what was asked for
refused 5 "a script" traced -- ./script x
is "$(events '[(s["program"], s["argv"]) for s in starts]')" '[["/usr/bin/dash", ["/bin/sh", "-e", "./script", "x"]]]' \
	"is its interpreter"
refused 5 "a script that another one interprets" traced -- ./nested x
is "$(events '[(s["program"], s["argv"]) for s in starts]')" \
	'[["/usr/bin/dash", ["/bin/sh", "-e", "./script", "./nested", "x"]]]' "is the last of them"
refused 0 "a script without a first line" traced -- sh -c './plain; test $? = 6'
is "$(events 'starts[1]["argv"]')" '["/bin/sh", "./plain"]' "is what the shell makes of it"
refused 0 "what can't be loaded" traced -- sh -c './no-such; ./bad; ./ws; cat ./script/x; /etc/passwd; true'
is "$(events '[s["program"] for s in starts]')" '["/usr/bin/dash", "/usr/bin/cat"]' "is no program"
sound "and the events add up"

# Arguments of any kind
refused 0 "a mebibyte of arguments" traced -- python3 -c '
import os
big = b"\1" * 100000
os.execv("/bin/true", [b"\xff\xfe", b"\n\"", b""] + [big] * 10)'
is "$(events '[args(s)[:3] == [b"\xff\xfe", b"\n\"", b""] for s in named("/true")]')" '[true]' "are kept as the bytes they are"
is "$(events '[(15000 < sum(map(len, args(s))) < 32768, s["argv_cut"]) for s in named("/true")]')" '[[false, true]]' \
	"up to what one line has room for, which is told"
is "$(wc -L <ev | awk '{ print $1 < 65536 }')" 1 "no line is longer than 64 KiB"
sound "and the events add up"
refused 0 "a directory that is gone" traced -- sh -c 'mkdir /tmp/d; cd /tmp/d; rmdir /tmp/d; exec /bin/true'
is "$(events 'named("/true")[0]["cwd"]')" "/tmp/d (deleted)" "is told as such"
refused 0 "many programs with many arguments" traced -- python3 -c '
import os, time
children = [os.posix_spawn("/bin/sleep", ["sleep", "1"] + ["0"] * 16000, {}) for _ in range(60)]
for child in children:
    os.waitpid(child, 0)'
is "$(events 'len(named("/sleep")) == sum(len(s["argv"]) > 15000 for s in starts)')" true "are told"
is "$(events '[0 < sum(len(e["argv"]) == 0 and e["argv_cut"] for e in ends) < 60, len(ends)]')" '[true, 61]' \
	"but what waits for their ends is bounded"

# When
refused 0 "an end is told when it comes" traced -- sh -c '/bin/true; sleep 1'
is "$(events '[end_of(s)["t"] < 900 for s in named("/true")]')" '[true]' "not when all is over"
refused 0 "what runs on at the end" traced -- sh -c 'sleep 60 & sleep 60 & sleep 0.3'
is "$(events '[end_of(s)["signal"] for s in named("/sleep") if s["argv"][1] == "60"]')" '[9, 9]' "was killed"
sound "and the events add up"
printf 'version: 1\nname: off\nextends: base\ntrace: off\n' >off.yaml
refused 0 "without a trace" traced --profile ./off.yaml -- sh -c '/bin/true; /bin/false || true'
is "$(events '[e["type"] for e in events]')" '["end"]' "nothing but the end is told"

# The job's own debuggers
for how in told silent seized; do
	refused 95 "a program is not loaded under a debugger of the job ($how)" traced -- ./debug $how ./static 7
	is "$(events '[[(d["what"], d["error"]) for d in denied], len(named("/static"))]')" '[[["exec under a debugger", "EPERM"]], 0]' \
		"and that is told"
	sound "and the events add up"
done
refused 7 "without a trace it is" traced --profile ./off.yaml -- ./debug told ./static 7
finish
