#!/bin/sh
# The keyring of the session that started remit is not the job's: a key in it can't be read.
. "${0%/*}/escape.sh"

probe keys
in_session() {
	"$probes/keys" within remit-escape remit sandbox --profile escape.yaml -- "$probes/keys" read remit-escape
}
attack_by keyring,seccomp "a key of the session" in_session
finish
