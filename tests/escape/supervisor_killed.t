#!/bin/sh
# When the supervisor is killed, nothing of its cage is left, whatever that does against it.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe outlive
kill_supervisor() {
	marker=orphan-$$-$1
	shift
	: >ready
	remit sandbox --profile "$tmp/escape.yaml" "$@" -- "$probes/outlive" stay "$marker" >ready 2>&1 </dev/null &
	until_true grep -q ready ready || { cat ready; exit 3; }
	kill -9 $!
	wait $! 2>/dev/null
	sleep 0.2
	! runs "$marker" || escaped "$marker runs"
	held_by "it is gone"
}
attack_by die-with-supervisor "the job dies with its supervisor" kill_supervisor plain
held "so it does while programs are traced" kill_supervisor traced --events events
finish
