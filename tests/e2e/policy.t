#!/bin/sh
# A policy can't be talked round: not by who brings the evidence, not by an error, not by a change to itself.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
branches() {
	git -C repo for-each-ref --format='%(refname)' refs/heads/remit refs/remit
}

check() {
	remit policy check --repo repo --base HEAD~1 --head HEAD "$@"
}

# Evidence.
cat >require.yaml <<'END_POLICY'
version: 1
default: allow
evidence:
  - { when: { paths: ["*.c"] }, require: [tests] }
END_POLICY
{ cat require.yaml && echo 'checks: { tests: "test ! -e broken" }'; } >own.yaml
cat >job.yaml <<'END_JOB'
version: 1
command: echo 1 > x.c
checks: { tests: { run: "true" } }
END_JOB
refused 2 "a policy that requires what nothing defines starts no job" job --policy require.yaml -- touch x.c
like "$err" "require.yaml:4:42: nothing defines the check 'tests'" "and the place is told"
refused 2 "the submitter does not define it by an option" job --policy require.yaml --check tests=true -- touch x.c
refused 2 "nor in the job file" remit run job.yaml --repo repo --policy require.yaml
refused 0 "the policy itself does" job --json --policy own.yaml -- touch x.c
is "$(json '[(c["name"], c["from"], c["passed"]) for c in d["checks"]]')" '[["tests", "operator", true]]' "which is told"
refused 2 "and nobody replaces it" job --policy own.yaml --check tests=true -- touch x.c
like "$err" "defined by the operator's policy already" "as is said"
refused 11 "where it fails a person decides" job --policy own.yaml -- touch x.c broken
mkdir repo/.remit
{ cat require.yaml && echo 'checks: { tests: "true" }'; } >repo/.remit/policy.yaml
commit repo Policy
refused 2 "what the operator requires the repository does not define" job --policy require.yaml -- touch x.c
refused 0 "what it requires itself it does" job --json -- touch x.c
is "$(json '[c["from"] for c in d["checks"]]')" '["repository"]' "which is told, too"
refused 0 "a job file brings checks of its own" remit run job.yaml --json --repo repo
mkdir -p "$XDG_CONFIG_HOME/remit"
cp require.yaml "$XDG_CONFIG_HOME/remit/policy.yaml"
refused 2 "a policy that is named defines nothing for the one of the host" job --policy own.yaml -- touch x.c
cp own.yaml "$XDG_CONFIG_HOME/remit/policy.yaml"
sed -i 's/true/test ! -e broken/' repo/.remit/policy.yaml
commit repo 'Same check'
refused 0 "where both define it as one command, it is the operator's" job --json -- touch x.c
is "$(json '[c["from"] for c in d["checks"]]')" '["operator"]' "and runs once"
rm -r "$XDG_CONFIG_HOME/remit"

# Changes to the policy.
cat >all.yaml <<'END_POLICY'
version: 1
default: allow
rules:
  - { id: all, when: { paths: ["*", /.remit/] }, verdict: allow }
END_POLICY
cp all.yaml repo/.remit/policy.yaml
commit repo 'Allow all'
refused 11 "the change of a policy needs a person, whoever says allow" job --json --policy all.yaml -- \
	sh -c 'echo "# more" >> .remit/policy.yaml'
is "$(json '[r["rule"] for r in d["decision"]["reasons"]]')" '["policy-guard"]' "by the built-in guard"
refused 11 "so does a new one" job --policy all.yaml -- sh -c 'mkdir .remit/policy.d; cp .remit/policy.yaml .remit/policy.d/x.yaml'
refused 11 "the loss of one" job --policy all.yaml -- rm -r .remit
refused 11 "and its move" job --policy all.yaml -- mv .remit/policy.yaml README.md
refused 0 "others land" job --policy all.yaml -- touch f

# Anomalies that are more than can be named.
sed -i '$a anomalies: { symlink-escape: review }' all.yaml
cp all.yaml repo/.remit/policy.yaml
commit repo 'Weaker'
# shellcheck disable=SC2016 # for the job
many='mkdir aa; for i in $(seq "$1"); do ln -s /etc aa/$i; done'
refused 10 "a thousand anomalies are judged" job --policy all.yaml -- sh -c "$many" - 1000
refused 12 "of more some can't be" job --json --policy all.yaml -- sh -c "$many" - 1001
is "$(json '[r["rule"] for r in d["decision"]["reasons"] if r["verdict"] == "deny"]')" '["unnamed-anomalies"]' "which is said"
ln -s /etc repo/a
echo 1 >'repo/b '
commit repo 'Anomalies of two kinds'
refused 12 "two kinds of them are no error" check

# Errors.
before=$(branches)
for status in 0 10 11; do
	unlike "$(for base in HEAD~9 no-such main: '' -x; do
		remit policy check --repo repo --base "$base" >/dev/null 2>&1
		echo "status $?"
	done)" "^status $status\$" "a base that is no commit never ends with $status"
done
echo 'version: 1' >short.yaml
refused 2 "nor a malformed policy" check --policy short.yaml
refused 2 "nor one that is not there" check --policy ./none.yaml
refused 2 "nor a repository that is none" remit policy check --repo home --base HEAD
cp -r repo broken
blob=$(git -C broken rev-parse HEAD:a)
rm -f "broken/.git/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-)"
run remit policy check --repo broken --base HEAD~1
like "$status" '^(1|2)$' "nor an object that is missing"
like "$err" "$blob" "which is named"
id='\1\2\3\4\5\6\7\1\1\1\1\2\3\4\5\6\7\1\1\1'
bad=$(printf "100644 z\\0%b100644 a\\0%b" "$id" "$id" | git -C repo hash-object -t tree -w --literally --stdin)
bad=$(git -C repo commit-tree "$bad" -p HEAD -m bad)
run remit policy check --repo repo --base HEAD --head "$bad"
like "$status" '^(1|2)$' "nor a malformed tree"
is "$out" "" "and no verdict is printed"
is "$(branches)" "$before" "nothing of all this has landed"
refused 2 "an error before the job is no verdict" job --policy short.yaml -- touch f
finish
