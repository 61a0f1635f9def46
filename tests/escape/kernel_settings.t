#!/bin/sh
# The switches of the host's kernel in /proc can't be set, not even by a job that had root's own uid.
. "${0%/*}/escape.sh"

probe open_write
settings='/proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/overcommit_memory /proc/sysrq-trigger'
for setting in $settings; do
	[ -e "$setting" ] || continue
	if is_root; then
		attack proc-read-only,landlock,root-uid "$setting" -- "$probes/open_write" "$setting"
	else
		held "$setting" cage -- "$probes/open_write" "$setting"
	fi
done
finish
