#!/bin/sh
# Every command explains itself, says what is wrong with how it was called, and prints JSON that is documented.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
remit --help | sed -n 's/^  \([a-z ]*[a-z]\)  .*/\1/p' >names
is "$(sort names | tr '\n' ,)" \
	"audit list,audit show,audit verify,completion,diff,doctor,init,jobs,policy check,policy match,policy schema,profile check,profile list,profile show,run,sandbox,show," \
	"these are the commands"

# Help
explain() {
	while read -r name; do
		# shellcheck disable=SC2086 # words are meant
		remit $name --help >help 2>&1 || echo "$name: status $?"
		head -n 1 help | grep -q "^usage: remit $name\( \|$\)" || echo "$name: no usage"
		awk -v name="$name" 'length > 104 { print name ": a line of " length }' help
		remit --help | grep -q "^  $name  *$(sed -n 3p help | cut -c 1-20)" || echo "$name: another line in the list"
	done <names
}
is "$(explain)" "" "each explains itself, in lines that fit"
ok "remit --version says which" sh -c "remit --version | grep -Eq '^remit [0-9]+\.[0-9]+\.[0-9]+$'"
is "$("${REMIT_BUILD:?}/remit-log" --version | cut -d ' ' -f 2)" "$(remit --version | cut -d ' ' -f 2)" "the log is of the same version"

# Wrong usage
wrong() { # WORDS...: of each command, all are refused
	while read -r name; do
		# shellcheck disable=SC2086 # words are meant
		remit $name "$@" >"$tmp/printed" 2>complaint </dev/null
		code=$?
		[ "$code" = 2 ] || echo "$name $*: status $code"
		[ -s printed ] && echo "$name $*: prints"
		grep -Eq "^remit( [a-z ]*)?: .*'?${1%%=*}'?" complaint || echo "$name $*: $(head -n 1 complaint)"
	done
}
is "$(wrong --no-such-option <names)" "" "an unknown option is named by each"
is "$(grep -Ev '^(sandbox|completion)$' names | wrong --json=3)" "" "so is an argument that an option does not take"
run remit sandbox --json -- echo ran
is "$status:$out" 2: "the bare cage has no JSON to print"
like "$err" "^remit: unknown option '--json': standard output is the command's own; '--events FILE' writes what happens as JSON$" \
	"and says where it is"
ok "it is not listed" sh -c '! remit sandbox --help | grep -e --json && ! remit completion bash | grep "sandbox.*--json"'
run remit completion bash --json
is "$status:$out" 2: "completion has none at all"
like "$err" "^remit: unknown option '--json'$" "which is all there is to say"
is "$(grep -E '^(init|jobs|doctor|policy check|profile list|audit verify|audit list)$' names | wrong surplus)" "" \
	"so is an operand where none is taken"
sentence 2 "option '--base' is missing" "what is missing is named" remit policy check
run remit run --base
is "$status" 2 "an option without its argument is refused"
like "$err" "option '--base' needs an argument: REV" "and says what it needs"
run remit run --polcy x
like "$err" "unknown option '--polcy': did you mean '--policy'\?" "a slip of the pen is seen"
run remit polcy check
is "$status" 2 "an unknown command is refused"
like "$err" "unknown command 'polcy check': did you mean 'policy check'\?" "with the one that was meant"
run remit policy
like "$err" "^  policy check " "half a command lists what it can become"
is "$status" 2 "and is refused"
run remit
is "$status:$out" 2: "no command at all is wrong usage"
like "$err" '^  policy check ' "and lists them"
sentence 2 "option '--agent': 'a b' is not a name: expected at most 64 letters" "an agent has a name" \
	job --agent 'a b' -- true
sentence 2 "option '--check': expected NAME=COMMAND, found 'x'" "a check has a command" job --check x -- true
sentence 2 "there is no command to run: .remit run \[JOB.yaml\] -- COMMAND" "a job has a command" job
sentence 2 "number of an entry: 'x' is not a whole number" "an entry has a number" remit audit show x
sentence 2 "expected one profile: a name or a file" "a profile is named" remit profile show
run remit show
is "$status" 1 "where no job was run yet none can be shown"
sentence 1 "there is no log in '$REMIT_STATE/log' yet: .remit run. or .remit init. makes one" "nor a log be verified" \
	remit audit verify

# JSON. Each member that is printed stands in docs/json.md, or in docs/policy.md.
run job --json --check "c=true" -- sh -c 'echo more >>docs/a.md; cat ~/.ssh/id_rsa; touch x.o; mkfifo f; git commit -qam inside'
printf '%s' "$out" >run.json
remit init --json >init.json
remit show --json >show.json
remit diff --json >diff.json
remit jobs --json >jobs.json
remit policy check --repo repo --base HEAD --head "$(json 'd["ref"]')" --json >policy-check.json
printf 'a.md\nb.c\n' | remit policy match --pattern '*.md' --json >policy-match.jsonl
remit policy schema --json >policy-schema.json
remit profile list --json >profile-list.json
remit profile show base --json >profile-show.json
remit profile check base --json >profile-check.json
remit audit verify --json >audit-verify.json
remit audit list --json >audit-list.jsonl
remit audit show 1 --json >audit-show.json
remit doctor --json >doctor.json
remit show nix --json >error.json 2>/dev/null
run python3 -P "$kit/json_docs.py" "$top/docs" ./*.json ./*.jsonl
is "$status:$out$err" 0: "each prints JSON, and every member of it is documented"
is "$(cat show.json)" "$(cat run.json)" "what a job ends with is what is shown of it"
out=$(cat error.json)
is "$(doc status):$(doc error)" "2:there is no job 'nix': \`remit jobs\` lists those that there are" "errors are JSON, too"

# Completion
for shell in bash zsh fish; do
	if command -v "$shell" >/dev/null; then
		remit completion "$shell" >"completion.$shell"
		ok "$shell takes what completion prints" "$shell" -n "completion.$shell"
	else
		skip "there is no $shell" "$shell takes what completion prints"
	fi
done
in_bash() { # WORD...: what the last can become
	bash -c 'source completion.bash; COMP_WORDS=(remit "$@"); COMP_CWORD=$#; _remit; echo "${COMPREPLY[*]}"' bash "$@"
}
if command -v bash >/dev/null; then
	is "$(in_bash po)" policy "bash completes a command"
	is "$(in_bash policy '')" "check match schema" "and the second word of one"
	is "$(in_bash policy check --b)" --base "and its options"
	is "$(in_bash run --check x --po)" --policy "of a command of one word, too"
	is "$(in_bash show docs)" "" "and invents nothing"
	is "$(in_bash run repo)" repo "files are completed where words are not"
else
	skip "there is no bash" "bash completes"
fi
if command -v fish >/dev/null; then
	in_fish() {
		fish --no-config -c "source completion.fish; complete -C '$1'" 2>/dev/null | cut -f 1 | tr '\n' ' '
	}
	is "$(in_fish 'remit pol')" "policy " "fish completes a command"
	is "$(in_fish 'remit policy ')" "check match schema " "and the second word of one"
	is "$(in_fish 'remit policy check --b')" "--base " "and its options"
else
	skip "there is no fish" "fish completes"
fi
sentence 2 "expected the name of a shell: bash, zsh or fish" "another shell is told which there are" remit completion tcsh
finish
