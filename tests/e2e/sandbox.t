#!/bin/sh
# remit sandbox: a bare cage behaves as the command in it, for whoever reads its output and status.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
cage() {
	remit sandbox "$@"
}

# Statuses
every_status() {
	i=0
	while [ "$i" -le 255 ]; do
		cage -- sh -c "exit $i"
		[ $? = "$i" ] || { echo "status $i"; return 1; }
		i=$((i + 17))
	done
}
ok "the status is the command's own" every_status
refused 125 "also where ours would be the same" cage -- sh -c 'exit 125'
is "$err" "" "but nothing is said then"
refused 127 "a command that is not there is 127" cage -- no-such-command
like "$err" "no-such-command.*No such file" "and named"
refused 126 "one that can't be executed is 126" cage -- /etc/passwd
like "$err" "/etc/passwd.*Permission denied" "and named"
signals() {
	for n in 1 2 3 6 8 9 11 13 14 15 24 31; do
		cage -- sh -c "ulimit -c 0; kill -$n \$\$"
		[ $? = $((128 + n)) ] || { echo "signal $n"; return 1; }
	done
}
ok "after signal N it is 128 + N" signals
refused 2 "no command is wrong usage" cage
refused 2 "so is an unknown option" cage --no-such-option -- true
like "$err" "unknown option '--no-such-option'" "which is named"
refused 0 "what follows the command is the command's" cage sh -c 'test "$1" = --help' sh --help
refused 2 "a profile that is not there is wrong usage" cage --profile nix -- true
refused 2 "so is a workspace that is not there" cage --workspace nix -- true
refused 2 "or is no directory" cage --workspace /etc/passwd -- true
refused 2 "and a variable without a name" cage --env =x -- true
is "$(ls state/tmp 2>/dev/null)" "" "nothing is left of these"

# Standard descriptors
dd if=/dev/urandom of=random bs=1M count=100 2>/dev/null
same() {
	cage -- sh -c 'cat; dd if=/dev/zero bs=1M count=1 status=none >&2' <random >copied 2>errors && cmp copied random &&
		head -c 1048576 /dev/zero | cmp - errors
}
ok "a hundred megabytes of any bytes go through, both outputs apart" same
rm -f random
is "$(cage -- sh -c 'i=0; while [ $i -lt 300 ]; do echo o$i; echo e$i >&2; i=$((i + 1)); done' 2>&1 |
	awk 'NR % 2 { if ($0 != "o" (NR - 1) / 2) print } NR % 2 == 0 { if ($0 != "e" NR / 2 - 1) print }')" \
	"" "with 2>&1 lines keep their order"
ok "a reader that has enough ends it" timeout 20 sh -c 'remit sandbox -- yes | head -n 1 >/dev/null'
is "$(echo in | cage -- cat)" in "standard input reaches the command"
is "$(cage -- sh -c 'cat | wc -c' </dev/null | tr -d ' ')" 0 "its end, too"
ok "a command that reads nothing holds nobody up" timeout 20 sh -c 'yes | remit sandbox -- true'
is "$(cage -- sh -c 'cat; echo out' <&-)" out "closed standard input is empty"
mute() {
	cage -- sh -c 'echo out' >&-
}
ok "closed standard output is no accident" mute
closed() {
	cage -- sh -c "$1" 0<&- 1>&- 2>&-
}
refused 7 "nor is anything else that is closed" closed 'echo out; echo err >&2; exit 7'
ok "a job that closes its own output goes on" sh -c "remit sandbox -- sh -c 'exec >&- 2>&-; sleep 0.1; exit 0'"
refused 3 "and ends as it likes" cage -- sh -c 'exec >&- 2>&- <&-; exit 3'
background() {
	marker=$$.123
	cage -- sh -c "sleep $marker & sleep $marker & echo started" >/dev/null
	gone "sleep $marker"
}
ok "what it left running is gone when it ends" background
# Starts a cage in the background whose command says when it is ready; $pid is remit itself.
start() {
	: >ready
	remit sandbox "$@" >ready </dev/null &
	pid=$!
	until_true test -s ready
}
terminated() {
	start -- sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
	kill "$pid"
	wait "$pid"
}
refused 5 "SIGTERM is handed on" terminated
stubborn() {
	start -- sh -c 'trap "" TERM INT HUP; echo ready; while :; do sleep 0.05; done'
	kill "$pid"
	sleep 0.1
	kill "$pid"
	wait "$pid"
}
refused 137 "who ignores it is killed" stubborn
interrupted() {
	start -- sh -c 'sh -c "trap \"echo other\" INT; while :; do sleep 0.05; done" & trap "exit 6" INT; echo ready; wait'
	kill -INT "$pid"
	wait "$pid"
}
refused 6 "SIGINT is the first process's to answer" interrupted
is "$(cat ready)" ready "and nobody else's"
twice() {
	start -- sh -c 'trap "" INT; echo ready; while :; do sleep 0.05; done'
	kill -INT "$pid"
	sleep 0.5
	kill -INT "$pid"
	wait "$pid"
}
refused 143 "a second one asks it to end, as SIGTERM does" twice
killed() {
	marker=$$.456
	start --workspace . -- sh -c "echo ready; sleep $marker"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	gone "sleep $marker" && until_true sh -c 'test -z "$(ls state/tmp)"'
}
ok "when remit is killed, the cage and its files are gone" killed

# What a profile lists
if is_root && [ "$(stat -c %U:%A /etc/ssl/private 2>/dev/null)" != root:drwx--x--- ]; then
	skip "/etc/ssl/private is not root's alone here" "a directory that the job's user can't look up is hidden as it is"
