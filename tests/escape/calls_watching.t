#!/bin/sh
# A job watches neither the kernel nor the processes and files of others.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "no memory of another process is written" vm_writev
call_attack seccomp "nobody else is watched" perf userfaultfd fanotify
host_call_attack "nor is the kernel's log read" syslog
finish
