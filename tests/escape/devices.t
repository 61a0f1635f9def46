#!/bin/sh
# A device of the host that everybody may open is not in the cage's /dev.
. "${0%/*}/escape.sh"

cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /opt }
END
mkdir ws
found=
for device in $(find /dev -type c -perm -o=r 2>/dev/null | sort); do
	case $device in
	/dev/null | /dev/zero | /dev/full | /dev/random | /dev/urandom | /dev/tty | /dev/ptmx | /dev/pts/*) continue ;;
	esac
	! as_user sh -c ': <"$1"' sh "$device" 2>/dev/null || found=$device
done
[ -n "$found" ] || skip_all "no device here is open to everybody"
attack root,landlock "$found" --profile here.yaml --workspace ws -- sh -c '
	true <"$1" 2>/dev/null && echo ESCAPED || { echo "held: open $1"; exit 1; }' sh "$found"
finish
