#!/bin/sh
# A file of the host that no profile lists has no name in a cage: by its path, a symlink or the process's own root.
. "${0%/*}/escape.sh"

echo ESCAPED: the secret >secret
mkdir ws
ln -s "$tmp/secret" ws/link
# The working directory must be there with the host's root, too.
cat >here.yaml <<-END
	version: 1
	name: here
	extends: base
	workspace: { path: /mnt }
END

by() {
	attack root,landlock "a file of the host $1" --profile here.yaml --workspace "$3" -- \
		sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$2"
}

by "by its path" "$tmp/secret" ws
by "through /proc/self/root" "/proc/self/root$tmp/secret" ws
by "through the root of the thread" "/proc/thread-self/root$tmp/secret" ws

# Whoever has the host's root may as well go through the link where it lies.
through_link() {
	cage --profile "$tmp/here.yaml" --workspace "$tmp/ws" -- sh -c \
		'cat link "$1" || { echo "held: cat link"; exit 1; }' sh "$tmp/ws/link"
}
held "through a symlink in the workspace" through_link
finish
