#!/bin/sh
# The host's own binary, which pid 1 of a cage runs, can't be read through /proc/1/exe.
. "${0%/*}/escape.sh"

attack dumpable,landlock "reading /proc/1/exe" -- sh -c '
	cat /proc/1/exe >/dev/null && echo ESCAPED || { echo "held: open /proc/1/exe"; exit 1; }'
finish
