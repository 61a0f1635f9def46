#!/bin/sh
# What a job writes into its workspace is bounded, whether in one file, in many, or in names alone.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

limited 'limits: { disk: 1m }'
mkdir ws
fill() {
	stopped_by disk --workspace ws -- sh -c "$1"
}
attack_by disk "many files do not fill the disk" fill 'for i in 1 2 3 4 5 6; do head -c 900k /dev/zero >$i; sleep 0.1; done; sleep 0.3'
attack_by disk "names do not use it up" fill 'mkdir d; for i in $(seq 2000); do >d/$i; done; sleep 0.6'
one_file() {
	said=$(cage --profile "$tmp/limited.yaml" --workspace ws -- sh -c 'head -c 4m /dev/zero >file; stat -c %s file' 2>&1)
	[ "$(printf '%s\n' "$said" | tail -n 1)" = 4194304 ] && escaped "$said"
	tap_matches "$said" 'too large|disk limit' || { echo "$said"; exit 3; }
	held_by "$said"
}
attack_by disk "one file does not outgrow it" one_file
finish
