# shellcheck shell=sh
# net.sh: what the tests of the network share; read after lib.sh and kit.sh, before kit_start.
#
# The test is run again in namespaces of its own: nothing leaves it, and its hosts file is its own. There, on addresses
# that are nobody's (203.0.113.0/24, 2001:db8::/32), servers.py serves.
#
#	net_start          into those namespaces; loopback up
#	hosts              its standard input is the hosts file from now on
#	serve WHAT...      starts servers.py; it is there when this returns. Their log is in $tmp/served
#	profile ENTRIES [MORE]    $tmp/net.yaml: base, and what the job may reach, the entries of network.allow; MORE of
#	                   network, and files that it may read, by $readable
#	cage COMMAND...    `remit sandbox` with that profile; events in $events, by default $tmp/events
#	client PYTHON      these lines after net_client.py, in a cage
#	event PYTHON       some event e makes this true
#	tally PYTHON       how many do
#	gates              the processes of remit's, outside of cages, that this test has running: PID and name

# shellcheck disable=SC2154 # top and tmp are set by lib.sh
net_start() {
	command -v unshare >/dev/null || skip_all "there is no unshare"
	if [ -z "${REMIT_NET:-}" ]; then
		REMIT_NET=1
		export REMIT_NET
		if is_root; then
			exec unshare --net --mount "$0"
		else
			exec unshare --user --map-current-user --keep-caps --net --mount "$0"
		fi
	fi
	if ! { ip link set lo up && ip address add 203.0.113.5/32 dev lo && ip address add 203.0.113.6/32 dev lo &&
		ip address add 2001:db8::5/128 dev lo nodad; }; then
		skip_all "no addresses can be added here"
	fi
	# A cage has a /tmp of its own, of which nothing can be listed.
	TMPDIR=/var/tmp
	export TMPDIR
	kit_start
	certify
	events=$tmp/events
	readable=
}

hosts() {
	[ -s "$tmp/hosts" ] || { : >"$tmp/hosts" && mount --bind "$tmp/hosts" /etc/hosts; }
	cat >"$tmp/hosts"
}

# An authority, and a certificate of its making for the names of the tests.
certify() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/ca.key" -out "$tmp/ca.pem" -days 3650 -subj /CN=tests \
		-addext basicConstraints=critical,CA:true 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/request" -subj /CN=tests 2>/dev/null
	printf 'subjectAltName=DNS:good.test,DNS:other.test,DNS:*.wild.test,DNS:wild.test\n' >"$tmp/extensions"
	openssl x509 -req -in "$tmp/request" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" -days 3650 -extfile "$tmp/extensions" \
		-out "$tmp/cert.pem" 2>/dev/null
}

serve() {
	python3 -P "$top/tests/e2e/servers.py" "$tmp" "$@" 2>"$tmp/servers.errors" &
	servers=$!
	trap 'kill $servers 2>/dev/null; tap_cleanup' EXIT
	until_true test -e "$tmp/serving"
}

profile() {
	cat >"$tmp/net.yaml" <<-END
		version: 1
		name: net
		extends: base
		files: { read: ['$tmp/ca.pem'${readable:+, $readable}] }
		env: { set: { CURL_CA_BUNDLE: '$tmp/ca.pem', GIT_SSL_CAINFO: '$tmp/ca.pem', NODE_EXTRA_CA_CERTS: '$tmp/ca.pem', SSL_CERT_FILE: '$tmp/ca.pem' } }
		network: { allow: [ $1 ]${2:+, $2} }
	END
}

cage() {
	timeout --foreground --kill-after=5 60 remit sandbox --profile "$tmp/net.yaml" --events "$events" -- "$@"
}

client() {
	cage python3 -c "$(cat "$top/tests/e2e/net_client.py")
$1"
}

event() {
	python3 - "$events" "$1" <<-'END'
		import json, sys
		events = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
		if not any(eval(sys.argv[2], {"e": e, "g": e.get}) for e in events):
		    sys.exit("\n".join(json.dumps(e) for e in events if e["type"] not in ("start", "exec")))
	END
}

tally() {
	python3 - "$events" "$1" <<-'END'
		import json, sys
		events = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
		print(sum(bool(eval(sys.argv[2], {"e": e, "g": e.get})) for e in events))
	END
}

# Others run tests as well: ours are in our network namespace.
gates() {
	gates_own=$(readlink /proc/self/ns/net)
	ps -eo pid=,comm= | while read -r gates_pid gates_name; do
		case $gates_name in
		remit-*) [ "$(readlink "/proc/$gates_pid/ns/net")" != "$gates_own" ] || echo "$gates_pid $gates_name" ;;
		esac
	done
}
