#!/bin/sh
# There is no way into another namespace, be it a new one.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp,nested-userns "no user namespace is made" unshare_user clone_user clone_user_high clone3_user
root_call_attack "no other namespace is made or entered" unshare_net setns
finish
