#!/bin/sh
# The objects of the host's repository, which a job sees behind its own .git, can't be written by it.
. "${0%/*}/escape.sh"
. "$top/tests/e2e/kit.sh"

kit_start
write() {
	rm -rf repo
	new_repo repo
	chmod -R a+w repo/.git/objects
	before=$(find repo/.git/objects -type f | sort)
	job --json --profile escape.yaml -- sh -c "test -d /run/git/objects/0 || exit 3; cd /run/git/objects/0; $1; true" >result 2>errors
	after=$(find repo/.git/objects -type f | sort)
	[ "$before" = "$after" ] || escaped "$after"
	said=$(git -C repo fsck 2>&1) || escaped "$said"
	grep -q '"exit": 0' result || {
		cat result errors
		exit 3
	}
	held_by "nothing has changed"
}
walls=objects-overlay,objects-read-only,landlock
attack_by $walls "adding an object" write 'mkdir -p ab; echo planted >ab/cdef0123456789abcdef0123456789abcdef01'
attack_by $walls "removing all" write 'rm -rf ??'
attack_by $walls "alternates" write 'mkdir -p info; echo /workspace/store >info/alternates'
attack_by $walls "another content" write 'for f in ??/*; do chmod u+w $f; echo planted >$f; done'
finish
