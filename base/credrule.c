#include "base/credrule.h"

#include <string.h>

#include "base/hostname.h"
#include "base/httppath.h"
#include "base/netrule.h"
#include "base/path.h"

#define AT(type, member) .at = offsetof(struct type, member)

bool credential_is_token(char c)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(marks, c));
}

bool credential_is_secret(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] > '~')
			return false;
	return len && len <= CREDENTIAL_MAX_SECRET && s[0] != ' ' && s[len - 1] != ' ';
}

size_t credential_header_name(const char *header)
{
	return strcspn(header, ":");
}

/* These are made by whoever sends the request, or say where it ends. */
static bool is_framing(const char *name, size_t len)
{
	static const char *const ours[] = { "host", "content-length", "transfer-encoding",
		"connection", "keep-alive", "te", "trailer", "upgrade", "expect" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strlen(ours[i]) == len && !strncasecmp(ours[i], name, len))
			return true;
	return false;
}

static bool is_header(const char *header)
{
	size_t name = credential_header_name(header), i = 0;
	const char *value = header + name + 1;

	while (i < name && credential_is_token(header[i]))
		i++;
	if (!name || i < name || header[name] != ':' || is_framing(header, name))
		return false;
	value += *value == ' ';
	return credential_is_secret(value, strlen(value));
}

static int check_header(const char *s, struct err *err)
{
	const char *secret = strstr(s, CREDENTIAL_SECRET);

	if (!is_header(s) || !secret || strstr(secret + 1, CREDENTIAL_SECRET) ||
		secret < s + credential_header_name(s))
		return err_say(err, -EINVAL,
			"expected 'NAME: VALUE', the header's, with '" CREDENTIAL_SECRET
			"' once in VALUE and no control byte");
	return 0;
}

int credential_check_name(const char *s, struct err *err)
{
	size_t n = 0;

	while (s[n] && (credential_is_token(s[n])))
		n++;
	if (!n || s[n] || n > HOSTNAME_MAX)
		return err_say(err, -EINVAL, "'%s' is no name for a credential", s);
	return 0;
}

static int check_host(const char *s, struct err *err)
{
	if (*s == '*')
		return err_say(err, -EINVAL,
			"'%s': a credential is for one host: write its whole name", s);
	return hostname_check_rule(s, err);
}

/* Methods are told apart by case (RFC 9110, 9.1). TRACE would send the secret back; CONNECT is a tunnel. */
static int check_method(const char *s, struct err *err)
{
	size_t n = 0;

	while (credential_is_token(s[n]) && !(s[n] >= 'a' && s[n] <= 'z'))
		n++;
	if (!n || s[n] || !strcmp(s, "TRACE") || !strcmp(s, "CONNECT"))
		return err_say(err, -EINVAL,
			"'%s': expected a method in capital letters that is neither TRACE nor CONNECT",
			s);
	return 0;
}

static int check_variable(const char *s, struct err *err)
{
	if (!*s || strchr(s, '='))
		return err_say(err, -EINVAL, "'%s' is not the name of an environment variable", s);
	return 0;
}

static int check_command(const char *s, struct err *err)
{
	return *s ? 0 : err_say(err, -EINVAL, "expected a command");
}

static int check_pem(const char *s, struct err *err)
{
	if (!strstr(s, "-----BEGIN CERTIFICATE-----"))
		return err_say(err, -EINVAL, "expected certificates in PEM");
	return 0;
}

static const struct bind_field source_fields[] = {
	{ .key = "env",
		.type = BIND_STR,
		AT(credential_source, env),
		.check = check_variable,
		.help = "A variable of remit's own environment" },
	{ .key = "file",
		.type = BIND_STR,
		AT(credential_source, file),
		.check = path_check_listed,
		.help = "A file; one newline at its end is no part of the secret" },
	{ .key = "command",
		.type = BIND_STR,
		AT(credential_source, command),
		.check = check_command,
		.help = "What prints it, for /bin/sh" },
};
static BIND_TABLE(source_table, struct credential_source, "from", source_fields, NULL);

