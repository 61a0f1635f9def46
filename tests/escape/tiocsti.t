#!/bin/sh
# No job types into a terminal as if its user did, whatever the high bits of the request.
. "${0%/*}/escape.sh"

probe terminal
attack seccomp "nothing is typed into a terminal" -- "$probes/terminal" sti
held "nor while programs are traced" cage --events events -- "$probes/terminal" sti
attack seccomp "the console is not spoken to" -- "$probes/terminal" linux
held "nor while programs are traced" cage --events events -- "$probes/terminal" linux
finish
