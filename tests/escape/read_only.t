#!/bin/sh
# What is listed to be read can't be written, even where the host would let its owner, or everybody.
. "${0%/*}/escape.sh"

cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { read: ['$tmp/shown', '$tmp/file'] }
END
write() {
	rm -rf shown file
	mkdir shown
	echo before >shown/file
	echo before >file
	chmod 0777 shown
	chmod 0666 shown/file file
	cage --profile list.yaml -- sh -c "echo after >'$1'; echo after >'$2'; true"
	[ ! -e "$1" ] || [ "$(cat "$1")" = before ] || escaped "the file has changed"
	held_by "nothing has changed"
}
attack_by read-only,socket-overlay,landlock "a file in a listed directory" write "$tmp/shown/file" "$tmp/shown/file"
attack_by read-only,socket-overlay,landlock "a new file in it" write "$tmp/shown/new" "$tmp/shown/new"
attack_by read-only,landlock "a listed file" write "$tmp/file" "$tmp/file"
finish
