#!/bin/sh
# A state directory that can't be used, or that others could change: one sentence names it, and nothing is lost.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
with() { # STATE COMMAND...
	kit_state=$1
	shift
	REMIT_STATE=$kit_state "$@"
}
edit='echo more >>docs/a.md'

# Where there can be none
: >file
for command in 'remit run --repo repo -- true' 'remit init'; do
	# shellcheck disable=SC2086 # words are meant
	set -- $command
	sentence 2 "state directory: 'relative' is not an absolute path" "$2: a path that starts nowhere" with relative "$@"
	sentence 2 "state directory: '/a/../b' is not a plain path" "$2: one that goes back" with /a/../b "$@"
	sentence 2 "state directory '$tmp/file': Not a directory" "$2: a file" with "$tmp/file" "$@"
	sentence 2 "state directory '/dev/null/x': Not a directory" "$2: beneath a file" with /dev/null/x "$@"
done

# Of somebody else
mkdir open
chmod 0777 open
sentence 1 "everybody may write to the state directory '$tmp/open': chmod o-w it, or set REMIT_STATE" \
	"a directory that everybody may write to is refused" with "$tmp/open" remit run --repo repo -- true
sentence 1 "everybody may write to" "by init, too" with "$tmp/open" remit init
sentence 125 "everybody may write to" "and for a bare cage's workspace" \
	with "$tmp/open" remit sandbox --workspace repo -- true
is "$(find open -type f)" "" "nothing is written there"
chmod 0755 open
refused 0 "once it is closed it will do" with "$tmp/open" remit run --repo repo -- true
other=/
if is_root; then
	other=$tmp_user
fi
owner=$(stat -c %u "$other")
for command in 'remit run --repo repo -- true' 'remit init'; do
	# shellcheck disable=SC2086 # words are meant
	sentence 1 "the state directory '$other' belongs to user $owner, who could change what is in it: set REMIT_STATE" \
		"${command%% --*}: a directory of somebody else is refused" with "$other" $command
done
is "$(ls -A "$tmp_user")" "" "nothing is written there, either"
run with "$other" remit doctor
is "$status" 1 "the doctor knows it"
like "$out" "^missing +state +the state directory '$other' belongs to user" "and says so"

# Parts of it that can't be written to
run job -- sh -c "$edit"
if is_root; then
	skip "root writes everywhere" "a part of it that can't be written to is named"
else
	for part in jobs running log evidence/sha256; do
		chmod a-w "state/$part"
		sentence 1 ".*'$REMIT_STATE/${part}[/'].*Permission denied" "$part can't be written to" job -- sh -c "$edit"
		chmod u+w "state/$part"
		in_order "and nothing is lost or left for that"
	done
	mkdir readonly
	chmod a-w readonly
	sentence 1 "create directory '$tmp/readonly/state.*': Permission denied" "a state directory that can't be made" \
		with "$tmp/readonly/state" remit run --repo repo -- true
	chmod a-w state/bases
	refused 0 "checkouts that are there serve without being written to" job -- sh -c "$edit"
	chmod u+w state/bases
	rm -f state/cache/seccomp/*
	chmod a-w state/cache/seccomp
	refused 0 "filters that can't be kept are made each time" job -- sh -c "$edit"
	chmod u+w state/cache/seccomp
fi

# Parts of it that are gone or changed
mv state/keys/log.key key
sentence 1 ".*'$REMIT_STATE/keys/log\.key.*: No such file" "without its key the log takes nothing" job -- sh -c "$edit"
mv key state/keys/log.key
cp -r state/log log
echo x >>state/log/checkpoint
sentence 1 ".*log.*" "a log that was changed takes nothing" job -- sh -c "$edit"
rm -rf state/log
mv log state/log
in_order "it is in order once it is what it was"
rm -rf state/jobs state/running state/bases state/cache
refused 0 "what can be made again is made again" job -- sh -c "$edit"
ok "the log goes on" remit audit verify
finish
