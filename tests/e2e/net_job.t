#!/bin/sh
# What a job reached and was denied is in its record, and is told with it.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
END
serve http=203.0.113.5:8080 echo=203.0.113.5:7
new_repo repo
profile "{ host: good.test, ports: [8080, 7] }"
run job --profile "$tmp/net.yaml" -- sh -c 'echo more >>README.md; git commit -qam Step
for i in 1 2 3; do curl -sS --max-time 20 http://good.test:8080/ >/dev/null; done
for i in 1 2; do curl -sS --max-time 20 https://bad.test/; done 2>/dev/null; true'
told() { # WHERE TEXT
	like "$2" "reached +good\.test:8080, 3 connections, [0-9]+ B out, [0-9]+ B in" "$1 names the host that was reached, how often, and the bytes"
	like "$2" "denied +look-up of bad\.test: not listed by /usr/bin/curl, 4 times" "and what was denied, how often"
}
told "the card" "$err$out"
run remit show
told "remit show" "$out"
run remit jobs --json
like "$out" '"state": *"decided"' "the job is decided"
finish
