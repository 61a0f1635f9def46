#!/bin/sh
# The programs that a job brings reach an allowed name as they are: no setting of theirs is for us.
. "${0%/*}/../lib.sh"
. "$top/tests/e2e/kit.sh"
. "$top/tests/e2e/net.sh"

net_start
hosts <<END
127.0.0.1 localhost
203.0.113.5 good.test
END
started=
start() {
	"$@" >>"$tmp/log" 2>&1 &
	started="$started $!"
	trap 'kill $started $servers 2>/dev/null; tap_cleanup' EXIT
}
answers() { # PORT
	until_true python3 -c "import socket; socket.create_connection(('203.0.113.5', $1)).close()" 2>/dev/null
}
serve https_files=203.0.113.5:443 http_files=203.0.113.5:8080
mkdir -p files

# git, by three ways.
new_repo origin
git clone --quiet --bare origin files/origin.git
git -C files/origin.git update-server-info
profile "{ host: good.test }, { host: good.test, ports: [2222, 5432, 8080, 9418] }"
run cage git clone --quiet https://good.test/origin.git x
is "$status $err" "0 " "git clones over https"
start git daemon --export-all --base-path="$tmp/files" --listen=203.0.113.5 --reuseaddr
answers 9418
run cage git clone --quiet git://good.test/origin.git x
is "$status $err" "0 " "and by its own protocol"
if command -v sshd >/dev/null || [ -x /usr/sbin/sshd ]; then
	ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f own_key
	cat >sshd.conf <<-END
		Port 2222
		ListenAddress 203.0.113.5
		HostKey $tmp/host_key
		AuthorizedKeysFile $tmp/own_key.pub
		UsePAM no
		StrictModes no
		PidFile none
	END
	# Root's wants this directory; in our own mount namespace it comes and goes.
	! is_root || { mount -t tmpfs none /run && mkdir /run/sshd; }
	start /usr/sbin/sshd -D -e -f "$tmp/sshd.conf"
	answers 2222
	own=$(base64 -w0 own_key)
	run cage sh -c "umask 077; echo $own | base64 -d >/tmp/key; GIT_SSH_COMMAND='ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i /tmp/key -p 2222' \
		git clone --quiet '$(id -un)@good.test:$tmp/files/origin.git' x && ls x/src"
	is "$status $out" "0 main.c" "and over ssh"
	[ "$status" = 0 ] || note "$err $(tail -n 5 log)"
else
	skip "there is no sshd" "git clones over ssh"
fi

# Packages.
if command -v npm >/dev/null; then
	mkdir -p files/small files/package
	echo '{ "name": "small", "version": "1.0.0" }' >files/package/package.json
	tar -C files -czf files/small-1.0.0.tgz package
	python3 - files/small-1.0.0.tgz >files/small/index.html <<-'END'
		import base64, hashlib, json, sys
		digest = base64.b64encode(hashlib.sha512(open(sys.argv[1], "rb").read()).digest()).decode()
		dist = {"tarball": "https://good.test/small-1.0.0.tgz", "integrity": "sha512-" + digest}
		print(json.dumps({"name": "small", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "small", "version": "1.0.0", "dist": dist}}}))
	END
	run cage sh -c "mkdir p && cd p && echo '{}' >package.json && npm install --registry https://good.test/ --cafile '$tmp/ca.pem' \
		--no-audit --no-fund --no-update-notifier --fetch-retries 0 small && cat node_modules/small/package.json"
	like "$out" '"name": "small"' "npm installs from a registry"
	[ "$status" = 0 ] || note "$err"
else
	skip "there is no npm" "npm installs from a registry"
