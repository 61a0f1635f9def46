#!/bin/sh
# The kernel's keyrings can't be asked.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "keyrings are out of reach" keyctl add_key request_key
finish
