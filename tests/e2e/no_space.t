#!/bin/sh
# No space left, wherever that shows first: one sentence says so, nothing is left behind, and the log is in order.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

# Small file systems need mounts: the rest runs in a mount namespace, and for an ordinary user in a user namespace, too.
if [ -z "${SMALL:-}" ]; then
	tmpdir
	mkdir "$tmp/state" "$tmp/repo"
	mounts='for d in state repo; do mount -t tmpfs -o mode=0755,size=$2 none "$1/$d" || exit 99; done'
	if is_root; then
		unshare --mount sh -c "$mounts; SMALL=\$1 exec \"\$0\"" "$0" "$tmp" 4m
	else
		unshare --user --map-root-user --mount sh -c "$mounts; SMALL=\$1 exec unshare --user \\
			--map-user=$(id -u) --map-group=$(id -g) \"\$0\"" "$0" "$tmp" 4m
	fi
	status=$?
	[ "$status" != 99 ] || skip_all "no file system can be mounted here"
	exit "$status"
fi

kit_start
REMIT_STATE=$SMALL/state/remit
full='No space left on device'
new_repo repo
fill() { # DIR KIB: leaves that much of it
	cat /dev/zero >"$1/filler" 2>/dev/null
	truncate --size=-"$2"K "$1/filler"
}
empty() {
	rm -f "$1/filler"
}
edit='echo "int x;" >>src/main.c; echo more >>docs/a.md'

# Something of a job fits whatever is left: at which step it ends depends on that.
trouble=
try() { # KIB COMMAND...: fails with the one sentence, or not at all
	kib=$1
	shift
	run "$@"
	echo "$status" >>statuses
	case $status in
	10) [ -z "$err" ] && return ;;
	1) [ "$(printf '%s\n' "$err" | grep -c .)" = 1 ] && tap_matches "$err" "^remit: .*'.*$full" && return ;;
	esac
	trouble="$trouble
with $kib KiB: status $status, $err"
}
agree() { # KIB: once there is room
	remit jobs >/dev/null 2>&1
	python3 -P "$kit/kit.py" order 2>complaint || trouble="$trouble
after $1 KiB: $(cat complaint)"
}
before() { # STEP TO: room that was short before the job began
	for kib in $(seq 0 "$1" "$2"); do
		fill "$SMALL/state" "$kib"
		try "$kib" job -- sh -c "$edit"
		empty "$SMALL/state"
		agree "$kib"
	done
}
within() { # STEP TO: room that the job took
	for kib in $(seq 0 "$1" "$2"); do
		try "$kib" job -- sh -c "cat /dev/zero >x.o 2>/dev/null; truncate --size=-${kib}K x.o; $edit"
		agree "$kib"
	done
}
first() { # STEP TO: not even the log is there yet
	for kib in $(seq 0 "$1" "$2"); do
		rm -rf "$REMIT_STATE"
		fill "$SMALL/state" "$kib"
		try "$kib" job -- sh -c "$edit"
		empty "$SMALL/state"
		run job -- sh -c "$edit"
		[ "$status" = 10 ] || trouble="$trouble
after $kib KiB: $err"
		agree "$kib"
	done
}

first 24 264
is "$trouble" "" "with no room for a first job it says so, and the next one finds all in order"
like "$(sort -u statuses | tr '\n' ' ')" '^1 10 $' "with more room it went to its end"
: >statuses
before 24 216
is "$trouble" "" "with no room for another job the log keeps what it has"
like "$(sort -u statuses | tr '\n' ' ')" '^1 10 $' "with more room it went to its end"
: >statuses
within 12 144
is "$trouble" "" "a job that takes all the room ends with the sentence, and its record says so"
like "$(sort -u statuses | tr '\n' ' ')" '^1 10 $' "with more room it went to its end"
run remit jobs --json
like "$(json '[r["error"] for r in d if r["state"] == "failed"]')" "$full" "the result has the reason"
last=$(json '[r["job"] for r in d if r["state"] == "failed"][-1]')
run remit audit list --json --job "$last" --type job.stopped
like "$out" "\"why\":\".*$full" "and so has the log"

sentence 1 "capture the change: 'large': write an object into '$REMIT_STATE/jobs/.*': $full" \
	"a file that there is no room to capture is named" job -- sh -c 'cat /dev/urandom >large 2>/dev/null; true'
in_order "and nothing of it stays"

# The checkout
head -c 6000000 /dev/urandom >repo/large
commit repo Large
sentence 1 "check out [0-9a-f]+ into '$REMIT_STATE/bases': 'large': .*: $full" \
	"a checkout that does not fit names the file" job -- true
in_order "and leaves nothing"
git -C repo reset --quiet --hard HEAD~1

# The repository
git clone --quiet --no-local repo "$SMALL/repo/clone"
fill "$SMALL/repo" 0
sentence 1 "publish the change: .*'$SMALL/repo/clone/.git.*: $full" "a repository without room can't take the change" \
	remit run --repo "$SMALL/repo/clone" -- sh -c 'head -c 100000 /dev/urandom >blob'
is "$(git -C "$SMALL/repo/clone" branch --list 'remit/*')" "" "it gets no branch"
empty "$SMALL/repo"
remit jobs >/dev/null 2>&1
in_order "and all is in order"
ok "the repository, too" git -C "$SMALL/repo/clone" fsck --strict --no-dangling

# The cage's own
printf 'version: 1\nextends: base\nfiles: { tmp: 1m }\n' >tmp.yaml
refused 0 "a full /tmp is the job's own affair" job --json --profile ./tmp.yaml -- \
	sh -c '! cat /dev/zero >/tmp/x 2>/dev/null && rm /tmp/x && echo more >>docs/a.md'
story "and it goes to its end"
finish
