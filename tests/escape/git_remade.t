#!/bin/sh
# A .git that a job moved away and made anew, as a directory or as a file, is not the host's.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "another .git in its place" '
	mv .git old
	git init -q
	git config core.fsmonitor "touch $RAN; false"'
planted "a file .git that leads to another" '
	mv .git real
	echo "gitdir: real" >.git
	git config core.fsmonitor "touch $RAN; false"'
planted "a symlink .git" '
	mv .git real
	ln -s real .git
	git config core.fsmonitor "touch $RAN; false"'
finish
