#!/bin/sh
# Whoever starts remit may ignore the ends of its children and hold back every signal: it works all the same.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"

kit_start
new_repo repo
# spoilt COMMAND...: with SIGCHLD ignored and all signals blocked, which outlives exec.
spoilt() {
	python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}
ok "a bare cage is waited for" spoilt remit sandbox -- true
refused 3 "and its status is known" spoilt remit sandbox -- sh -c 'exit 3'
ok "a job is taken through" spoilt remit run --repo repo -- true
refused 143 "a signal that was held back ends it" spoilt timeout --preserve-status 2 remit sandbox -- sleep 10
finish
