#!/bin/sh
# A file that may only be read can't be given a second name where it could be written, nor be moved there.
. "${0%/*}/escape.sh"

cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { write: ['$tmp/w'], read: ['$tmp/w/kept'] }
END
write_by() {
	rm -rf w
	mkdir -p w/kept
	echo before >w/kept/file
	chmod -R 0777 w
	cage --profile list.yaml -- sh -c 'cd "$1" && eval "$2"; test -d "$1"' sh "$tmp/w" "$1" || exit
	[ "$(cat w/kept/file 2>/dev/null)" = before ] || escaped "the file has changed"
	held_by "nothing has changed"
}
walls=read-only,socket-overlay,landlock
attack_by $walls "another name for a file" write_by 'ln kept/file kept/link && echo after >kept/link'
attack_by $walls "moving a file" write_by 'mv kept/file kept/moved'
# What is mounted stays where it is, and its names end at it: these two the kernel holds alone.
held "another name outside of its mount" write_by 'ln kept/file file && echo after >file'
held "moving its directory" write_by 'mv kept elsewhere && mkdir kept && echo after >kept/file'
finish
