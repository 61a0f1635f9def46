#!/bin/sh
# Somebody who had got hold of pid 1 could do nothing with it: any call but those it lives by ends it.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe pid1
hijack() {
	said=$(cage -- "$probes/pid1" hijack 2>&1)
	[ "$? $said" != "137 " ] || held_by "the cage was killed"
	settle "$said"
}
attack_by dumpable,landlock,init-seccomp "pid 1 makes no call for a job" hijack
refused 1 "its own filter holds that alone" escape_without dumpable,landlock hijack
finish
