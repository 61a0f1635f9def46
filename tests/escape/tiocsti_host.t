#!/bin/sh
# What a job types is not read by the shell that started it: the user's terminal is not the job's.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

command -v python3 >/dev/null || skip_all "there is no python3"
probe terminal

# On a terminal of its own: a cage, and after it somebody who reads the next line.
type_for_next() {
	rm -f said
	echo 'remit sandbox --profile "$1" -- "$2" host-sti >said 2>&1; read -r line; echo "next: $line"' >shell
	next=$(pty timeout --foreground 2 sh shell "$tmp/escape.yaml" "$probes/terminal")
	tap_matches "$next" "next: typed by the job" && escaped "the next line was typed by the job"
	settle "$(cat said)"
}
attack_by stdio,session,seccomp "the next command of the user's shell is not the job's" type_for_next
finish
