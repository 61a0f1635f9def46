#!/bin/sh
# The machine's clock, power, swap, ports and memory are not a job's to set.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "old and odd interfaces are closed" personality modify_ldt mbind move_pages
root_call_attack "the machine keeps its power" reboot
host_call_attack "the machine keeps its clock, ports and swap" adjtimex clock_adjtime clock_settime iopl swapon acct
finish
