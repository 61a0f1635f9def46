/* server.h: the job's side: libmicrohttpd, which reads what the job asks for on the connections that the gate hands over. */
#ifndef REMIT_CREDENTIAL_SERVER_H
#define REMIT_CREDENTIAL_SERVER_H

#include "credential/keeper.h"

int server_new(struct keeper *k, struct server **ret, struct err *err) MUST_USE;

/* Ends all that is under way, and records it. */
void server_free(struct server *s);

/* Goes on with what is no longer suspended, in this round. */
void server_wake(struct server *s);

/* Takes fd over. */
void server_take(struct server *s, int fd, const struct credential_connection *from);

#endif