fi
if python3 -m pip --version >/dev/null 2>&1; then
	mkdir -p files/simple/tiny
	(
		cd files && python3 - <<-'END'
			import zipfile
			with zipfile.ZipFile("simple/tiny/tiny-1.0-py3-none-any.whl", "w") as z:
			    z.writestr("tiny.py", "words = 'from the index'\n")
			    z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
			    z.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
			    z.writestr("tiny-1.0.dist-info/RECORD", "")
		END
	)
	echo '<a href="tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>' >files/simple/tiny/index.html
	run cage sh -c "python3 -m pip --disable-pip-version-check install -q --cert '$tmp/ca.pem' --index-url https://good.test/simple/ --target t tiny && PYTHONPATH=t python3 -c 'import tiny; print(tiny.words)'"
	is "$status $out" "0 from the index" "pip installs from an index"
	[ "$status" = 0 ] || note "$err"
else
	skip "there is no pip" "pip installs from an index"
fi
if command -v apt-get >/dev/null; then
	mkdir -p files/apt
	printf 'Package: tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\nFilename: ./tiny.deb\nSize: 1\nSHA256: %s\n\n' \
		"$(printf x | sha256sum | cut -d ' ' -f 1)" >files/apt/Packages
	run cage sh -c 'mkdir -p a/lists/partial a/cache/archives/partial a/etc/preferences.d; touch a/status
		echo "deb [trusted=yes] http://good.test:8080/apt ./" >a/sources
		o="-o Dir::Etc=a/etc -o Dir::Etc::sourcelist=$PWD/a/sources -o Dir::Etc::sourceparts=- -o Dir::State=$PWD/a -o Dir::State::status=$PWD/a/status -o Dir::Cache=$PWD/a/cache -o APT::Sandbox::User="
		apt-get $o -qq update && apt-cache $o show tiny'
	like "$out" '^Package: tiny' "apt reads a repository"
	[ "$status" = 0 ] || note "$err"
else
	skip "there is no apt" "apt reads a repository"
fi

# A database: run as somebody else where we are root, as it insists.
initdb=$(find /usr/lib/postgresql -name initdb 2>/dev/null | tail -n 1)
if [ -n "$initdb" ] && command -v psql >/dev/null; then
	as_user "$initdb" -D "$tmp_user/db" -A trust -U tester >>log 2>&1
	echo "host all all 203.0.113.0/24 trust" >>"$tmp_user/db/pg_hba.conf"
	start as_user "${initdb%initdb}postgres" -D "$tmp_user/db" -h 203.0.113.5 -k "$tmp_user"
	answers 5432
	run cage psql -X -t -A -h good.test -U tester -d postgres -c "select sum(n) from generate_series(1, 10000) n"
	is "$status $out" "0 50005000" "psql asks a server"
	[ "$status" = 0 ] || note "$err $(tail -n 5 log)"
else
	skip "there is no PostgreSQL" "psql asks a server"
fi

# A static program with a resolver of its own.
cat >own.c <<'END'
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void)
{
	static const unsigned char ask[] = "\0\1\1\0\0\1\0\0\0\0\0\0\4good\4test\0\0\1\0\1";
	unsigned char answer[512];
	char line[200], server[100] = "";
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	FILE *f = fopen("/etc/resolv.conf", "r");
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %99s", server) == 1)
			break;
	if (inet_pton(AF_INET, server, &to.sin_addr) != 1 || connect(s, (void *)&to, sizeof(to)) < 0)
		return 2;
	if (send(s, ask, sizeof(ask) - 1, 0) < 0 || recv(s, answer, sizeof(answer), 0) < (int)sizeof(ask) - 1 + 16)
		return 3;
	memcpy(&to.sin_addr, answer + sizeof(ask) - 1 + 12, 4);
	to.sin_port = htons(8080);
	s = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(s, (void *)&to, sizeof(to)) < 0 || write(s, "GET /apt/Packages HTTP/1.0\r\n\r\n", 30) != 30)
		return 4;
	return read(s, line, 12) != 12 || memcmp(line, "HTTP/1.0 200", 12);
}
END
if cc -static -o own own.c 2>>log; then
	readable="'$tmp/own'"
	profile "{ host: good.test, ports: [8080] }"
	ok "a static program with a resolver of its own reaches it" cage "$tmp/own"
else
	skip "nothing static can be built here" "a static program with a resolver of its own reaches it"
fi
finish
