#!/bin/sh
# The gate has nothing but its sockets, a job can't touch it, and without it nothing gets out.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
END
serve echo=203.0.113.5:7 raw=203.0.113.5:9 http=203.0.113.5:8080
profile "{ host: good.test, ports: [7, 9, 8080] }, { host: '*.many.test', ports: [7] }"

pid_of() {
	if [ "$1" = sandbox ]; then
		ps -o ppid= "$(pid_of gate)" | tr -d ' '
	else
		gates | sed -n "s/ remit-$1\$//p"
	fi
}
there() {
	[ "$(gates | cut -d ' ' -f 2 | sort -u | tr '\n' ' ')" = "remit-gate remit-resolve " ]
}
nobody() {
	[ -z "$(gates)" ]
}
# A job in the background that has a connection open, tells so, and goes on to try. Its client's output is in $tmp/job.
start_job() {
	rm -f job job.errors status
	(
		client 's = dial("good.test", 9)
print("connected", flush=True)
while True:
    s.sendall(b"x"); time.sleep(0.05)
    try: dial("good.test", 9).close()
    except OSError: pass' >job 2>job.errors
		echo $? >status
	) &
	until_true test -s job && until_true there
}
# The job's own pids, from its supervisor's children.
of_cage() {
	ps -eo pid=,ppid= | awk -v of="$1" '{ above[$1] = $2 } END { for (p in above) for (q = p; q in above; q = above[q]) if (above[q] == of) { print p; break } }'
}
ended() {
	until_true test -s status
}

start_job
gate=$(pid_of gate)
supervisor=$(pid_of sandbox)
resolver=$(pid_of resolve)
is "$(sed -n 's/^PPid:\t//p' "/proc/$gate/status") $(sed -n 's/^PPid:\t//p' "/proc/$resolver/status")" "$supervisor $supervisor" \
	"the gate and the resolver are the supervisor's children"
for f in "/proc/$gate/fd"/*; do
	[ "${f##*/}" = 2 ] || readlink "$f"
done | grep -Ev '^(socket:.*|pipe:.*|anon_inode:\[eventpoll\]|/dev/null)$' >files
is "$(cat files)" "" "besides standard error the gate has nothing open but sockets, pipes and what waits for them"
for f in "/proc/$resolver/fd"/*; do
	[ "${f##*/}" = 2 ] || readlink "$f"
done | grep -Ev '^(socket:.*|/etc/.*|/dev/null)$' >files
is "$(cat files)" "" "nor has the resolver anything but its line"
held() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
is "$(held "$gate" Seccomp) $(held "$gate" NoNewPrivs) $(held "$gate" CapEff) $(held "$gate" CapPrm)" "2 1 0000000000000000 0000000000000000" \
	"it has a filter for its system calls, no way to new privileges, and no capability"
is "$(held "$resolver" NoNewPrivs)" 1 "the resolver has no way to new privileges"

seen=$(for p in $(of_cage "$supervisor"); do
	[ "$p" = "$gate" ] || [ "$p" = "$resolver" ] || echo "$p"
done)
ok "the job's processes are not among the gate's" test -n "$seen"
kill -KILL "$gate"
ok "the gate is killed, and the job ends" ended
is "$(cat status)" 137 "as if it had been killed itself"
is "$(cat job.errors)" "remit: stopped: the gate to the network is gone: Broken pipe" "and one sentence says why"
ok "so does the record" event 'e["type"] == "end" and g("why") == "gate" and g("signal") == 9'
ok "and nobody is left" until_true nobody
before=$(wc -l <served)
sleep 1
is "$(wc -l <served)" "$before" "nothing came out any more"

start_job
kill -STOP "$(pid_of gate)"
stopped=$(pid_of gate)
run timeout 5 sleep 1
before=$(wc -l <served)
sleep 1
is "$(wc -l <served)" "$before" "nor does anything while it stands still"
kill -CONT "$stopped"
supervisor=$(pid_of sandbox)
cage_pids=$(of_cage "$supervisor")
kill -KILL "$supervisor"
ok "the supervisor is killed: the gate and the resolver are gone" until_true nobody
all_gone() {
	for p in $cage_pids; do
		[ ! -d "/proc/$p" ] || grep -q '^State:[[:space:]]*Z' "/proc/$p/status" 2>/dev/null || return 1
	done
}
ok "and so is the job" until_true all_gone
ended

start_job
kill -KILL "$(pid_of resolve)"
sleep 0.5
supervisor=$(pid_of sandbox)
ok "the resolver is killed: the gate lives" test -n "$(pid_of gate)"
kill -TERM "$supervisor"
ended
ok "and nobody is left" until_true nobody
is "$(grep -c nsfs /proc/self/mountinfo)" 0 "no namespace is kept"

mkdir -p build/bin
ln -s "$top/profiles" profiles
cp "$REMIT_BUILD/remit" "$REMIT_BUILD/remit-sandbox" "$REMIT_BUILD/remit-log" "$REMIT_BUILD/remit-resolve" build/bin
old_path=$PATH
PATH=$tmp/build/bin:$PATH
sentence 125 ".*start '$tmp/build/bin/remit-gate': No such file" "without the program there is no job" cage echo hello
printf '#!/bin/sh\nexit 1\n' >build/bin/remit-gate
chmod +x build/bin/remit-gate
run cage echo hello
like "$status $err" "137 remit: (stopped: the gate to the network is gone|the gate to the network ended before the job)" \
	"one that ends at once ends the job, or takes its success away"
like "$err" "^remit: .*the gate to the network is gone" "and one sentence says why"
ok "which is not to be taken for the job's end" test "$status" -gt 124
rm build/bin/remit-resolve
cp "$REMIT_BUILD/remit-gate" build/bin
run cage echo hello
is "$out" "" "nor without the resolver"
[ -n "$err" ] || fail "one sentence says why"
PATH=$old_path
ok "nobody is left" until_true nobody

# From inside.
run client "
import os
names = [open('/proc/%s/comm' % p).read().strip() for p in os.listdir('/proc') if p.isdigit()]
print(not any('gate' in n or 'resolve' in n for n in names))
stand_in = resolve('good.test')
print([l for l in open('/proc/net/unix') if '@' in l] or 'no line')
for address, port in (stand_in, 7), (stand_in, 8080), RESOLVER, ('0.0.0.0', 7):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try: s.bind((address, port)); s.listen(); print('bound', address, port)
    except OSError as e: print('refused', address == stand_in or address, port, e.errno)
s = dial('good.test', 7); s.sendall(b'still'); print(exactly(s, 5))"
like "$out" "^True" "a job does not see the gate"
like "$out" "^no line" "nor its line"
like "$out" "^refused 198.18.0.1 53" "it can't answer for the resolver"
like "$out" "^b'still'" "and reaches its server"
finish
