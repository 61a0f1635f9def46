#!/bin/sh
# A job gets what comes from a file of the host, and not the open file, which may be good for more.
. "${0%/*}/escape.sh"

write_to_input() {
	echo untouched >input
	said=$(cage -- sh -c 'echo here; echo written by the job >&0' <>input 2>&1)
	! grep -q job input || escaped "it was written to"
	tap_matches "$said" '^here$' || { echo "$said"; exit 3; }
	held_by "$said"
}
attack_by stdio "a standard input that is open for writing is not written to" write_to_input
read_from_output() {
	echo secret >output
	said=$(cage -- sh -c 'echo here >&2; head -n 1 <&1 >&2' 2>&1 1<>output)
	! tap_matches "$said" secret || escaped "$said"
	tap_matches "$said" '^here$' || { echo "$said"; exit 3; }
	held_by "$said"
}
attack_by stdio "a standard output that is open for reading is not read" read_from_output
finish
