#!/bin/sh
# Limits are not raised by those who have them.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

probe limits
limited 'limits: { processes: 40, files: 40, disk: 1m }'
raise() {
	cage --profile "$tmp/limited.yaml" -- "$probes/limits" raise
}
held "limits stay as they are" raise
if prlimit --nofile=40:40 "$probes/limits" raise >/dev/null; then
	through capabilities,root-uid,ns-user "limits stay as they are" raise
else
	skip "nor can we raise one outside of a cage" "without capabilities,root-uid,ns-user: limits stay as they are"
fi
finish
