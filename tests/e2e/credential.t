#!/bin/sh
# A job uses a credential that it never has: requests for its host get the secret outside, and nothing else does.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
secret=s3cret-$$-of-this-test
MIB=${CREDENTIAL_MIB:-200}
hosts <<-END
	127.0.0.1 localhost
	203.0.113.5 api.test limited.test env.test
	203.0.113.6 h2.test wrong.test
	127.0.0.1 local.test own.test
END
printf 'subjectAltName=DNS:api.test,DNS:limited.test,DNS:h2.test,DNS:local.test,DNS:own.test,DNS:env.test\n' >extensions
openssl x509 -req -in request -CA ca.pem -CAkey ca.key -days 3650 -extfile extensions -out api.pem 2>/dev/null
python3 -P "$top/tests/e2e/credential_server.py" 203.0.113.5 api.pem key.pem heard &
first=$!
python3 -P "$top/tests/e2e/credential_server.py" 127.0.0.1 api.pem key.pem heard.local &
second=$!
third=
! command -v node >/dev/null || node "$top/tests/e2e/credential_h2.js" 203.0.113.6 api.pem key.pem heard.h2 &
third=$!
trap 'kill $first $second $third 2>/dev/null; tap_cleanup' EXIT
listens() { python3 -c "import socket; socket.create_connection(('$1', 443), 1)" 2>/dev/null; }
until_true listens 203.0.113.5
until_true listens 127.0.0.1
! command -v node >/dev/null || until_true listens 203.0.113.6

printf '%s\n' "$secret" >key.file
chmod 600 key.file
# A profile: what is listed, and the credentials.
with() {
	cat >net.yaml <<-END
		version: 1
		name: net
		extends: base
		network: { allow: [ $1 ] }
		credentials:
		$(printf '%s\n' "$2" | sed 's/^/  /')
	END
}
all='{ host: api.test, credential: api }, { host: limited.test, credential: limited }, { host: h2.test, credential: h2 },
  { host: local.test, credential: local }, { host: own.test, credential: own, private: true }, { host: wrong.test, credential: wrong }'
from="from: { file: '$tmp/key.file' }, ca: '$tmp/ca.pem'"
known="api: { host: api.test, header: 'X-Api-Key: {secret}', $from }
limited: { host: limited.test, $from, methods: [GET, POST], paths: [/v1/messages, '/v1/files/*'] }
h2: { host: h2.test, $from }
local: { host: local.test, $from }
own: { host: own.test, $from }
wrong: { host: wrong.test, $from }"
with "$all" "$known"
heard() { # PYTHON about the last request h that the host heard, with its headers
	tail -n 1 "${2:-heard}" | python3 -c "
import json, sys
h = json.load(sys.stdin)
print($1)"
}
agent() {
	cage python3 -c "$(cat "$top/tests/e2e/credential_client.py")
$1"
}

# The header.
run agent 'print(ask("GET", "/a/b?c=%20d", headers={"x-api-key": "mine", "X_Api_Key": "too", "X-Mine": "kept", "Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers", "Proxy-Authorization": "x", "Cookie": "a=b"}))'
is "$out" "(200, 'c= d')" "a request gets its answer"
is "$(heard '[v for k, v in h["headers"] if "api" in k]')" "['$secret']" "the host gets the secret, and no header of the job's own of that name"
is "$(heard 'h["method"] + " " + h["path"]')" "GET /a/b?c=%20d" "method and target go as they came"
is "$(heard 'sorted(k for k, v in h["headers"])')" "['accept-encoding', 'cookie', 'host', 'x-api-key', 'x-mine']" "what is for one hop alone does not go on, all else does, and nothing is added"
ok "the request is recorded" event "e['type'] == 'connect' and g('name') == 'api.test' and g('credential') == 'api' and g('method') == 'GET' and g('path') == '/a/b?c=%20d' and g('status') == 200 and g('reached') == '203.0.113.5' and g('ended') == 'closed' and g('port') == 443 and g('in') > 0 and g('out') > 0"
run agent 'c = connect(); c.request("GET", "/x?hi"); a = c.getresponse(); print(a.read()); print(sorted(k.lower() + "=" + v for k, v in a.getheaders() if k.lower() not in ("date", "server")))'
like "$out" "content-encoding=odd.*content-length=2.*set-cookie=a=b; Secure', 'set-cookie=c=d', 'x-extra=kept'" "the answer's headers come back, encoded bodies as they are"
unlike "$out" "x-hop|keep-alive=|connection=keep" "but what is for one hop alone"
run agent 'print(ask("GET", "http://api.test/abs"), ask("GET", "http://API.test:80/abs", headers={"Host": "Api.Test.:80"}), ask("HEAD", "/x?hello"), ask("OPTIONS", "/x?o"), ask("QUERY", "/x?q"))'
is "$out" "(200, 'hello') (200, 'hello') (200, '') (200, 'o') (200, 'q')" "absolute targets of the same host, HEAD and other methods pass"

