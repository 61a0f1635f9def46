#!/bin/sh
# A job that forks without end has as many processes as its profile says.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

probe limits
limited 'limits: { processes: 40 }'
attack processes "a fork bomb stops" --profile "$tmp/limited.yaml" -- "$probes/limits" processes 100
finish
