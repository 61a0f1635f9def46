# shellcheck shell=sh
# planted.sh: something that a job plants in a repository for the host's next git command; read after escape.sh.
#
#	planted MESSAGE COMMANDS [GIT...]   an attack: the job runs COMMANDS, a script, in the bare cage with the host's
#	                    repository as workspace; then the host runs GIT, commands of git that it could have run
#	                    anyway. $ran is the file whose making proves that something of the job's ran.
#
# The overlay is what keeps all of it inside.

# shellcheck disable=SC2154 # top is set by lib.sh
. "$top/tests/e2e/kit.sh"
kit_start
ran=$tmp/ran

# What people do in a repository, day by day.
planted_daily() {
	touch repo/src/main.c
	echo >>repo/docs/a.md
	git -C repo status
	git -C repo fetch
	git -C repo submodule update --init
	git -C repo diff
	git -C repo add --all
	git -C repo commit --message More
	git -C repo log --patch
	git -C repo checkout -b other
	git -C repo gc --auto
}

planted_try() {
	rm -rf repo "$ran"
	new_repo repo
	cage --workspace repo --env "RAN=$ran" -- sh -ec "$1" >job.out 2>&1 || {
		cat job.out
		exit 3
	}
	planted_daily >git.out 2>&1
	[ ! -e "$ran" ] || escaped "something of the job's ran"
	# Nothing ran, and git did all that it was asked for.
	[ "$(git -C repo log --format=%s)" = "More
First" ] || {
		cat git.out
		exit 3
	}
	held_by "nothing of the job's ran"
}

planted() {
	attack_by overlay "$1" planted_try "$2"
}
