# shellcheck shell=sh
# kit.sh: what the tests of remit as a whole share; read after lib.sh.
#
#	kit_start          a state directory, a home and a git configuration of this test's own; goes to $tmp
#	new_repo DIR       a small repository with one commit
#	job OPTION...      `remit run OPTION...` in $tmp/repo
#	json EXPRESSION    what a Python expression about the document `d`, $out, comes to
#	doc KEY...         the member of $out at the end of these keys
#	story SENTENCE     the log, the evidence and the repository say of the job in $out what it says itself
#	in_order SENTENCE  no job is open, nothing is left behind, log, evidence, results and branches agree
#	interrupt SIGNAL after SECONDS COMMAND...   sends the signal, INT say, after so much time; gives its status
#	interrupt SIGNAL at SECONDS COMMAND...      sends it when COMMAND has come to a 'sleep SECONDS' somewhere
#	sentence STATUS PATTERN SENTENCE COMMAND...   it exits so and says one sentence, which matches; nothing else
#	snapshot           names of all that is in the state directory, but for what is kept as a cache
#	pty COMMAND...     runs it on a terminal of $PTY_COLUMNS, 80 columns; what the terminal showed is in $out
#	until_true COMMAND...   tries until it succeeds, ten seconds at most
#	gone TEXT          no process has TEXT in its command line any more, after a moment at most

# shellcheck disable=SC2154 # top is set by lib.sh
kit=$top/tests/e2e

kit_start() {
	command -v git >/dev/null || skip_all "there is no git"
	command -v python3 >/dev/null || skip_all "there is no python3"
	tmpdir
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE NO_COLOR REMIT_TASK
	HOME=$tmp/home
	XDG_CONFIG_HOME=$HOME/.config
	REMIT_STATE=$tmp/state
	GIT_CONFIG_GLOBAL=$HOME/gitconfig
	GIT_CONFIG_NOSYSTEM=1
	TERM=xterm
	export HOME XDG_CONFIG_HOME REMIT_STATE GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM TERM
	mkdir -p "$XDG_CONFIG_HOME"
	git config --file "$GIT_CONFIG_GLOBAL" user.name Tester
	git config --file "$GIT_CONFIG_GLOBAL" user.email tester@example.com
	git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
	cd "$tmp" || exit 1
}

new_repo() {
	git init --quiet "$1"
	mkdir "$1/src" "$1/docs"
	echo '# A project' >"$1/README.md"
	echo 'int main(void) { return 0; }' >"$1/src/main.c"
	echo 'Some words.' >"$1/docs/a.md"
	echo '*.o' >"$1/.gitignore"
	commit "$1" First
}

commit() {
	git -C "$1" add --all && git -C "$1" commit --quiet --message "$2"
}

job() {
	remit run --repo "$tmp/repo" "$@"
}

json() {
	printf '%s' "$out" | python3 -P "$kit/kit.py" json "$1"
}

doc() {
	printf '%s' "$out" | python3 -P "$kit/kit.py" member "$@"
}

story() {
	printf '%s' "$out" >"$tmp/result.json"
	if python3 -P "$kit/kit.py" job "$tmp/result.json" 2>"$tmp/story"; then
		pass "$1"
	else
		fail "$1"
		note "$(cat "$tmp/story")"
	fi
}

in_order() {
	ok "$1" python3 -P "$kit/kit.py" order
}

interrupt() {
	python3 -P "$kit/kit.py" interrupt "$@"
}

sentence() {
	kit_status=$1
	kit_pattern=$2
	kit_sentence=$3
	shift 3
	run "$@"
	if [ "$status" = "$kit_status" ] && [ -z "$out" ] && [ "$(printf '%s\n' "$err" | wc -l)" = 1 ] &&
		tap_matches "$err" "^remit: $kit_pattern"; then
		pass "$kit_sentence"
		return
	fi
	fail "$kit_sentence"
	note "wanted exit status $kit_status and one line: remit: $kit_pattern"
	tap_show_run
}

snapshot() {
	[ -d "$REMIT_STATE" ] || return 0
	(cd "$REMIT_STATE" && find . -path ./bases -prune -o -path ./cache -prune -o -print | sort)
}

pty() {
	python3 -P "$kit/kit.py" pty "$@"
}

until_true() {
	tap_tries=0
	until "$@"; do
		tap_tries=$((tap_tries + 1))
		[ "$tap_tries" -lt 1000 ] || return 1
		sleep 0.01
	done
}

nobody_runs() {
	! ps -eo stat=,args= | awk -v what="$1" '$1 !~ /^Z/ && $2 != "awk" && index($0, what) { n++ } END { exit !n }'
}

gone() {
	until_true nobody_runs "$1"
}
