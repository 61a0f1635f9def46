#!/bin/sh
# A job sends no signal to the process group that it was started from.
. "${0%/*}/escape.sh"

probe signals
strong=session,landlock
! is_root || strong=$strong,root-uid

# A group of its own: a cage, and somebody whom a signal ends.
signal_group() {
	setsid --wait sh -c '
		trap "" USR1
		(trap - USR1; exec sleep 3) &
		remit sandbox --profile "$1" -- "$2" group >said 2>&1
		kill -9 $!
		wait $!
		echo "ended by signal $(($? - 128))" >>said' sh "$tmp/escape.yaml" "$probes/signals"
	grep -q 'the group' said || { cat said; exit 3; }
	grep -q 'signal 9$' said && held_by "$(cat said)"
	escaped "$(cat said)"
}
attack_by "$strong" "the process group of who started it gets no signal" signal_group
finish
