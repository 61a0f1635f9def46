/*
 * head.h: what is made of the head of a job's request before it goes on, and of the answer's.
 *
 * libmicrohttpd has taken it apart; only what is said here passes, written anew by libcurl.
 */
#ifndef REMIT_CREDENTIAL_HEAD_H
#define REMIT_CREDENTIAL_HEAD_H

#include "base/credrule.h"

/*
 * Finds the path and query that a request target is for: "/path?query", or "http://HOST/path?query" with that very host
 * (RFC 9112, 3.2). NULL for any other, and for what is not all visible ASCII or has a fragment. Borrowed from target.
 */
const char *head_find_path(const char *target, const char *host);

/* Whether the value of a Host header is host, in either case, perhaps with port 80. */
bool head_is_host(const char *value, const char *host);

/* Whether a header is for the next hop alone (RFC 9110, 7.6.1), or one that is made anew for each. */
bool head_is_hop(const char *name);

/* Whether servers are known to take a header's value in the place of the method or the path. */
bool head_is_override(const char *name);

/* Whether a Connection header lists name. */
bool head_lists(const char *connection, const char *name);

/* Whether name is that of the credential's header; an underscore is a hyphen to some servers. */
bool head_is_same(const char *name, const char *other, size_t len);

bool head_is_name(const char *name);

/* No control byte but a tab: what may be in a line. */
bool head_is_value(const char *value);

/* NULL, or why the rule does not let this through. path: as head_find_path gives it. */
const char *head_judge(const struct credential *rule, const char *method, const char *path);

/* The header with the secret in it, "NAME: VALUE". The caller owns it. */
char *head_add_secret(const char *header, const char *secret) MUST_USE;

#endif
