#!/bin/sh
# Where a job may write there may be no daemon's socket: the cage is not built.
. "${0%/*}/escape.sh"
. "$top/tests/escape/daemon.sh"

daemon "$tmp/shown/deep/socket"
chmod 0777 shown
cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { read: ['$probes'], write: ['$tmp/shown'] }
END
reach() {
	cage --profile list.yaml -- "$probes/unix_socket" connect "$socket" 2>errors && return
	status=$?
	cat errors
	! grep -q "the socket '.*/deep/socket' lies in it" errors || held_by "the cage is not built"
	return "$status"
}
attack_by socket-look "a socket beneath a writable directory" reach
finish
