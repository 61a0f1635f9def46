#!/bin/sh
# The keys that the kernel holds for whoever started remit are not listed in the cage's /proc/keys.
. "${0%/*}/escape.sh"

probe keys
name=remit-escape-$$
[ -r /proc/keys ] || skip_all "this kernel has no /proc/keys"
"$probes/keys" plant "$name" || skip_all "this user can't have a key"
trap '"$probes/keys" drop "$name"; tap_cleanup' EXIT
attack proc-keys,root-uid "a key of the user in /proc/keys" -- "$probes/keys" list "$name"
finish
