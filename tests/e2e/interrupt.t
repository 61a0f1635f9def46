#!/bin/sh
# Whatever ends remit, in whatever phase of a job: the next command puts right what it left, and the log is in order.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
i=0
while [ "$i" -lt 300 ]; do
	echo "$i" >"repo/src/$i.c"
	i=$((i + 1))
done
commit repo Many
marker=47.$$

# The checkout is made again each time, so that there is a moment in which that can be interrupted, too.
one() { # SIGNAL MILLISECONDS
	rm -rf state/bases
	interrupt "$1" after "$(printf '0.%03d' "$2")" remit run --repo repo --check "c=sleep 0.02; : $marker" -- \
		sh -c "for i in 1 2 3 4 5 6 7 8; do echo x >>src/\$i.c; done; sleep 0.05; : $marker" >result 2>&1
	printf '%s\n' "$?" >>statuses
	python3 -P "$kit/kit.py" order 2>complaint && return
	note "$1 after $2 ms: $(cat complaint)"
	wrong=$((wrong + 1))
}

sweep() { # SIGNAL FROM TO STEP
	wrong=0
	: >statuses
	ms=$2
	while [ "$ms" -le "$3" ]; do
		one "$1" "$ms"
		ms=$((ms + $4))
	done
	[ "$wrong" = 0 ]
}

job -- true >/dev/null 2>&1
one KILL 999
is "$(cat statuses)" 10 "without a signal in time the job goes to its end"
in_order "and all is in order"

ok "kill -9 at any moment is put right by the next command" sweep KILL 0 220 11
like "$(cat statuses)" '^137$' "it did kill"
ok "so is SIGTERM" sweep TERM 5 210 41
like "$(cat statuses)" '^143$' "which ended some in their way"
ok "and Ctrl-C" sweep INT 20 200 45
ok "no program of any is left running" gone "$marker"
is "$(git -C repo worktree list | wc -l):$(git -C repo status --porcelain)" 1: "the repository is as it was"
ok "and sound" git -C repo fsck --strict --no-dangling

# In the cage
nap=40.$$
refused 137 "kill -9 while the command runs leaves it to the next command" \
	interrupt KILL at "$nap" remit run --repo repo --task killed -- sh -c "echo x >>src/1.c; sleep $nap"
in_order "to put that right"
run remit jobs --json
is "$(json '[(r["state"], r["error"]) for r in d if r["task"] == "killed"]')" \
	'[["interrupted", "remit ended before the job did"]]' "the job is called interrupted, and why is said"
refused 11 "who interrupts the command gets the change so far, for a person to judge" \
	interrupt INT at "$nap" remit run --repo repo --json -- sh -c "echo x >>src/1.c; sleep $nap; echo y >>src/1.c"
is "$(doc run why):$(json '[p["path"] for p in d["paths"]]')" 'interrupted:["src/1.c"]' "with the reason"
story "and its record"
refused 11 "SIGTERM does the same" \
	interrupt TERM at "$nap" remit run --repo repo --json -- sh -c "echo x >>src/1.c; sleep $nap"
is "$(doc run why)" interrupted "with the same reason"
refused 11 "a command that ignores every signal is killed" \
	interrupt INT at "$nap" remit run --repo repo --json -- sh -c "trap '' INT TERM HUP QUIT; sleep $nap"
is "$(doc run why):$(json 'd["run"]["wall"] < 10000')" interrupted:true "soon"
refused 11 "an interrupted check has failed, and the rest does not run" \
	interrupt INT at "$nap" remit run --repo repo --json --check first="sleep $nap" --check second='touch x' -- \
	sh -c 'echo x >>README.md'
is "$(json '[(c["name"], c["passed"], c["why"]) for c in d["checks"]]')" \
	'[["first", false, "interrupted"], ["second", false, "not run: the job was interrupted"]]' "both are told"
story "and recorded"
run remit show
like "$out" 'second not run: the job was interrupted' "and shown"
ok "no program of any is left running" gone "$nap"
in_order "all is in order at the end"
finish
