#!/bin/sh
# A job makes, takes and moves no mounts, and has no other root.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

root_call_attack "mounts stay as they are" mount fsopen open_tree umount chroot
finish
