#!/bin/sh
# A script of the job with #!/proc/self/exe as its interpreter does not make the host's binary run in the cage (CVE-2019-5736).
. "${0%/*}/escape.sh"

mkdir ws
echo '#!/proc/self/exe --version' >ws/script
chmod +x ws/script
run_script() {
	cage --workspace "$tmp/ws" -- ./script >answer 2>&1
	status=$?
	cat answer
	! grep -q '^remit ' answer || escaped "the host's binary ran"
	if [ "$status" -eq 126 ]; then
		held_by "$(cat answer)"
	fi
}
attack_by landlock "the host's binary as interpreter" run_script
finish
