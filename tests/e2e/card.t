#!/bin/sh
# The card is read at a glance, and nothing that a job chose can do anything to the terminal that shows it.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
esc=$(printf '\033')

# Everything of this is the job's choice, or the submitter's.
cat >hostile <<'END'
esc=$(printf '\033]0;owned\007\033[2J\033[31m')
touch "$esc.c" "$(printf '\302\233H.c')" "$(printf 'new\nline.c')" "$(printf '\342\200\256cod.c')" "$(printf '\377.c')"
ln -s "/etc/$esc" "link$esc"
git add . && git -c user.name="$esc" commit -q -m "$esc"
printf '%s' "$esc"
mkdir -p .git/hooks && touch ".git/hooks/$esc"
"./$esc" 2>/dev/null
cp /bin/true "/tmp/$esc" && "/tmp/$esc"
cat "$HOME/.ssh/id_rsa"
cp "$(command -v bash)" "/tmp/$esc" && "/tmp/$esc" -c '</dev/tcp/192.0.2.1/443' 2>/dev/null
true
END
printf 'First \033[31mred\033]0;title\007\nSecond \033[2Jline\n' >task
clean() { # SENTENCE: $out and $err hold no byte that a terminal acts on
	if printf '%s%s' "$out" "$err" | LC_ALL=C tr -d '\n\t\40-\176\200-\377' | grep -q . ||
		printf '%s%s' "$out" "$err" | grep -q "$(printf '\302[\200-\237]')"; then
		fail "$1"
		note "$(printf '%s' "$out$err" | cat -v | grep '\^' | head -n 5)"
	else
		pass "$1"
	fi
}
run job --task @task --agent evil --check "c=printf '\\033[31m'; exit 1" -- sh -c "$(cat hostile)"
is "$status" 12 "a hostile job is denied"
clean "its card has no control byte"
is "$(printf '%s\n' "$out" | awk 'length > 100' | head -n 1)" "" "no line of it is longer than 100 columns"
like "$out" '\\x1b\]0;owned' "what it wrote is shown escaped"
like "$out" '\\u\{202e\}cod\.c' "also what would turn the text around"
like "$out" 'task +First .*red.* \.\.\.$' "of the task the first line is shown"
like "$out" 'discarded +hooks/' "and the hook"
like "$out" 'open the decoy /home/agent/.ssh/id_rsa' "and the search for keys"
like "$out" 'connect to 192.0.2.1:443 \(tcp\) by' "and the connection, with who tried"
like "$out" 'checks +c failed, exit status 1' "and the check that failed"
run remit show
clean "show is as clean"
run remit jobs
clean "jobs, too"
is "$(printf '%s\n' "$out" | wc -l)" 1 "with one line a job"
run remit audit list
clean "and audit list"
run remit show --json
clean "and JSON"
like "$(json 'd["commits"][0]["author"]')" owned "though the bytes are there"
git -C repo log -1 --format=%s "$(doc ref)" >subject
is "$(grep -c "$esc" subject)" 0 "not even the subject of the commit has an escape"
run remit audit show "$(json 'd["log"]["size"] - 3')"
clean "an entry is shown clean"
run job -- sh -c 'printf "#!/bin/sh\n" > "$(printf "\033[2J")"; exit 1'
clean "nor does a second job"
run job --profile "$(printf 'x\033[2J')" -- true
clean "a sentence is clean whatever it names"
run job --base "$(printf 'x\033[2J')" -- true
clean "also a revision"
run remit "$(printf 'x\033[2J')"
clean "or a command"

run job -- ln -s /etc/passwd "link$esc"
like "$out" 'anomaly .*symlink-escape: link.x1b -> /etc/passwd' "a link out of the tree is named"
clean "as escaped as anything"

# What there is no room for is counted
cat >many <<'END'
cd /tmp
i=0; while [ $i -lt 1005 ]; do cp /bin/true p$i; ./p$i; i=$((i + 1)); done
perl -e 'use Socket; for (1 .. 150) { socket S, 2, 1, 0; connect S, pack_sockaddr_in($_, inet_aton("192.0.2.1")) }'
mkdir -p /workspace/.git/hooks /workspace/d
cd /workspace/.git/hooks && i=0; while [ $i -lt 50 ]; do : >h$i; i=$((i + 1)); done
cd /workspace/d && i=0; while [ $i -lt 50 ]; do ln -s /etc/passwd l$i; i=$((i + 1)); done
END
run job -- sh -c "$(cat many)"
like "$out" 'left out +[0-9]+ names of programs, 50 refused attempts$' "what no list has room for is counted"
like "$out" 'discarded +hooks/h0, .* and 4[0-9] more$' "hooks, too"
is "$(printf '%s\n' "$out" | grep -A 8 '^ *anomaly ' | tail -n 1 | sed 's/^ *//')" "and 42 more anomalies" "and anomalies"
run remit show --json
is "$(json '[len(d["run"]["programs"]), d["run"]["programs_omitted"] >= 7, d["run"]["attempts_omitted"]]')" \
	'[1000, true, 50]' "also in the JSON"
