#!/bin/sh
# No way of opening a decoy goes unnoticed, and there is nothing in it.
. "${0%/*}/escape.sh"

tripwires() {
	rm -f events
	cage --events events -- sh -c "cd ~/.ssh && $1" >text || exit
	[ ! -s text ] || escaped "$(cat text)"
	# The last event is how it ended: what went before is whole.
	grep -q '"type":"end"' events || exit 3
	grep -q '"type":"tripwire".*/.ssh/id_ed25519' events || escaped "it was opened, and no event says so"
	held_by "$(grep tripwire events)"
}
attack_by decoys "reading it" tripwires 'cat id_ed25519'
attack_by decoys "reading it under another name" tripwires 'mv id_ed25519 x && cat x'
attack_by decoys "reading it by a hard link" tripwires 'ln id_ed25519 ~/x && cat ~/x'
attack_by decoys "reading it by a symlink" tripwires 'ln -s ~/.ssh/id_ed25519 /tmp/x && cat /tmp/x'
attack_by decoys "reading it through /proc" tripwires 'cat /proc/self/cwd/id_ed25519'
attack_by decoys "opening it to write" tripwires 'echo >>id_ed25519'
finish
