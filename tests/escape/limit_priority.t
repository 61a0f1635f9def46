#!/bin/sh
# A job gets no priority above its supervisor's, though whoever started it may take one.
. "${0%/*}/escape.sh"
. "$top/tests/escape/kit.sh"

probe limits
rise() {
	prlimit --rtprio=5:5 remit sandbox --profile "$tmp/escape.yaml" -- "$probes/limits" priority 2>said && exit 0
	! grep -q prlimit said || untried "no such priority is ours to give"
	exit 1
}
held "no real-time priority is to be had" cage -- "$probes/limits" priority
root_through capabilities,root-uid,ns-user "no real-time priority is to be had" cage -- "$probes/limits" priority
attack_by rtprio "real-time priorities are not inherited" rise
finish
