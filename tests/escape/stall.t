#!/bin/sh
# A job can't hold the supervisor up, which would leave it without limits.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

limited 'limits: { wall: 5s }'
probe stall
# Whoever is not ended in time is not bound by any limit; a supervisor that is killed takes the cage with it.
stall() {
	start=$(date +%s)
	timeout --kill-after=1 20 remit sandbox --profile limited.yaml --events events -- "$probes/stall" >said 2>&1
	status=$?
	[ $(($(date +%s) - start)) -lt 18 ] || escaped "it has run for twenty seconds"
	grep -q '"type":"start"' events || {
		cat said
		exit 3
	}
	held_by "it was ended, with status $status"
}
held "execs that never end while others are asked for" stall
through seize-alarm,watchdog "execs that never end while others are asked for" stall
run escape_without seize-alarm,short-patience stall
escape_judge_held " by the watchdog alone: execs that never end while others are asked for"
finish
