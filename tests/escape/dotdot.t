#!/bin/sh
# No number of .. leads out of a cage: the host's root is let go of, and nothing lies above the new one.
. "${0%/*}/escape.sh"

echo ESCAPED: the secret >secret
mkdir ws
up=..
for _ in 1 2 3 4 5 6 7 8; do
	up=$up/..
done
ln -s "$up$tmp/secret" ws/climb

look() {
	attack old-root,landlock "$1" --workspace ws -- \
		sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$2"
}

look "up from the root" "/..$tmp/secret"
look "up from the workspace" "$up$tmp/secret"
look "up through a symlink" climb
look "up from the working directory of a process" "/proc/self/cwd/$up$tmp/secret"
finish
