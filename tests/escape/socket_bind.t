#!/bin/sh
# A daemon's socket in a listed directory can't be connected to: read-only does not hold that, another inode does.
. "${0%/*}/escape.sh"
. "$top/tests/escape/daemon.sh"

daemon "$tmp/shown/socket"
cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { read: ['$probes', '$tmp/shown'] }
END
attack socket-overlay,socket-look "a socket in a listed directory" --profile list.yaml -- \
	"$probes/unix_socket" connect "$socket"

# The socket itself, listed, is what the operator wants to be reached: the attack is one that works.
sed -i "s,shown',shown/socket'," list.yaml
through listed "the socket itself" cage --profile list.yaml -- "$probes/unix_socket" connect "$socket"
finish
