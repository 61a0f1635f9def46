#!/bin/sh
# On a terminal a job has one of its own, which behaves as the user's does, and the user's is as before in the end.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
on_terminal() {
	ok "$1" timeout 120 python3 "$kit/pty.py" "$2"
}
on_terminal "it has the size of the user's, and is told when that changes" size
on_terminal "Ctrl-C is the command's to say" interrupt
on_terminal "Ctrl-\\ is, too" leave
on_terminal "Ctrl-Z stops what a shell in the cage runs, and fg goes on with it" suspend
on_terminal "Ctrl-D ends the input" end_of_file
on_terminal "what is typed early is not lost" early
on_terminal "in raw mode every key is the program's" raw
on_terminal "what the job sets, it sets for itself" settings
on_terminal "the terminal is restored when the command has ended, or never began" restored
on_terminal "and when remit is asked to end" terminated
on_terminal "and when remit is killed, or the cage" killed
on_terminal "and when a limit ends the job" limited
on_terminal "a job that lets go of the terminal goes on" closed
on_terminal "and can have it back" reopened
on_terminal "the last output is shown" last
on_terminal "also to a reader who is slow" slow
on_terminal "the job can't type on a terminal, nor reach another one" typing
on_terminal "each of 0, 1 and 2 is a terminal where the user's is" partly
finish
