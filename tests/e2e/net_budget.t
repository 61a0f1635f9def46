#!/bin/sh
# A budget bounds connections and bytes of what one entry lists, or of the whole network; what is beyond it does not leave.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
203.0.113.6 other.test
END
serve echo=203.0.113.5:7 echo=203.0.113.6:7 swallow=203.0.113.5:9 pour=203.0.113.5:19 swallow=203.0.113.6:443

# All is closed before a next one is dialled; the gate sees it a moment later.
budget() { # OF-ENTRY OF-NETWORK
	profile "{ host: good.test, ports: [7, 9, 19]${1:+, budget: { $1 \}} }, { host: other.test, ports: [7] }" "${2:+budget: { $2 \}}"
}
over() {
	event "g('error') == 'over budget' and g('what') == 'connection' and g('name') == '$1'"
}
many='
def greet(name, keep=None):
    try:
        s = dial(name, 7)
        s.sendall(b"x")
        if keep is not None: keep.append(s)
        return s.recv(1) == b"x"
    except OSError:
        return False
def at_once(n, name="good.test"):
    open = []
    return sum(greet(name, open) for _ in range(n)), open
def again(name, n=100):
    for _ in range(n):
        if greet(name):
            return True
        time.sleep(0.1)'

budget 'at_once: 5'
run client "$many
print(at_once(5)[0])"
is "$out" 5 "as many connections at once as the budget has"
is "$(tally 'g("error") == "over budget"')" 0 "are not over it"
run client "$many
n, open = at_once(6)
print(n, at_once(1, 'other.test')[0])
for s in open: s.close()
print(again('good.test'))"
is "$out" "5 1
True" "one more is closed; another entry has its own; those that have ended make room"
ok "which is recorded" over good.test

budget 'connections: 5'
run client "$many
print([greet('good.test') for _ in range(6)], at_once(1, 'other.test')[0])"
is "$out" "[True, True, True, True, True, False] 1" "so many connections in all, and not one more"
ok "which is recorded" over good.test

send='
def send(n, port=9):
    try:
        s = dial("good.test", port); s.sendall(bytes(n)); s.shutdown(1)
        return rest(s)
    except OSError:
        return b"", "reset"
def take(n):
    s = dial("good.test", 19)
    s.sendall(b"%d\n" % n)
    data, end = rest(s)
    return len(data), end'
budget 'out: 300000'
run client "$send
print(*send(300000))"
is "$out" "b'300000\\n' closed" "as many bytes out as the budget has"
is "$(tally 'g("ended") == "over budget"')" 0 "are not over it"
run client "$send
print(*send(200000), *send(100001)); print(*send(1)[1:])"
like "$out" "^b'200000.n' closed b'' reset" "one more, of all its connections, is"
ok "which is recorded" event 'g("ended") == "over budget" and e["type"] == "connect" and g("out") <= 100000'
run client "$send
send(2000000); print(*send(2000000))"
is "$out" "b'' reset" "much more is, too"
most=$(python3 -c 'import json; print(max(json.loads(line).get("bytes", 0) for line in open("served")))')
is "$most" 300000 "no server got more than that"

budget 'in: 300000'
run client "$send
print(*take(300000))"
is "$out" "300000 closed" "as many bytes in as the budget has"
run client "$send
print(*take(200000)); n, end = take(5000000); print(n <= 100000, end)"
is "$out" "200000 closed
True reset" "and no more, over all its connections"
ok "which is recorded" event 'g("ended") == "over budget" and g("in") <= 100000'

budget '' 'connections: 3, out: 10'
run client "$many
print([greet(name) for name in ('good.test', 'other.test', 'good.test', 'other.test')])"
is "$out" "[True, True, True, False]" "a network's budget is for all of its entries"
ok "which is recorded" over other.test
run client "$many
print([greet('good.test'), greet('other.test')]); s = dial('good.test', 7); s.sendall(bytes(9)); print(*rest(s))"
is "$out" "[True, True]
b'' reset" "its bytes too"

profile "{ host: other.test, budget: { out: 100 } }"
run client "print(*fate('other.test', 443, hello('other.test')))"
is "$out" "b'' reset" "what begins TLS counts as well"
ok "which is recorded" event 'g("ended") == "over budget" and g("out") == 0'
is "$(grep -c '"at": "203.0.113.6:443", "peer": "[^"]*", "bytes": [1-9]' served)" 0 "the server got nothing of it"
finish
