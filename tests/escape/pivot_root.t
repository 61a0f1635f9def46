#!/bin/sh
# A job can't choose another root for itself, in which a setuid or configuration file of its own would be trusted.
. "${0%/*}/escape.sh"

probe mounts
walls=job-uid,capabilities,seccomp,landlock
attack $walls "pivot_root()" -- "$probes/mounts" pivot_root /home/agent
attack job-uid,capabilities,seccomp "chroot()" -- "$probes/mounts" chroot /tmp
finish
