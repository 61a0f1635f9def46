#!/bin/sh
# Every program that a job runs is in the events with the arguments that it was loaded with, or does not run.
. "${0%/*}/escape.sh"

probe exec

# is_told PID WAY: there is an event of this process being loaded as `ran WAY`, also through a script.
is_told() {
	grep '"type":"start"' events | grep "\"pid\":$1," | grep -Eq "\"argv\":\\[[^]]*\"$2\"|\"cut\":\\[\"argv\"\\]"
}

# Runs a program in this way and looks for it in the events.
run_unseen() {
	: >events
	cage --events events -- "$probes/exec" "$1" >said 2>&1
	if ! grep '^ran ' said >those; then
		grep '^held: ' said && exit 1
		cat said
		exit 3
	fi
	while read -r _ pid way; do
		is_told "$pid" "$way" || escaped "process $pid ran '$way': $(grep "\"pid\":$pid," events | cut -c 1-200)"
	done <those
	held_by "$(wc -l <those) in the events"
}

for way in vfork untraced with-tracer orphan thread threads path-descriptor memory deleted script many-arguments \
	debugged seized storm; do
	attack_by trace "a program is not run unseen ($way)" run_unseen "$way"
done
held "a thread that writes its arguments meanwhile deceives nobody" run_unseen race
attack_by trace-stop "nor does a program that covers them" run_unseen forge
finish
