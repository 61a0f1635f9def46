#!/bin/sh
# Many connections at once, much in each, and ends of every kind: what a job sends and gets is what it would be without a gate.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
END
serve echo=203.0.113.5:7 swallow=203.0.113.5:9 pour=203.0.113.5:19 reset=203.0.113.5:13 silent=203.0.113.5:11 \
	raw=203.0.113.5:15 digest=203.0.113.5:17
profile "{ host: good.test, ports: [7, 9, 11, 13, 15, 17, 19] }"

run client '
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
async def one(i, all_there):
    reader, writer = await asyncio.open_connection("good.test", 7)
    all_there[0] -= 1
    while all_there[0]: await asyncio.sleep(0.01)
    data = os.urandom(20000) + b"%d" % i
    writer.write(data); writer.write_eof()
    got = await reader.read(-1)
    writer.close()
    return got == data
async def main(n):
    all_there = [n]
    print(sum(await asyncio.gather(*(one(i, all_there) for i in range(n)))))
asyncio.run(main(1000))'
is "$out" 1000 "1,000 connections at once get back what they sent, after they had closed their half"
[ "$status" = 0 ] || note "$err"
is "$(tally 'e["type"] == "connect" and g("ended") == "closed" and g("out") == g("in") > 20000')" 1000 "each is recorded, with its bytes"

run client '
good = 0
for i in range(2000):
    with dial("good.test", 7) as s:
        s.sendall(b"%d" % i); s.shutdown(1)
        good += rest(s) == (b"%d" % i, "closed")
print(good)'
is "$out" 2000 "so do 2,000 one after the other"

run client '
s = dial("good.test", 13); s.sendall(b"x"); print(*rest(s))
s = dial("good.test", 15); s.sendall(b"x" * 100)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); time.sleep(0.3); s.close()
s = dial("good.test", 19); s.sendall(b"5\n"); print(*rest(s)); s.close()
s = dial("good.test", 9); s.sendall(b"abc"); s.shutdown(1); print(*rest(s))
time.sleep(0.3)'
is "$out" "b'' reset
b'\\x00\\x00\\x00\\x00\\x00' closed
b'3\\n' closed" "a server's reset is one for the job, its end is an end, and so is the job's for it"
saw_reset() { grep -q '"kind": "raw".*"error": .*reset' served; }
ok "a job's reset is one for the server" until_true saw_reset

# The gate while it works: what it held at most, in kB.
highest() {
	gate=$(gates | sed -n 's/ remit-gate$//p')
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$gate/status"
}
mkfifo hold
client '
idle = [dial("good.test", 11) for _ in range(100)] + [dial("good.test", 7) for _ in range(100)]
# Some that are sent much, and take nothing.
full = [dial("good.test", 19) for _ in range(50)]
for s in full: s.sendall(b"1000000000\n")
# And one that sends much to who takes nothing.
stuck = dial("good.test", 11); stuck.setblocking(False)
try:
    while stuck.send(bytes(1 << 20)): pass
except BlockingIOError: pass
good = 0
began = time.monotonic()
for i in range(200):
    with dial("good.test", 7) as s:
        s.sendall(b"x"); good += s.recv(1) == b"x"
print(good, time.monotonic() - began < 10, flush=True)
time.sleep(1)
for s in full: s.settimeout(20); exactly(s, 1 << 20)
print("slow", flush=True)
sys.stdin.read()' >slow 2>&1 <hold &
slow=$!
exec 9>hold
until_true grep -q slow slow
held=$(highest)
exec 9>&-
wait "$slow"
is "$(cat slow)" "200 True
slow" "connections that stand still do not slow another one down, and go on"
ok "the gate holds less than 64 MiB for all of that" test "$held" -lt 65536
note "the gate held $held kB"

# Down, up, and what was sent is what was got.
run client '
size = 1 << 30
block = hashlib.sha256(b"block").digest() * 32768
def digest_of(n):
    d = hashlib.sha256()
    for _ in range(n // len(block)): d.update(block)
    return d.hexdigest()
began = time.monotonic()
with dial("good.test", 17) as s:
    s.sendall(b"up\n")
    for _ in range(size // len(block)): s.sendall(block)
    s.shutdown(1); up = rest(s)[0].decode()
down = hashlib.sha256()
with dial("good.test", 17) as s:
    s.sendall(b"down %d\n" % size)
    while data := s.recv(1 << 20): down.update(data)
wanted = digest_of(size)
print(up == wanted, down.hexdigest() == wanted)
print(time.monotonic() - began, file=sys.stderr)'
is "$out" "True True" "1 GiB up and 1 GiB down are the same at the other end"
note "$err"
ok "and recorded" event 'e["type"] == "connect" and g("in") == 1 << 30'
finish
