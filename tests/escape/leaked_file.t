#!/bin/sh
# A file that whoever started remit had open is not open in the cage.
. "${0%/*}/escape.sh"

echo ESCAPED: the secret >secret
with_file() {
	cage -- sh -c 'cat <&9 || { echo "held: there is no descriptor 9"; exit 1; }' 9<"$tmp/secret"
}
attack_by descriptors "a leaked descriptor of a file" with_file
finish
