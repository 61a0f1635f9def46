#!/bin/sh
# What comes with a repository or a job file can't widen what a job may touch, nor weaken who judges it.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"

kit_start
config=$XDG_CONFIG_HOME/remit
mkdir -p "$HOME/private" "$config"
echo secret >"$HOME/private/key"

# with FILE TEXT: a fresh repository that has this file as well
with() {
	rm -rf repo
	new_repo repo
	mkdir -p "repo/$(dirname "$1")"
	printf '%s\n' "$2" >"repo/$1"
	commit repo More
}
profile() {
	with .remit/profiles/ci.yaml "version: 1
extends: base
$1"
	run job --profile ci -- cat "$HOME/private/key" README.md
}

for member in "files: { read: [$HOME/private] }" "files: { write: [$HOME/private] }" "env: { pass: [SECRET] }" \
	"syscalls: /tmp/all.json" "limits: { wall: 1d }" "trace: off" "files: { tmp: 100g }"; do
	profile "$member"
	is "$status" 2 "a repository's own profile can't say '$member'"
	like "$err" "ci.yaml:3:.*a repository's own profile can't say this" "and the place is named"
done
printf 'version: 1\nextends: base\nfiles: { read: [%s] }\n' "$HOME/private" >"$HOME/wide.yaml"
with .remit/profiles/ci.yaml "version: 1
extends: $HOME/wide.yaml"
run job --profile ci -- true
is "$status" 2 "nor extend a file of the host"
like "$err" "extends others by name" "which is said"
profile "files: { hide: [/usr/share] }"
unlike "$(remit show --output)" secret "one that takes away is taken"
run job --profile ci -- test -e /usr/share/doc
is "$status" 1 "and does take away"

with job.yaml "version: 1
profile: ./wide.yaml
command: [cat, $HOME/private/key]"
run remit run --repo repo repo/job.yaml
is "$status" 2 "a job file names no file as its profile"
like "$err" "is a path" "which is said"
with job.yaml "version: 1
policy: ./lax.yaml
command: ['true']"
run remit run --repo repo repo/job.yaml
is "$status" 2 "nor a policy"
like "$err" "policy" "which is said"

printf 'version: 1\ndefault: deny\n' >"$config/policy.yaml"
printf 'version: 1\ndefault: allow\n' >lax.yaml
new_repo strict
run remit run --repo strict --policy ./lax.yaml -- touch new
is "$status" 12 "a policy that is named comes on top of the host's"
rm "$config/policy.yaml"
run remit run --repo strict --policy ./lax.yaml -- touch new
is "$status" 0 "and in the place of the shipped one"

for name in policy.yaml policy.yml policy.d/a.yaml policy.d/a.yml; do
	mkdir -p "$config/policy.d"
	ln -s /nowhere "$config/$name"
	run remit run --repo strict -- touch new
	is "$status" 2 "a host's policy '$name' that can't be read is no absent one"
	like "$err" "$name" "and is named"
	rm "$config/$name"
done
link() { # NAME: a fresh repository where this is a symlink
	rm -rf repo
	new_repo repo
	mkdir -p "repo/$(dirname "$1")"
	ln -s README.md "repo/$1"
	commit repo More
}
for name in .remit .remit/policy.yaml .remit/policy.d .remit/policy.d/a.yaml; do
	link "$name"
	run job -- touch new
	is "$status" 2 "nor is a repository's '$name' that is a symlink"
	like "$err" "$name" "and is named"
done
with .remit/policy.yml 'version: 1'
run job -- touch new
is "$status" 2 "nor one with another ending"
like "$err" "has to end with .yaml" "which is said"
finish
