#!/bin/sh
# A job can't unmount what hides a directory from it.
. "${0%/*}/escape.sh"

probe mounts
mkdir -p shown/private
echo ESCAPED: the secret >shown/private/secret
cat >hide.yaml <<-END
	version: 1
	name: hide
	extends: base
	files: { read: ['$probes', '$tmp/shown'], hide: ['$tmp/shown/private'] }
END
attack job-uid,capabilities,seccomp,landlock "umount() of a mask" --profile hide.yaml -- \
	sh -c '"$1/mounts" umount "$2" && cat "$2/secret"' sh "$probes" "$tmp/shown/private"
finish
