#!/bin/sh
# A job that does not want to end is ended when its time is over.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

limited 'limits: { wall: 300ms }'
overstay() {
	stopped_by wall -- sh -c 'trap "" TERM; i=0; while [ $i -lt 26 ]; do sleep 0.1; i=$((i + 1)); done'
}
attack_by wall "who ignores signals is ended too" overstay
finish
