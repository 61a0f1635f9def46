#!/bin/sh
# Configuration that a job has another file include does not come to count.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "include.path to a file in the tree" '
	git config --file planted core.fsmonitor "touch $RAN; false"
	git config include.path ../planted'
planted "includeIf for the branch" '
	git config --file planted core.fsmonitor "touch $RAN; false"
	git config "includeIf.onbranch:**.path" ../planted'
finish
