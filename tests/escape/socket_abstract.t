#!/bin/sh
# An abstract socket of the host, which no file permission guards, can't be connected to.
. "${0%/*}/escape.sh"
. "$top/tests/escape/daemon.sh"

daemon "@remit-escape-$$"
attack ns-net,landlock "an abstract socket" -- "$probes/unix_socket" connect "$socket"
finish
