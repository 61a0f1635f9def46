#!/bin/sh
# A job that says nothing is ended when that lasts too long.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

limited 'limits: { idle: 300ms }'
be_silent() {
	stopped_by idle -- sh -c 'trap "" TERM; i=0; while [ $i -lt 26 ]; do sleep 0.1; i=$((i + 1)); done'
}
attack_by idle "silence does not last" be_silent
finish
