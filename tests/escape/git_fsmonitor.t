#!/bin/sh
# core.fsmonitor that a job sets does not run at the host's next git command.
. "${0%/*}/escape.sh"
. "$top/tests/escape/planted.sh"

planted "core.fsmonitor" 'git config core.fsmonitor "touch $RAN; false"'
finish
