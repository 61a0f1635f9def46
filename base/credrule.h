/* credrule.h: a credential: which requests may carry it, and how they do. The secret itself is never part of it. */
#ifndef REMIT_CREDRULE_H
#define REMIT_CREDRULE_H

#include "base/bind.h"

/* Where the secret comes from: exactly one is there. */
struct credential_source {
	char *env; /* the name of a variable */
	char *file; /* a path */
	char *command; /* for /bin/sh */
};

struct credential {
	char *name;
	char *host; /* one name; hostname_read */
	struct credential_source from; /* in a profile alone */
	char *header; /* "NAME: VALUE" with "{secret}" in VALUE; NULL in a profile: CREDENTIAL_HEADER */
	char *ca; /* in a profile a path, in a plan what lies there, PEM; NULL: the host's own */
	struct strs methods; /* empty: all */
	struct strs paths; /* patterns of base/httppath.h; empty: all */
};

#define CREDENTIAL_HEADER "authorization: Bearer {secret}"
#define CREDENTIAL_SECRET "{secret}"

enum {
	CREDENTIAL_MAX_SECRET = 64 << 10, /* bytes */
	CREDENTIAL_MAX_SECRETS = 512 << 10, /* bytes of JSON for all of them */
	CREDENTIAL_MAX_CA = 1 << 20,
};

/* What a profile says, and what a plan does. */
extern const struct bind_table credential_profile_table, credential_plan_table;

int credential_check_name(const char *s, struct err *err) MUST_USE;

/*
 * Whether each credential that a rule (struct net_rule) names is there, for the rule's own host. credential->host may be spelled
 * with capitals or a dot at its end.
 */
int net_rules_check_credentials(
	const struct list *rules, const struct list *credentials, struct err *err) MUST_USE;

const struct credential *credential_find(const struct list *all, const char *name);

/* The length of the header's name. */
size_t credential_header_name(const char *header);

/* Whether a byte may be part of a token: the name of a method or of a header (RFC 9110, 5.6.2). */
bool credential_is_token(char c);

/* Whether these are bytes that a secret is made of: visible ASCII and blanks, the first and last no blank. */
bool credential_is_secret(const char *s, size_t len);

#endif