is "$(json '[len(d["discarded"]), d["discarded_count"], len(d["anomalies"]), d["anomaly_count"]]')" '[40, 50, 40, 50]' \
	"of every list"

long=$(awk 'BEGIN { for (i = 0; i < 240; i++) printf "n" }')
run job --task "$long" --agent "$(printf %.64s "$long")" -- sh -c "mkdir -p $long/$long; touch $long/$long/f; i=0
	while [ \$i -lt 30 ]; do touch f\$i.c; i=\$((i + 1)); done"
is "$(printf '%s\n' "$out" | awk 'length > 100' | head -n 1)" "" "long names are cut"
like "$out" 'and 23 more files' "long lists, too, and the rest is counted"
is "$(printf '%s\n' "$out" | awk 'END { print (NR < 40) }')" 1 "so that it fits a screen"

# It is as wide as the terminal, whatever is in it
for columns in 60 80 120; do
	run env PTY_COLUMNS=$columns python3 -P "$kit/kit.py" pty remit show
	shown=$(printf '%s' "$out" | tr -d '\r' | sed "s/$esc\[[0-9;]*m//g")
	is "$(printf '%s\n' "$shown" | awk -v max=$columns 'length > max' | head -n 1)" "" "on $columns columns no line is longer"
	like "$shown" "^.{$((columns - 5)),$columns}\$" "and the room is used"
done
refused 0 "what changed nothing leaves nothing to land" job -- true
like "$out" 'verdict +allow: there is nothing to land' "which the card says"
refused 1 "what failed and changed nothing has failed" job -- sh -c 'echo oops; exit 3'
like "$out" 'verdict +allow: the command failed, and there is nothing to land' "which the card says, too"
like "$out" 'next +remit show --output 20' "and where to look"

# On a terminal
run pty remit run --repo repo --task 'Do it' -- sh -c 'echo "int x;" > x.c; true; sleep 1.6'
is "$status" 10 "on a terminal it is the same"
like "$out" 'programs [2-9]  files [0-9]+  denied 0' "the live line shows what happens"
live=$(printf '%s' "$out" | tr '\r' '\n' | grep -a -n 'programs .*denied' | tail -n 1 | cut -d : -f 1)
after=$(printf '%s' "$out" | tr '\r' '\n' | sed -n "$((live + 1))p")
like "$after" "^$esc\[K($esc\[1m)?remit " "it is cleared before the card"
like "$out" "$esc\[1;36mreview$esc\[0m" "the verdict has its colour"
is "$(printf '%s' "$out" | tr -d '\r' | sed "s/$esc\[[0-9;]*m//g; s/$esc\[K//g" | grep -c "$esc")" 0 "there is no other escape"
like "$out" 'files 1  denied' "files that the job changed are counted, not what git is made of"

run env NO_COLOR=1 python3 -P "$kit/kit.py" pty remit run --repo repo -- touch y.c
is "$(printf '%s' "$out" | grep -c "$esc\[[0-9;]*m")" 0 "NO_COLOR is respected"
run env TERM=dumb python3 -P "$kit/kit.py" pty remit run --repo repo -- touch y.c
is "$(printf '%s' "$out" | grep -c "$esc")" 0 "a dumb terminal gets no escape at all"
run pty sh -c 'remit run --repo repo --json -- touch y.c 2>/dev/null >json; cat json >/dev/null'
is "$out" "" "nothing is shown where neither output is the terminal"
run pty sh -c 'remit run --repo repo -- sleep 0.4 >card'
is "$(grep -c "$esc" card)" 0 "a card that goes to a file has no colour"
like "$out" 'programs' "while the terminal has its live line"
run pty remit run --repo repo --quiet-is-no-option -- true
is "$(printf '%s' "$out" | grep -c "$esc")" 0 "a complaint has no colour"
run pty remit doctor
is "$(printf '%s' "$out" | grep -c "$esc")" 0 "nor has the doctor"
run job --stream -- sh -c 'echo to stdout; echo to stderr >&2; touch z.c'
like "$out" '^to stdout$' "--stream shows the job's output"
like "$err" '^to stderr$' "both of them"
run job --stream --json -- sh -c 'echo to stdout; touch z.c'
is "$(doc verdict)" review "with --json standard output is JSON alone"
like "$err" '^to stdout$' "and what the job writes is on standard error"
refused 2 "--json and --interactive don't go together" job --json --interactive -- true
finish
