#!/bin/sh
# Processes of the host have no number in a cage, and get no signal.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe signals
signal_host() {
	sleep 3 &
	said=$(cage -- "$probes/signals" pid $! 2>&1)
	kill -9 $! 2>/dev/null
	wait $!
	[ $? = 143 ] && escaped "$said"
	tap_matches "$said" '^held: ' && held_by "$said"
	echo "$said"
	exit 3
}
held "no process of the host gets a signal" signal_host
root_through ns-pid,ns-user,root-uid,landlock "no process of the host gets a signal" signal_host
finish
