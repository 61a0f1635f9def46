#!/bin/sh
# A profile that lists a directory above the state directory does not list that: the key of the log stays out of reach.
. "${0%/*}/escape.sh"

chmod 0755 .
remit init >init.out 2>&1
# The state of every build, for there is one each.
[ -e state/keys/log.key ] || exit 1
list() {
	remit init >init.out 2>&1
	cat >list.yaml <<-END
		version: 1
		name: list
		extends: base
		files: { $1: ['$tmp'] }
	END
	cage --profile list.yaml -- sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$tmp/state/keys/log.key" >key
	status=$?
	! grep -q PRIVATE key || escaped "the key"
	cat key
	exit "$status"
}
attack_by hide,root-uid "reading a directory above it" list read
attack_by hide,root-uid "writing a directory above it" list write
finish
