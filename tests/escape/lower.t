#!/bin/sh
# What a job changes in the workspace is not changed in the directory of the host that it shows.
. "${0%/*}/escape.sh"

write() {
	rm -rf ws
	mkdir -p ws/deep
	echo before >ws/file
	echo before >ws/deep/file
	chmod -R 0777 ws
	cage --workspace ws -- sh -c "$1" || exit
	[ "$(find ws | sort | tr '\n' ' ')$(cat ws/file ws/deep/file 2>/dev/null | tr '\n' ' ')" \
		= "ws ws/deep ws/deep/file ws/file before before " ] || escaped "the directory has changed"
	[ "$(find ws -perm 0777 | wc -l)" = 4 ] || escaped "the directory has changed"
	held_by "nothing has changed"
}
attack_by overlay "writing to a file" write 'echo after >file'
attack_by overlay "adding one" write 'echo after >deep/new'
attack_by overlay "removing a directory" write 'rm -r deep'
attack_by overlay "renaming a file" write 'mv file deep/file'
attack_by overlay "changing a mode" write 'chmod 0700 deep'
attack_by overlay "writing through a hard link" write 'ln file link && echo after >>link'
attack_by overlay "writing through a mapping" write 'dd if=/dev/zero of=file bs=1 count=3 conv=notrunc 2>/dev/null'
finish
