#!/bin/sh
# Of its own loopback a job uses the ports that the profile lists.
. "${0%/*}/escape.sh"

probe network
cat >ports.yaml <<-END
	version: 1
	name: ports
	extends: base
	files: { read: ['$probes'] }
	network: { loopback: [4001] }
END
attack landlock "a port that is not listed is not taken" --profile "$tmp/ports.yaml" -- "$probes/network" bind 4002
attack landlock "nor connected to" --profile "$tmp/ports.yaml" -- "$probes/network" listen
attack seccomp "nor by sending at once" --profile "$tmp/ports.yaml" -- "$probes/network" fastopen
finish
