#include "credential/head.h"

#include <string.h>

#include "base/hostname.h"
#include "base/httppath.h"
#include "base/text.h"

static bool is_visible(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '#')
			return false;
	return true;
}

const char *head_find_path(const char *target, const char *host)
{
	static const char scheme[] = "http://";
	auto_free char *name = NULL;
	const char *path;

	if (!target || !is_visible(target))
		return NULL;
	if (*target == '/')
		return target;
	if (strncasecmp(target, scheme, strlen(scheme)) != 0)
		return NULL;
	target += strlen(scheme);
	path = target + strcspn(target, "/?");
	name = xstrndup(target, (size_t)(path - target));
	return *path == '/' && head_is_host(name, host) ? path : NULL;
}

bool head_is_host(const char *value, const char *host)
{
	struct hostname read;
	size_t len = strcspn(value, ":");

	if (value[len] && strcmp(value + len, ":80") != 0)
		return false;
	return hostname_read(value, len, &read) == 0 && !strcmp(read.text, host);
}

bool head_is_same(const char *name, const char *other, size_t len)
{
	size_t i;

	for (i = 0; i < len && name[i]; i++) {
		char a = name[i] == '_' ? '-' : name[i], b = other[i] == '_' ? '-' : other[i];

		if (strncasecmp(&a, &b, 1) != 0)
			return false;
	}
	return i == len && !name[i];
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (head_is_same(name, names[i], strlen(names[i])))
			return true;
	return false;
}

bool head_is_hop(const char *name)
{
	static const char *const names[] = { "connection", "keep-alive", "te", "trailer",
		"transfer-encoding", "upgrade", "http2-settings", "host", "content-length",
		"expect" };

	return is_one_of(name, names, ARRAY_SIZE(names)) || !strncasecmp(name, "proxy-", 6);
}

bool head_is_override(const char *name)
{
	static const char *const names[] = { "x-http-method-override", "x-http-method",
		"x-method-override", "x-original-url", "x-rewrite-url", "x-forwarded-prefix" };

	return is_one_of(name, names, ARRAY_SIZE(names));
}

bool head_lists(const char *connection, const char *name)
{
	while (*connection) {
		size_t len;

		connection += strspn(connection, ", \t");
		len = strcspn(connection, ", \t");
		if (len && head_is_same(name, connection, len))
			return true;
		connection += len;
	}
	return false;
}

bool head_is_name(const char *name)
{
	size_t n = 0;

	while (credential_is_token(name[n]))
		n++;
	return n && !name[n];
}

bool head_is_value(const char *value)
{
	for (; *value; value++)
		if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
			return false;
	return true;
}

static bool is_listed(const struct strs *patterns, const char *path, size_t len)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (httppath_matches(patterns->v[i], path, len))
			return true;
	return false;
}

/* TRACE sends the secret back, and CONNECT is no request to the host. */
static const char *judge_method(const struct credential *rule, const char *method)
{
	if (!head_is_name(method) || !strcasecmp(method, "CONNECT") || !strcasecmp(method, "TRACE"))
		return "the method can't be used with a credential";
	if (rule->methods.n && !strs_has(&rule->methods, method))
		return "the credential does not list the method";
	return NULL;
}

const char *head_judge(const struct credential *rule, const char *method, const char *path)
{
	const char *why = judge_method(rule, method);
	size_t len = strcspn(path, "?");

	if (why || !rule->paths.n)
		return why;
	if (httppath_find_flaw(path, len))
		return "the path can be read in more than one way";
	return is_listed(&rule->paths, path, len) ? NULL : "the credential does not list the path";
}

char *head_add_secret(const char *header, const char *secret)
{
	const char *at = strstr(header, CREDENTIAL_SECRET);

	return xasprintf(
		"%.*s%s%s", (int)(at - header), header, secret, at + strlen(CREDENTIAL_SECRET));
}
