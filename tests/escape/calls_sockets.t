#!/bin/sh
# Sockets speak to the cage's own loopback and to its own processes only.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "a virtual machine's host is not spoken to" vsock vsock_high
call_attack seccomp "the kernel's own families are closed" alg genetlink genetlink_high uevent netfilter
call_attack seccomp "protocols that are not held to ports are closed" mptcp socketpair
root_call_attack "no raw packets" packet raw raw6
finish
