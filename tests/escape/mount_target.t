#!/bin/sh
# A symlink in the workspace, where something is to be shown, does not choose where it goes (CVE-2025-31133, CVE-2026-87766).
. "${0%/*}/escape.sh"

# What the operator shows inside of the workspace, and a workspace whose conf leads to the cage's /etc instead.
mkdir -p place/conf/ssl ws
echo mine >place/conf/ssl/mark
ln -s /etc ws/conf
cat >place.yaml <<-END
	version: 1
	name: place
	extends: base
	files: { read: ['$tmp/place/conf/ssl'] }
	workspace: { path: '$tmp/place' }
END
elsewhere() {
	cage --profile place.yaml --workspace ws -- sh -c 'test -e /etc/ssl/mark && echo ESCAPED' 2>errors && return
	status=$?
	cat errors
	! grep -q 'symbolic link is in the way' errors || held_by "the cage is not built"
	return "$status"
}
attack_by mount-target "a symlink on the way to a mount point" elsewhere

# The same with what is to be hidden: the mask must not go elsewhere, and the name not stay bare.
rm ws/conf
mkdir ws/conf
ln -s /etc/passwd ws/conf/ssl
elsewhere_hidden() {
	cage --profile hide.yaml --workspace ws -- sh -c 'cat conf/ssl' 2>errors && return
	status=$?
	cat errors
	! grep -q 'symbolic link' errors || held_by "the cage is not built"
	return "$status"
}
sed 's/read:/hide:/' place.yaml >hide.yaml
held "a symlink in place of what is hidden" elsewhere_hidden
finish
