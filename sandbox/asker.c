#include "sandbox/asker.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FILES = 4096 };

void askers_note(struct askers *askers, pid_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(askers->pids); i++)
		if (askers->pids[i] == pid)
			return;
	askers->pids[askers->next] = pid;
	askers->next = (askers->next + 1) % ARRAY_SIZE(askers->pids);
}

/* A line of /proc/net/tcp or its like, as proc(5) has it. */
static unsigned long inode_of(const char *line, uint16_t port)
{
	unsigned int own;
	unsigned long inode;

	if (sscanf(line, "%*d: %*[0-9A-F]:%x %*s %*s %*s %*s %*s %*s %*s %lu", &own, &inode) != 2)
		return 0;
	return own == port ? inode : 0;
}

static unsigned long find_in(pid_t init, const char *table, uint16_t port)
{
	auto_free char *path = xasprintf("/proc/%d/net/%s", init, table);
	FILE *f = fopen(path, "re");
	unsigned long inode = 0;
	char line[512];

	while (f && !inode && fgets(line, sizeof(line), f))
		inode = inode_of(line, port);
	if (f)
		fclose(f);
	return inode;
}

static unsigned long find_socket(pid_t init, const struct gate_ask *ask)
{
	bool tcp = ask->protocol == IPPROTO_TCP;
	unsigned long inode = find_in(init, tcp ? "tcp" : "udp", ask->port);

	return inode ? inode : find_in(init, tcp ? "tcp6" : "udp6", ask->port);
}

static bool is_link_to(int dir, const char *name, const char *wanted)
{
	char to[64];
	ssize_t n = readlinkat(dir, name, to, sizeof(to) - 1);

	if (n < 0)
		return false;
	to[n] = '\0';
	return !strcmp(to, wanted);
}

static bool has_socket(pid_t pid, unsigned long inode)
{
	auto_free char *path = xasprintf("/proc/%d/fd", pid);
	auto_free char *wanted = xasprintf("socket:[%lu]", inode);
	DIR *dir = opendir(path);
	bool found = false;
	struct dirent *e;

	for (int i = 0; dir && !found && i < MAX_FILES && (e = readdir(dir)); i++)
		found = is_link_to(dirfd(dir), e->d_name, wanted);
	if (dir)
		closedir(dir);
	return found;
}

pid_t askers_find(const struct askers *askers, pid_t init, const struct gate_ask *ask)
{
	size_t n = ARRAY_SIZE(askers->pids);
	unsigned long inode = find_socket(init, ask);

	for (size_t i = 0; inode && i < n; i++) {
		pid_t pid = askers->pids[(askers->next + n - 1 - i) % n];

		if (pid && has_socket(pid, inode))
			return pid;
	}
	return 0;
}
