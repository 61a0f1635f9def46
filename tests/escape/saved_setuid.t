#!/bin/sh
# A setuid program that a job leaves in saved changes, and that belongs to whoever ran it, is for nobody else to run.
. "${0%/*}/escape.sh"

mkdir ws
chmod 0755 .
leave() {
	rm -rf saved
	cage --workspace ws --save saved -- sh -c 'cp /bin/true x && chmod 4777 x . && ls -ld x .' >job.out || exit
	[ -u saved/x ] || held_by "it is not setuid"
	case $(stat -c %a saved) in
	*00) held_by "the directory that it lies in is closed to others" ;;
	*) escaped "$(ls -ld saved saved/x)" ;;
	esac
}
attack_by private-save "a setuid program in what --save keeps" leave
finish
