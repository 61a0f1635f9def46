#!/bin/sh
# A daemon's socket that lies in the workspace can't be connected to: the overlay gives it another inode.
. "${0%/*}/escape.sh"
. "$top/tests/escape/daemon.sh"

daemon "$tmp/shown/socket"
attack overlay "a socket in the workspace" --workspace shown -- "$probes/unix_socket" connect socket
finish
