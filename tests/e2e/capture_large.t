#!/bin/sh
# Sizes that a job may come up with: a hundred thousand files, two gibibytes in one.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"

kit_start
new_repo repo

run job --json -- sh -c 'mkdir many && cd many && seq 100000 | split -l 1 -a 6 -'
is "$status" 10 "a hundred thousand new files are a change like any other"
branch=$(doc branch)
is "$(doc files)" 100000 "each of them counts"
mkdir many
(cd many && seq 100000 | split -l 1 -a 6 -)
like "$branch" '^remit/' "the branch is named"
is "$(git -C repo ls-tree -r "$branch" many | wc -l)" 100000 "all are on the branch"
GIT_INDEX_FILE=$tmp/index git --git-dir=repo/.git --work-tree="$tmp" add many
is "$(git -C repo rev-parse "$branch:many")" \
	"$(GIT_INDEX_FILE=$tmp/index git --git-dir=repo/.git write-tree --prefix=many/)" "as git itself would have added them"

run job --json -- truncate -s 2147483648 large
is "$status" 11 "a file of two gibibytes is a change like any other"
branch=$(doc branch)
whole() {
	git -C repo cat-file blob "$branch:large" | cmp -n 2147483648 - /dev/zero
}
is "$(git -C repo cat-file -s "$branch:large")" 2147483648 "its size is kept"
ok "and every byte" whole
refused 0 "with it in the repository, the log is in order" remit audit verify
finish
