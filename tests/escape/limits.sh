# shellcheck shell=sh disable=SC2154 # what lib.sh and escape.sh set
# limits.sh: attacks on the limits of a profile; read after escape.sh.
#
#	limited LINE...    the profile $tmp/limited.yaml: escape's with these lines at the end
#	stopped_by NAME [OPTION...] -- COMMAND...   runs a cage of that profile and ends as an attack that is held where
#	                   the limit NAME stopped it, and that got through where the command ended itself

limited() {
	sed 's/^name: .*/name: limited/' escape.yaml >limited.yaml
	printf '%s\n' "$@" >>limited.yaml
}

stopped_by() {
	limit=$1
	shift
	said=$(cage --profile "$tmp/limited.yaml" --events events "$@" 2>&1 >/dev/null)
	end=$(tail -n 1 events)
	! tap_matches "$end" '"exit":0' || escaped "$end"
	! tap_matches "$end" "\"why\":\"$limit\"" || held_by "$said"
	echo "$said: $end"
	exit 3
}
