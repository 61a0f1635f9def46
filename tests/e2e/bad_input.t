#!/bin/sh
# Malformed or missing input: one sentence that names it and says what was expected, status 2, and nothing has begun.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
write() { # NAME LINE...
	name=$1
	shift
	printf '%s\n' "$@" >"$name"
}
mkfifo pipe
: >empty.yaml
printf '\377\376' >bytes.yaml
head -c 5000000 /dev/zero | tr '\0' a >big.yaml
write unclosed.yaml 'version: 1' 'files: { read: 3'

# Profiles
profile() { # PATTERN SENTENCE NAME
	sentence 2 "$1" "profile: $2" job --profile "$3" -- true
}
profile "there is no profile 'nix': .remit profile list. names" "a name that no profile has" nix
profile "read '\./nix\.yaml': No such file" "a file that is not there" ./nix.yaml
profile "read '\.': not a regular file" "a directory" .
profile "read '\./pipe': not a regular file" "a fifo, which is not waited for" ./pipe
profile '\./empty\.yaml:1:1: the file is empty' "an empty file" ./empty.yaml
profile '\./bytes\.yaml:1:1: ' "bytes that are no text" ./bytes.yaml
profile "read '\./big\.yaml': larger than 4194304 bytes" "a file without measure" ./big.yaml
profile '\./unclosed\.yaml:3:1: .*expected' "a bracket that is not closed" ./unclosed.yaml
write p.yaml 'version: 1' 'files: { read: { a: 1 } }'
profile "\./p\.yaml:2:16: 'read': expected a list of texts, found a map" "a value of another kind" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'file: { read: [] }'
profile "\./p\.yaml:3:1: unknown key 'file' in profile: did you mean 'files'\?" "a key that there is not" ./p.yaml
write p.yaml 'version: 1' 'extends: nix'
profile "\./p\.yaml:2:10: 'extends': there is no profile 'nix'" "a parent that is not there" ./p.yaml
write p.yaml 'version: 1' 'extends: ./p.yaml'
profile "profile '\./p\.yaml': 'extends' goes more than 8 levels deep" "a parent of its own" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'limits: { wall: 5 }'
profile "\./p\.yaml:3:17: 'wall': '5' is not a duration: expected digits and" "a duration without a unit" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'network: { allow: [{ host: 10.0.0.1 }] }'
profile "\./p\.yaml:3:28: 'host': '10.0.0.1' is an address: use 'cidr'" "an address for a name" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'network: { allow: [{ cidr: 10.0.0.0/8 }] }'
profile "\./p\.yaml:3:20: 'allow': 'cidr' needs 'ports'" "a range without ports" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'tripwires: [budgets]'
profile "\./p\.yaml:3:13: 'tripwires': expected budget, found 'budgets'" "a tripwire that there is not" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'files: { read: [etc] }'
profile "\./p\.yaml:3:.*'etc'" "a path that is not absolute" ./p.yaml
write p.yaml 'version: 1' 'extends: base' "syscalls: $tmp/nix.json"
profile "read '$tmp/nix\.json': No such file" "a filter that is not there" ./p.yaml
write nix.json '{ "defaultAction": '
profile ".*$tmp/nix\.json:2:0: unexpected token" "a filter that is malformed" ./p.yaml
write p.yaml 'version: 1' 'extends: base' 'limits: { memory: 1g }'
sentence 125 "the profile limits 'memory', which needs a cgroup.*best-effort" \
	"profile: a limit that can't be held here starts no job" job --profile ./p.yaml -- true

# Policies
policy() { # PATTERN SENTENCE NAME
	sentence 2 "$1" "policy: $2" job --policy "$3" -- true
}
policy "there is no policy 'nix': expected a file, or the name of a shipped" "a name that no policy has" nix
policy "read '\./nix\.yaml': No such file" "a file that is not there" ./nix.yaml
policy "read '\./pipe': not a regular file" "a fifo" ./pipe
policy '\./empty\.yaml:1:1: the file is empty' "an empty file" ./empty.yaml
write q.yaml 'version: 1'
policy "\./q\.yaml:1:1: policy: 'default' is missing" "one without a default" ./q.yaml
write q.yaml 'version: 1' 'default: maybe'
policy "\./q\.yaml:2:10: 'default': expected deny, human, review or allow, found 'maybe'" "a verdict that is none" ./q.yaml
mkdir -p "$XDG_CONFIG_HOME/remit/policy.d"
cp q.yaml "$XDG_CONFIG_HOME/remit/policy.yaml"
sentence 2 "$XDG_CONFIG_HOME/remit/policy\.yaml:2:10: " "policy: the operator's own is malformed" job -- true
rm "$XDG_CONFIG_HOME/remit/policy.yaml"
ln -s nix "$XDG_CONFIG_HOME/remit/policy.yaml"
sentence 2 "read '$XDG_CONFIG_HOME/remit/policy\.yaml': No such file" \
	"policy: one that is a link to nothing is not one that is not there" job -- true
