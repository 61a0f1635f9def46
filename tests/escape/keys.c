/*
 * keys plant|drop DESCRIPTION: on the host, a key in the user's keyring comes or goes.
 * keys within DESCRIPTION COMMAND...: on the host, runs a command in a session whose keyring has such a key.
 * keys list DESCRIPTION: looks for it in /proc/keys. keys read DESCRIPTION: asks the kernel for it.
 */
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/probe.h"

static void add(int ring, const char *description)
{
	if (syscall(SYS_add_key, "user", description, "secret", 6, ring) < 0)
		broken("add a key");
}

static void plant(const char *description)
{
	add(KEY_SPEC_USER_KEYRING, description);
	exit(0);
}

static void drop(const char *description)
{
	long key = syscall(
		SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", description, 0);

	if (key < 0 || syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING) < 0)
		broken("remove the key");
	exit(0);
}

static void within(const char *description, char **command)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		untried("no session keyring can be had");
	add(KEY_SPEC_SESSION_KEYRING, description);
	execvp(*command, command);
	broken("run %s", *command);
}

static void list(const char *description)
{
	FILE *f = fopen("/proc/keys", "r");
	char line[1024];

	if (!f && errno == ENOENT)
		untried("this kernel has no /proc/keys");
	if (!f)
		held_by_errno("open /proc/keys");
	while (fgets(line, sizeof(line), f))
		if (strstr(line, description))
			escaped("listed: %s", line);
	broken("/proc/keys can be read, and has no such key");
}

static void ask(const char *description)
{
	char secret[64] = "";
	long key = syscall(
		SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", description, 0);

	if (key < 0 && errno == ENOSYS)
		untried("no keyrings here");
	if (key < 0)
		held_by_errno("search the session's keyring");
	if (syscall(SYS_keyctl, KEYCTL_READ, key, secret, sizeof(secret) - 1) < 0)
		held_by_errno("read the key");
	escaped("read: %s", secret);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "plant"))
		plant(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "drop"))
		drop(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "within"))
		within(argv[2], argv + 3);
	if (argc == 3 && !strcmp(argv[1], "list"))
		list(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "read"))
		ask(argv[2]);
	broken("no such thing to do");
}
