#!/bin/sh
# The doctor says what holds on a host and what does not, why, and what to do: where it says so, a job can run.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
row() { # NAME: the line about it, and the remedy
	printf '%s\n' "$out" | awk -v name="$1" '
		substr($0, 10, 17) ~ "^" name " *$" { found = 1; print; next }
		found { if ($0 ~ /^ /) print; exit }'
}

mkdir ws
run remit sandbox --workspace ws -- true
here=$status
run remit doctor
is "$status" "$((here != 0))" "it is content where a cage can be built, and only there"
text=$out
is "$(printf '%s\n' "$text" | grep -Ecv '^(holds|weaker|missing|       ) ')" 0 "each line says what holds or how to mend it"
run remit doctor --json
is "$(json '[f["name"] for f in d]')" \
	'["kernel", "user namespaces", "users", "Landlock", "cage", "trace", "overlay", "names", "memory and cpu", "state", "container"]' \
	"as JSON it looks at the same"
is "$(json 'sorted(set(k for f in d for k in f))')" '["level", "name", "remedy", "what"]' "with these members"
is "$(json 'all(f["remedy"] or f["level"] == "holds" or f["name"] == "container" for f in d)')" true \
	"what does not hold has a remedy"
is "$(find /tmp -maxdepth 1 -name 'remit-doctor-*' -newer home -user "$(id -un)"; find state -type f ! -path '*/cache/*')" "" \
	"nothing is left of the cages that it built"

in_namespace() { # as in a container that allows no user namespace
	unshare --user --map-user=1000 --map-group=1000 --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces || exit 99
		exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"' sh "$@"
}
run in_namespace true
if [ "$status" != 0 ]; then
	skip "no user namespace can be made here" "where user namespaces are not allowed, it says so"
else
	run in_namespace remit doctor
	is "$status" 1 "where user namespaces are not allowed, it says so"
	like "$(row 'user namespaces')" '^missing .*no more of them are allowed' "with the reason"
	like "$(row 'user namespaces')" 'sysctl -w user.max_user_namespaces=' "and the remedy"
	like "$(row cage)" '^missing +cage +.*No space left on device|^missing +cage' "and that no cage can be built"
	like "$(row cage)" 'see what is missing above' "for that reason"
	new_repo repo
	run in_namespace remit run --repo repo -- true
	is "$status:$(printf '%s\n' "$err" | wc -l):$out" 125:1: "then a job does not start, in one sentence"
	in_order "and leaves nothing"
fi

rootless() { # root of a namespace that has but one user
	unshare --user --map-root-user "$@"
}
run rootless true
if [ "$status" != 0 ]; then
	skip "no user namespace can be made here" "root without users of its own for jobs is told what to do"
else
	run rootless env REMIT_STATE="$tmp/rootless" remit doctor
	is "$status" 1 "root without users of its own for jobs is told what to do"
	like "$(row users)" '^missing .*has no unprivileged users for jobs' "why"
	like "$(row users)" 'run remit as an ordinary user' "and how to mend it"
fi
finish
