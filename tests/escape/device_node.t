#!/bin/sh
# A job can't make a device node where it may write on the host; 0:0, which any user could make, hides files in overlays.
. "${0%/*}/escape.sh"

mkdir w
chmod 0777 w
cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { write: ['$tmp/w'] }
END
make() {
	cage --profile list.yaml -- sh -c 'mknod "$1/node" c 0 0; test -w "$1"' sh "$tmp/w" || exit
	[ ! -c w/node ] || escaped "the node is there"
	held_by "there is no such node"
}
attack_by landlock "a device node" make
finish
