#!/bin/sh
# Nothing in /proc can be written: one process can't reach into another there.
. "${0%/*}/escape.sh"

probe open_write
into_other() {
	cage -- sh -c 'sleep 20 & "$1" /proc/$!/"$2"' sh "$probes/open_write" "$1"
}
attack_by proc-read-only,landlock "the memory of another process" into_other mem
attack_by proc-read-only,landlock "how soon the kernel ends another one" into_other oom_score_adj
finish
