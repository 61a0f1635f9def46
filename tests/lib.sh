# shellcheck shell=sh
# lib.sh: TAP for shell tests. A test is an executable file that begins with
#
#	#!/bin/sh
#	# One sentence: what this file shows.
#	. "${0%/*}/../lib.sh"
#
# and ends with `finish`. In between, each of these prints one line of TAP; SENTENCE says what holds:
#
#	ok SENTENCE COMMAND...         COMMAND succeeds; what it printed is shown when it does not
#	refused STATUS SENTENCE COMMAND...   COMMAND exits with exactly STATUS
#	is GOT WANTED SENTENCE         the two texts are the same
#	like TEXT PATTERN SENTENCE     some line of TEXT matches PATTERN (grep -E)
#	unlike TEXT PATTERN SENTENCE   no line of TEXT matches PATTERN
#	pass SENTENCE, fail SENTENCE   already known
#	skip REASON SENTENCE           can't be seen here; says so on standard error as well
#	skip_all REASON                nothing in this file can be seen here; does not return
#	plan N                         optional, first: exactly N of these will follow
#	note TEXT                      for people, on standard error
#
# and these help:
#
#	run COMMAND...     keeps what COMMAND does in $status, $out and $err
#	tmpdir             makes the directory $tmp and in it $tmp_user, which the ordinary user owns;
#	                   both are gone at the end, however that comes
#	as_user COMMAND... runs it as the user remit-test (made if missing) when we are root, else as ourselves
#	is_root            are we?
#
# $top is the top of the tree. $REMIT_BUILD, by default build/opt, holds the programs and leads PATH.
# Standard output belongs to TAP: redirect what commands print.

set -u

case $0 in
*/*) top=$(cd "${0%/*}/../.." && pwd) ;;
*) top=$(cd ../.. && pwd) ;;
esac
REMIT_BUILD=${REMIT_BUILD:-$top/build/opt}
PATH=$REMIT_BUILD:$PATH
export REMIT_BUILD PATH

tap_count=0
tap_failed=0
tap_plan=
tap_tmp=
tmp=
tmp_user=
status=0
out=
err=

tap_cleanup() {
	[ -n "$tap_tmp" ] || return 0
	chmod -R u+rwx "$tap_tmp" 2>/dev/null
	rm -rf --one-file-system "$tap_tmp"
	tap_tmp=
}
trap 'tap_cleanup' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

note() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

plan() {
	tap_plan=$1
	printf '1..%s\n' "$1"
}

tap_line() {
	tap_count=$((tap_count + 1))
	printf '%s %s - %s\n' "$1" "$tap_count" "$(printf '%s' "$2" | tr '\n#' '  ')"
}

pass() {
	tap_line ok "$1"
}

fail() {
	tap_failed=$((tap_failed + 1))
	tap_line 'not ok' "$1"
	note "$0: not so: $1"
}

# Output goes to files, so that a process left in the background can't hold us up.
run() {
	tap_need_tmp
	"$@" >"$tap_tmp/.out" 2>"$tap_tmp/.err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$tap_tmp/.out")
	err=$(tr -d '\0' <"$tap_tmp/.err")
}

tap_show_run() {
	note "exit status $status"
	[ -z "$out" ] || note "output: $(printf '%s\n' "$out" | head -n 20)"
	[ -z "$err" ] || note "errors: $(printf '%s\n' "$err" | head -n 20)"
}

ok() {
	tap_sentence=$1
	shift
	run "$@"
	if [ "$status" -eq 0 ]; then
		pass "$tap_sentence"
	else
		fail "$tap_sentence"
		tap_show_run
	fi
}

refused() {
	tap_wanted=$1
	tap_sentence=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$tap_wanted" ]; then
		pass "$tap_sentence"
	else
		fail "$tap_sentence"
		note "wanted exit status $tap_wanted"
		tap_show_run
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		note "got:    $1"
		note "wanted: $2"
	fi
}

tap_matches() {
	printf '%s\n' "$1" | grep -Eq -e "$2"
}

like() {
	if tap_matches "$1" "$2"; then
		pass "$3"
	else
		fail "$3"
		note "got:          $(printf '%s\n' "$1" | head -n 20)"
		note "wanted match: $2"
	fi
}

unlike() {
	if tap_matches "$1" "$2"; then
		fail "$3"
		note "got:           $(printf '%s\n' "$1" | grep -E -e "$2" | head -n 20)"
		note "matches wrongly: $2"
	else
		pass "$3"
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %s # SKIP %s: %s\n' "$tap_count" "$2" "$1"
	note "${0##*/}: skipped: $2: $1"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	note "${0##*/}: skipped: $1"
	exit 0
}

finish() {
	[ -n "$tap_plan" ] || printf '1..%s\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || note "$0: $tap_failed of $tap_count failed"
	exit $((tap_failed > 0))
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

tap_need_tmp() {
	[ -z "$tap_tmp" ] || return 0
	tap_tmp=$(mktemp -d "${TMPDIR:-/tmp}/remit-test.XXXXXX") || exit 1
	chmod 0755 "$tap_tmp"
}

tmpdir() {
	[ -z "$tmp" ] || return 0
	tap_need_tmp
	tmp=$tap_tmp/own
	tmp_user=$tap_tmp/user
	mkdir "$tmp" || exit 1
	"$top/tests/as-user" true && mkdir "$tmp_user" || exit 1
	! is_root || chown remit-test: "$tmp_user" || exit 1
}

as_user() {
	"$top/tests/as-user" "$@"
}
