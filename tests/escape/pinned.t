#!/bin/sh
# A job can't move away the directory that something hidden lies in, so that the next cage would not find it.
. "${0%/*}/escape.sh"

cat >hide.yaml <<-END
	version: 1
	name: hide
	extends: base
	files: { write: ['$tmp/w'], hide: ['$tmp/w/a/secret'] }
END
move_and_look() {
	rm -rf w
	mkdir -p w/a
	echo ESCAPED: the secret >w/a/secret
	chmod -R 0777 w
	cage --profile hide.yaml -- mv "$tmp/w/a" "$tmp/w/b" 2>moved
	cage --profile hide.yaml -- sh -c 'cat "$1/b/secret" || cat "$1/a/secret"' sh "$tmp/w" && return
	grep -q 'busy' moved && held_by "$(cat moved)"
	return 3
}
attack_by pin "a directory with a hidden file in it" move_and_look
finish
