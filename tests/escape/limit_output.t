#!/bin/sh
# A job that writes without end is stopped.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

limited 'limits: { output: 1m }'
flood() {
	stopped_by output -- dd if=/dev/zero bs=64k count=320 status=none
}
attack_by output "output does not go on for ever" flood
finish
