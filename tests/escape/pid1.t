#!/bin/sh
# Pid 1 of a cage is nobody's to trace, read or rob of its line to the supervisor.
. "${0%/*}/escape.sh"

probe pid1
attack dumpable,landlock "pid 1 is not traced" -- "$probes/pid1" trace
attack dumpable,landlock "its memory is not read" -- "$probes/pid1" memory
attack dumpable,landlock "its line to the supervisor is not taken" -- "$probes/pid1" descriptors
held "nor while programs are traced" cage --events events -- "$probes/pid1" descriptors
finish
