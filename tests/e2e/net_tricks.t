#!/bin/sh
# The cage's resolver answers for the names that are listed, whatever is asked of it, and asks nobody.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test d.wild.test n5.wild.test
END
echo nameserver 127.0.0.1 >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
serve udp=127.0.0.1:53 udp=203.0.113.5:53 echo=203.0.113.5:7
profile "{ host: good.test, ports: [7] }, { host: '*.wild.test', ports: [7] }, { host: 'localhost.test', ports: [7] }"

# Each line: what is asked, and what is answered, by UDP and by TCP. The two are to be the same.
cat >questions <<'END'
def label(n): return b"a" * n
def name(*labels): return b"".join(bytes([len(l)]) + l for l in labels) + b"\0"
W = (b"wild", b"test")
ok = resolve("good.test")
print("stands-in", ok.startswith("198.18."), ok == resolve("good.test", how=tcp))
questions = {
    "case": name(b"GooD", b"TEST"), "nul": name(b"good\0", b"test"), "nul at the end": name(b"good", b"test\0"),
    "dot in a label": name(b"good.test"), "dot beneath a wildcard": name(b"a.wild", b"test"),
    "dot before a wildcard": name(b"a.b", *W), "dot at the end": name(b"good", b"test."), "newline": name(b"a\n", *W),
    "space": name(b"a b", *W), "escape": name(b"\x1b[2J", *W), "quote": name(b"a\"", *W), "slash": name(b"..\x2f", *W),
    "u-label": name("b\u00fccher".encode(), *W), "a-label": name(b"xn--bcher-kva", *W), "63": name(label(63), *W),
    "64": bytes([64]) + label(64) + name(*W), "pointer": b"\xc0\x0c", "apex": name(*W), "deeper": name(b"a", b"b", *W),
    "253": name(label(63), label(63), label(63), label(51), *W), "254": name(label(63), label(63), label(63), label(52), *W),
    "root": b"\0", "underscore": name(b"_a", *W), "suffix": name(b"xgood", b"test"), "beyond": name(b"good", b"test", b"evil"),
    "address": name(b"203", b"0", b"113", b"5"), "endless": b"\x01a" * 2000,
}
for what, q in questions.items():
    answers = [meaning(how(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + q + struct.pack("!2H", A, 1))) for how in (udp, tcp)]
    print(what, "same" if answers[0] == answers[1] else answers, "=", "address" if "." in answers[0] else answers[0])
END
run client "$(cat questions)"
[ "$status" = 0 ] || note "$err"
answers=$out
answers_are() { # ANSWER QUESTION...
	wanted=$1
	shift
	for what in "$@"; do
		like "$answers" "^$what same = $wanted\$" "$what: $wanted"
	done
}
like "$answers" "^stands-in True True" "a listed name has an address that stands for it"
answers_are address case a-label 63 deeper 253 underscore
answers_are nxdomain nul "nul at the end" "dot in a label" "dot beneath a wildcard" "dot before a wildcard" "dot at the end" \
	newline space escape quote slash u-label apex root suffix beyond address
answers_are formerr 64 254 pointer endless
ok "odd bytes are recorded so that they can be read" event 'g("name") == "\\027[2J.wild.test" and e["type"] == "denied"'
ok "a dot in a label as well" event 'g("name") == "good\\046test" or g("name") == "a\\046wild.test"'

run client '
kinds = {"PTR": PTR, "TXT": TXT, "SRV": SRV, "SVCB": SVCB, "HTTPS": HTTPS, "ANY": ANY, "TYPE9999": 9999}
for how in udp, tcp:
    print([resolve("good.test", kind, how) for kind in kinds.values()])
    print([resolve("bad.test", kind, how) for kind in kinds.values()])
