#!/bin/sh
# Nothing of the .git that a job has, or makes, comes out with its change: not at the top, not further down.
. "${0%/*}/escape.sh"
. "$top/tests/e2e/kit.sh"

kit_start
ran=$tmp/ran
plant='
	git config core.fsmonitor "touch RAN; false"
	git config core.hooksPath "$PWD/hooks"
	git config filter.planted.clean "touch RAN; cat"
	git config diff.external "touch RAN; :"
	mkdir -p hooks .git/hooks .git/info
	printf "#!/bin/sh\ntouch RAN\n" >.git/hooks/post-checkout
	chmod +x .git/hooks/post-checkout
	cp .git/hooks/post-checkout hooks/
	echo "* filter=planted" >>.gitattributes
	git config --file .gitmodules submodule.sub.path sub
	git config --file .gitmodules submodule.sub.url "ext::sh -c touch% RAN"
	git config --file .gitmodules submodule.sub.update "!touch RAN"
	echo changed >>README.md
	git -c core.fsmonitor= -c filter.planted.clean=cat -c core.hooksPath=/x -c user.name=x -c user.email=x@x commit -q --allow-empty -m x'

# A tool that takes the files of a commit out as they are. git itself would refuse some of their names.
take_out() {
	git -C repo ls-tree -r "$1" | while read -r _ kind id path; do
		mkdir -p "out/$(dirname "$path")"
		[ "$kind" != blob ] || git -C repo cat-file blob "$id" >"out/$path"
	done
}
# What people do with a change: they look at it where it is, and take it out to look at it elsewhere.
use() {
	git -C repo status
	git -C repo log --all --patch
	git -C repo diff main "$1"
	git -C repo checkout --force "$1"
	git -C repo submodule update --init
	git -C repo status
	take_out "$1"
	find out -name .git -prune | while read -r found; do
		git -C "$(dirname "$found")" status
		git -C "$(dirname "$found")" add --all
		git -C "$(dirname "$found")" diff
	done
}
run_and_use() {
	rm -rf repo out "$ran"
	new_repo repo
	job --json --profile escape.yaml -- sh -ec "$(printf '%s' "$1" | sed "s,RAN,$ran,g")" >result 2>errors
	commit=$(git -C repo for-each-ref --format='%(objectname)' refs/heads/remit refs/remit)
	[ -n "$commit" ] || {
		cat result errors
		exit 3
	}
	use "$commit" >use.out 2>&1
	[ ! -e "$ran" ] || escaped "$(cat use.out)"
	git -C repo show "$commit:README.md" | grep -q changed || exit 3
	[ -z "$(find out -name .git)" ] || exit 3
	held_by "nothing of the job's ran"
}
attack_by dot-git "a .git that was remade" run_and_use "rm -rf .git; git init -q --template=; $plant"
attack_by dot-git "one that was moved away and made again" run_and_use "mv .git .old; git init -q --template=; $plant"
attack_by dot-git "a repository further down" run_and_use "mkdir deep; git init -q --template= deep; cd deep; $plant; cd ..; echo changed >>README.md"
attack_by dot-git "what was planted in its own .git" run_and_use "$plant"
finish
