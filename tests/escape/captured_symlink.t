#!/bin/sh
# Capture follows no symlink that a job left: nothing of the host comes into the change that way.
. "${0%/*}/escape.sh"
. "$top/tests/e2e/kit.sh"

kit_start
mkdir private
echo the-secret >private/secret
follow() {
	rm -rf repo
	new_repo repo
	job --json --profile escape.yaml -- sh -ec "$(printf '%s' "$1" | sed "s,HOST,$tmp/private,g")" >result 2>errors
	commit=$(git -C repo for-each-ref --format='%(objectname)' refs/heads/remit refs/remit)
	[ -n "$commit" ] || {
		cat result errors
		exit 3
	}
	! git -C repo archive "$commit" | grep -q the-secret || escaped "the secret came out"
	! git -C repo log --all --patch | grep -q the-secret || escaped "the secret came out"
	! grep -q the-secret result errors || escaped "the secret came out"
	held_by "it is not in the change"
}
attack_by symlinks "a link to a file" follow 'ln -s HOST/secret notes'
attack_by symlinks "a link in place of a directory" follow 'rm -r docs; ln -s HOST docs'
# The other things that capture reads, which are never opened through a link either.
held "a link in place of .gitignore" follow 'ln -sf HOST/secret .gitignore'
held "a link in place of .git/HEAD" follow 'ln -sf HOST/secret .git/HEAD; echo more >>README.md'
held "a link in place of .git" follow 'rm -r .git; ln -s HOST .git; echo more >>README.md'
held "a link in place of the objects" follow '
	echo more >>README.md
	git commit -q -a -m More
	mv .git/objects x
	ln -s HOST .git/objects'
finish