# Bodies.
big=$((MIB << 20))
run agent "print(ask('POST', '/upload', b'five!')[1] == digest([b'five!']))
print(ask('POST', '/upload', iter([b'a' * 70000, b'b', b'c' * 300000]))[1] == digest([b'a' * 70000, b'b', b'c' * 300000]))
print(ask('POST', '/upload')[1] == digest([]), ask('PUT', '/upload', b'')[1] == digest([]), ask('DELETE', '/upload')[1] == digest([]))"
is "$out" "True
True
True True True" "bodies with a length, in chunks, and none arrive whole"
like "$(grep -c '"transfer-encoding", "chunked"' heard)" "^1$" "a body without a length goes on without one"
run agent "print(ask('POST', '/upload', blocks($big), {'Content-Length': '$big'})[1] == digest(blocks($big)))"
is "$out" True "$MIB MiB go up"
run agent "print(ask('PUT', '/upload', blocks($big))[1] == digest(blocks($big)))"
is "$out" True "$MIB MiB go up in chunks"
run agent "print(download('/download?$big') == digest(blocks($big)))"
is "$out" True "$MIB MiB come down"
ok "their sizes are recorded" event "g('path') == '/download?$big' and g('in') > $big"
run agent 'began = time.monotonic(); c = connect(); c.request("GET", "/events"); a = c.getresponse()
while text := a.readline().decode():
    if text.startswith("data"): print(text.strip(), round((time.monotonic() - began) / 0.4))'
is "$out" "data: 0 0
data: 1 1
data: 2 2
data: 3 3" "server-sent events arrive as they are made"
run agent 'c = connect(); print(sum(ask("GET", "/x?%d" % i, connection=c)[1] == str(i) for i in range(20)), c.sock is not None)'
is "$out" "20 True" "one connection carries many requests"
is "$(tail -n 20 heard | python3 -c 'import json, sys; print(len({json.loads(x)["from"] for x in sys.stdin}))')" 1 "and outside it is one, too"
run agent 'r = raw(b"POST /upload HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", wait=1); print(r.split("\r\n")[0])
s = socket.create_connection((HOST, 80)); s.sendall(b"POST /upload HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"); print(s.recv(99).decode().strip()); s.sendall(b"body"); got = b""
while len(got.partition(b"\r\n\r\n")[2]) < 66: got += s.recv(9999)
print(got.decode().split("\r\n\r\n")[1] == digest([b"body"]))'
is "$out" "HTTP/1.1 100 Continue
HTTP/1.1 100 Continue
True" "who asks before it sends a body is told to"
run agent 'print(raw(b"GET /x?1 HTTP/1.1\r\nHost: api.test\r\n\r\nGET /x?2 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n").count("HTTP/1.1 200 OK"), raw(b"GET /x?old HTTP/1.0\r\nHost: api.test\r\n\r\n").endswith("old"))'
is "$out" "2 True" "requests may come before the last one is answered, and from HTTP/1.0"
run agent 'c = connect(); c.request("GET", "/redirect"); a = c.getresponse(); print(a.status, a.getheader("Location"), [ask("GET", "/status?%d" % s)[0] for s in (204, 304, 404, 500, 401)])'
is "$out" "302 https://elsewhere.example/x [204, 304, 404, 500, 401]" "redirects and errors are the job's to see"
run agent 'print(ask("POST", "/reject", blocks(8 << 20))[0], ask("GET", "/x?on"))'
is "$out" "413 (200, 'on')" "an answer before the end of a body is handed on"
run agent 'c = connect(); c.request("GET", "/cut"); a = c.getresponse()
try: print(a.read())
except http.client.IncompleteRead as e: print("cut", e.partial)'
is "$out" "cut b'short'" "an answer that is cut off is so for the job, too"
run agent 's = socket.create_connection((HOST, 80)); s.sendall(b"GET /hang HTTP/1.1\r\nHost: api.test\r\n\r\n"); time.sleep(0.5); s.close(); time.sleep(0.5)'
ok "a job that leaves ends its request" event "g('path') == '/hang' and g('ended') == 'closed by the job' and g('took') < 5000"
run agent 'threads = [threading.Thread(target=lambda i=i: print(ask("GET", "/x?%d" % i)[1] == str(i))) for i in range(100)]
[t.start() for t in threads]; [t.join() for t in threads]'
is "$(printf '%s\n' "$out" | sort | uniq -c | tr -s ' ')" " 100 True" "a hundred requests at once are all answered"

