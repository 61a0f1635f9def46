#!/bin/sh
# The JSON Schemas for editors say what the loaders say.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
python=
for candidate in python3 /usr/bin/python3; do
	[ -n "$python" ] || ! "$candidate" -c 'import jsonschema, yaml' 2>/dev/null || python=$candidate
done
[ -n "$python" ] || skip_all "python3-jsonschema or python3-yaml is missing"

schema() {
	"$python" -W ignore -P "$kit/schema.py" "$@"
}
for what in policy profile job; do
	remit policy schema "$what" >"$what.json"
	ok "the schema of a $what is one" schema valid "$what.json"
done
is "$(remit policy schema | cmp - policy.json)" "" "that of a policy is the one meant without a name"
is "$(remit policy schema --json policy | cmp - policy.json)" "" "--json changes nothing"
sentence 2 "there is no schema 'nix': expected policy, profile or job" "there is no other" remit policy schema nix

data=$top/tests/data
is "$(schema valid policy.json "$data"/valid/policy/*.yaml "$top"/profiles/policies/*.yaml "$top"/.remit/policy.yaml)" "" \
	"every valid policy is valid by its schema"
is "$(schema valid profile.json "$top"/profiles/*.yaml)" "" "so is every shipped profile"
remit profile show node >node.json
is "$(schema valid profile.json node.json)" "" "and one that 'profile show' prints"
is "$(remit profile show ./node.json | cmp - node.json)" "" "which is that profile when it is loaded"

# What depends on something elsewhere in the file, on the text of a value, or on what YAML is made of: the loader's alone.
schema invalid policy.json "$data"/invalid/policy/*.yaml | sort >accepted
cat >beyond <<'END'
agents-empty
alias
approvals-allow
approvals-from-empty
approvals-group
approvals-no-groups
approvals-too-many
check-empty
check-name
check-timeout-short
evidence-name
evidence-no-names
group-anyone
group-empty
group-name
group-twice
key-twice
lines-crossed
lines-empty
modes-empty
pattern-backslash
pattern-blank
pattern-bracket
pattern-comment
pattern-dot
pattern-lines
pattern-negated
pattern-parent
pattern-slashes
risk-alone
risk-weaker
rule-allows-change
rule-because-lines
rule-id-case
rule-id-dash
rule-id-twice
rule-no-verdict
tag
END
is "$(comm -23 accepted beyond)" "" "an invalid policy is invalid by its schema, but for what a schema is not asked"
all=$(find "$data/invalid/policy" -name '*.yaml' | wc -l)
is "$((all - $(wc -l <accepted) >= 45))" 1 "which leaves most of them to it"

# One of each kind
write() { # NAME LINE...
	name=$1
	shift
	printf '%s\n' "$@" >"$name"
}
agree() { # WHAT NAME SENTENCE: neither takes it
	case $1 in
	profile) set -- "$@" remit profile check "./$2" ;;
	job) set -- "$@" remit run "$2" ;;
	esac
	kit_what=$1 kit_name=$2 kit_sentence=$3
	shift 3
	run "$@"
	is "$status:$(schema invalid "$kit_what.json" "$kit_name")" "2:" "$kit_sentence"
}
write a.yaml 'version: 1' 'fils: { read: [] }'
agree profile a.yaml "profile: an unknown key"
write a.yaml 'version: 1' 'files: { read: 3 }'
agree profile a.yaml "profile: a number for a list"
write a.yaml 'version: 1' 'limits: { wall: soon }'
agree profile a.yaml "profile: a word for a duration"
write a.yaml 'version: 1' 'trace: all'
agree profile a.yaml "profile: a word that is no choice"
write a.yaml 'version: 1' 'network: { allow: [{ port: 443 }] }'
agree profile a.yaml "profile: a network rule without a host"
write a.yaml 'version: 3'
agree profile a.yaml "profile: another version"
write j.yaml 'version: 1' 'comand: x'
agree job j.yaml "job: an unknown key"
write j.yaml 'command: x'
agree job j.yaml "job: no version"
write j.yaml 'version: 1' 'command: x' 'checks: { a: x }'
agree job j.yaml "job: a check that is no map"
write j.yaml 'version: 1' 'command: x' 'checks: { a: { timeout: 1m } }'
agree job j.yaml "job: a check without a command"
write j.yaml 'version: 1' 'command: { a: b }'
agree job j.yaml "job: a command that is a map"
finish
