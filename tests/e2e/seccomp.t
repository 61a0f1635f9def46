#!/bin/sh
# A user's own OCI seccomp profile is in force or refused, never half; it is compiled once; the floor stays.
. "${0%/*}/../lib.sh"
. "${0%/*}/kit.sh"

kit_start
command -v cc >/dev/null || skip_all "there is no C compiler"
mkdir ws
cc -O2 -static -o ws/calls "$top/tests/data/programs/calls.c" || exit 1
printf 'version: 1\nname: own\nextends: base\nsyscalls: %s/own.json\n' "$tmp" >own.yaml

# own PYTHON: makes own.json, changed by a statement about `profile` and its `rules`
own() {
	python3 -c '
import json, sys
needed = """read write openat close mmap mprotect munmap brk exit exit_group execve access newfstatat fstat stat lstat pread64
    arch_prctl set_tid_address set_robust_list rseq prlimit64 getrandom fcntl getuid geteuid getgid getegid getppid getpid
    getcwd rt_sigaction rt_sigprocmask rt_sigreturn wait4 clone fork vfork futex dup2 pipe pipe2 lseek madvise ioctl
    readlink readlinkat uname sysinfo gettid sigaltstack poll clock_nanosleep socket sendmsg""".split()
def rule(names, action, *args, **more):
    return dict(names=names, action=action, args=[dict(zip(("index", "value", "op", "valueTwo"), a)) for a in args], **more)
def compare(which, op, value, two=0):
    return rule(["personality"], "SCMP_ACT_ALLOW", (which, value, "SCMP_CMP_" + op, two))
profile = {
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 95, "defaultErrno": "EOPNOTSUPP",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
    "syscalls": [rule(needed, "SCMP_ACT_ALLOW", comment="What a shell needs", includes={}, excludes={})],
}
rules = profile["syscalls"]
exec(sys.argv[1])
json.dump(profile, open("own.json", "w"))' "$1"
}
# call NAME: its number here
call() {
	printf '#include <sys/syscall.h>\nSYS_%s\n' "$1" | cc -E -P - | tail -n 1
}
# errnos PYTHON CALL...: under that profile, the errors of these calls
errnos() {
	own "$1"
	shift
	timeout 30 remit sandbox --profile ./own.yaml --workspace ws --events ev -- ./calls "$@" 2>&1 | tr '\n' ' '
}
personality=$(call personality)
getpgid=$(call getpgid)

# What the format says is done
is "$(errnos '' "$getpgid" 0)" "95 " "what is not listed gets the default error"
is "$(errnos 'profile.pop("defaultErrnoRet")' "$getpgid" 0)" "1 " "which is EPERM where none is named"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW"))' "$getpgid" 0)" "0 " "what is listed is allowed"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_LOG"))' "$getpgid" 0)" "0 " "also when it is to be logged"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ERRNO", errnoRet=22, errno="EINVAL"))' "$getpgid" 0)" "22 " "a rule has its own error"
is "$(errnos 'rules.append(rule(["no_such_call", "getpgid"], "SCMP_ACT_ALLOW"))' "$getpgid" 0)" "0 " "names that nobody knows do no harm"
for action in KILL KILL_PROCESS KILL_THREAD TRAP; do
	own "rules.append(rule(['getpgid'], 'SCMP_ACT_$action'))"
	refused 159 "$action ends the program" timeout 30 remit sandbox --profile ./own.yaml --workspace ws -- ./calls "$getpgid" 0
done
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", includes={"caps": ["CAP_SYS_ADMIN"]}))' "$getpgid" 0)" "95 " \
	"what is for those with a capability is not for a job"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", excludes={"caps": ["CAP_SYS_ADMIN"]}))' "$getpgid" 0)" "0 " \
	"what is for those without one is"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", includes={"arches": ["amd64", "arm64"]}))' "$getpgid" 0)" "0 " "a rule for this architecture counts"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", includes={"arches": ["s390x"]}))' "$getpgid" 0)" "95 " "one for another does not"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", excludes={"arches": ["amd64", "arm64"]}))' "$getpgid" 0)" "95 " "nor one for any but this"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", includes={"minKernel": "4.8"}))' "$getpgid" 0)" "0 " "a rule for newer kernels than 4.8 counts"
