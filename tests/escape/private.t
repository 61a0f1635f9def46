#!/bin/sh
# /tmp, /dev/shm and the home directory of a cage are its own: nothing that a job leaves there is on the host.
. "${0%/*}/escape.sh"

cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /opt }
END
mkdir ws
mark=remit-escape-$$
leave() {
	cage --profile here.yaml --workspace ws -- sh -c 'echo planted >"$1"; test -d "${1%/*}"' sh "$1" || exit
	[ ! -e "$1" ] || {
		rm -f "$1"
		escaped "the file is there"
	}
	held_by "there is no such file"
}
for place in /tmp /dev/shm; do
	attack_by root,landlock "a file in the host's $place" leave "$place/$mark"
done
# A home of the name that the cage's has is nowhere on this host: what is tried is the user's own.
look() {
	cage --profile here.yaml --workspace ws -- sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$HOME/key"
}
echo ESCAPED >"$HOME/key"
attack_by root,landlock "a file in the user's home" look
finish
