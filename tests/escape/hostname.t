#!/bin/sh
# A job does not learn the name of the machine that it runs on.
. "${0%/*}/escape.sh"

attack ns-uts "the name of the host" -- sh -c '
	[ "$(uname -n)" != "$1" ] || { echo "ESCAPED: $1"; exit 0; }
	echo "held: it is $(uname -n)"
	exit 1' sh "$(uname -n)"
finish
