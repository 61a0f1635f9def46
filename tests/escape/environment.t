#!/bin/sh
# What is in the environment of whoever starts a cage is not in a job's.
. "${0%/*}/escape.sh"

SECRET_TOKEN=secret
export SECRET_TOKEN
attack environment "a variable that the profile does not pass" -- sh -c '
	[ -z "$SECRET_TOKEN" ] || { echo "ESCAPED: $SECRET_TOKEN"; exit 0; }
	echo "held: it is not set"
	exit 1'
finish
