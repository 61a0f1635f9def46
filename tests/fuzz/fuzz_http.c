/*
 * fuzz_http.c: lines as the head of a job's request: target, method, host, a header, a Connection header, a pattern of paths and
 * a header's template. What passes means one thing.
 */
#include <string.h>

#include "base/httppath.h"
#include "credential/head.h"
#include "tests/fuzz/fuzz.h"

enum { TARGET, METHOD, HOST, NAME, CONNECTION, PATTERN, TEMPLATE, LINES };

static const char secret[] = "s3cret";

static void check_target(const char *target)
{
	const char *path = head_find_path(target, "api.example");

	if (!path)
		return;
	must(*path == '/' && path >= target && path <= target + strlen(target));
	for (const char *c = path; *c; c++)
		must(*c > ' ' && *c < 0x7f && *c != '#');
	must(head_find_path(path, "other.example") == path);
}

/* By the most naive way to read a path it is the same. */
static void check_plain(const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		must(path[i] > ' ' && path[i] < 0x7f && path[i] != '\\' && path[i] != '?');
		if (path[i] != '/' || i + 1 == len)
			continue;
		must(path[i + 1] != '/');
		must(path[i + 1] != '.' || i + 2 < len);
		must(path[i + 1] != '.' || path[i + 2] != '/');
		must(strncmp(path + i, "/../", 4) != 0);
	}
}

static void check_path(const char *pattern, const char *target)
{
	size_t len = strcspn(target, "?");
	struct strs paths = { (char *[]){ (char *)pattern }, 1 };
	struct credential rule = { .paths = paths };
	const char *path = head_find_path(target, "api.example");
	bool good = httppath_check_pattern(pattern, NULL) == 0;

	if (httppath_find_flaw(target, len) == NULL)
		check_plain(target, len);
	if (!good || !path || head_judge(&rule, "GET", path))
		return;
	len = strcspn(path, "?");
	check_plain(path, len);
	must(httppath_find_flaw(path, len) == NULL);
	must(!strncmp(pattern, path, strcspn(pattern, "*")));
}

/* The header that is ours is found again under its name, and has the secret once. */
static void check_template(const char *template, const char *name)
{
	auto_json json_t *json = json_pack(
		"{s:s, s:{s:s}, s:s}", "host", "a.b", "from", "env", "X", "header", template);
	struct credential c;
	auto_free char *line = NULL;

	bind_init(&credential_profile_table, &c);
	if (json && bind_decode(&credential_profile_table, NULL, json, &c, NULL) == 0) {
		size_t len = credential_header_name(c.header);
		auto_free char *own = xstrndup(c.header, len);

		line = head_add_secret(c.header, secret);
		must(!strncmp(line, c.header, len + 1) && strstr(line + len, secret));
		must(strlen(line) == strlen(c.header) - strlen(CREDENTIAL_SECRET) + strlen(secret));
		must(head_is_same(own, c.header, len) && head_is_name(own));
		must(head_is_value(line) && !strchr(line, '\n'));
		must(!head_is_same(name, c.header, len) || strlen(name) == len);
	}
	bind_done(&credential_profile_table, &c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	char *lines[LINES], *rest = text;
	size_t n = 0;

	for (; n < LINES; n++)
		lines[n] = rest ? strsep(&rest, "\n") : (char *)"";
	check_target(lines[TARGET]);
	check_path(lines[PATTERN], lines[TARGET]);
	check_template(lines[TEMPLATE], lines[NAME]);
	must(!head_is_host(lines[HOST], "api.example") ||
		!strncasecmp(lines[HOST], "api.example", strlen("api.example")));
	if (head_lists(lines[CONNECTION], lines[NAME]))
		must(*lines[NAME] && strlen(lines[CONNECTION]) >= strlen(lines[NAME]));
	(void)head_is_hop(lines[NAME]);
	(void)head_is_override(lines[NAME]);
	return 0;
}
