#!/bin/sh
# Calls of a 32-bit program are not made, neither by a 64-bit program nor by one of 32 bits.
. "${0%/*}/escape.sh"

probe abi
attack seccomp "int 0x80 ends who tries" -- "$probes/abi" int80
attack seccomp "a 32-bit program gets nowhere" -- "$probes/abi" elf32
held "nor while programs are traced" cage --events events -- "$probes/abi" elf32
finish
