#!/bin/sh
# Whatever state a repository is in: a job works from its commit, or one sentence says why it can't.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
git config --file "$GIT_CONFIG_GLOBAL" protocol.file.allow always
new_repo repo
on() { # DIR OPTION... -- COMMAND...
	dir=$1
	shift
	remit run --repo "$dir" --json "$@"
}
add_line='echo more >>docs/a.md'

# Without a commit to work from
git init --quiet empty
sentence 2 "repository 'empty' is empty: make a first commit" "a repository without a commit" remit run --repo empty -- true
git init --quiet --bare empty.git
sentence 2 "repository 'empty\.git' is empty: make a first commit" "a bare one" remit run --repo empty.git -- true
git clone --quiet repo unborn
git -C unborn checkout --quiet --orphan fresh
sentence 2 "branch 'fresh' of 'unborn' has no commit yet: make one, or name a revision" "an unborn branch" \
	remit run --repo unborn -- true
cp -r repo damaged
rm -rf damaged/.git/objects/??
sentence 1 "repository 'damaged' is damaged: the commit that 'HEAD' leads to is missing" "objects that are gone" \
	remit run --repo damaged -- true
cp -r repo garbage
echo garbage >garbage/.git/HEAD
sentence 1 "resolve revision 'HEAD' in 'garbage': .*HEAD" "a HEAD that is none" remit run --repo garbage -- true
git init --quiet --object-format=sha256 sha256
sentence 2 "repository 'sha256' names its objects by SHA-256" "objects of another kind" remit run --repo sha256 -- true
is "$(snapshot)" "" "none of these has begun"
refused 0 "another revision than the unborn branch will do" on unborn --base origin/main -- sh -c "$add_line"
story "and gets its branch"

# Bare, detached, another worktree, a branch of another name
git clone --quiet --bare repo bare.git
refused 0 "a bare repository is one like any other" on bare.git -- sh -c "$add_line; git status --porcelain | grep -q docs/a.md"
story "its branch, too"
git clone --quiet repo detached
git -C detached checkout --quiet --detach
refused 0 "so is a detached HEAD" on detached -- sh -c "git status >/dev/null; $add_line"
story "its branch, too"
is "$(git -C detached symbolic-ref -q HEAD; git -C detached status --porcelain)" "" "and it stays detached"
git -C repo worktree add --quiet ../tree -b side 2>/dev/null
refused 0 "a worktree works from its own HEAD" on tree -- sh -c 'test "$(git symbolic-ref --short HEAD)" = side && echo more >>docs/a.md'
story "with a branch in the repository"
git -C repo tag -a -m Release v1
refused 0 "a tag means its commit" on repo --base v1 -- sh -c "$add_line"
is "$(doc subject base)" "$(git -C repo rev-parse 'v1^{commit}')" "whose name is in the record"

# Dirty
echo changed >>repo/README.md
echo staged >repo/staged
git -C repo add staged
echo untracked >repo/untracked
rm repo/docs/a.md
refused 0 "uncommitted changes are no part of a job" on repo -- \
	sh -c 'test ! -e staged && test ! -e untracked && ! grep changed README.md && echo more >>docs/a.md && sleep 0.5'
is "$(doc uncommitted)" 3 "but they are counted, what git does not track aside"
story "the change is to the commit"
is "$(json '[p["path"] for p in d["paths"]]')" '["docs/a.md"]' "and holds nothing of them"
run remit show
like "$out" 'note +3 files with uncommitted changes in your checkout: the job saw the commit alone' "a note says so"
is "$(git -C repo status --porcelain)" " M README.md
 D docs/a.md
A  staged
?? untracked" "and the checkout is as it was"
git -C repo reset --quiet --hard
rm repo/untracked
run on repo -- true
is "$(doc uncommitted)" 0 "a clean checkout has no note"

# Shallow, without history, with an upstream that is gone
for n in 1 2 3 4; do
	echo "$n" >>repo/README.md
	commit repo "Number $n"
done
git clone --quiet --depth 2 "file://$tmp/repo" shallow
refused 0 "a shallow clone is worked on as far as it goes" on shallow -- sh -c \
	'test "$(git rev-list --count HEAD)" = 2 && git log -p >/dev/null && git fsck && echo more >>docs/a.md && git commit -qam inside'
story "its branch, too"
is "$(git -C shallow rev-list --count "$(doc ref)")" 3 "which stands on what there is"
sentence 2 "there is no revision 'HEAD~3' in 'shallow', a shallow clone: 'git fetch --unshallow'" \
	"what lies beyond is named as that" remit run --repo shallow --base HEAD~3 -- true

# Submodules
new_repo part
git init --quiet whole
echo text >whole/file
git -C whole submodule --quiet add ../part part 2>/dev/null
git -C whole add --all
git -C whole commit --quiet --message 'With a part'
refused 0 "a submodule is an empty directory to the job" on whole -- \
	sh -c 'test -d part && test -z "$(ls part)" && test -z "$(git status --porcelain)" && git submodule status | grep -q "^-"'
is "$(doc changed)" false "which is no change"
refused 10 "what lies beside it can be changed" on whole -- sh -c 'echo more >>file'
story "and captured"
is "$(git -C whole ls-tree "$(doc ref)" part)" "$(git -C whole ls-tree HEAD part)" "the submodule stays what it was"
refused 11 "a submodule that is gone is a change for a person" on whole -- rmdir part
is "$(json '[(p["path"], p["operation"], p["kind"]) for p in d["paths"]]')" '[["part", "delete", "submodule"]]' "and is one path"
refused 0 "a submodule's own checkout is a repository" on whole/part -- sh -c "$add_line"
story "with its own branch"

# Not ours to write to
if is_root; then
	cp -r repo theirs
	chown -R remit-test: theirs
	sentence 1 "repository 'theirs' is owned by somebody else: if you trust it, run 'git config" \
		"a repository of somebody else" remit run --repo theirs -- true
	skip "root writes everywhere" "a repository that can't be written to is said to be so before the job"
else
	skip "only root can give a repository away" "a repository of somebody else"
	cp -r repo readonly
	chmod a-w readonly/.git/objects
	sentence 1 "the change would have no place in 'readonly': write to '$tmp/readonly/.git/objects', where the change is to go: Permission denied" \
		"a repository that can't be written to is said to be so before the job" remit run --repo readonly -- true
	chmod u+w readonly/.git/objects
fi
new_repo taken
git -C taken branch remit
sentence 1 "'taken' has a branch 'remit', which leaves no room for 'remit/\*': rename it" \
	"a branch in the way of ours" remit run --repo taken -- true
in_order "all is in order at the end"
finish
