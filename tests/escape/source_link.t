#!/bin/sh
# A symlink that one job left in a directory that it may write does not choose what the next cage shows.
. "${0%/*}/escape.sh"

# The next cage is to show w/a/own. One job has made w/a a link to where, on the host, own holds a secret.
echo ESCAPED: the secret >secret
mkdir w
chmod 0777 w
name=${tmp##*/}
cat >next.yaml <<-END
	version: 1
	name: next
	extends: base
	files: { write: ['$tmp/w'], read: ['$tmp/w/a/$name'] }
END
first() {
	rm -rf w/a
	mkdir -p "w/a/$name"
	chmod -R 0777 w/a
	# With all on: what a job may do in that directory is not the attack.
	(REMIT_WEAKEN='' && cage --profile first.yaml -- sh -c 'rm -r "$1/a" && ln -s "${1%/*}/.." "$1/a"' sh "$tmp/w")
}
sed "s/, read:.*/ }/" next.yaml >first.yaml
next() {
	first && [ -L w/a ] || exit
	cage --profile next.yaml -- sh -c 'cat "$1"' sh "$tmp/secret" 2>errors && return
	status=$?
	cat errors
	! grep -q 'symbolic link is in the way' errors || held_by "the cage is not built"
	return "$status"
}
attack_by source-links,mount-target,landlock "a planted symlink above a listed directory" next
finish
