# shellcheck shell=sh disable=SC2154 # what lib.sh and escape.sh set
# kit.sh: for attacks that take more than one command; read after escape.sh.
#
#	settle TEXT        ends a function as the attack that printed TEXT has ended
#	root_through WORDS SENTENCE FUNCTION...   through, where only root can start a cage that is so weak
#	runs TEXT          some process has TEXT in its command line
#	until_true COMMAND..., pty COMMAND...   as in e2e/kit.sh

. "$top/tests/e2e/kit.sh"

settle() {
	tap_matches "$1" '^held: ' && held_by "$1"
	tap_matches "$1" '^ESCAPED' && escaped "$1"
	echo "it was not tried: $1"
	exit 3
}

root_through() {
	if is_root; then
		through "$@"
	else
		skip "only root can start a cage that is so weak" "without $1: $2"
	fi
}

runs() {
	! nobody_runs "$1"
}