rm "$XDG_CONFIG_HOME/remit/policy.yaml"
cp q.yaml "$XDG_CONFIG_HOME/remit/policy.d/a.yaml"
sentence 2 "$XDG_CONFIG_HOME/remit/policy\.d/a\.yaml:2:10: " "policy: or one of its directory" job -- true
rm "$XDG_CONFIG_HOME/remit/policy.d/a.yaml"
if is_root; then
	skip "root reads everything" "policy: one that can't be read is not passed over"
else
	write "$XDG_CONFIG_HOME/remit/policy.yaml" 'version: 1' 'default: deny'
	chmod 0 "$XDG_CONFIG_HOME/remit"
	sentence 1 ".*$XDG_CONFIG_HOME/remit.*: Permission denied" \
		"policy: one that can't be read is not passed over" job -- true
	chmod 0700 "$XDG_CONFIG_HOME/remit"
	rm "$XDG_CONFIG_HOME/remit/policy.yaml"
fi
mkdir repo/.remit
cp q.yaml repo/.remit/policy.yaml
commit repo Malformed
sentence 2 "\.remit/policy\.yaml:2:10: " "policy: the repository's is malformed" job -- true
rm -r repo/.remit
commit repo Without

# Job files
sentence 2 "there is no job file 'nix\.yaml': a command goes behind" "job: a file that is not there" remit run nix.yaml
sentence 2 "read '\.': not a regular file" "job: a directory" remit run .
sentence 2 "read 'pipe': not a regular file" "job: a fifo" remit run pipe
sentence 2 "read '/dev/zero': not a regular file" "job: a device" remit run /dev/zero
sentence 2 'empty\.yaml:1:1: the file is empty' "job: an empty file" remit run empty.yaml
sentence 2 "read 'big\.yaml': larger than" "job: a file without measure" remit run big.yaml
write j.yaml 'version: 2'
sentence 2 "j\.yaml:1:10: 'version' is out of range" "job: another version" remit run j.yaml
write j.yaml 'version: 1' 'comand: x'
sentence 2 "j\.yaml:2:1: unknown key 'comand' in job: did you mean 'command'\?" "job: a key that there is not" remit run j.yaml
write j.yaml 'version: 1' 'task: a' 'task: b'
sentence 2 "j\.yaml:3:1: this key is here twice" "job: a key that is there twice" remit run j.yaml
for empty in '' ' ~' ' []' ' ""' " ['', x]"; do
	write j.yaml 'version: 1' "command:$empty"
	sentence 2 "j\.yaml:2:[0-9]+: 'command': expected a command, found nothing" \
		"job: a command of nothing, as '$empty'" remit run --repo repo j.yaml
	sentence 2 "j\.yaml:2:[0-9]+: 'command': expected a command, found nothing" \
		"job: even where the command line has one, with '$empty'" remit run --repo repo j.yaml -- true
done
write j.yaml 'version: 1' 'command: [ls]' 'checks: { a/b: { run: x } }'
sentence 2 "j\.yaml:3:11: .*'a/b' is not a name" "job: a check without a proper name" remit run j.yaml
sentence 2 "option '--task': read 'nix': No such file" "job: a task's file that is not there" job --task @nix -- true
sentence 2 "option '--task': read '.*': larger than" "job: a task without measure" job --task @big.yaml -- true

# Revisions and repositories
for rev in nix HEAD~5 ':/nothing' 0123456789abcdef0123456789abcdef01234567; do
	sentence 2 "there is no revision '$rev' in '$tmp/repo'" "there is no revision $rev" job --base "$rev" -- true
done
sentence 2 "revision 'HEAD:README.md' names a blob, not a commit" "a file is no commit" job --base HEAD:README.md -- true
sentence 2 "'a\.\.b' is not a revision as git writes them" "nor is a range" job --base a..b -- true
for dir in nix /dev/null ''; do
	sentence 2 "there is no git repository at '$dir' or above it" "there is no repository '$dir'" remit run --repo "$dir" -- true
done

is "$(find state -type f ! -path 'state/cache/*')" "" "none of these has left a file, or a record"
finish
