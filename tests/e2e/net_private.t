#!/bin/sh
# A listed name leads to public addresses alone, whatever it stands for, and whenever.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
for address in 10.1.2.3 169.254.169.254 198.18.0.5 100.64.0.1 192.168.7.7; do
	ip address add "$address/32" dev lo
done
ip address add fd00::5/128 dev lo nodad
ip address add fe80::5/128 dev lo nodad
names() { # ADDRESS-OF-CHANGING
	hosts <<-END
		127.0.0.1 localhost loop4.test
		::1 loop6.test
		10.1.2.3 ten.test
		192.168.7.7 home.test
		169.254.169.254 metadata.test
		fe80::5 link.test
		fd00::5 unique.test
		::ffff:127.0.0.1 mapped.test
		::ffff:203.0.113.5 public-mapped.test
		0.0.0.0 zero4.test
		:: zero6.test
		224.0.0.1 multicast.test
		198.18.0.5 benchmark.test
		100.64.0.1 carrier.test
		203.0.113.5 both.test
		127.0.0.1 both.test
		10.1.2.3 both.test
		$1 changing.test
	END
}
names 203.0.113.5
serve http=0.0.0.0:8080 http=::1:8080 http=fd00::5:8080

allowed=
refused_names="loop4 loop6 ten home metadata link unique mapped public-mapped zero4 zero6 multicast benchmark carrier"
for name in $refused_names both changing; do
	allowed="$allowed${allowed:+, }{ host: $name.test, ports: [8080] }"
done
profile "$allowed"
get='
import urllib.request
def page(name):
    try:
        return urllib.request.urlopen("http://%s.test:8080/%s" % (name, name), timeout=30).read().decode().strip()
    except OSError as e:
        return "no"
'
run client "$get
for name in '$refused_names'.split(): print(name, page(name))"
pages=$out
for name in $refused_names; do
	like "$pages" "^$name no\$" "$name is not reached"
	ok "and it is said why" event "e['type'] == 'denied' and g('name') == '$name.test' and g('port') == 8080 and g('error') == 'the name stands for no public address'"
done
is "$(cat served 2>/dev/null)" "" "none of the servers there heard of it"

run client "$get
print([page('both') for _ in range(5)])"
is "$(printf '%s\n' "$out" | grep -o 'served' | wc -l)" 5 "a name with a public address besides is reached"
is "$(tally 'e["type"] == "connect" and g("reached") == "203.0.113.5"')" 5 "there, and nowhere else"

# What was looked up is kept for five seconds.
client "$get
print(page('changing'), flush=True)
deadline = time.monotonic() + 40
while page('changing') != 'no' and time.monotonic() < deadline: time.sleep(0.3)
print(page('changing'))" >changing 2>&1 &
changing=$!
until_true test -s changing
names 127.0.0.1
wait "$changing"
is "$(cat changing)" "served GET /changing HTTP/1.1
no" "a name that turns to a private address is followed only before"
ok "and it is said why" event 'g("name") == "changing.test" and g("error") == "the name stands for no public address"'
is "$(tally 'g("name") == "changing.test" and e["type"] == "connect" and g("reached") != "203.0.113.5"')" 0 "no connection was made to the other"

names 203.0.113.5
profile "{ host: ten.test, ports: [8080], private: true }, { host: metadata.test, ports: [8080], private: true },
	{ host: loop4.test, ports: [8080], private: true }, { host: loop6.test, ports: [8080], private: true },
	{ host: unique.test, ports: [8080], private: true }, { host: mapped.test, ports: [8080], private: true },
	{ cidr: 192.168.7.7/32, ports: [8080] }, { host: home.test, ports: [8080] }"
run client "$get
for name in 'ten', 'metadata', 'loop4', 'loop6', 'unique': print(page(name))
print(urllib.request.urlopen('http://192.168.7.7:8080/x', timeout=30).read())"
is "$(printf '%s\n' "$out" | grep -c 'served GET')" 6 "a rule that says so leads to private addresses; so does a range"
run client "$get
print(page('mapped'), page('home'))"
is "$out" "no no" "but not to an IPv4 address in a record of IPv6, nor does a range let a name lead there"
finish
