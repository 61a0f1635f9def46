#!/bin/sh
# remit is killed as it gives any file its name: the next command brings to an end what the log has decided.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"

command -v strace >/dev/null || skip_all "there is no strace"
kit_start
new_repo repo
run job -- true
# renames WHEN: a job that is killed as it enters its WHENth renaming; fails when it has fewer.
renames() {
	strace -o trace -e trace=renameat -e inject=renameat:signal=KILL:when="$1" \
		"$REMIT_BUILD/remit" run --repo repo --agent me -- \
		sh -c 'echo more >>README.md; echo new >src/new.c; git commit -qam Step' >/dev/null 2>&1
	[ $? = 137 ]
}
# What the log, the results and the repository say of the latest job.
said() {
	remit jobs --json >jobs.json 2>errors || return 1
	cat errors >&2
	python3 - <<-'END'
		import json, os, subprocess, sys
		jobs = json.load(open("jobs.json"))
		lines = subprocess.run(["remit", "audit", "list", "--json"], check=True, capture_output=True).stdout.splitlines()
		types = {}
		for entry in map(json.loads, lines):
		    types.setdefault(entry.get("job"), []).append(entry["type"])
		for job in jobs:
		    has = types.get(job["job"], [])
		    assert ("policy.decided" in has) == (job["state"] == "decided"), (job["job"], job["state"], has)
		    assert has.count("job.stopped") == (job["state"] == "interrupted"), (job["job"], job["state"], has)
		    if job["state"] == "decided" and job.get("ref"):
		        at = subprocess.run(["git", "-C", "repo", "rev-parse", job["ref"]], capture_output=True, text=True).stdout
		        assert at.strip() == job["subject"]["commit"], (job["job"], at)
		assert not os.listdir("state/running"), os.listdir("state/running")
	END
}
# Children that the killed remit had only just forked hold its lock until the kernel lets them run and see that it is gone.
soon_said() {
	for _ in 1 2 3 4 5 6 7 8 9; do
		said 2>why && return 0
		sleep 0.3
	done
	cat why >&2
	return 1
}
when=1
while renames "$when"; do
	ok "killed at its renaming $when, a job is all there or said to be interrupted" soon_said
	when=$((when + 1))
done
ok "there are such points" test "$when" -gt 8
git -C repo for-each-ref --format='%(refname)' refs/heads/remit >refs
ok "some were brought to an end" test -s refs
ok "the repository is whole" git -C repo fsck --no-progress --no-dangling
refused 0 "and so is the log" remit audit verify
finish