# What is no request for that host.
run agent 'for head in [b"GET / HTTP/1.1\r\nHost: other.test\r\n\r\n", b"GET / HTTP/1.1\r\nHost: api.test\r\nHost: api.test\r\n\r\n", b"GET http://other.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n",
    b"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\n\r\n", b"TRACE / HTTP/1.1\r\nHost: api.test\r\n\r\n", b"GET / HTTP/1.1\r\nHost: api.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: api.test\r\nX Y: 1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: api.test\r\nX: a\x01b\r\n\r\n",
    b"GET /a#b HTTP/1.1\r\nHost: api.test\r\n\r\n", b"GET a HTTP/1.1\r\nHost: api.test\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"]: print(line(head))'
is "$out" "['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['405 Method Not Allowed']
['405 Method Not Allowed']
['501 Not Implemented']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
['400 Bad Request']
[]" "what is for another host, in two ways to read, or another protocol is refused"
ok "and recorded" event "e['type'] == 'denied' and g('what') == 'request' and g('method') == 'CONNECT' and g('error') == 'the method can\\'t be used with a credential'"
lines=$(wc -l <heard)
run agent 'print(raw(b"GET /x HTTP/1.1\r\nHost: api.test\r\nX-A: 1\r\n X-Api-Key: two\r\nConnection: close\r\n\r\n", wait=2)[:12], raw(b"GET /x?n HTTP/1.1\r\nHost: api.test\r\nX-B: a\0\r\nConnection: close\r\n\r\n", wait=2)[:12])'
is "$(tail -n "+$((lines + 1))" heard | grep -c two)" 0 "a folded line or a NUL brings no header of the job's in"

# Methods and paths.
run agent 'L = "limited.test"
for method, path in [("GET", "/v1/messages"), ("POST", "/v1/messages?x=../.."), ("GET", "/v1/files/a/b%20c"), ("PUT", "/v1/messages"), ("DELETE", "/v1/messages"), ("GET", "/v1/messages/"), ("GET", "/v1/other"), ("GET", "/"), ("GET", "/v1/files/../other"),
    ("GET", "/v1/files/%2e%2e/other"), ("GET", "/v1/files//x"), ("GET", "/v1/files/a%2Fb"), ("GET", "/v1/files/a%5cb"), ("GET", "/v1/files/a\\b"), ("GET", "/v1/files/%252e"), ("GET", "/v1/files/a%zz"), ("GET", "/V1/messages")]:
    print(ask(method, path, host=L)[0], end=" ")
print(ask("DELETE", "/v1/files/1", b"x" * 100000, host=L))'
is "$out" "200 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 (403, '{\"error\":{\"message\":\"remit: the credential does not list the method\",\"type\":\"remit\"}}')" "only what is listed passes, however it is spelled"
is "$(heard 'dict(h["headers"])["authorization"]')" "Bearer $secret" "the usual header is a bearer token"
ok "what was refused is recorded" event "e['type'] == 'denied' and g('what') == 'request' and g('credential') == 'limited' and g('method') == 'PUT' and g('path') == '/v1/messages' and g('error') == 'the credential does not list the method'"
run agent 'print(ask("POST", "/v1/messages", b"", {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/admin"}, host="limited.test")[0])'
is "$(heard '[k for k, v in h["headers"] if k.startswith("x-")]')" "[]" "nor can a header say another method or path"

