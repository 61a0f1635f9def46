#!/bin/sh
# A job that may read the objects of the host's repository can't keep its owner from using them, nor see that done.
. "${0%/*}/escape.sh"
. "$top/tests/e2e/kit.sh"

kit_start
command -v python3 >/dev/null || skip_all "there is no python3"
probe hold
# What the owner of the repository does meanwhile: says what was in the way.
cat >use.py <<'END'
import fcntl, os, sys, time
def use(path):
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.read(fd, 1)
        os.close(fd)
    except BlockingIOError:
        sys.exit("%s is held" % path)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for root, _, names in os.walk(sys.argv[1]):
        for name in names:
            use(os.path.join(root, name))
    time.sleep(0.1)
END
hold() {
	rm -rf repo
	new_repo repo
	chmod -R u+w repo/.git/objects
	job --json --profile escape.yaml -- sh -c \
		"'$probes/hold' $1 /run/git/objects/0 >out || exit 1; ! grep ESCAPED out || exit 9" >result 2>errors &
	sleep 1
	used=$(python3 use.py repo/.git/objects 2.5 2>&1) || escaped "$used"
	wait $!
	! grep -q '"exit": 9' result || escaped "it has seen the repository used"
	grep -q '"exit": 0' result || {
		cat result errors
		exit 3
	}
	held_by "the owner of the repository has used it"
}
held "a lease on its files" hold lease
for but in objects-overlay seccomp,trace; do
	run escape_without $but hold lease
	escape_judge_held " without $but: a lease on its files"
done
through seccomp,trace,objects-overlay "a lease on its files" hold lease
attack_by objects-overlay "locks on its files" hold lock
attack_by objects-overlay "watching its files" hold watch
named() {
	rm -rf repo
	new_repo repo
	job --json --profile escape.yaml -- sh -c \
		'test -d /run/git/objects/0 || exit 1; grep -F /run/git/objects /proc/self/mountinfo >mounts; ! grep -F repo/.git mounts || exit 9' >result 2>errors
	! grep -q '"exit": 9' result || escaped "a mount is named by it"
	grep -q '"exit": 0' result || {
		cat result errors
		exit 3
	}
	held_by "no mount is named by it"
}
attack_by objects-overlay "where the repository lies on the host" named
finish
