#!/bin/sh
# Calls with the number of the x32 ABI are not made.
. "${0%/*}/escape.sh"

probe abi
attack seccomp "a call with the x32 bit ends who tries" -- "$probes/abi" x32
finish
