#!/bin/sh
# Pid 1 of a cage can't be killed from inside, so that nobody is left without a keeper.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe signals
kill_keeper() {
	said=$(cage -- "$probes/signals" keeper 2>&1)
	settle "$said"
}
held "nobody in the cage kills pid 1" kill_keeper
root_through ns-pid,ns-user,root-uid,landlock "nobody in the cage kills pid 1" kill_keeper
finish
