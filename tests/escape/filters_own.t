#!/bin/sh
# Filters that a job adds take nothing away from those of the cage.
. "${0%/*}/escape.sh"

probe filters
attack seccomp "a job does not decide itself what it may call" -- "$probes/filters" notify
held "nor where the supervisor is asked" cage --events events -- "$probes/filters" notify
attack seccomp "a call that was let through does not become another one" -- "$probes/filters" rewrite
held "nor where the supervisor is asked" cage --events events -- "$probes/filters" rewrite
finish