# Whom it goes to.
if command -v node >/dev/null; then
	run agent "print(ask('GET', '/two', host='h2.test'), download('/download?$big', 'h2.test') == digest(blocks($big)), ask('POST', '/upload', blocks($big), {'Content-Length': '$big'}, host='h2.test')[1] == digest(blocks($big)), ask('POST', '/upload', iter([b'a', b'b']), host='h2.test')[1] == digest([b'ab']))"
	is "$out" "(200, 'two') True True True" "HTTP/2 is spoken where the host does, up and down"
	is "$(head -n 1 heard.h2 | python3 -c 'import json, sys; h = json.load(sys.stdin); print(h[":authority"], h["authorization"])')" "h2.test Bearer $secret" "and carries the secret"
	was=$(wc -l <heard.h2)
	run agent 'print(ask("GET", "/x", host="wrong.test"))'
	like "$out" "^\(502, .*remit: SSL: no alternative certificate subject name" "a host with another's certificate is not spoken to"
	is "$(wc -l <heard.h2)" "$was" "and gets nothing"
else
	skip "there is no node" "HTTP/2 is spoken where the host does"
fi
run agent 'print(ask("GET", "/x", host="local.test"), ask("GET", "/x?own", host="own.test"))'
is "$out" "(502, '{\"error\":{\"message\":\"remit: the name stands for no public address\",\"type\":\"remit\"}}') (200, 'own')" "a private address is reached only where the rule says so"
sed "s|, ca: '$tmp/ca.pem'||" net.yaml >host-ca.yaml
run timeout 60 remit sandbox --profile ./host-ca.yaml -- python3 -c "$(cat "$top/tests/e2e/credential_client.py")
print(ask('GET', '/x'))"
like "$out" "^\(502, .*remit: SSL certificate problem" "without 'ca' the host's own certificates are the ones that count"

