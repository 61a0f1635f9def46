#!/bin/sh
# On a port for TLS a job reaches the name that it connected to, and nobody whom it names instead.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test wild.test a.wild.test
203.0.113.6 bare.test
END
serve tls=203.0.113.5:443 tls=203.0.113.5:8443 http=203.0.113.5:4430 raw=203.0.113.6:443
profile "{ host: good.test }, { host: '*.wild.test' }, { host: bare.test }, { host: good.test, ports: [8443], tls: true },
	{ host: good.test, ports: [4430] }"

# These take as long as a client has to begin: let them, meanwhile.
mkdir waiting
(
	events=$tmp/waiting/events
	client '
def wait(i, s):
    began = time.monotonic()
    end = rest(s)
    print(i, *end, "after a while" if 14 < time.monotonic() - began < 55 else "at the wrong time")
def drip():
    s = dial("bare.test", 443)
    threading.Thread(target=wait, args=("drip", s)).start()
    data = hello("bare.test")
    for i in range(100):
        try: s.sendall(data[i:i + 1])
        except OSError: return
        time.sleep(0.5)
threading.Thread(target=wait, args=("silent", dial("bare.test", 443))).start()
drip()' >waiting/out 2>&1
) &
waiting=$!

rejected() { # SENTENCE REASON NAME PYTHON-BYTES
	run client "print(*fate('$3', 443, $4))"
	is "$out" "b'' reset" "$1: closed without a byte"
	ok "and recorded" event "e['type'] == 'denied' and g('name') == '$3' and g('port') == 443 and g('error') == '$2'"
}
rejected "TLS to a name that is not listed" "TLS to another name" bare.test 'hello("elsewhere.test")'
rejected "TLS to a name that is listed, but not connected to" "TLS to another name" bare.test 'hello("good.test")'
rejected "TLS to the apex of a wildcard" "TLS to another name" a.wild.test 'hello("wild.test")'
rejected "TLS to a name with a dot at its end" "TLS to another name" bare.test 'hello("bare.test.")'
rejected "TLS without a name" "TLS without a name" bare.test 'hello(None)'
rejected "TLS 1.2 without a name" "TLS without a name" bare.test 'hello(None, ssl.TLSVersion.TLSv1_2)'
rejected "another name in many segments" "TLS to another name" bare.test 'in_records(hello("elsewhere.test"), 3)'
rejected "a client of ssh" "not TLS" bare.test 'b"SSH-2.0-OpenSSH_9.9\r\n"'
rejected "HTTP" "not TLS" bare.test 'b"GET / HTTP/1.1\r\nHost: bare.test\r\n\r\n"'
rejected "garbage" "not TLS" bare.test 'bytes(range(255, 0, -1)) * 40'
rejected "a record that is no ClientHello" "not TLS" bare.test 'b"\x16\3\1\0\4\2\0\0\0"'
run client 's = dial("bare.test", 443); s.sendall(hello("bare.test")[:50]); s.shutdown(1); print(*rest(s))'
is "$out" "b'' reset" "a ClientHello that is not whole"
ok "and recorded" event 'g("error") == "closed before TLS began"'
is "$(cat served 2>/dev/null)" "" "nobody of these came to the server, not even to connect"

run client '
data = hello("bare.test") + bytes(range(256)) * 20
s = dial("bare.test", 443); s.sendall(data); s.shutdown(1); print(*rest(s), len(data), hashlib.sha256(data).hexdigest())'
like "$out" "^b'' closed" "what follows the ClientHello at once"
came=${out#*closed }
heard() { grep -q "\"bytes\": ${came% *}, \"sha256\": \"${came#* }\"" served; }
ok "reaches the server to the byte" until_true heard

for version in TLSv1_2 TLSv1_3; do
	shown=$(echo "$version" | sed 's/_/./')
	run client "
v = ssl.TLSVersion.$version
print(get('good.test', 443, lambda s, data: s.sendall(data), v))
print(get('good.test', 443, byte_by_byte, v))
print(get('good.test', 443, lambda s, data: s.sendall(in_records(data, 10)), v))
print(get('good.test', 443, lambda s, data: byte_by_byte(s, in_records(data, 100)), v))"
	is "$(printf '%s\n' "$out" | grep -c "^served GET /$shown ")" 4 "$shown in one piece, byte by byte, in many records, and in both"
	[ "$status" = 0 ] || note "$err"
	run cage sh -c "printf 'GET /s_client HTTP/1.0\r\n\r\n' | openssl s_client -quiet -verify_return_error \
		-CAfile '$tmp/ca.pem' -servername good.test -connect good.test:443 -$(echo "$version" | tr 'TLSv' 'tlsv' | sed 's/v//')"
	like "$out" "^served GET /s_client" "openssl speaks $shown"
	run cage curl -sS --max-time 30 --"$(echo "$shown" | tr 'TLSv' 'tlsv')" https://good.test/curl
	like "$out" "^served GET /curl" "and so does curl"
done
run client "s = dial('good.test', 443); s.sendall(hello('GOOD.Test')); print(s.recv(1))"
is "$out" "b'\\x16'" "the case of the name does not matter"
run cage curl -sS --max-time 30 --resolve "good.test:443:203.0.113.5" https://good.test/
is "$status $out" "7 " "the right name does not open another address"

run cage curl -sS --max-time 30 https://good.test:8443/other
like "$out" "^served GET /other" "a port is for TLS where a rule says so"
run client "print(*fate('good.test', 8443, b'SSH-2.0-x\r\n'))"
is "$out" "b'' reset" "and then for nothing else"
run cage curl -sS --max-time 30 http://good.test:4430/plain
like "$out" "^served GET /plain" "another is for anything"

wait "$waiting"
is "$(sort waiting/out)" "drip b'' reset after a while
silent b'' reset after a while" "a client that does not begin, or does so for ever, is closed after 15 seconds"
events=$tmp/waiting/events
ok "and recorded" event 'g("error") == "TLS did not begin in time" and g("name") == "bare.test"'
is "$(grep -c '203.0.113.6:443", "peer": "[^"]*", "came"' served)" 1 "the server never heard of it"
finish
