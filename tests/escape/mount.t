#!/bin/sh
# A job can't mount anything: not over a file that others trust, not a fresh /proc that is not masked.
. "${0%/*}/escape.sh"

probe mounts
walls=job-uid,capabilities,seccomp,landlock
attack $walls "mount() over a made-up file" -- "$probes/mounts" mount /etc/passwd
attack $walls "fsopen() of a new tmpfs" -- "$probes/mounts" fsopen tmpfs
attack $walls "fsopen() of a new /proc" -- "$probes/mounts" fsopen proc
finish
