#!/bin/sh
# Nobody renames the machine.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

root_call_attack "the cage keeps its name" sethostname setdomainname
finish