else
	printf 'version: 1\nname: hides\nextends: base\nfiles: { hide: [/etc/ssl/private] }\n' >hides.yaml
	refused 2 "a directory that the job's user can't look into is hidden as it is" \
		cage --profile ./hides.yaml -- sh -c 'ls /etc/ssl/private/ 2>/dev/null'
fi
door=$(mktemp -d /var/tmp/remit-test.XXXXXX)
mkdir "$door/dir"
printf 'version: 1\nname: lists\nextends: base\nfiles: { read: ["%s", /usr/share/nix] }\n' "$door/dir" >lists.yaml
wanted=0
is_root && wanted=1
refused $wanted "one behind a door that is closed to it is left out" cage --profile ./lists.yaml -- test -d "$door/dir"
rm -rf "$door"
same_names() {
	for dir in /usr /usr/bin /etc/ssl /etc/alternatives; do
		[ "$(cage -- ls -a "$dir")" = "$(ls -a "$dir")" ] || { echo "$dir differs"; return 1; }
	done
}
ok "a listed directory has the names that it has on the host" same_names

# Workspace
mkdir ws
echo one >ws/one
refused 0 "the workspace is where the command starts" cage --workspace ws -- sh -c 'test "$(pwd)" = /workspace && cat one && rm one && echo two > two'
is "$(ls ws)" one "what it changes is thrown away"
is "$(ls state/tmp)" "" "with all that there was for it"
refused 0 "--save keeps it" cage --workspace ws --save saved -- sh -c 'rm one; echo two > two; mkdir d; echo three > d/three; chmod 0700 d'
is "$(cat saved/two saved/d/three)" "two
three" "new files are there"
is "$(stat -c '%F' saved/one)" "character special file" "what is gone is a whiteout, as an overlay has it"
if is_root; then
	is "$(find saved -uid -1879048192 | wc -l)" 0 "as root, none of it belongs to a user of the host"
else
	is "$(find saved -uid "$(id -u)" | wc -l)" "$(find saved | wc -l)" "all of it is ours"
fi
is "$(find . -maxdepth 1 -name '.remit*')" "" "nothing else is left there"
refused 2 "a directory that is not empty is not written to" cage --workspace ws --save saved -- true
like "$err" "'saved' is there already" "which is said"
is "$(cat saved/two)" two "and stays as it is"
mkdir empty
refused 0 "an empty one is" cage --workspace ws --save empty -- touch f
is "$(ls empty)" f "and has the changes"
refused 0 "a slash at the end is no other name" cage --workspace ws --save slash/ -- touch f
is "$(ls slash)" f "it is where it was to be"
ln -s empty link
refused 2 "a link is not followed" cage --workspace ws --save link -- touch f
refused 2 "'..' is no new directory" cage --workspace ws --save .. -- touch f
refused 2 "--save without a workspace has nothing to keep" cage --save x -- true
refused 2 "a directory for it has to be there" cage --workspace ws --save no/such/dir -- true
like "$err" "no/such/dir" "and is named"
refused 2 "changes can't lie inside of the workspace" cage --workspace ws --save ws/in -- true
is "$(ls -A ws)" one "nor is anything left there"
refused 0 "what a failed command changed is kept as well" cage --workspace ws --save failed -- sh -c 'touch f; exit 0'
refused 9 "with its status" cage --workspace ws --save failed2 -- sh -c 'touch f; exit 9'
is "$(ls failed2)" f "and its files"
mkdir -m 0555 ro
if is_root; then
	skip "root writes everywhere" "a directory that can't be written to is said to be so"
else
	refused 125 "a directory that can't be written to is said to be so" cage --workspace ws --save ro/x -- true
	like "$err" "Permission denied" "with the reason"
fi
if [ "$(stat -f -c %T /dev/shm)" = tmpfs ] && [ -w /dev/shm ]; then
	other=$(mktemp -d /dev/shm/remit-test.XXXXXX)
	run cage --workspace ws --save "$other/saved" -- touch f
	is "$status:$(ls "$other/saved")" 0:f "another file system than the state's will do"
	rm -rf "$other"
else
	skip "there is no other file system here" "another file system than the state's will do"
fi
REMIT_STATE=$tmp/ws/state run cage --workspace ws -- true
is "$status" 2 "nor can the state lie in the workspace"
rm -rf ws/state

# Events, environment, plan
refused 4 "events are written" cage --events events -- sh -c '/bin/true; cat /nix 2>/dev/null; exit 4'
is "$(python3 -c '
import json
print([json.loads(line)["type"] for line in open("events")][-1])')" end "one JSON object a line, the end last"
is "$(grep -c '"type":"start"' events)" 3 "each program that was started is there"
refused 2 "a place that is not there is refused" cage --events no/such/file -- true
like "$err" "no/such/file" "and named"
cage --events /dev/full -- true 2>errors
is "$?:$(grep -c events errors)" 125:1 "events that can't be written are an error"
refused 0 "a variable can be set" cage -e A=1 --env 'B=x y=z' -- sh -c 'test "$A:$B" = "1:x y=z"'
refused 2 "it has a value" cage -e A -- true
like "$err" "expected NAME=VALUE, found 'A'" "or is told so"
refused 0 "--plan prints the plan and runs nothing" cage --plan --workspace ws --save planned -- touch f
is "$(json 'd["command"], d["cwd"]')" '[["touch", "f"], "/workspace"]' "as JSON"
is "$(ls planned 2>&1; ls -A ws; find . -maxdepth 1 -name '.remit*')" "ls: cannot access 'planned': No such file or directory
one" "and leaves nothing"
is "$(ls state)" "cache
tmp" "a bare cage makes no log, no key and no job"
finish
