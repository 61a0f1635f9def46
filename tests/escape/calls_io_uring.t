#!/bin/sh
# Calls that are made by a ring are not there: a filter would not see them.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "no call is made by a ring" io_uring io_uring_register
finish
