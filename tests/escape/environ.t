#!/bin/sh
# The environment of whoever started remit can't be read from pid 1 of the cage, which was made from it.
. "${0%/*}/escape.sh"

export REMIT_TEST_TOKEN=hunter2
attack dumpable,landlock "the environment of pid 1" -- sh -c '
	tr "\0" "\n" </proc/1/environ >/tmp/e || { echo "held: open /proc/1/environ"; exit 1; }
	grep -q ^REMIT_TEST_TOKEN=hunter2 /tmp/e && echo ESCAPED'
finish
