#!/bin/sh
# Shared memory, semaphores and message queues of the host are not there, though everybody may use them.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe ipc
use_object() {
	"$probes/ipc" make >made || { cat made; exit 3; }
	id=$(sed -n "s/^$1 //p" made)
	said=$(cage -- "$probes/ipc" take "$1" "$id" 2>&1)
	while read -r kind id; do
		"$probes/ipc" remove "$kind" "$id"
	done <made
	settle "$said"
}
attack_by ns-ipc "shared memory is not read" use_object shm
attack_by ns-ipc "messages are not taken" use_object msg
attack_by ns-ipc "semaphores are not raised" use_object sem
attack_by ns-ipc,landlock "POSIX messages are not taken" use_object queue
finish
