#!/bin/sh
# A program of the host that gives who runs it another user's id, or a capability, gives a job nothing.
. "${0%/*}/escape.sh"

probe privileges
attack no-new-privs,capabilities,seccomp,landlock "no exec gives new privileges" -- "$probes/privileges" leave
if is_root; then
	cp "$probes/privileges" "$probes/setuid"
	cp "$probes/privileges" "$probes/capable"
	chown remit-test "$probes/setuid" && chmod 4755 "$probes/setuid"
	attack ns-user,root-uid,nosuid,no-new-privs,seccomp,landlock,init-seccomp "a setuid program stays who runs it" -- \
		"$probes/setuid"
	if setcap cap_net_raw+ep "$probes/capable"; then
		attack nosuid,no-new-privs,capabilities,socket-overlay "a program with capabilities has none" -- \
			"$probes/capable"
	else
		skip "no file can be given one here" "a program with capabilities has none"
	fi
else
	skip "only root can make a program of another user" "a setuid program stays who runs it"
	skip "only root can give a file capabilities" "a program with capabilities has none"
fi
finish
