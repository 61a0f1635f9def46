#!/bin/sh
# remit-log does not outlive the remit that started it: nothing comes into the log behind the next command's back.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
new_repo repo
nap=43.$$
log_of() { # PID: the remit-log that it started
	ps -eo pid=,ppid=,comm= | awk -v parent="$1" '$2 == parent && $3 == "remit-log" { print $1 }'
}
is_in() { # PID STATE: as the first letter of ps has it
	ps -o stat= -p "$1" | grep -q "^$2"
}
ended() {
	! is_in "$1" '[^Z]'
}
naps() {
	ps -eo args= | awk -v nap="sleep $nap" '$0 == nap { n++ } END { exit !n }'
}

remit run --repo repo --task killed -- sh -c "echo x >>README.md; sleep $nap; :" >result 2>&1 &
remit=$!
ok "a job runs" until_true naps
log=$(log_of "$remit")
ok "its log waits for what there will be to record" until_true is_in "$log" S
# Stopped, it does not see that its input has ended.
kill -STOP "$log"
ok "it is stopped" until_true is_in "$log" T
kill -KILL "$remit"
{ wait "$remit"; } 2>/dev/null
is "$?" 137 "remit is killed"
ok "the log's process is gone, too" until_true ended "$log"
kill -KILL "$log" 2>/dev/null
ok "and nothing of the job is left running" gone "$nap"
in_order "the next command puts right what it left"
run remit jobs --json
is "$(json '[(r["task"], r["state"]) for r in d]')" '[["killed", "interrupted"]]' "and calls the job interrupted"
finish
