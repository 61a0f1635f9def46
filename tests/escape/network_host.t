#!/bin/sh
# The host's loopback is not the cage's.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe network
reach_host() {
	rm -f port
	"$probes/network" serve >port &
	until_true [ -s port ]
	said=$(cage "$@" -- "$probes/network" connect "$(cat port)" 2>&1)
	kill $! 2>/dev/null
	settle "$said"
}
attack_by ns-net "a port of the host is not reached" reach_host
sed 's/extends: base/extends: offline/' escape.yaml >offline.yaml
held "nor without any loopback" reach_host --profile "$tmp/offline.yaml"
finish
