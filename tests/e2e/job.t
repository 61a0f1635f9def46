#!/bin/sh
# A job goes the whole way, and what the card, the JSON, the log, the evidence and the repository say of it agrees.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo

refused 0 "documentation may land" job --json --agent docs-bot@1.2 --task 'Say more' -- sh -c 'echo more >> docs/a.md'
is "$(doc verdict):$(doc state)" allow:decided "and the JSON says so"
is "$err" "" "and there is nothing beside it"
story "records, evidence, log, branch and trailers agree"
is "$(doc actor agent version)" 1.2 "the agent's version is known"
is "$(json 'd["actor"]["agent"]["sha256"]')" "$(sha256sum /bin/sh | cut -d ' ' -f 1)" "and the digest of its program"
id=$(doc job)
is "$(git -C repo log -1 --format=%s "remit/$id")" "Say more" "the task is the subject of the commit"
is "$(git -C repo show "remit/$id:docs/a.md")" "Some words.
more" "the branch has the change"
is "$(git -C repo status --porcelain)" "" "the checkout is as it was"

refused 10 "code needs a review" job --json -- sh -c 'echo "int x;" >> src/main.c; mv docs/a.md docs/b.md; chmod +x README.md'
story "the story agrees"
is "$(json '[p["operation"] for p in d["paths"]]')" '["mode", "rename", "modify"]' "each path has its operation"
is "$(json 'd["decision"]["needs"][0]["from"]')" anyone "it says whose approval is needed"

refused 11 "what CI runs needs a person" job --json -- sh -c 'mkdir -p .github/workflows; echo on: push > .github/workflows/x.yml'
story "the story agrees then, too"

refused 12 "a link out of the tree is denied" job --json -- ln -s /etc/passwd notes
story "and for what is denied"
id=$(doc job)
is "$(git -C repo rev-parse "refs/remit/denied/$id")" "$(doc subject commit)" "it is kept, but not as a branch"
is "$(git -C repo branch --list "remit/$id")" "" "nobody checks it out by mistake"

refused 0 "a job that changes nothing is done" job --json -- true
story "it has no branch"
refused 1 "one that fails and changes nothing has failed" job --json -- sh -c 'exit 3'
is "$(doc run exit):$(doc changed)" 3:false "its status is told"
refused 0 "a change of one that fails is judged all the same" job --json -- sh -c 'echo x >> README.md; exit 3'

refused 10 "commits on the way are no business of the branch" job --json --task 'Two steps' -- sh -c '
	set -e
	echo one > one.c
	git add one.c
	git commit -q -m "Step one"
	git checkout -q -b elsewhere
	echo two > two.c
	git add two.c
	git -c user.name=Somebody -c user.email=some@body commit -q -m "Step two

with a body"
	echo three > three.c'
story "it has one commit, with the final tree"
is "$(json '[p["path"] for p in d["paths"]]')" '["one.c", "three.c", "two.c"]' "all files are in it"
is "$(json '[c["message"].split("\n")[0] for c in d["commits"]]')" '["Step one", "Step two"]' "but they are in the record"
is "$(json 'd["commits"][1]["author"]')" 'Somebody <some@body>' "with who made them"
is "$(git -C repo branch --list elsewhere)" "" "a branch that the job made stays inside"

git_inside() {
	job --json -- sh -ec '
		test "$(git log --format=%s)" = First
		test -z "$(git status --porcelain)"
		echo more >> README.md
		test "$(git status --porcelain)" = " M README.md"
		git diff | grep -q "^+more"
		git blame README.md | grep -q "Not Committed"
		git stash -q
		test -z "$(git status --porcelain)"
		git stash pop -q
		git branch other
		git switch -q other
		git rev-parse --verify -q HEAD
		test "$(git config user.name)" = agent
		git fsck --strict' >"$tmp/inside" 2>&1
}
ok "git inside works: log, status, diff, blame, stash, branch, switch" git_inside

run job --json --task 'The task' -- sh -c 'echo "$REMIT_TASK|$REMIT_JOB|$HOME|$USER|$(pwd)|$SECRET"'
id=$(doc job)
SECRET=x run remit show --output
is "$out" "The task|$id|/home/agent|agent|/workspace|" "the environment has task and job, and nothing of ours"

