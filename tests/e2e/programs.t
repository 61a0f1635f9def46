#!/bin/sh
# What developers and their agents run works under the shipped profiles, traced, and none of it looks like an attack.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
mkdir ws ws/src
for c in alpha beta gamma delta; do
	printf 'int %s(void) { return 1; }\n' $c >ws/src/$c.c
done
cat >ws/src/main.c <<'END'
#include <stdio.h>
int alpha(void), beta(void), gamma(void), delta(void);
int main(void) { return printf("%d\n", alpha() + beta() + gamma() + delta()) < 0; }
END
printf 'all: src/main.o src/alpha.o src/beta.o src/gamma.o src/delta.o\n\t$(CC) -o four $^\n\t./four\n' >ws/Makefile

# The tools of the host are found where a cage has them.
there() {
	for tool in "$@"; do
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin command -v "$tool" >/dev/null || return 1
	done
}
# works PROFILE "TOOL..." SENTENCE SCRIPT: SCRIPT succeeds where the tools are there, and no attempt of it is denied.
works() {
	# shellcheck disable=SC2086 # words are meant
	there $2 || { skip "there is no $2" "$3"; return; }
	run timeout 100 remit sandbox --profile "$1" --workspace ws --events ev -- sh -ec "$4"
	attempts=$(python3 "$kit/events.py" ev '[(d.get("syscall", d["what"]), d["program"]) for d in denied]')
	if [ "$status:$attempts" = '0:[]' ]; then
		pass "$3"
	else
		fail "$3"
		note "denied: $attempts"
		tap_show_run
	fi
}
# denied PROFILE "TOOL..." CALL SENTENCE SCRIPT: SCRIPT succeeds, and a call of that name was denied on the way.
denied() {
	# shellcheck disable=SC2086 # words are meant
	there $2 || { skip "there is no $2" "$4"; return; }
	run timeout 100 remit sandbox --profile "$1" --workspace ws --events ev -- sh -ec "$5"
	is "$status:$(python3 "$kit/events.py" ev 'sorted({d.get("syscall") for d in denied})')" "0:[\"$3\"]" "$4"
}

# C
works c gcc "gcc compiles, and the program runs" 'gcc -O2 -Wall src/*.c -o four && test "$(./four)" = 4'
works c "gcc make" "make runs four at once" 'make -s -j4 | grep -qx 4'
works c "clang make" "clang does, too" 'make -s -j4 CC=clang | grep -qx 4'
works c g++ "so does C++" 'printf "#include <iostream>\n#include <thread>\nint main() { std::thread t([] { std::cout << 1; }); t.join(); }\n" >a.cc
	g++ -O1 -pthread a.cc -o a && test "$(./a)" = 1'
works c gcc "sanitizers find what they look for" 'printf "#include <stdlib.h>\nint main(void) { char *p = malloc(5); free(p); return *p; }\n" >a.c
	gcc -w -fsanitize=address,undefined a.c -o a; ! ./a 2>out && grep -q heap-use-after-free out'
