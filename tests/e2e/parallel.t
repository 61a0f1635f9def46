#!/bin/sh
# Jobs at once, in one repository and one state: each goes its whole way as if it were alone.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
i=0
while [ "$i" -lt 200 ]; do
	echo "$i" >"repo/src/$i.c"
	i=$((i + 1))
done
commit repo Many

one() { # I: what it prints goes to out.I
	job --json --check "same=test -e src/new$1.c" -- sh -c "cat src/*.c >/dev/null; echo $1 >src/new$1.c" \
		>"$tmp/out.$1" 2>"$tmp/err.$1"
	echo $? >"$tmp/status.$1"
}
many() { # N: so many at once
	rm -f "$tmp"/out.* "$tmp"/err.* "$tmp"/status.*
	for i in $(seq "$1"); do
		one "$i" &
	done
	wait
}
statuses() {
	sort "$tmp"/status.* | uniq -c | tr -s ' '
}

many 20
is "$(statuses)" " 20 10" "twenty jobs at once on a base that nobody has checked out yet"
is "$(cat "$tmp"/err.*)" "" "none complains"
is "$(find state/bases -mindepth 1 -maxdepth 1 | wc -l)" 1 "they share one checkout"
is "$(git -C repo for-each-ref refs/heads/remit | wc -l)" 20 "each has its branch"
wrong=0
for i in $(seq 20); do
	out=$(cat "out.$i")
	[ "$(json '([p["path"] for p in d["paths"]], d["checks"][0]["passed"])')" = "[[\"src/new$i.c\"], true]" ] ||
		wrong=$((wrong + 1))
	python3 -P "$kit/kit.py" job "out.$i" 2>>complaints || wrong=$((wrong + 1))
done
is "$wrong$(cat complaints)" 0 "each has its own change, check and records"
in_order "the log has them all, each in its order"
many 20
is "$(statuses)" " 20 10" "and on a base that is there"
in_order "with the same outcome"
ok "the repository is sound" git -C repo fsck --strict --no-dangling
rm -rf "$tmp/state"
many 8
is "$(statuses)" " 8 10" "eight first jobs make one log"
is "$(remit audit list --json --type log.opened | wc -l)" 1 "which is opened once"
in_order "and in order"
finish
