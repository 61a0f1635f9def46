#!/bin/sh
# A job can't make a read-only mount writable.
. "${0%/*}/escape.sh"

probe mounts
attack job-uid,capabilities,seccomp,landlock "mount_setattr() on the root" -- "$probes/mounts" remount /
finish
