#!/bin/sh
# A process has as many open files as its profile says.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

probe limits
limited 'limits: { files: 40 }'
attack files "files are not opened without end" --profile "$tmp/limited.yaml" -- "$probes/limits" files 100
finish
