#!/bin/sh
# Each limit that a profile names ends the job or refuses it more, and is named; one that can't be held starts no job.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
mkdir ws
# limited LIMITS COMMAND...: runs a shell script under these limits; $took is how many seconds that was.
limited() {
	printf 'version: 1\nname: limited\nextends: base\nlimits: { %s }\n' "$1" >limited.yaml
	shift
	began=$(date +%s)
	run timeout 60 remit sandbox --profile ./limited.yaml --workspace ws --events ev -- sh -c "$@"
	took=$(($(date +%s) - began))
}
events() {
	python3 "$kit/events.py" ev "$1"
}
# hit NAME LIMIT STATUS SENTENCE: the last run ended with STATUS because of that limit, and events and errors say so.
hit() {
	is "$status" "$3" "$4"
	is "$(events '[[e["name"], e["limit"]] for e in events if e["type"] == "limit"] + [last["why"]]')" \
		"[[\"$1\", $2], \"$1\"]" "the events name it"
	like "$err" "the $1 limit of [0-9]+[a-z]+ is reached" "and so do the errors"
}
# over NAME: no limit of that name was reached.
spared() {
	is "$status:$(events '[e["name"] for e in events if e["type"] == "limit"]')" '0:[]' "$1"
}

# Time
limited 'wall: 1s' 'sleep 30'
hit wall 1000 143 "wall: what takes too long is asked to end"
ok "in time" test "$took" -le 3
limited 'wall: 1s' 'trap "echo last; exit 3" TERM; while :; do sleep 0.1; done'
hit wall 1000 3 "wall: it may end as it likes"
is "$out" last "and say something"
limited 'wall: 1s' 'trap "" TERM; while :; do sleep 0.1; done'
hit wall 1000 137 "wall: who does not listen is killed"
ok "two seconds later" test "$took" -ge 2 -a "$took" -le 5
limited 'wall: 1s' 'setsid sh -c "trap \"\" TERM; sleep 30" & sleep 30'
hit wall 1000 143 "wall: whoever is left ends with it"
ok "at once" test "$took" -le 3
limited 'wall: 5s' 'sleep 0.2'
spared "wall: what is soon done is not touched"
limited 'idle: 1s' 'echo a; sleep 30'
hit idle 1000 143 "idle: silence ends it"
limited 'idle: 1s' 'for i in 1 2 3 4; do sleep 0.5; echo $i; done'
spared "idle: who says something goes on"
limited 'idle: 1s' 'for i in 1 2 3 4; do sleep 0.5; echo $i >&2; done'
spared "idle: on either output"

# Output
limited 'output: 1m' 'yes; sleep 1'
hit output 1048576 137 "output: too much is the end"
is "$(printf '%s\n' "$out" | wc -c)" 1048576 "output: no more than that comes out"
limited 'output: 1m' 'yes >&2'
hit output 1048576 137 "output: errors count"
limited 'output: 1m' 'head -c 1048576 /dev/zero | tr "\0" a'
spared "output: what fits is passed on"
is "$(printf '%s' "$out" | wc -c)" 1048576 "whole"

# Processes and files
cat >ws/many.py <<'END'
import os, sys, threading
n = 0
try:
    while n < 1000:
        if sys.argv[1] == "threads":
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        elif os.fork() == 0:
            os.pause() if hasattr(os, "pause") else __import__("signal").pause()
        n += 1
except (BlockingIOError, RuntimeError):
    pass
print(n, flush=True)
os._exit(0)
END
for kind in processes threads; do
	limited 'processes: 50' "exec python3 many.py $kind"
	ok "processes: $kind beyond the limit are refused" test "$out" -ge 30 -a "$out" -lt 50
	limited 'processes: 300' "exec python3 many.py $kind"
	ok "as many as it has are not" test "$out" -ge 280 -a "$out" -lt 300
