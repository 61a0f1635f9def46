/* answer.h: what the job is told: the host's answer as it comes, or one of our own. */
#ifndef REMIT_CREDENTIAL_ANSWER_H
#define REMIT_CREDENTIAL_ANSWER_H

#include "credential/request.h"

/* Queues the answer if there is one; else the request waits. MHD_NO ends the connection. */
enum MHD_Result answer_give(struct request *r) MUST_USE;

void answer_suspend(struct request *r);

#endif
