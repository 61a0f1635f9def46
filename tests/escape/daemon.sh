# shellcheck shell=sh
# daemon.sh: a daemon of the host that a job wants to reach; read after escape.sh.
#
#	daemon NAME     serves at NAME, a path whose directory is made or @ABSTRACT, until the end; $socket is NAME

# shellcheck disable=SC2154 # probes is set by escape.sh
probe unix_socket
daemon_pids=

daemon_end() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$daemon_pids" ] || kill $daemon_pids 2>/dev/null
	tap_cleanup
}
trap daemon_end EXIT

daemon() {
	socket=$1
	[ "${socket#@}" != "$socket" ] || mkdir -p "${socket%/*}"
	: >ready
	"$probes/unix_socket" serve "$socket" >ready 2>&1 &
	daemon_pids="$daemon_pids $!"
	daemon_tries=0
	until [ -s ready ] || [ "$daemon_tries" -ge 500 ]; do
		daemon_tries=$((daemon_tries + 1))
		sleep 0.01
	done
	# Anybody on the host may talk to it.
	[ "${socket#@}" != "$socket" ] || chmod 0777 "$socket"
}
