#!/bin/sh
# remit policy match prints what git check-ignore prints with the same patterns, and fails in one clear sentence.
# MATCH_SECONDS=N lets each of the random comparisons run longer; MATCH_SEED=N is the second one's seed.
. "${0%/*}/../lib.sh"

command -v git >/dev/null || skip_all "there is no git to compare with"
command -v python3 >/dev/null || skip_all "there is no python3 to make patterns with"
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS

seconds=${MATCH_SECONDS:-5}
seed=${MATCH_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
compare="$top/tests/e2e/match.py $REMIT_BUILD/remit"
tmpdir
match() {
	remit policy match "$@"
}

# shellcheck disable=SC2086 # two words
{
	ok "random patterns and paths, the same each time, are decided as git decides" \
		python3 $compare random 1 "$seconds"
	note "$out"
	ok "so are others each time (MATCH_SEED=$seed)" python3 $compare random "$seed" "$seconds"
	note "$out"
	ok "what git refuses is refused, what came before it printed" python3 $compare edges
}

printf '%s\n' a b ab 'c d' >"$tmp/paths"
printf '%s\n' '*' '!b' >"$tmp/one"
printf '%s\n' '!ab' >"$tmp/two"
with_paths() {
	match "$@" <"$tmp/paths"
}

run with_paths --file "$tmp/one" --pattern b --file "$tmp/two"
is "$out" "$(printf 'a\nb\nc d')" "files and patterns count in the order in which they are given"
run with_paths --file "$tmp/two" --file "$tmp/one" --pattern=a --verbose
is "$out" "$(printf '%s\t%s\n' '<command line>:1:a' a "$tmp/one:2:!b" b "$tmp/one:1:*" ab "$tmp/one:1:*" 'c d')" \
	"-v names file and line, or the number of the option on the command line"
run with_paths --pattern nothing
is "$status:$out" "0:" "the exit status is 0 when nothing matches"

run with_paths --pattern 'a*' --pattern '!ab' --json
is "$out" '{"line":1,"matched":true,"path":"a","pattern":"a*","source":"<command line>"}' \
	"--json prints an object for each path that matches"
run with_paths --pattern 'a*' --pattern '!ab' --json -v
like "$out" '^\{"line":2,"matched":false,"path":"ab","pattern":"!ab"' "and with -v those that a negated pattern decides for"
printf '\377\0' >"$tmp/bytes"
run match --pattern '*' -z --json
is "$out" "" "no input, no output"
bytes() {
	match --pattern '*' -z --json <"$tmp/bytes"
}
run bytes
like "$out" '"path":\{"base64":"/w=="\}' "bytes that are no text come as base64"

big() {
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf "d%d/%d/x%s\n", i % 7, i % 1000, i % 3 ? "" : ".o" }' |
		match --pattern '*.o' | wc -l | tr -d ' '
}
run big
is "$out" 66667 "input and output of any size pass through"
long() {
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "0123456789"; print "\nb" }' | match --pattern '[b]' --pattern '*90'
}
run long
is "$out" b "a line of a million bytes is one path"
run sh -c 'printf a | remit policy match --pattern a'
is "$out" a "the last line need not end"

answers_at_once() {
	mkfifo "$tmp/in" "$tmp/out"
	match --pattern a <"$tmp/in" >"$tmp/out" &
	exec 3>"$tmp/in" 4<"$tmp/out"
	echo a >&3
	answer=$(timeout 20 head -n 1 <&4)
	exec 3>&- 4<&-
	wait
	[ "$answer" = a ]
}
ok "what was read is answered before more is read" answers_at_once

nul_in_line() {
	printf 'a\0b\nc\n' | match --pattern '*'
}
refused 2 "a NUL in a line is refused" nul_in_line
like "$err" 'path 1: holds a NUL' "and named"
refused 2 "no pattern is wrong usage" with_paths
refused 2 "so is an operand" with_paths --pattern a b
refused 2 "and an option that is not known" with_paths --pattern a --quiet
refused 2 "a pattern of two lines is refused" with_paths --pattern "a
b"
refused 2 "a file that is not there is refused" with_paths --file "$tmp/none"
like "$err" "none': No such file" "and named"
refused 2 "so is a directory" with_paths --file "$tmp"
full() {
	match --pattern '*' <"$tmp/paths" >/dev/full
}
refused 1 "output that can't be written is an error" full

finish
