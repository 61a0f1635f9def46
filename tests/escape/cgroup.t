#!/bin/sh
# A job does not learn in which control groups of the host it runs.
. "${0%/*}/escape.sh"

grep -qv ':/$' /proc/self/cgroup || skip_all "we are in no control group but the first"
attack ns-cgroup "names of control groups" -- sh -c '
	found=$(grep -v ":/$" /proc/self/cgroup)
	[ -z "$found" ] || { echo "ESCAPED: $found"; exit 0; }
	echo "held: all of them are /"
	exit 1'
finish
