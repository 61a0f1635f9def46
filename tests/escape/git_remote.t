#!/bin/sh
# A remote whose address is a command, or whose helper is, is not the one that the host fetches from.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "an address that is a command" '
	git config protocol.ext.allow always
	git config remote.origin.url "ext::sh -c touch% $RAN"'
planted "core.sshCommand" '
	git config core.sshCommand "touch $RAN; :"
	git config remote.origin.url "host.invalid:repo"'
planted "a program to be run at the other end" '
	git config remote.origin.url /nowhere
	git config remote.origin.uploadpack "touch $RAN; :"'
finish
