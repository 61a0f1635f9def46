#!/bin/sh
# A job that crashes has nothing run for it by the host: its handler of core dumps is root's, outside of the cage.
. "${0%/*}/escape.sh"

pattern=/proc/sys/kernel/core_pattern
was=$(cat "$pattern")
{ echo "$was" >"$pattern"; } 2>/dev/null || skip_all "the host's handler of core dumps can't be set"
probe crash

# The host's own handler is back however this ends.
restore() {
	echo "$was" >"$pattern"
	tap_cleanup
}
trap restore EXIT

cat >handler <<-END
	#!/bin/sh
	cat >/dev/null
	[ "\$1" != crash ] || echo called >'$tmp/called'
END
chmod 0755 handler
crash() {
	rm -f called
	echo "|$tmp/handler %e" >"$pattern"
	said=$(cage "$@" -- "$probes/crash" 2>&1)
	code=$?
	sleep 0.1
	echo "$was" >"$pattern"
	[ "$code" = 134 ] || { echo "status $code: $said"; exit 3; }
	[ ! -e called ] || escaped "it was called"
	held_by "nobody was called"
}
attack_by core "the host's handler is not called for a job" crash
attack_by seccomp "nor when the job changes its limit" crash
held "nor for one whose programs are traced" crash --events events
finish
