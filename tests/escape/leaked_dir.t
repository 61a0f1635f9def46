#!/bin/sh
# A directory that whoever started remit had open leads nowhere, as it did through /proc/self/fd (CVE-2024-21626).
. "${0%/*}/escape.sh"

echo ESCAPED: the secret >secret
with_dir() {
	cage -- sh -c 'cat /proc/self/fd/9/secret || { echo "held: no such directory"; exit 1; }' 9<"$tmp"
}
attack_by descriptors,landlock "a leaked descriptor of a directory" with_dir

with_cwd() {
	cage -- sh -c '{ cd /proc/self/fd/9 && cat ./secret; } || { echo "held: no such directory"; exit 1; }' 9<"$tmp"
}
attack_by descriptors,landlock "the same as working directory" with_cwd
finish
