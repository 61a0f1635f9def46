#!/bin/sh
# Drivers that a job configures for files (filter, diff, textconv) do not run at the host's next git command.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "a clean filter" '
	echo "* filter=planted" >.git/info/attributes
	git config filter.planted.clean "touch $RAN; cat"'
planted "a smudge filter and its attributes in the tree" '
	echo "* filter=planted" >.gitattributes
	git config filter.planted.process "touch $RAN"'
planted "diff.external" 'git config diff.external "touch $RAN; :"'
planted "a textconv" '
	mkdir -p .git/info
	echo "*.md diff=planted" >.git/info/attributes
	git config diff.planted.textconv "touch $RAN; cat"'
finish
