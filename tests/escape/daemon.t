#!/bin/sh
# A daemon that a job leaves behind dies with the cage.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe outlive
leave_daemon() {
	marker=left-$$
	said=$(cage "$@" -- sh -c '"$1" daemon "$2" >/tmp/said; until grep -q ready /tmp/said; do :; done' sh \
		"$probes/outlive" "$marker" 2>&1) || { echo "$said"; exit 3; }
	! runs "$marker" || escaped "$marker runs"
	held_by "it is gone"
}
held "a daemon is gone when the cage is" leave_daemon
held "so it is where programs were traced" leave_daemon --events events
root_through ns-pid,ns-user,root-uid "a daemon is gone when the cage is" leave_daemon
finish
