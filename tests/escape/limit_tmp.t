#!/bin/sh
# Memory behind /tmp is bounded, be it written, mapped or used up by names.
. "${0%/*}/escape.sh"
. "$top/tests/escape/limits.sh"

probe limits
sed -i 's|^files: {|files: { tmp: 1m,|; s/^name: .*/name: limited/' escape.yaml
attack tmp-size "a mapped file does not outgrow /tmp" --profile "$tmp/escape.yaml" -- "$probes/limits" memory-map 4000000
attack inodes "names do not outgrow it" --profile "$tmp/escape.yaml" -- "$probes/limits" names 5000
finish
