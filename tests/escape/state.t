#!/bin/sh
# The key that signs the log, and all else in the state directory, can't be read or reached by a job.
. "${0%/*}/escape.sh"

cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /opt }
END
mkdir ws
# shellcheck disable=SC2031 # each build has a state of its own
look() {
	remit init >init.out 2>&1
	cage --profile here.yaml --workspace ws -- sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$REMIT_STATE/keys/log.key" >key
	status=$?
	! grep -q PRIVATE key || escaped "the state was reached"
	cat key
	exit "$status"
}
attack_by root,landlock,root-uid "the key of the log" look
# shellcheck disable=SC2031
write() {
	remit init >init.out 2>&1
	cage --profile here.yaml --workspace ws -- sh -c '{ echo planted >>"$1/log.journal"; } || test -d "$HOME"' sh "$REMIT_STATE" || exit
	! grep -q planted "$REMIT_STATE/log.journal" || escaped "the state was reached"
	held_by "nothing was written"
}
attack_by root,landlock,root-uid "writing to the log" write
finish
