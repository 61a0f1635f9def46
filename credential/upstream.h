/* upstream.h: requests to the host of one credential, by libcurl. */
#ifndef REMIT_CREDENTIAL_UPSTREAM_H
#define REMIT_CREDENTIAL_UPSTREAM_H

#include "credential/request.h"

struct upstream;

/* For the credential at number i of the plan. The rule's CA, or the host's own, is read now. */
int upstream_new(struct keeper *k, const struct credential *rule, struct upstream **ret,
	struct err *err) MUST_USE;
void upstream_free(struct upstream *u);

const struct credential *upstream_rule(const struct upstream *u);

/* Whether an address is one that the host's name may stand for. */
bool upstream_allows(const struct upstream *u, const struct in6_addr *address);

/* Counts for the rule that names the credential; -EDQUOT when it was more than its budget. */
int upstream_count(struct upstream *u, uint64_t out, uint64_t in) MUST_USE;

/*
 * Starts what is in r->method, path, headers and length, to one of the addresses in r->address as CURLOPT_RESOLVE has it. Adds the
 * credential's header. False: it could not be started.
 */
bool upstream_send(struct upstream *u, struct request *r);

/* Goes on with what waited for room or for bytes. */
void upstream_wake(struct upstream *u, struct request *r);

/* Ends it, whether it is over or not. */
void upstream_drop(struct upstream *u, struct request *r);

#endif
