# shellcheck shell=sh
# escape.sh: attacks on a cage. One attack a file; each is shown to be held by the real build, and to get
# through in the weak build when the mechanism that holds it is switched off (sandbox/weaken.h): so it is
# that mechanism which holds it, and the attack is one. An attack exits with
#
#	0	and says ESCAPED: it got through
#	1	and says `held: why`: it was tried, and refused
#	77	and says why: it can't be tried here; this is skipped aloud
#	other	it did not get as far as trying, which proves nothing: the test fails
#
# An attack is a command in a cage, or a function of the test's own where it takes more than that:
#
#	attack WORDS SENTENCE [OPTION...] -- COMMAND...   the command runs in `remit sandbox OPTION...`;
#	                   held with all on, through with WORDS (one, or several with commas between) off
#	attack_by WORDS SENTENCE FUNCTION...   the same for a function that makes its own cage; it runs once
#	                   in each build, in a subshell, and is to use `cage` or `remit` of PATH
#	held SENTENCE FUNCTION..., through WORDS SENTENCE FUNCTION...   one half of it
#	each_holds WORDS SENTENCE FUNCTION...   each of these mechanisms holds it alone, with the others off
#
# and these help:
#
#	cage [OPTION...] -- COMMAND...   `remit sandbox` of the build under test; unless --profile is given, with
#	                   one that extends base and shows $probes
#	probe NAME...      makes the programs that tests/escape/NAME.c became available as $probes/NAME
#	escaped [TEXT], held_by TEXT, untried TEXT   end a function as an attack ends
#	$tmp               is there, with $HOME and $REMIT_STATE in it; the test starts in it
#
# Profiles of a test's own list $probes where they need it.

. "${0%/*}/../lib.sh"

escape_weak=${REMIT_WEAK:-$top/build/weak}
escape_path=$PATH
# A cage has a /tmp of its own, where nothing can be listed.
TMPDIR=/var/tmp
export TMPDIR

tmpdir
cd "$tmp" || exit 1
unset REMIT_WEAKEN
HOME=$tmp/home
XDG_CONFIG_HOME=$HOME/.config
REMIT_STATE=$tmp/state
export HOME XDG_CONFIG_HOME REMIT_STATE
probes=$tmp/probes
mkdir -p "$XDG_CONFIG_HOME" "$probes"
cat >escape.yaml <<-END
	version: 1
	name: escape
	extends: base
	files: { read: ['$probes'] }
END

probe() {
	for escape_name in "$@"; do
		cp "$escape_weak/escape/$escape_name" "$probes/" || {
			fail "the probe $escape_name was built"
			finish
		}
	done
}

escape_has_profile() {
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		case $1 in
		--profile | --profile=* | -p*) return 0 ;;
		esac
		shift
	done
	return 1
}

cage() {
	escape_has_profile "$@" || set -- --profile "$tmp/escape.yaml" "$@"
	timeout --foreground --kill-after=5 60 remit sandbox "$@"
}

escaped() {
	echo "ESCAPED${1:+: $1}"
	exit 0
}

held_by() {
	echo "held: $1"
	exit 1
}

untried() {
	echo "$1"
	exit 77
}

escape_real() (
	PATH=$REMIT_BUILD:$escape_path
	"$@"
)

# Filters are kept compiled in the state directory; one that was made weaker must not be found there.
escape_without() (
	PATH=$escape_weak:$escape_path
	REMIT_STATE=$tmp/state.$1
	REMIT_WEAKEN=$1
	export REMIT_WEAKEN
	shift
	"$@"
)

escape_says() {
	printf '%s\n%s\n' "$out" "$err" | tr -d '\r' | grep -q -e "^$1"
}

# escape_judge_held SENTENCE: what `run` has just kept.
escape_judge_held() {
	if [ "$status" -eq 77 ]; then
		skip "$(printf '%s\n' "${out:-$err}" | tail -n 1)" "held$1"
	elif [ "$status" -eq 1 ] && escape_says 'held: ' && ! escape_says ESCAPED; then
		pass "held$1"
	else
		fail "held$1"
		tap_show_run
	fi
}

held() {
	escape_sentence=$1
	shift
	run escape_real "$@"
	escape_judge_held ": $escape_sentence"
}

# escape_but WORD WORDS: WORDS without this one.
escape_but() {
	printf '%s' "$2" | tr , '\n' | grep -vx "$1" | tr '\n' , | sed 's/,$//'
}

each_holds() {
	escape_all=$1
	escape_sentence=$2
	shift 2
	for escape_word in $(printf '%s' "$escape_all" | tr , ' '); do
		run escape_without "$(escape_but "$escape_word" "$escape_all")" "$@"
		escape_judge_held " by $escape_word alone: $escape_sentence"
	done
}

through() {
	escape_words=$1
	escape_sentence=$2
	shift 2
	run escape_without "$escape_words" "$@"
	if [ "$status" -eq 77 ]; then
		skip "$(printf '%s\n' "${out:-$err}" | tail -n 1)" "without $escape_words: $escape_sentence"
	elif [ "$status" -eq 0 ] && escape_says ESCAPED && ! escape_says 'held: '; then
		pass "without $escape_words it gets through: $escape_sentence"
	else
		fail "without $escape_words it gets through: $escape_sentence"
		tap_show_run
	fi
}

attack_by() {
	escape_word=$1
	shift
	held "$@"
	through "$escape_word" "$@"
}

attack() {
	escape_word=$1
	escape_sentence=$2
	shift 2
	attack_by "$escape_word" "$escape_sentence" cage "$@"
}
