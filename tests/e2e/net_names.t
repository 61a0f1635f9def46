#!/bin/sh
# A job reaches the names that its profile lists, with the programs that it has, and nothing else.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test other.test a.wild.test b.a.wild.test wild.test
2001:db8::5 six.test
203.0.113.6 two.test
2001:db8::5 two.test
10.1.2.3 private.test
::ffff:203.0.113.5 mapped.test
END
serve tls=203.0.113.5:443 http=203.0.113.5:8080 http=2001:db8::5:8080 banner=203.0.113.5:2200 http=127.0.0.1:9999 \
	http=203.0.113.6:8080 udp=203.0.113.5:53 http=203.0.113.5:8081

profile "{ host: good.test }, { host: '*.Wild.TEST.', ports: [443, 8080] }, { host: six.test, ports: [8080] },
	{ host: good.test, ports: [8080, 2200], tls: false }, { host: two.test, ports: [8080] },
	{ host: private.test, ports: [8080] }, { host: mapped.test, ports: [8080] }, { host: nowhere.test },
	{ service: 'localhost:9999', as: model.internal }, { cidr: 203.0.113.6/32, ports: [8080] }"

# Says how long in seconds it took, then runs it.
soon() {
	began=$(date +%s)
	"$@"
	soon_status=$?
	[ $(($(date +%s) - began)) -lt 3 ] || echo "it took too long"
	return "$soon_status"
}
reaches() { # SENTENCE URL
	run cage curl -sS --max-time 20 "$2"
	like "$out" '^served GET ' "$1"
	[ "$status" = 0 ] || note "$err"
}
unreachable() { # SENTENCE CURL-STATUS URL...
	wanted=$2
	sentence=$1
	shift 2
	run soon cage curl -sS --max-time 20 "$@"
	is "$status $out" "$wanted " "$sentence"
}

reaches "an allowed name is reached with TLS" https://good.test/
ok "and recorded" event 'e["type"] == "connect" and g("name") == "good.test" and g("port") == 443 and g("reached") == "203.0.113.5" and g("out") > 100 and g("in") > 100 and g("ended") == "closed"'
reaches "and without, on a port that is listed so" http://good.test:8080/x
reaches "whatever the case and the dot at its end" http://GOOD.test.:8080/
reaches "a name beneath a wildcard" https://a.wild.test/
reaches "at any depth" http://b.a.wild.test:8080/
unreachable "but not its apex" 6 https://wild.test/
reaches "a name with an address of IPv6 alone" http://six.test:8080/
reaches "one of whose addresses is dead" http://two.test:8080/
reaches "a service of the host's loopback" http://model.internal:9999/
reaches "an address in a listed range" http://203.0.113.6:8080/
unreachable "a name that is not listed does not exist" 6 https://other.test/
ok "which is recorded with who asked" event 'e["type"] == "denied" and g("what") == "name" and g("name") == "other.test" and g("record") == "A" and g("program", "").endswith("curl")'
unreachable "nor can its address be reached" 7 http://203.0.113.5:8080/
ok "which is recorded with who tried" event 'e["type"] == "denied" and g("address") == "203.0.113.5" and g("port") == 8080 and g("error") == "ENETUNREACH" and g("program").endswith("curl")'
unreachable "a port that is not listed is refused" 7 http://good.test:8081/
ok "and recorded" event 'e["type"] == "denied" and g("port") == 8081 and g("error") == "ECONNREFUSED"'
unreachable "an address of the range, but for a port that is not listed" 7 http://203.0.113.6:8081/
run soon cage curl -sS --max-time 20 http://private.test:8080/
like "$status $out" '^(7|56) $' "a name that stands for a private address leads nowhere"
ok "and it is said why, and who tried" event 'e["type"] == "denied" and g("error") == "the name stands for no public address" and g("program", "").endswith("curl")'
unreachable "nor does a listed name that nobody knows" 35 https://nowhere.test/
ok "and it is said why" event 'e["type"] == "denied" and g("name") == "nowhere.test" and "name" in g("error")'

run cage python3 -c '
import socket
s = socket.create_connection(("good.test", 2200)); print(s.recv(100)); s.close()
for family in (socket.AF_INET, socket.AF_INET6):
    print(len(socket.getaddrinfo("good.test", 443, family, socket.SOCK_STREAM)))
import urllib.request
print(urllib.request.urlopen("https://good.test/py").read())'
like "$out" "220 here" "a server that speaks first is heard"
like "$out" "served GET /py" "python reaches it"
is "$(printf '%s\n' "$out" | grep -c '^1$')" 2 "both families have one address"
if command -v node >/dev/null; then
	run cage node -e '
const dns = require("dns"), net = require("net");
dns.resolve4("good.test", (e, a) => { console.log("c-ares", e ? e.code : a[0]);
dns.resolve4("other.test", (e, a) => { console.log("denied", e ? e.code : a[0]);
dns.resolveTxt("good.test", (e, a) => { console.log("txt", e ? e.code : a.length);
fetch("https://good.test/node").then(r => r.text()).then(t => { console.log(t); process.exit(0); }); }); }); });'
	like "$out" "c-ares 198\\.18\\." "a resolver that programs bring along gets the same answers"
	like "$out" "denied ENOTFOUND" "and refusals"
	like "$out" "txt ENODATA" "other records of an allowed name are empty"
	like "$out" "served GET /node" "node reaches it"
fi
run cage python3 -c '
import socket
for name in ("203.0.113.5", "2001:db8::5"):
    s = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET, socket.SOCK_DGRAM)
    try: s.sendto(b"x", (name, 53)); print("sent")
    except OSError as e: print(e.errno == 101)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("198.18.0.2", 53)); s.send(b"x")
try: s.recv(1)
except OSError as e: print(e.errno == 111)
try: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); print("raw")
except OSError as e: print(True)'
is "$(printf '%s\n' "$out" | grep -c True)" 4 "datagrams and raw sockets have no way out"
like "$(cat served)" '"kind": "tls"' "the servers' log tells of what came"
unlike "$(cat served)" '"kind": "udp"' "no question and no datagram came to the host's network"
finish
