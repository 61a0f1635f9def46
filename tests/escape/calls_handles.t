#!/bin/sh
# Files are not opened by a handle, past their paths.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

call_attack seccomp "no file has a handle" name_to_handle
host_call_attack "no handle opens a file" open_by_handle
finish