done
limited 'processes: 50' 'bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 2; exit 4'
is "$status" 4 "processes: a fork bomb harms nobody"
limited 'files: 40' 'exec python3 -c "
import os
n = 0
try:
    while True:
        os.dup(0)
        n += 1
except OSError as e:
    print(n, e.errno)"'
like "$out" '^3[0-9] 24$' "files: one process can't have more than that open"
limited 'files: 40' 'ulimit -n 41 2>/dev/null || echo no'
is "$out" no "nor raise it"

# Disk
limited 'disk: 4m' 'head -c 100000000 /dev/zero >big; echo $?'
is "$out:$(events 'last["disk"] < 6 << 20')" 153:true "disk: no file becomes larger"
limited 'disk: 4m' 'for i in 1 2 3 4 5 6 7 8 9; do head -c 1000000 /dev/urandom >f$i; sleep 0.2; done; sleep 30'
hit disk 4194304 137 "disk: many files together end it"
limited 'disk: 4m' 'for i in 1 2 3 4 5 6 7 8 9; do head -c 1000000 /dev/urandom >f$i; done'
hit disk 4194304 0 "disk: also when it is found only at the end"
limited 'disk: 4m' 'i=0; while [ $i -lt 20000 ]; do : >$i; i=$((i + 1)); done; sleep 30'
hit disk 4194304 137 "disk: names take space, too"
limited 'disk: 4m' 'head -c 3000000 /dev/urandom >f; rm f; head -c 3000000 /dev/urandom >f'
spared "disk: what was deleted does not count"
limited 'disk: 1g' 'i=0; while [ $i -lt 300 ]; do mkdir d && cd d || exit 9; i=$((i + 1)); done; sleep 30'
is "$status:$(events '[[e["name"], e["limit"]] for e in events if e["type"] == "limit"] + [last["why"]]')" \
	'137:[["depth", 256], "depth"]' "depth: directories without end are told from a full disk"
like "$err" 'the depth limit of 256 directories is reached' "by name"
is "$(events '0 < last["disk"] < 2 << 20')" true "with the last size that was known"
limited 'disk: 1g' 'i=0; while [ $i -lt 256 ]; do mkdir d && cd d || exit 9; i=$((i + 1)); done; sleep 1'
spared "depth: what can be measured is not touched"
limited 'disk: 4m' 'head -c 3000000 /dev/urandom >/tmp/f; head -c 3000000 /dev/urandom >/tmp/g'
spared "disk: nor what lies in memory"
printf 'version: 1\nname: small\nextends: base\nfiles: { tmp: 4m }\n' >small.yaml
run remit sandbox --profile ./small.yaml -- sh -c 'head -c 3000000 /dev/zero >/tmp/a; head -c 3000000 /dev/zero >/dev/shm/b; echo $?; head -c 3000000 /dev/zero >~/c; echo $?'
is "$out" "1
1" "tmp: what is in memory has a bound of its own, for all places together"
like "$err" 'No space left' "which is told"

# What can't be held
for limit in 'memory: 64m' 'cpu: 1'; do
	name=${limit%%:*}
	limited "$limit" 'echo ran'
	is "$status:$out" 125: "$name: a job with a limit that nobody holds is not started"
	like "$err" "$name.*best-effort" "and told what to do"
	limited "$limit, enforce: best-effort" 'echo ran'
	is "$status:$out" 0:ran "$name: best-effort starts it"
	is "$(events '[e["name"] for e in events if e["type"] == "unenforced"]')" "[\"$name\"]" "and tells that nobody holds it"
done

# No limits at all
printf 'version: 1\nname: free\nfiles: { read: [/usr, /bin, /sbin, /lib, /lib32, /lib64, /libx32, /etc/alternatives] }\nworkspace: { path: /workspace }\n' >free.yaml
run remit sandbox --profile ./free.yaml --events ev -- sh -c 'sleep 1; echo done'
is "$status:$out" 0:done "without limits nothing ends it"
finish
