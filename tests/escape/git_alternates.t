#!/bin/sh
# Objects of a job's own do not come into the host's repository by way of alternates or references.
. "${0%/*}/escape.sh"
. "$top/tests/e2e/kit.sh"

kit_start
plant() {
	rm -rf repo
	new_repo repo
	cage --workspace repo -- sh -ec "
		git init -q --bare store
		id=\$(echo planted | git -C store hash-object -w --stdin)
		$1" >job.out 2>&1 || {
		cat job.out
		exit 3
	}
	id=$(echo planted | git hash-object --stdin)
	! git -C repo cat-file -e "$id" 2>/dev/null || escaped "the object or branch is there"
	! git -C repo rev-parse --verify --quiet refs/heads/planted >/dev/null || escaped "the object or branch is there"
	held_by "there is no such object"
}
attack_by overlay "alternates" plant 'mkdir -p .git/objects/info; echo ../../store/objects >.git/objects/info/alternates'
attack_by overlay "an object" plant 'git hash-object -w README.md; echo planted | git hash-object -w --stdin'
attack_by overlay "a branch" plant 'git branch planted'
finish