print(resolve("5.113.0.203.in-addr.arpa", PTR), resolve("1.0.18.198.in-addr.arpa", PTR))
first = [resolve("%s.wild.test" % n, kind) for n in "abcdef" for kind in (A, AAAA)]
dial("d.wild.test", 7).close()
time.sleep(1)
print(len(set(first)), first == [resolve("%s.wild.test" % n, kind, tcp) for n in "abcdef" for kind in (A, AAAA)])'
is "$(printf '%s\n' "$out" | grep -c "^\['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'\]")" 2 "records of other types are empty for a listed name"
is "$(printf '%s\n' "$out" | grep -c "'nxdomain', 'nxdomain', 'nxdomain', 'nxdomain', 'nxdomain', 'nxdomain', 'nxdomain'")" 2 \
	"and there is no other name"
like "$out" "^nxdomain nxdomain" "addresses have no name"
like "$out" "^12 True" "each name has addresses of its own, the same for the life of the job"
for type in PTR TXT SRV SVCB HTTPS ANY TYPE9999; do
	ok "$type of another name is recorded" event "g('name') == 'bad.test' and g('record') == '$type'"
done

# What is malformed: random bytes, queries that end anywhere, answers, counts that lie; then all is as before.
run client '
import random
random.seed(1)
good = question("good.test")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.connect(RESOLVER)
    bad = [random.randbytes(random.randrange(600)) for _ in range(2000)] + [good[:n] for n in range(len(good))]
    bad += [good[:2] + bytes([flags]) + good[3:] for flags in range(256)]
    bad += [good[:4 + i] + bytes([n]) + good[5 + i:] for i in range(8) for n in (0, 1, 2, 255)]
    for data in bad: s.send(data)
for data in b"", b"\0", b"\0\0", b"\xff\xff" + bytes(70000), b"\0\x0c" + bytes(12), b"\0\x05abcde":
    with socket.create_connection(RESOLVER, 30) as s:
        try: s.sendall(data); s.shutdown(1); rest(s)
        except OSError: pass
with socket.create_connection(RESOLVER, 30) as s:
    s.sendall((struct.pack("!H", len(good)) + good) * 50)
    print(len({exactly(s, 2 + 12 + 11 + 4 + 16) for _ in range(50)}))
idle = [socket.create_connection(RESOLVER, 30) for _ in range(200)]
print(resolve("good.test").startswith("198.18."))
print(meaning(udp(question("good.test", klass=3))), meaning(udp(b"\0\7\x10" + good[3:])), dial("good.test", 7) and "lives")'
is "$out" "1
True
refused notimp lives" "malformed queries do it no harm, nor do many at once, nor clients that say nothing"
[ "$status" = 0 ] || note "$err"

# In turns, so that no socket's buffer overflows.
run client '
with socket.create_connection(RESOLVER, 60) as s:
    n = 0
    names = ["good.test", "bad.test", "a.wild.test", "also.bad.test"]
    block = b"".join(struct.pack("!H", len(q)) + q for q in (question(name) for name in names * 50))
    for _ in range(500):
        s.sendall(block)
        for _ in range(200):
            exactly(s, struct.unpack("!H", exactly(s, 2))[0]); n += 1
    print(n)'
is "$out" 100000 "100,000 queries in a row are answered"
is "$(wc -l <events)" "$(tally 'True')" "the events are whole"
ok "and few" test "$(wc -l <events)" -lt 12
ok "with how often it was" event 'g("name") == "bad.test" and g("times") == 24999'

run client '
with socket.create_connection(RESOLVER, 60) as s:
    codes = {}
    for begin in range(0, 16600, 100):
        block = [question("n%d.wild.test" % i, TXT) for i in range(begin, begin + 100)]
        s.sendall(b"".join(struct.pack("!H", len(q)) + q for q in block))
        for _ in block:
            code = meaning(exactly(s, struct.unpack("!H", exactly(s, 2))[0]))
            codes[code] = codes.get(code, 0) + 1
print(codes, resolve("n16383.wild.test").startswith("198.1"), resolve("last.wild.test"), dial("n5.wild.test", 7) and "lives")'
is "$out" "{'ok': 16384, 'servfail': 216} True servfail lives" "after 16,384 names there is none for more"
ok "which is recorded" event 'g("error") == "too many names" and g("name") == "n16384.wild.test"'

is "$(grep -c datagram served)" 0 "nothing of all this reached a resolver outside"
finish
