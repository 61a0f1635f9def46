#!/bin/sh
# Checks judge what a job left, from a fresh cage, by definitions that the job has no say in.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
mkdir repo/.remit
cat >repo/.remit/policy.yaml <<'END'
version: 1
default: allow
rules:
  - id: any
    when: { paths: ["**"] }
    verdict: allow
evidence:
  - when: { paths: ["*.c"] }
    require: [builds]
checks:
  builds: { run: "test ! -e broken", timeout: 30s }
END
commit repo Policy

refused 0 "a check that passes lets the change land" job --json -- sh -c 'echo "int x;" > x.c'
story "the story agrees"
is "$(json '[(c["name"], c["from"], c["passed"], c["exit"]) for c in d["checks"]]')" '[["builds", "repository", true, 0]]' \
	"the policy's check has run"

refused 11 "one that fails makes it a person's matter" job --json -- sh -c 'echo x > x.c; touch broken'
is "$(json '[r["rule"] for r in d["decision"]["reasons"]]')" '["evidence"]' "because evidence is missing"
is "$(json '[(n["what"], n["from"]) for n in d["decision"]["needs"]]')" \
	'[["approval", "a person"], ["evidence", "builds"]]' "and says what is needed"
story "the story agrees with it"

refused 11 "a check of the submitter that fails does the same" job --json --check 'mine=echo out; echo err >&2; exit 7' -- touch f
is "$(json '[(c["from"], c["passed"], c["exit"]) for c in d["checks"]]')" '[["repository", true, 0], ["command-line", false, 7]]' \
	"its status is told"
output=$(json 'd["checks"][1]["output_sha256"]')
is "$(sort "state/evidence/sha256/$output")" "err
out" "its output is evidence"
like "$(json 'd["checks"][1]["wall"]')" '^[0-9]+$' "its time is known"
run remit audit list --json --job "$(doc job)" --type check.finished
is "$(printf '%s\n' "$out" | grep -c "\"output_sha256\":\"$output\"")" 1 "and in the log, with the digest of its output"

refused 2 "a policy's check can't be replaced" job --check 'builds=true' -- true
like "$err" "check 'builds' is defined by the repository's policy already" "which is said"
refused 0 "naming it as it is does no harm" job --check 'builds=test ! -e broken' -- touch x.c
refused 2 "nor can one name stand for two commands" job --check a=true --check a=false -- true
refused 2 "a name is a name" job --check '../a=true' -- true
like "$err" "'../a' is not a name" "and nothing else"
refused 2 "a check has a command" job --check 'a=' -- true

refused 11 "what the job makes of the policy has no say" job --json -- sh -c '
	sed -i "s/test ! -e broken/true/" .remit/policy.yaml; echo x > x.c; touch broken'
is "$(json '[(c["run"], c["passed"]) for c in d["checks"]]')" '[["test ! -e broken", false]]' \
	"the definition of the base commit was run"
like "$(json '[r["rule"] for r in d["decision"]["reasons"]]')" 'policy-guard' "and the edit itself needs a person"

refused 0 "a check that writes into the tree changes nothing" job --json --check 'rude=echo hacked > README.md; rm -rf src .git; touch extra' \
	--check 'clean=grep -q project README.md && test -e src/main.c && test ! -e extra' -- sh -c 'echo "int x;" > x.c'
story "neither for the branch"
is "$(json '[c["passed"] for c in d["checks"]]')" '[true, true, true]' "nor for the next check"
is "$(git -C repo show "$(doc branch):README.md")" "# A project" "the branch is as the job left it"

# shellcheck disable=SC2016 # for the check
refused 0 "a check sees the captured tree, and nothing else" job --json \
	--check 'sees=test -e new && test ! -e src/main.c && test ! -L ignored.o && test ! -e ignored.o && ! ls /tmp/left && ! env | grep -q MARK=' \
	--check 'where=test "$(pwd)" = /workspace && git status --porcelain | grep -q "?? new"' \
	--check 'layer=test "$(ls)" = "README.md
docs
new"' -- sh -c 'export MARK=1; touch new ignored.o /tmp/left; rm -r src'

# shellcheck disable=SC2016 # for the check
refused 0 "a check has no network" job --json --check 'net=! bash -c "</dev/tcp/192.0.2.1/80" 2>/dev/null &&
	test "$(ls /sys/class/net 2>/dev/null || sed -n "s/^ *\([a-z0-9]*\):.*/\1/p" /proc/net/dev)" = lo' -- touch f

cat >timeout.yaml <<END
version: 1
repo: $tmp/repo
command: [touch, f]
checks:
  slow: { run: "sleep 40", timeout: 1s }
END
refused 11 "a check that takes too long has failed" remit run timeout.yaml --json
is "$(json '[(c["passed"], c["why"]) for c in d["checks"] if c["name"] == "slow"]')" '[[false, "wall"]]' "and says why"
run remit show
like "$out" 'slow failed, exit status [0-9]+, .*; stopped: wall' "so does the card"

refused 0 "a job that changes nothing is not checked" job --json --check 'never=false' -- true
is "$(json 'd["checks"]')" "[]" "there is nothing to be judged"

# Layers: the operator's file and directory, then the repository's.
policies=$XDG_CONFIG_HOME/remit
mkdir -p "$policies/policy.d"
rule() { # ID PATTERN VERDICT
	printf 'version: 1\ndefault: allow\nrules:\n  - { id: %s, when: { paths: ["%s"] }, verdict: %s }\n' "$1" "$2" "$3"
}
rule operator '*.op' review >"$policies/policy.yaml"
rule directory '*.dir' human >"$policies/policy.d/10-more.yaml"
rule ignored '*' deny >"$policies/policy.d/not-yaml.txt"
mkdir repo/.remit/policy.d
rule repository '*.repo' deny >repo/.remit/policy.d/own.yaml
commit repo Layers
refused 0 "where all layers allow, it is allowed" job --json -- touch f
is "$(json 'len(d["policies"])')" 4 "four files judged"
refused 10 "the operator's file has its say" job -- touch f.op
refused 11 "so has its directory" job -- touch f.dir f.op
refused 12 "and the repository's; the strictest wins" job -- touch f.repo f.op f.dir
echo 'version: 1
default: deny' >strict.yaml
refused 12 "--policy comes on top" job --json --policy strict.yaml -- touch f
is "$(json '[p["name"].split("/")[-1] for p in d["policies"]]')" '["policy.yaml", "10-more.yaml", "strict.yaml", "policy.yaml", "own.yaml"]' \
	"of the host's and the repository's"
rm -r "$policies" repo/.remit
commit repo None
refused 10 "without any the shipped default judges" job --json -- touch f
is "$(json '[p["name"] for p in d["policies"]]')" '["shipped policy default"]' "and is named"

refused 0 "the log is in order" remit audit verify
finish
