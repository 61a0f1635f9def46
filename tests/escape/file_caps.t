#!/bin/sh
# A job can't give a file capabilities that it would have on the host.
. "${0%/*}/escape.sh"

probe file_caps
mkdir ws
attack job-uid,capabilities "capabilities of a file" --workspace ws -- "$probes/file_caps" file
finish
