# shellcheck shell=sh disable=SC2154 # what lib.sh and escape.sh set
# calls.sh: attacks that are one system call of calls.c; read after escape.sh. Each is tried with the filter that
# answers itself and with the one that asks the supervisor, and shown to get through without WORDS where
# it does so outside of a cage: what this kernel or this user does not have, no cage can take away.
#
#	call_attack WORDS SENTENCE CALL...      a call that anybody may make
#	root_call_attack SENTENCE CALL...       one for root in the namespaces of the cage
#	host_call_attack SENTENCE CALL...       one for root of the host
#
# $call_root and $call_host are the words that make a job such a root.

call_root=capabilities,job-uid,seccomp,landlock
call_host=capabilities,root-uid,ns-user,seccomp,landlock
probe calls

call_works_outside() {
	run "$@"
	[ "$status" -eq 0 ]
}

# call_try WORDS SENTENCE CALL OUTSIDE...: OUTSIDE is what runs the same call without a cage.
call_try() {
	call_words=$1
	call_sentence="$2 ($3)"
	call=$3
	shift 3
	held "$call_sentence" cage -- "$probes/calls" "$call"
	held "$call_sentence, told by the supervisor" cage --events events -- "$probes/calls" "$call"
	if call_works_outside "$@" "$probes/calls" "$call"; then
		through "$call_words" "$call_sentence" cage -- "$probes/calls" "$call"
	else
		skip "outside of a cage it is refused as well: $out" "without $call_words: $call_sentence"
	fi
}

call_attack() {
	call_all_words=$1
	call_all=$2
	shift 2
	for call_one in "$@"; do
		call_try "$call_all_words" "$call_all" "$call_one" env
	done
}

root_call_attack() {
	call_all=$1
	shift
	for call_one in "$@"; do
		call_try "$call_root" "$call_all" "$call_one" unshare --user --map-root-user --mount --net --uts --pid --fork
	done
}

host_call_attack() {
	call_all=$1
	shift
	for call_one in "$@"; do
		call_try "$call_host" "$call_all" "$call_one" env
	done
}
