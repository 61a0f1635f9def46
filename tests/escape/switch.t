#!/bin/sh
# The switch by which these tests take walls away is not in the build that people get.
. "${0%/*}/escape.sh"

echo ESCAPED: the secret >secret
with_all_off() {
	REMIT_WEAKEN=old-root,root,landlock,seccomp,descriptors,hide,capabilities
	export REMIT_WEAKEN
	cage -- sh -c 'cat "/..$1" || { echo "held: cat $1"; exit 1; }' sh "$tmp/secret"
}
held "every mechanism off, by the environment" with_all_off
refused 1 "and nothing asks for it" grep -q REMIT_WEAKEN "$REMIT_BUILD/remit" "$REMIT_BUILD/remit-sandbox"
ok "as the weak build does" grep -q REMIT_WEAKEN "$escape_weak/remit"
finish