# Nobody else sees it.
MODEL_KEY=$secret
export MODEL_KEY
with '{ host: env.test, credential: env }' "env: { host: env.test, from: { env: MODEL_KEY }, header: 'x-api-key: {secret}', ca: '$tmp/ca.pem' }"
mine() { for p in /proc/[0-9]*; do [ "$(readlink "$p/ns/net")" != "$(readlink /proc/self/ns/net)" ] || case $(cat "$p/comm") in remit*) echo "$p" ;; esac; done; }
# How often the secret's end is in a process's memory: of what was freed the beginning is used otherwise.
copies() {
	python3 - "$1" of-this-test <<-'END'
		import re, sys
		n = 0
		for line in open(f"/proc/{sys.argv[1]}/maps"):
		    found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r(?!.*\[v)", line)
		    if found:
		        first, end = (int(x, 16) for x in found.groups())
		        with open(f"/proc/{sys.argv[1]}/mem", "rb") as f:
		            f.seek(first)
		            n += f.read(end - first).count(sys.argv[2].encode())
		print(n)
	END
}
git init --quiet repo && echo x >repo/x && git -C repo add x && git -C repo commit --quiet -m x
sentence 2 "profile '.*': 'env.pass' hands the job 'MODEL_KEY', which the credential 'env' comes from" "a variable can't be both a secret and the job's" \
	sh -c "sed 's|^credentials|env: { pass: [MODEL_KEY] }\ncredentials|' net.yaml >passed.yaml; remit sandbox --profile ./passed.yaml -- true"
remit run --repo repo --profile "$tmp/net.yaml" --json -- python3 -c "$(cat "$top/tests/e2e/credential_client.py")
for i in range(5): ask('GET', '/x', host='env.test'), ask('POST', '/upload', b'a' * 20000, host='env.test')
print(ask('GET', '/from-env', host='env.test'), '$$ is there'); import os; print(os.environ)
open('/workspace/y', 'w').write('y'); time.sleep(8)" >result.json 2>errors &
job=$!
until_true grep -q '"path": "/from-env"' heard
sleep 0.5
keeper=/proc/$(gates | sed -n 's/ remit-credentia.*//p')
cat "$keeper/status" "$keeper/limits" >of-keeper
is_root || refused 1 "nobody can look into who keeps it" cat "$keeper/environ"
sanitized=$(grep -c __asan_init "$(command -v remit-credential)")
if ! is_root || [ "$sanitized" != 0 ]; then
	skip "only root can look, and sanitizers have an allocator of their own" "after a request there is one copy of the secret"
else
	is "$(copies "${keeper#/proc/}")" 1 "after a request there is one copy of the secret, in the memory that is locked"
	is "$(for p in $(mine); do copies "${p#/proc/}"; done | sort | uniq | tr '\n' ' ')" "0 1 " "and none in any other program of ours"
fi
found=
names=
for p in $(mine); do
	names="$names $(cat "$p/comm")"
	! grep -aq "$secret" "$p/environ" "$p/cmdline" 2>/dev/null || found="$found $p"
done
like "$names" "remit-credentia" "the keeper of the secret is there"
is "$found" "" "no program of ours has the secret in its environment or arguments"
is "$(grep -E '^(CapEff|Seccomp|NoNewPrivs):' of-keeper | tr -s '\t\n' '  ')" "CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 " "it has no privilege and few system calls"
if [ "$sanitized" = 0 ]; then
	like "$(grep VmLck of-keeper)" "[1-9]" "memory of it is locked"
else
	skip "under sanitizers nothing is" "memory of it is locked"
fi
is "$(grep 'Max core' of-keeper | tr -s ' ')" "Max core file size 0 0 bytes " "it leaves no core"
wait "$job"
like "$(heard 'dict(h["headers"])["x-api-key"]')" "^$secret$" "a job uses a secret from a variable"
is "$(grep -rlas "$secret" "$REMIT_STATE" result.json errors events repo 2>/dev/null)" "" "it is in no state, log, evidence, event or output"
unlike "$(cat result.json errors)" "$secret" "nor in what was printed"
unset MODEL_KEY
run remit audit verify
is "$status" 0 "and the log holds"

# Where it comes from.
from_is() { with '{ host: api.test, credential: api }' "api: { host: api.test, from: { $1 }, ca: '$tmp/ca.pem' }"; }
from_is "command: 'printf %s $secret'"
run agent 'print(ask("GET", "/x")[0])'
is "$out $(heard 'dict(h["headers"])["authorization"]')" "200 Bearer $secret" "a command's output is a secret"
from_is "command: 'echo $secret; exit 3'"
sentence 2 "credential 'api': the command failed with status 3$" "a command that fails is an error" remit sandbox --profile ./net.yaml -- true
from_is "command: 'head -c 100000 /dev/zero'"
sentence 2 "credential 'api': the command prints more than 64 KiB$" "so is one that says too much" remit sandbox --profile ./net.yaml -- true
from_is "env: NOT_THERE"
sentence 2 "credential 'api': the variable 'NOT_THERE' is not set$" "so is a variable that is not set" remit sandbox --profile ./net.yaml -- true
from_is "file: '$tmp/nowhere'"
sentence 2 "credential 'api': open '$tmp/nowhere': No such file" "so is a file that is not there" remit sandbox --profile ./net.yaml -- true
mkfifo fifo
from_is "file: '$tmp/fifo'"
sentence 2 "credential 'api': '$tmp/fifo' is not a regular file$" "or is none" remit sandbox --profile ./net.yaml -- true
printf 'a\nb\n' >two
from_is "file: '$tmp/two'"
sentence 2 "credential 'api': the value has bytes that a header can't carry" "so are control bytes" remit sandbox --profile ./net.yaml -- true
: >empty
from_is "file: '$tmp/empty'"
sentence 2 "credential 'api': the value is empty$" "and no bytes at all" remit sandbox --profile ./net.yaml -- true
from_is "file: '$tmp/key.file'"
sed "s|^network|files: { read: ['$tmp'] }\nnetwork|" net.yaml >shown.yaml
sentence 2 "the credential 'api' comes from '$tmp/key.file', which the profile shows to the job" "the job may not be shown where it comes from" remit sandbox --profile ./shown.yaml -- true
run sh -c 'ulimit -l 0; remit sandbox --profile ./net.yaml -- echo started'
if [ "$sanitized" = 0 ]; then
	is "$status $out" "125 " "without memory that can be locked no job starts"
	like "$err" "raise RLIMIT_MEMLOCK \(ulimit -l\) to" "and it is said what to do"
else
	skip "under sanitizers nothing is locked" "without memory that can be locked no job starts"
fi
unlike "$(remit sandbox --profile ./net.yaml --plan -- true)" "$secret" "a plan has no secret"
like "$(remit sandbox --profile ./net.yaml --plan -- true)" '"credentials":\{"api":\{"ca":"-----BEGIN' "but the rest of the credential"

# What can't be.
wrong() { with "$2" "$3"; sentence 2 "$4" "$1" remit profile check ./net.yaml; }
wrong "a rule names a credential that is there" '{ host: api.test, credential: nobody }' "api: { host: api.test, $from }" "profile './net.yaml': 'network.allow' gives 'api.test' the credential 'nobody', which 'credentials' does not list"
wrong "and that is for its host" '{ host: api.test, credential: x }' "x: { host: other.test, $from }" "profile './net.yaml': 'network.allow' gives 'api.test' the credential 'x', which is for 'other.test'"
wrong "it comes from one place" '' "x: { host: api.test, from: { env: A, file: /b } }" "./net.yaml:6:[0-9]+: 'from': expected exactly one of 'env', 'file' and 'command'"
wrong "its header has the secret in it" '' "x: { host: api.test, header: 'x: y', $from }" "./net.yaml:6:[0-9]+: .*expected 'NAME: VALUE'"
wrong "once" '' "x: { host: api.test, header: 'x: {secret}{secret}', $from }" "./net.yaml:6:[0-9]+: .*expected 'NAME: VALUE'"
wrong "and is no part of the framing" '' "x: { host: api.test, header: 'Host: {secret}', $from }" "./net.yaml:6:[0-9]+: .*expected 'NAME: VALUE'"
wrong "paths are such that can be compared" '' "x: { host: api.test, paths: [/a/../b], $from }" "./net.yaml:6:[0-9]+: .*path '/a/../b' has an empty, '.' or '..' segment"
wrong "methods are methods" '' "x: { host: api.test, methods: [get], $from }" "./net.yaml:6:[0-9]+: .*'get': expected a method"
with '' "x: { host: unused.test, from: { env: NOT_THERE }, ca: '$tmp/ca.pem' }"
ok "one that no rule names is not asked for" remit sandbox --profile ./net.yaml -- true
mkdir -p repo/.remit/profiles
printf "version: 1\nextends: base\ncredentials: { x: { host: api.test, from: { env: HOME } } }\n" >repo/.remit/profiles/own.yaml
git -C repo add . && git -C repo commit --quiet -m own
sentence 2 ".*own.yaml:3:.*a repository's own profile can't say this" "a repository can't ask for a secret" remit run --repo repo --profile own -- true

# Budgets, and an end of the keeper's own.
with '{ host: api.test, credential: api, budget: { in: 1m } }' "api: { host: api.test, $from }"
run agent 'c = connect(); c.request("GET", "/download?100000000"); a = c.getresponse(); n = 0
try:
    while d := a.read(65536): n += len(d)
except (ConnectionResetError, http.client.IncompleteRead): pass
print(n <= 1 << 20)
try: print(ask("GET", "/x"))
except OSError as e: print("refused")'
is "$out" "True
refused" "a budget holds for what comes through a credential"
run agent 'a, b = connect(), connect(); print(ask("GET", "/x?a", connection=a), ask("GET", "/x?b", connection=b))
def get(c):
    try:
        c.request("GET", "/download?900000"); return len(c.getresponse().read())
    except (OSError, http.client.HTTPException): return "cut"
print(get(a), get(b))'
is "$out" "(200, 'a') (200, 'b')
900000 cut" "for all connections together"
ok "and it is said" event "g('error') == 'over budget' or g('ended') == 'over budget'"
with "$all" "$known"
agent 'print(ask("GET", "/x?one"), flush=True); time.sleep(3)
try: print(ask("GET", "/x"))
except OSError as e: print("refused", flush=True)' >killed 2>&1 &
cage=$!
until_true grep -q one killed
kill -KILL "$(gates | sed -n 's/ remit-credentia.*//p')"
wait "$cage"
is "$(tail -n 1 killed)" refused "without the keeper nothing goes to the host of a credential"
ok "and that is recorded" event "e['type'] == 'denied' and g('error') == 'the keeper of the credentials is gone'"
finish
