#!/bin/sh
# A job can't take a mount and put it elsewhere, nor have a mount namespace of its own to do it in.
. "${0%/*}/escape.sh"

probe mounts
walls=job-uid,capabilities,seccomp,landlock
attack $walls "open_tree() and move_mount()" -- "$probes/mounts" move_mount /proc
attack job-uid,capabilities,seccomp "unshare() of the mount namespace" -- "$probes/mounts" unshare /
finish
