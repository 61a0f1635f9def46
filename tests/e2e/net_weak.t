#!/bin/sh
# What the gate holds is held by the mechanism that is meant to: with that one off, in the build for this, it gets through.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
weak=${REMIT_WEAK:-$top/build/weak}
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
203.0.113.5 open.test
127.0.0.1 private.test
END
serve tls=203.0.113.5:443 http=127.0.0.1:8080 swallow=203.0.113.5:9
profile "{ host: good.test }, { host: private.test, ports: [8080] }, { host: open.test, ports: [9], budget: { out: 1000 } }"

without() { # WORD COMMAND...
	REMIT_WEAKEN=$1
	export REMIT_WEAKEN
	old_path=$PATH
	PATH=$weak:$PATH
	shift
	"$@"
	without_status=$?
	PATH=$old_path
	unset REMIT_WEAKEN
	return "$without_status"
}
held_by() { # WORD PATTERN SENTENCE COMMAND...
	word=$1
	pattern=$2
	sentence=$3
	shift 3
	run "$@"
	unlike "$out" "$pattern" "$sentence"
	run without "$word" "$@"
	like "$out" "$pattern" "without $word it gets through: $sentence"
}
held_by gate-name '^served GET' "TLS with another name than the one that was connected to" \
	cage curl -sS --max-time 20 --insecure --connect-to ::good.test:443 https://other.test/
held_by gate-address '^served GET' "a listed name that stands for the host's own loopback" \
	cage curl -sS --max-time 20 http://private.test:8080/
held_by gate-budget '^5000$' "more bytes than a budget has" \
	cage python3 -c '
import socket
s = socket.create_connection(("open.test", 9))
try:
    s.sendall(b"x" * 5000)
    s.shutdown(socket.SHUT_WR)
    print(s.recv(100).decode())
except OSError:
    print("reset")'
# The gate of a cage that waits: what it may do.
is_started() {
	gates | grep -q ' remit-gate$' && sleep 0.5
}
freedom() {
	cage sleep 3 >/dev/null 2>&1 &
	caged=$!
	until_true is_started
	grep '^Seccomp:' "/proc/$(gates | sed -n 's/ remit-gate$//p')/status"
	wait "$caged"
}
held_by gate-confined '0$' "the gate makes calls that it has no use for" freedom
finish