printf 'From a file,\nof two lines\n' >task
run job --json --task @task -- sh -c 'printf %s "$REMIT_TASK" | od -An -c | tr -d " \n"; echo x > x.c'
id=$(doc job)
is "$(doc task)" "$(cat task)" "a task is read from a file"
is "$(git -C repo log -1 --format=%s "remit/$id")" "From a file," "its first line is the subject"
run remit show --output
is "$out" 'Fromafile,\noftwolines\n' "the job has it as it stands there"

cat >job.yaml <<END
version: 1
task: Say hello
agent: { name: me, version: "7" }
repo: $tmp/repo
base: HEAD
profile: offline
command: [sh, -c, "echo hello >> README.md; echo \$GREETING"]
env: { GREETING: "good day" }
checks:
  readable: { run: "test -r README.md", timeout: 1m }
END
keep_story() {
	printf '%s' "$out" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["task"], d["actor"], d["profile"], d["command"], d["paths"], d["verdict"], d["decision"],
      [(c["name"], c["run"], c["passed"]) for c in d["checks"]], d["allowed"])'
}
run remit run job.yaml --json
story "a job file does it all"
from_file=$(keep_story)
# shellcheck disable=SC2016 # for the job
run remit run --repo repo --base main --profile offline --agent me@7 --task 'Say hello' \
	--check 'readable=test -r README.md' --json -- sh -c 'echo hello >> README.md; echo $GREETING'
is "$(keep_story)" "$from_file" "options come to the same"
run remit run job.yaml --agent other --json -- sh -c 'echo bye >> README.md'
is "$(doc actor agent name):$(doc actor agent version):$(doc allowed network)" other:null:none \
	"options and a command go over the file"
sed 's/^command:.*/command: "echo $((1 + 1)) >> README.md"/' job.yaml >shell.yaml
run remit run shell.yaml --json
is "$(git -C repo show "$(doc branch):README.md")" "# A project
2" "a command of one text is for the shell"
sed '/^command/d' job.yaml >none.yaml
refused 2 "a file without a command needs one" remit run none.yaml
like "$err" 'no command' "and says so"

run remit run job.yaml
first=$(printf '%s\n' "$out" | sed -n 's/^remit \([^ ]*\).*/\1/p')
run remit show
like "$out" "$first" "show shows the latest job"
run remit show "${first#*-}"
like "$out" "$first.* me" "a part of its name does"
refused 2 "a name that means many is refused" remit show 20
like "$err" "'20' means [0-9]+ jobs" "and the number told"
run remit diff "$first"
like "$out" '^\+hello' "diff prints the patch"
git -C repo checkout -q -b try main
ok "which git applies" sh -c "remit diff $first | git -C repo apply --index"
is "$(git -C repo write-tree)" "$(git -C repo rev-parse "remit/$first^{tree}")" "to the very same tree"
git -C repo reset -q --hard main
run remit diff --json "$first"
is "$(doc 0 path)" README.md "and as JSON its paths"
run remit jobs
is "$(printf '%s\n' "$out" | wc -l)" "$(find state/jobs -mindepth 1 -maxdepth 1 | wc -l)" "jobs has a line for each"
run remit jobs --json
is "$(json 'd[-1]["state"]')" decided "or all that is known"
is "$(json 'len(set(r["job"] for r in d)) == len(d)')" true "of each job once"
is "$(find state/jobs state/running -mindepth 1 -type f ! -name result.json)" "" "of a job only its result stays"

refused 0 "verify finds the log in order" remit audit verify
# A job that does more than there is room for in its record
cat >flood <<'END'
long=$(head -c 60000 /dev/zero | tr '\0' '\001')
i=0; while [ $i -lt 600 ]; do /bin/true "$long"; i=$((i + 1)); done
echo more >>README.md
END
run job --json -- sh -c "$(cat flood)"
is "$status:$(doc verdict)" 11:human "what policies allow is for a person where the record is cut"
is "$(json '[r["rule"] for r in d["decision"]["reasons"] if r["layer"] == "remit"]')" '["omitted-events"]' "who is told why"
is "$(json 'd["run"]["omitted"] > 100')" true "and how much is missing"
omitted=$(json 'd["run"]["omitted"]')
run remit audit list --type job.finished --json
is "$(printf '%s\n' "$out" | tail -n 1 | python3 -P "$kit/kit.py" member body omitted)" "$omitted" "as the log says"
finish
