#!/bin/sh
# A job that means no good, or is broken: it ends, with a record, and nothing of it goes on.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
marker=61.$$
printf '%s\n' 'version: 1' 'extends: base' 'limits: { wall: 2s, processes: 64, output: 8m }' >short.yaml
short() {
	remit run --repo repo --json --profile ./short.yaml "$@"
}

refused 0 "a job may close its output" job --json -- sh -c 'exec >&- 2>&- <&-; echo more >>docs/a.md; sleep 0.1'
story "and is captured as any other"
refused 0 "its status is its own then, too" job --json -- sh -c 'exec >&- 2>&-; echo more >>docs/a.md; exit 4'
is "$(doc run exit)" 4 "and told"

refused 11 "one that forks without end is stopped" \
	short -- sh -c "b() { b | b & }; echo x >>docs/a.md; b; sleep $marker"
is "$(doc run why):$(json 'd["run"]["wall"] < 8000')" wall:true "at its time"
story "with the change so far and a record"
refused 11 "so is one whose children leave it" short -- sh -c "while :; do (setsid sleep $marker &); done"
is "$(doc run why)" wall "at its time"
ok "none of them is left" gone "$marker"

refused 11 "one that ignores SIGTERM is killed" short -- \
	sh -c "trap '' TERM INT HUP; echo x >>docs/a.md; while :; do sleep $marker; done"
is "$(doc run why):$(doc run exit):$(json 'd["run"]["wall"] < 10000')" wall:137:true "soon after its time"
story "with a record"
ok "and nothing of it is left" gone "$marker"

refused 11 "one that writes as fast as it can is stopped" short -- sh -c 'echo x >>docs/a.md; cat /dev/zero'
is "$(doc run why)" output "at the limit of its output"
is "$(json '8 << 20 <= d["run"]["output"] < 64 << 20')" true "which is what was taken of it, more or less"
digest=$(doc output_sha256)
kept=$(stat -c %s "state/evidence/sha256/$digest")
is "$(json "8 << 20 <= $kept <= d['run']['output']")" true "and is kept"
story "with a record"
run remit run --repo repo --profile ./short.yaml -- sh -c 'yes | cat >&2'
like "$out" 'done .*; stopped: output' "the card says so"
remit run --repo repo --profile ./short.yaml --stream -- cat /dev/zero 2>/dev/null | tail -c 4096 | tr -d '\0' >last
like "$(cat last)" 'stopped: output' "also where its output was shown as it came"

refused 12 "one that leaves what git can't hold is denied" job --json -- \
	sh -c 'mkfifo fifo; chmod u+s README.md; mkdir shut; echo x >shut/x; chmod 0 shut'
like "$(json 'sorted(set(a["kind"] for a in d["anomalies"]))')" '"fifo", "setuid"' "for each kind of it"
story "with a record"
refused 1 "one whose program is not there has failed" job --json -- no-such-program
is "$(doc run exit)" 127 "with the status of a shell"
in_order "all is in order at the end"
finish