static int decode_source(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	struct credential_source *s = p;
	int r;

	bind_done(&source_table, s);
	bind_init(&source_table, s);
	r = bind_decode(&source_table, doc, value, s, err);
	if (r < 0)
		return r;
	if (!!s->env + !!s->file + !!s->command != 1)
		return doc_fail(doc, value, err,
			"'from': expected exactly one of 'env', 'file' and 'command'");
	return 0;
}

static json_t *encode_source(const void *p)
{
	return bind_encode(&source_table, p);
}

static void done_source(void *p)
{
	bind_done(&source_table, p);
}

static json_t *schema_source(void)
{
	json_t *schema = bind_schema(&source_table);

	json_object_del(schema, "$schema");
	json_put(schema, "minProperties", json_integer(1));
	json_put(schema, "maxProperties", json_integer(1));
	return schema;
}

static const struct bind_custom source_custom = { decode_source, encode_source, done_source,
	schema_source };

#define NAME_FIELD                                                     \
	{                                                              \
		.key = "name", .type = BIND_STR, AT(credential, name), \
		.check = credential_check_name                         \
	}
#define HOST_FIELD                                                                             \
	{                                                                                      \
		.key = "host", .type = BIND_STR, .flags = BIND_REQUIRED, AT(credential, host), \
		.check = check_host, .help = "The one host that gets it"                       \
	}
#define HEADER_FIELD                                                                              \
	{                                                                                         \
		.key = "header", .type = BIND_STR, AT(credential, header), .check = check_header, \
		.help = "The header that carries it; '" CREDENTIAL_HEADER "' when absent"         \
	}
#define METHODS_FIELD                                                                      \
	{                                                                                  \
		.key = "methods", .type = BIND_STRS, AT(credential, methods),              \
		.check = check_method, .help = "Methods that may be used; all when absent" \
	}
#define PATHS_FIELD                                                                                  \
	{                                                                                            \
		.key = "paths", .type = BIND_STRS, AT(credential, paths),                            \
		.check = httppath_check_pattern,                                                     \
		.help = "Paths that may be asked for, whole or with '*' at the end; all when absent" \
	}

static const struct bind_field profile_fields[] = {
	NAME_FIELD,
	HOST_FIELD,
	{ .key = "from",
		.type = BIND_CUSTOM,
		.flags = BIND_REQUIRED,
		AT(credential, from),
		.custom = &source_custom,
		.help = "Where the secret comes from: 'env', 'file' or 'command'" },
	HEADER_FIELD,
	{ .key = "ca",
		.type = BIND_STR,
		AT(credential, ca),
		.check = path_check_listed,
		.help = "A file of certificates, PEM, that stand in for the host's own" },
	METHODS_FIELD,
	PATHS_FIELD,
};
BIND_TABLE(credential_profile_table, struct credential, "credential", profile_fields, NULL);

static const struct bind_field plan_fields[] = {
	NAME_FIELD,
	HOST_FIELD,
	HEADER_FIELD,
	{ .key = "ca", .type = BIND_STR, AT(credential, ca), .check = check_pem },
	METHODS_FIELD,
	PATHS_FIELD,
};
BIND_TABLE(credential_plan_table, struct credential, "credential", plan_fields, NULL);

const struct credential *credential_find(const struct list *all, const char *name)
{
	const struct credential *c = all->v;

	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(c[i].name, name))
			return &c[i];
	return NULL;
}

static bool is_for(const struct credential *c, const char *host)
{
	struct hostname read;

	return hostname_read(c->host, strlen(c->host), &read) == 0 && !strcmp(read.text, host);
}

int net_rules_check_credentials(
	const struct list *rules, const struct list *credentials, struct err *err)
{
	const struct net_rule *r = rules->v;

	for (size_t i = 0; i < rules->n; i++) {
		const struct credential *c =
			r[i].credential ? credential_find(credentials, r[i].credential) : NULL;

		if (r[i].credential && !c)
			return err_say(err, -EINVAL,
				"'network.allow' gives '%s' the credential '%s', which 'credentials' "
				"does not list",
				r[i].host, r[i].credential);
		if (c && !is_for(c, r[i].host))
			return err_say(err, -EINVAL,
				"'network.allow' gives '%s' the credential '%s', which is for '%s'",
				r[i].host, c->name, c->host);
	}
	return 0;
}
