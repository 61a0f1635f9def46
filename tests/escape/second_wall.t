#!/bin/sh
# Where two walls stand, each of them holds an attack when the other is gone: mounts and namespaces, and Landlock.
. "${0%/*}/escape.sh"
. "$top/tests/escape/daemon.sh"

echo ESCAPED: the secret >secret
mkdir ws shown
echo before >shown/file
chmod 0777 shown
chmod 0666 shown/file
cat >list.yaml <<-END
	version: 1
	name: list
	extends: base
	files: { read: ['$tmp/shown'] }
	workspace: { path: /opt }
END
daemon "@remit-escape-$$"

read_secret() {
	cage --profile list.yaml --workspace ws -- sh -c 'cat "$1" || { echo "held: cat $1"; exit 1; }' sh "$1"
}
write_file() {
	cage --profile list.yaml -- sh -c '{ echo after >"$1"; } || { echo "held: write $1"; exit 1; }' sh "$tmp/shown/file"
	status=$?
	[ "$(cat shown/file)" = before ] || escaped "the file has changed"
	exit "$status"
}
write_proc() {
	cage -- sh -c '{ echo 1000 >/proc/self/oom_score_adj; } && echo ESCAPED || { echo "held: write"; exit 1; }'
}
connect() {
	cage -- "$probes/unix_socket" connect "$socket"
}
each_holds root,landlock "a file of the host by its path" read_secret "$tmp/secret"
each_holds old-root,landlock "a file of the host by .." read_secret "/..$tmp/secret"
each_holds proc-read-only,landlock "writing to /proc" write_proc
each_holds ns-net,landlock "an abstract socket" connect
# An overlay without an upper directory can't be written, nor can a mount that is read-only.
each_holds read-only,socket-overlay,landlock "writing what may be read" write_file
finish
