#!/bin/sh
# A device node that lies in a listed directory can't be opened, whatever its mode.
. "${0%/*}/escape.sh"

is_root || skip_all "only root can make a device node"
mkdir shown
mknod -m 0666 shown/device c 1 7 || skip_all "no device can be made here"
head -c 1 shown/device >/dev/null 2>&1 || skip_all "this file system has no devices"
cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { read: ['$tmp/shown'] }
END
attack nodev,socket-overlay "a device in a listed directory" --profile list.yaml -- \
	sh -c 'head -c 1 "$1" >/tmp/x && echo ESCAPED || { echo "held: open $1"; exit 1; }' sh "$tmp/shown/device"
finish
