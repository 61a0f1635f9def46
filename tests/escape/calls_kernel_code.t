#!/bin/sh
# A job brings no code into the kernel and does not replace it.
. "${0%/*}/escape.sh"
. "$top/tests/escape/calls.sh"

host_call_attack "no code gets into the kernel" bpf kexec kexec_file init_module finit_module delete_module
finish
