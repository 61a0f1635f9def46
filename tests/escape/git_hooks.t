#!/bin/sh
# Hooks that a job writes, or says lie elsewhere, do not run at the host's next git command.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "a file in .git/hooks" '
	mkdir -p .git/hooks
	printf "#!/bin/sh\ntouch %s\n" "$RAN" >.git/hooks/pre-commit
	chmod +x .git/hooks/pre-commit'
planted "core.hooksPath" '
	mkdir hooks
	printf "#!/bin/sh\ntouch %s\n" "$RAN" >hooks/post-checkout
	chmod +x hooks/post-checkout
	git config core.hooksPath hooks'
finish
