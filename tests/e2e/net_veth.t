#!/bin/sh
# A server and a name server on another host, a network namespace behind a veth pair: listed names are looked up there, and reached.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
unshare --net sleep 120 &
other=$!
trap 'kill $other $servers 2>/dev/null; tap_cleanup' EXIT
servers=
is_apart() {
	[ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
until_true is_apart
there() {
	nsenter --net --target "$other" "$@"
}
if ! { ip link add veth0 type veth peer name veth1 netns "$other" && ip address add 203.0.113.200/31 dev veth0 && ip link set veth0 up &&
	there ip link set lo up && there ip address add 203.0.113.201/31 dev veth1 && there ip link set veth1 up; } 2>errors; then
	skip_all "no veth pair can be made here: $(cat errors)"
fi
hosts <<END
127.0.0.1 localhost
203.0.113.201 good.test
END
echo 'nameserver 203.0.113.201
options timeout:1 attempts:1' >resolv
mount --bind resolv /etc/resolv.conf
printf 'hosts: files dns\n' >nsswitch
mount --bind nsswitch /etc/nsswitch.conf
nsenter --net --target "$other" python3 -P "$top/tests/e2e/servers.py" "$tmp" tls=203.0.113.201:443 udp=203.0.113.201:53 http=203.0.113.201:8080 2>servers.errors &
servers=$!
until_true test -e serving

profile "{ host: good.test }, { host: listed.test }"
run cage curl -sS --max-time 20 https://good.test/
like "$out" '^served GET' "a listed name is reached on another host"
ok "and recorded" event 'e["type"] == "connect" and g("name") == "good.test" and g("reached") == "203.0.113.201"'
like "$(cat served)" '"peer": "203.0.113.200"' "which sees this host, not the cage"
run cage curl -sS --max-time 20 http://203.0.113.201:8080/
is "$status" 7 "its address is not to be had"
: >served
run cage curl -sS --max-time 20 https://secret-words.bad.test/
is "$status$(cat served)" 6 "of a name that is not listed the name server hears nothing"
run cage curl -sS --max-time 20 https://listed.test/
label=$(printf 'listed' | od -An -tx1 | tr -d ' \n')
like "$(cat served)" "\"datagram\": \"[0-9a-f]*$label" "of one that is listed it does"
run cage python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.sendto(b"leak", ("203.0.113.201", 53))
except OSError as e: print(e.errno)'
is "$out" 101 "nor can a job ask it by itself"
unlike "$(cat served)" "$(printf leak | od -An -tx1 | tr -d ' \n')" "and nothing of that came"
finish
