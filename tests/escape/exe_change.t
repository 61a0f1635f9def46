#!/bin/sh
# The host's own binary can't be changed through /proc/1/exe (CVE-2019-5736), not even its mode.
. "${0%/*}/escape.sh"

# A copy: what is changed is a file of the host. Its mode is what changes while it runs.
# shellcheck disable=SC2031 # each build is to run in a subshell of its own
change_mode() {
	mkdir -p build/copy
	ln -sfn "$top/profiles" profiles
	cp "$(command -v remit)" "$(command -v remit-sandbox)" build/copy/
	chmod 0755 build/copy/remit
	PATH=$tmp/build/copy:$PATH
	cage -- sh -c 'chmod 04777 /proc/1/exe; test -e /proc/1/stat' || exit
	[ "$(stat -c %a build/copy/remit)" = 755 ] || escaped "the mode has changed"
	held_by "the mode is as it was"
}
attack_by dumpable,landlock,root-uid "changing the mode of /proc/1/exe" change_mode

# Writing to it is refused by the kernel while it runs, whatever else is: it comes to that only with walls down.
probe open_write
held "writing to /proc/1/exe and /proc/self/exe" cage -- "$probes/open_write" /proc/1/exe /proc/self/exe
finish
