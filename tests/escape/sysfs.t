#!/bin/sh
# A cage has no /sys: what the host's kernel and devices say of themselves there is not the job's.
. "${0%/*}/escape.sh"

[ -r /sys/kernel/uevent_seqnum ] || skip_all "/sys says nothing here"
cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /mnt }
END
mkdir ws
attack root,landlock "/sys of the host" --profile here.yaml --workspace ws -- \
	sh -c 'cat /sys/kernel/uevent_seqnum && echo ESCAPED || { echo "held: no /sys"; exit 1; }'
finish