release=$(uname -r)
major=${release%%.*}
minor=${release#*.}
minor=${minor%%[!0-9]*}
if [ "$major" -gt 6 ] || { [ "$major" = 6 ] && [ "$minor" -ge 15 ]; }; then
	works c gcc "leaks are found, for which a program is attached to" 'printf "#include <stdlib.h>\nint main(void) { void *volatile p = malloc(5); p = NULL; return p != NULL; }\n" >a.c
		gcc -w -fsanitize=address a.c -o a; ! ./a 2>out && grep -q "detected memory leaks" out && ! grep -q fatal out'
else
	skip "this kernel is older than Linux 6.15" "leaks are found, for which a program is attached to"
fi
works c "gcc valgrind" "valgrind does, too" 'printf "#include <stdlib.h>\nint main(void) { char *p = malloc(5); free(p); return *p; }\n" >a.c
	gcc -w -g a.c -o a; ! valgrind -q --error-exitcode=9 ./a 2>out && grep -q "Invalid read" out'
works c "cmake make gcc" "cmake configures, builds and tests" 'printf "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nfile(GLOB s src/*.c)\nadd_executable(x \${s})\nenable_testing()\nadd_test(t x)\n" >CMakeLists.txt
	cmake -B b >/dev/null && cmake --build b -j 4 >/dev/null && cd b && ctest >/dev/null'
works c "cmake ninja gcc" "with ninja as well" 'printf "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nfile(GLOB s src/*.c)\nadd_executable(x \${s})\n" >CMakeLists.txt
	cmake -G Ninja -B b >/dev/null && ninja -C b >/dev/null && b/x'

# What the kernel offers
if there gcc && gcc -D_GNU_SOURCE -O2 -pthread -o ws/feature "$top/tests/data/programs/feature.c"; then
	feature() {
		works base '' "$1" "./feature $2 || test \$? = 77"
	}
	feature "200 threads run at once" threads
	feature "clone3 is not there, so that libc falls back" clone3
	feature "a lock of a thread that died is told as such" robust
	feature "timers, events, signals and files are waited for in one place" descriptors
	feature "memory is shared in each of its ways" shared
	feature "files are looked at, locked and copied" files
	feature "processes are waited for, named and signalled" processes
	feature "a program confines itself by a filter" seccomp
	feature "and by Landlock" landlock
	feature "unix sockets lead from process to process" sockets
	feature "memory can be made executable" memory
	denied base '' io_uring_setup "io_uring is refused as those expect it who can do without" './feature io_uring'
else
	skip "there is no gcc" "threads, descriptors, shared memory and the like"
fi

# git
works base git "git commits, rebases, stashes, merges, clones and packs" '
	git config --global user.name A; git config --global user.email a@b.c; git config --global init.defaultBranch main
	git init -q r; cd r; echo 1 >a; git add a; git commit -q -m one
	git switch -q -c side; echo 2 >b; git add b; git commit -q -m two
	git switch -q main; echo 3 >>a; git commit -q -a -m three
	git rebase -q main side; git log --oneline | wc -l | grep -qx 3
	git worktree add -q ../w main; cd ../w; echo 4 >>a; git stash -q; git stash pop -q; git diff --quiet && exit 1
	git commit -q -a -m four; git merge -q side; cd ..
	git clone -q r local; git clone -q "file://$PWD/r" copied; cd copied; git gc -q; git fsck --strict 2>/dev/null
	git blame a >/dev/null; git bisect start HEAD HEAD~1 >/dev/null; git archive HEAD | tar -t >/dev/null'

# Node
works node node "node runs workers, watches files, serves and fetches" "exec timeout 30 node -e '
	const http = require(\"http\"), fs = require(\"fs\"), cp = require(\"child_process\"), zlib = require(\"zlib\");
	const { Worker } = require(\"worker_threads\");
	if (cp.spawnSync(\"sh\", [\"-c\", \"exit 3\"]).status !== 3) process.exit(1);
	zlib.gzipSync(\"a\"); require(\"crypto\").randomBytes(8); require(\"dns\").lookup(\"localhost\", e => { if (e) process.exit(2); });
	const watcher = fs.watch(\"/tmp\", () => watcher.close());
	fs.promises.writeFile(\"/tmp/seen\", \"x\");
	new Worker(\"require(\\\"worker_threads\\\").parentPort.postMessage(7)\", { eval: true }).on(\"message\", seven => {
		const server = http.createServer((q, r) => r.end(String(seven))).listen(0, \"127.0.0.1\", () =>
			http.get({ host: \"localhost\", port: server.address().port, family: 4 }, r => r.on(\"data\", d => {
				server.close();
				cp.exec(\"node -p 1\", (e, out) => { if (e || out !== \"1\\n\" || String(d) !== \"7\") process.exit(4); });
			})));
	});'"
works node "node npm" "npm packs, installs and runs what is at hand" '
	mkdir p; cd p; npm init -y >/dev/null; npm pkg set scripts.test="node -e 0" bin.p=./p.js
	printf "#!/usr/bin/env node\nconsole.log(5)\n" >p.js; chmod +x p.js
	npm pack >/dev/null 2>&1; mkdir ../q; cd ../q; npm init -y >/dev/null; npm install --offline ../p/p-1.0.0.tgz >/dev/null
	test "$(npx --offline p)" = 5; cd ../p; npm test >/dev/null'

# Python
works python python3 "python runs processes, threads and loops, and knows its libraries" 'exec timeout 60 python3 -c "
import asyncio, ctypes, multiprocessing, socket, sqlite3, ssl, subprocess, tempfile, threading
from multiprocessing import shared_memory
assert subprocess.check_output([\"echo\", \"x\"]) == b\"x\\n\"
with multiprocessing.Pool(4) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
block = shared_memory.SharedMemory(create=True, size=10)
block.close()
block.unlink()
db = sqlite3.connect(\"t.db\")
db.execute(\"pragma journal_mode=wal\")
db.execute(\"create table t(a)\")
db.commit()
ssl.create_default_context()
threads = [threading.Thread(target=int) for _ in range(50)]
[t.start() for t in threads]
[t.join() for t in threads]
async def main():
    assert await (await asyncio.create_subprocess_exec(\"true\")).wait() == 0
    server = await asyncio.start_server(lambda r, w: w.close(), \"127.0.0.1\", 0)
    reader, _ = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b\"\"
asyncio.run(main())
assert socket.getaddrinfo(\"localhost\", 80) and socket.getservbyname(\"https\") == 443
try:
    socket.getaddrinfo(\"example.com\", 80)
    raise SystemExit(1)
except socket.gaierror:
    pass
"'
works python python3 "a virtual environment is made and used, and tests are found" '
	python3 -m venv --without-pip v; test "$(v/bin/python -c "import sys; print(sys.prefix)")" = "$PWD/v"
	printf "import unittest\nclass T(unittest.TestCase):\n    def test(self): pass\n" >test_a.py; v/bin/python -m unittest -q test_a 2>/dev/null
	python3 -m compileall -q test_a.py'
works python "python3 curl" "curl fetches from a server in the cage" '
	python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 & for i in 1 2 3 4 5 6 7 8 9; do curl -sf http://localhost:8000/Makefile && exit; sleep 0.2; done; exit 1'

# ssh
works base "ssh-keygen ssh-agent ssh-add" "keys are made, kept by an agent, and sign" '
	ssh-keygen -q -t ed25519 -N "" -f /tmp/k; eval "$(ssh-agent)" >/dev/null; ssh-add -q /tmp/k; ssh-add -l >/dev/null
	echo x >/tmp/m; ssh-keygen -q -Y sign -n git -f /tmp/k.pub /tmp/m; kill "$SSH_AGENT_PID"'
works base "ssh ssh-keygen /usr/sbin/sshd" "ssh logs in to a server in the cage" '
	cd; ssh-keygen -q -t ed25519 -N "" -f host; ssh-keygen -q -t ed25519 -N "" -f me; chmod 755 .
	printf "Port 2222\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/me.pub\nUsePAM no\nStrictModes no\nPidFile none\n" ~ ~ >conf
	/usr/sbin/sshd -D -e -f conf 2>log & for i in 1 2 3 4 5 6 7 8 9; do
		test "$(ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i me -p 2222 127.0.0.1 echo in)" = in && exit; sleep 0.2
	done; cat log; exit 1'

# Other languages
works base perl "perl forks, listens and asks" 'perl -MIO::Socket -MPOSIX -MFile::Temp -e "my \$p = fork // die; exit 3 unless \$p; waitpid \$p, 0; \$? >> 8 == 3 or die; IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) or die; getservbyname(q(http), q(tcp)) or die; \`true\`"'
works java "java javac" "java compiles and runs" 'printf "public class H { public static void main(String[] a) throws Exception { Thread t = new Thread(() -> System.out.print(1)); t.start(); t.join(); System.exit(new ProcessBuilder(\"true\").start().waitFor()); } }" >H.java
	javac H.java && test "$(java H)" = 1'
works base go "go builds and runs" 'mkdir g; cd g; printf "package main\nimport (\"net\"; \"os/exec\")\nfunc main() { l, e := net.Listen(\"tcp\", \"127.0.0.1:0\"); if e != nil { panic(e) }; l.Close(); c := make(chan int); for i := 0; i < 100; i++ { go func() { c <- 1 }() }; for i := 0; i < 100; i++ { <-c }; if e := exec.Command(\"true\").Run(); e != nil { panic(e) } }\n" >m.go
	go mod init m 2>/dev/null; go build -o m . && ./m'
mkdir -p "$HOME/.cargo/bin" "$HOME/.rustup"
printf '#!/bin/sh\ntest "$CARGO_NET_OFFLINE" = true\n' >"$HOME/.cargo/bin/cargo"
chmod +x "$HOME/.cargo/bin/cargo"
chmod 0755 "$HOME"
works rust '' "the user's own cargo is found and stays offline" 'test "$(command -v cargo)" = ~/.cargo/bin/cargo; cargo'
rm -r "$HOME/.cargo" "$HOME/.rustup"
works rust "cargo rustc" "cargo builds and tests" 'cargo init -q --vcs none --name x k; cd k; cargo -q build; test "$(./target/debug/x)" = "Hello, world!"; cargo -q test >/dev/null'

# Terminals of their own, archives, and what an agent looks around with
works base tmux "tmux has its windows" 'tmux new -d "echo in >/tmp/seen; sleep 9"; for i in 1 2 3 4 5 6 7 8 9; do test -s /tmp/seen && break; sleep 0.1; done; test -s /tmp/seen; tmux kill-server'
works base screen "so has screen, told where" 'export SCREENDIR=/tmp/screen; mkdir -m 700 /tmp/screen; screen -dmS a sh -c "echo in >/tmp/seen; sleep 9"
	for i in 1 2 3 4 5 6 7 8 9; do test -s /tmp/seen && break; sleep 0.1; done; test -s /tmp/seen; screen -S a -X quit >/dev/null'
works base "tar gzip xz" "tar packs and unpacks" 'tar czf a.tgz src; tar cJf a.txz src; mkdir o; tar xzf a.tgz -C o; tar xJf a.txz -C o; diff -r src o/src; cp -a src copy; diff -r src copy'
works base rsync "rsync copies" 'rsync -a --delete src/ copy; diff -r src copy'
works base ps "what an agent looks around with says something" 'ps aux | grep -q "ps aux"; id -un | grep -qx agent; df . >/dev/null; uptime >/dev/null; nproc >/dev/null; getent passwd agent >/dev/null
	find . -name "*.c" -print0 | xargs -0 grep -c int >/dev/null; sed -i s/1/2/ src/alpha.c; awk 1 Makefile | sort | uniq >/dev/null; date >/dev/null; free >/dev/null; hostname >/dev/null
	timeout 5 true; nice true; setsid -w true; flock /tmp/l true; mktemp -d >/dev/null; mkfifo f; (echo x >f &); cat f >/dev/null; script -qc true /dev/null >/dev/null; stat -c %U . >/dev/null; env >/dev/null'

# Who asks for more than a job has is told so, and goes on
works base sudo "sudo says why not" '! sudo -n true 2>err; grep -Eq "no new privileges|must be owned|effective uid" err'
denied base unshare unshare "unshare is refused" '! unshare -r true 2>/dev/null; ! unshare -m true 2>/dev/null'
denied c perf perf_event_open "perf is refused" '! perf stat true 2>/dev/null'
denied base dmesg syslog "so is dmesg" '! dmesg 2>/dev/null'
finish