is "$(errnos 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW", includes={"minKernel": "99.1"}))' "$getpgid" 0)" "95 " "one for newer than 99.1 does not"
tries="$personality 0xffffffff . $personality 8 . $personality 9"
for want in 'EQ 8:95 0 95' 'NE 8:0 95 0' 'LT 9:95 0 95' 'LE 8:95 0 95' 'GE 9:0 95 0' 'GT 8:0 95 0'; do
	op=${want%%:*}
	# shellcheck disable=SC2086 # words are meant
	is "$(errnos "rules.append(compare(0, '${op% *}', ${op#* }))" $tries)" "${want#*:} " "$op is honoured"
done
# shellcheck disable=SC2086
is "$(errnos 'rules.append(compare(0, "MASKED_EQ", 0xf, 9))' $tries)" "95 95 0 " "MASKED_EQ is honoured"
# shellcheck disable=SC2086
is "$(errnos 'rules += [compare(0, "EQ", 8), compare(0, "EQ", 9)]' $tries)" "95 0 0 " "of two rules, either allows"
# shellcheck disable=SC2086
is "$(errnos 'rules.append(rule(["personality"], "SCMP_ACT_ALLOW", (0, 8, "SCMP_CMP_GE"), (1, 1, "SCMP_CMP_EQ")))' \
	"$personality" 9 1 . "$personality" 9 2 . "$personality" 7 1)" "0 95 95 " "of one rule, all conditions count"

# Rules for one call
# shellcheck disable=SC2086
is "$(errnos 'rules += [compare(0, "GE", 8), compare(1, "EQ", 9)]' $tries . "$personality" 7 9 . "$personality" 7 8)" "0 0 0 0 95 " \
	"of two rules by less or greater, either allows"
is "$(errnos 'rules += [compare(0, "GE", 0xffffffff), rule(["personality"], "SCMP_ACT_ALLOW", (1, 3, "SCMP_CMP_LT"), (0, 1 << 62, "SCMP_CMP_LT"))]' \
	"$personality" 0xffffffff 9 . "$personality" 8 2 . "$personality" 8 3 . "$personality" 0xfffffffe 0x100000000)" "0 0 95 95 " \
	"of these, neither lets through more than it says"
is "$(errnos 'rules += [compare(0, "LT", 8), compare(0, "EQ", 9), compare(0, "GT", 10)]' "$personality" 7 . "$personality" 8 . "$personality" 9 . \
	"$personality" 10 . "$personality" 0xffffffff . "$personality" 0x100000000)" "0 95 0 95 0 0 " "three ranges are three ranges"
overlap='def refusal(error, *args): return rule(["personality"], "SCMP_ACT_ERRNO", *args, errnoRet=error)
part = refusal(22, (0, 0, "SCMP_CMP_NE"), (1, 127, "SCMP_CMP_LT")); whole = refusal(13, (0, 0, "SCMP_CMP_NE")); every = rule(["personality"], "SCMP_ACT_ALLOW")'
overlaps="$personality 8 1 . $personality 8 127 . $personality 0 1"
# shellcheck disable=SC2086
is "$(errnos "$overlap; rules += [every, part, whole]" $overlaps)" "22 13 0 " "refusals that overlap go before what is allowed, the first before the second"
# shellcheck disable=SC2086
is "$(errnos "$overlap; rules += [whole, part, every]" $overlaps)" "13 13 0 " "in any order"
own "$overlap; rules += [every, part, dict(whole, action='SCMP_ACT_KILL')]"
# shellcheck disable=SC2086
refused 159 "and one that ends the program before one that does not" timeout 30 remit sandbox --profile ./own.yaml --workspace ws -- ./calls $overlaps

# What can't be done is refused, with the reason
refuses() { # REASON PYTHON
	own "$2"
	run timeout 30 remit sandbox --profile ./own.yaml -- true
	is "$status:$(printf '%s\n' "$err" | grep -c "$1")" 2:1 "refused: $1"
}
refuses "its filter has [0-9]* instructions: the kernel takes 4096" 'rules += [compare(i % 6, "GT", i << 32) for i in range(2000)]'
refuses "come to more than 65536 tests: the kernel takes 4096" \
	'rules += [rule(["personality"] * 20, "SCMP_ACT_ALLOW", *[(k, i * 7 + k << 30, "SCMP_CMP_GT") for k in range(6)]) for i in range(1000)]'
refuses "a comparison of masked bits that the mask leaves out" 'rules.append(compare(0, "MASKED_EQ", 8, 4))'
refuses "'flags' in the profile can't be honoured" 'profile["flags"] = ["SECCOMP_FILTER_FLAG_LOG"]'
refuses "'SCMP_ACT_NOTIFY' in 'action' can't be honoured" 'rules[0]["action"] = "SCMP_ACT_NOTIFY"'
refuses "it allows by default" 'profile["defaultAction"] = "SCMP_ACT_ALLOW"'
refuses "it allows by default" 'profile["defaultAction"] = "SCMP_ACT_LOG"'
refuses "'arg' in a rule can't be honoured" 'rules[0]["arg"] = []'
refuses "'args' in a rule is of the wrong type" 'rules[0]["args"] = {}'
refuses "'includes' in a rule is of the wrong type" 'rules[0]["includes"] = []'
refuses "'minkernel' in includes can't be honoured" 'rules[0]["includes"] = {"minkernel": "5.0"}'
refuses "'minKernel' is 'new'" 'rules[0]["includes"] = {"minKernel": "new"}'
refuses "'index' is out of range" 'rules.append(compare(6, "EQ", 1))'
refuses "expected a number from 0" 'rules.append(compare(0, "EQ", -1))'
refuses "'value' in an argument is of the wrong type" 'rules.append(compare(0, "EQ", 1.5))'
refuses "unknown comparison 'SCMP_CMP_IS'" 'rules.append(compare(0, "IS", 1))'
refuses "compares argument 0 twice" 'rules.append(rule(["personality"], "SCMP_ACT_ALLOW", (0, 1, "SCMP_CMP_GE"), (0, 9, "SCMP_CMP_LE")))'
refuses "'errnoRet' is 5000" 'rules[0].update(action="SCMP_ACT_ERRNO", errnoRet=5000)'
refuses "has no 'names'" 'rules[0]["names"] = []'
refuses "something that is not a name" 'rules[0]["names"] = [1]'
refuses "'syscalls' is missing" 'profile.pop("syscalls")'
refuses "is not an object" 'profile = []'
printf '{\n"a":\n' >own.json
run timeout 30 remit sandbox --profile ./own.yaml -- true
like "$status:$err" "own.json:3:" "what is no JSON is refused with its place"
rm own.json
run timeout 30 remit sandbox --profile ./own.yaml -- true
like "$status:$err" "^2:.*own.json': No such file" "what is not there is named"

# The floor
floor() {
	errnos "$1" "$(call mount)" . "$(call bpf)" 99 . "$(call unshare)" 0x10000000 . "$(call socket)" 40 1 . "$(call clone3)" . \
		"$(call clone)" 0x10000000 . "$(call ioctl)" 0 0x5412 . "$(call ioctl)" 0 0xf00005412
}
everything='names = "mount bpf unshare socket clone3 clone ioctl".split(); rules.append(rule(names, "SCMP_ACT_ALLOW"))'
is "$(floor "$everything")" "1 1 1 97 38 1 1 1 " "what the shipped profile refuses stays refused, whatever is allowed"
is "$(python3 "$kit/events.py" ev 'sorted({d["syscall"] for d in denied})')" '["bpf", "clone", "ioctl", "mount", "socket", "unshare"]' "and is told"
is "$(floor "$everything; rules.append(rule(['bpf', 'mount'], 'SCMP_ACT_ERRNO', (0, 7, 'SCMP_CMP_EQ'), errnoRet=5))")" \
	"1 1 1 97 38 1 1 1 " "also where a rule refuses a part of it"
is "$(floor '')" "1 1 1 97 38 1 1 1 " "and where nothing is said of it"
is "$(errnos "$everything; rules.append(rule(['bpf'], 'SCMP_ACT_ERRNO', errnoRet=22))" "$(call bpf)")" "22 " "but a profile may have its own error for it"
own "$everything"
is "$(timeout 30 remit sandbox --profile ./own.yaml --workspace ws -- ./calls "$(call mount)" . "$(call socket)" 40 . "$(call clone3)" | tr '\n' ' ')" \
	"1 97 38 " "without a trace, too"
own 'rules[0]["names"].remove("execve"); rules.append(rule(["execve"], "SCMP_ACT_ERRNO", (5, 0xffffffffffffff, "SCMP_CMP_LE"), errnoRet=13))'
refused 126 "a refusal of what is looked at holds, although that goes on" timeout 30 remit sandbox --profile ./own.yaml --events ev -- true

# Compiled once
mkdir "$tmp/fresh"
REMIT_STATE=$tmp/fresh
cache=$REMIT_STATE/cache/seccomp
kept() {
	(cd "$cache" && stat -c '%n %i %y' ./*)
}
own ''
start() {
	timeout 30 remit sandbox --profile ./own.yaml --workspace ws --events ev -- ./calls "$getpgid"
}
is "$(start)" 95 "the first start compiles"
first=$(kept)
is "$(kept | wc -l)" 1 "and keeps what it has made"
compiles() {
	strace -f -e trace=execve -o trace remit sandbox --profile ./own.yaml --workspace ws -- true && grep -c 'execve(.*remit-sandbox' trace
}
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	is "$(compiles 2>/dev/null)" 1 "for a cage without a trace it compiles again"
	is "$(compiles 2>/dev/null)" 0 "but once"
	rm "$cache"/*
	start >/dev/null
	first=$(kept)
else
	skip "there is no strace" "a second start runs no compiler"
fi
is "$(start):$(kept)" "95:$first" "the second start makes nothing"
own 'rules.append(rule(["getpgid"], "SCMP_ACT_ALLOW"))'
is "$(start):$(kept | wc -l)" "0:2" "a changed file is compiled, and in force"
name=$(kept | grep -vxF "$first" | cut -d ' ' -f 1)
cp "$cache/$name" good
damaged() { # SENTENCE: what is kept is no longer right; it is made again, and right then
	is "$(start):$(cmp good "$cache/$name" 2>&1)" "0:" "$1 is not trusted"
}
: >"$cache/$name" && damaged "an empty file"
head -c 1000 good >"$cache/$name" && damaged "one that is cut off"
sed '1s/[A-Z]/B/g' good >"$cache/$name" && damaged "one that was changed"
head -c 1000000 /dev/zero >"$cache/$name" && damaged "one that is something else"
rm "$cache/$name" && mkfifo "$cache/$name" && damaged "a fifo"
cp good elsewhere && ln -sf "$tmp/elsewhere" "$cache/$name" && damaged "a link"
rm "$cache/$name" && cp good "$cache/$name" && chmod 0666 "$cache/$name" && start >/dev/null
is "$(stat -c %a "$cache/$name")" 600 "nor is one that everybody could have written"
chmod 0777 "$cache"
python3 - "$cache/$name" <<'END'
import base64, hashlib, struct, sys
allow = base64.b64encode(struct.pack("<HBBI", 6, 0, 0, 0x7fff0000)).decode()
lines = open(sys.argv[1]).read().split("\n")
text = f"{allow}\n{allow}\n{lines[2]}\n"
open(sys.argv[1], "w").write(text + hashlib.sha256(text.encode()).hexdigest() + "\n")
END
is "$(timeout 30 remit sandbox --profile ./own.yaml --workspace ws --events ev -- ./calls "$(call mount)")" 1 \
	"nor one in a directory where everybody could have put it"
if is_root; then
	chmod 0700 "$cache"
	chown nobody "$cache/$name"
	is "$(timeout 30 remit sandbox --profile ./own.yaml --workspace ws --events ev -- ./calls "$(call mount)")" 1 "nor one of somebody else"
else
	skip "files can't be given away" "nor one of somebody else"
fi
rm -rf "$cache" && : >"$cache"
is "$(start)" 0 "where nothing can be kept, it works as well"
finish
