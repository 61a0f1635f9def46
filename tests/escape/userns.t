#!/bin/sh
# A job can't make a user namespace, in which it would have every capability again.
. "${0%/*}/escape.sh"

probe userns
attack nested-userns,seccomp "a user namespace in the cage" -- "$probes/userns"
finish
