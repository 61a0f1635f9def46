#!/bin/sh
# /etc in a cage is made up: the host's accounts, groups, hosts and name servers are not to be read.
. "${0%/*}/escape.sh"

cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /opt }
END
mkdir ws
same() {
	wanted=$(sha256sum <"$1")
	got=$(cage --profile here.yaml --workspace ws -- sh -c 'cat "$1" | sha256sum' sh "$1") || exit
	[ "$got" != "$wanted" ] || escaped "it is the same file"
	held_by "it is another file"
}
for file in /etc/passwd /etc/group /etc/resolv.conf; do
	attack_by root,landlock "$file of the host" same "$file"
done
attack root,landlock "a file of /etc that is not made up" --profile here.yaml --workspace ws -- sh -c '
	test -e /etc/login.defs && echo ESCAPED || { echo "held: no such file"; exit 1; }'
finish
