#include "sandbox/procfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/io.h"

/* Bytes of JSON: what else a line has, and what a word has around it. */
enum { OTHERS = 1024, WORD = 64 };

struct status {
	char text[8192];
};

static bool read_status(pid_t pid, struct status *st)
{
	char path[64];
	auto_fd int fd = -1;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_full(fd, st->text, sizeof(st->text) - 1, &n) < 0)
		return false;
	st->text[n] = '\0';
	return true;
}

/* The last number on a line: of "NSpid:	3120	7" the 7, the number in the innermost namespace. */
static pid_t last_number(const struct status *st, const char *key)
{
	const char *line = strstr(st->text, key), *end, *p;

	if (!line)
		return 0;
	line += strlen(key);
	end = line + strcspn(line, "\n");
	for (p = end; p > line && p[-1] >= '0' && p[-1] <= '9'; p--)
		;
	return (pid_t)strtol(p, NULL, 10);
}

static pid_t inside(pid_t pid)
{
	struct status st;

	return pid > 0 && read_status(pid, &st) ? last_number(&st, "\nNSpid:") : 0;
}

pid_t procfs_process_of(pid_t thread)
{
	struct status st;

	return read_status(thread, &st) ? last_number(&st, "\nTgid:") : 0;
}

bool procfs_is_traced_by_us(pid_t thread)
{
	struct status st;

	return read_status(thread, &st) && last_number(&st, "\nTracerPid:") == getpid();
}

static void put_link(json_t *fields, const char *key, pid_t pid, const char *name)
{
	char path[64], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = readlink(path, target, sizeof(target));
	json_put(fields, key, n < 0 ? json_null() : json_bytes(target, (size_t)n));
}

static size_t encoded_size(const json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* The words, up to room bytes as JSON, where a byte can take six. False: not all of them. */
static bool split(const char *data, size_t len, size_t room, json_t *list)
{
	while (len) {
		size_t n = strnlen(data, len), most = room > WORD ? (room - WORD) / 6 : 0;
		auto_json json_t *word = json_bytes(data, n);
		size_t size = encoded_size(word) + 1;

		if (size > room) {
			json_push(list, json_bytes(data, n < most ? n : most));
			return false;
		}
		json_push(list, json_incref(word));
		room -= size;
		n += n < len;
		data += n;
		len -= n;
	}
	return true;
}

/* As much as the line of an event has room for beside what is in fields. */
static void put_argv(json_t *fields, pid_t pid)
{
	auto_free char *text = xcalloc(PROCFS_MAX_ARGV + 1, 1);
	json_t *list = json_array();
	char path[64];
	auto_fd int fd = -1;
	size_t n = 0, most;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_full(fd, text, PROCFS_MAX_ARGV + 1, &n) < 0)
		n = 0;
	most = n < PROCFS_MAX_ARGV ? n : PROCFS_MAX_ARGV;
	if (!split(text, most, EVENT_MAX_LINE - OTHERS - encoded_size(fields), list) || n > most)
		json_put(fields, "argv_cut", json_true());
	json_put(fields, "argv", list);
}

json_t *procfs_describe(pid_t pid)
{
	json_t *fields = json_object();
	struct status st;
	bool known = read_status(pid, &st);

	json_put_int(fields, "pid", known ? (uint64_t)last_number(&st, "\nNSpid:") : 0);
	json_put_int(fields, "parent", known ? (uint64_t)inside(last_number(&st, "\nPPid:")) : 0);
	put_link(fields, "program", pid, "exe");
	put_link(fields, "cwd", pid, "cwd");
	put_argv(fields, pid);
	return fields;
}

void procfs_add_who(json_t *fields, pid_t pid)
{
	json_put_int(fields, "pid", (uint64_t)inside(pid));
	put_link(fields, "program", pid, "exe");
}
