/*
 * request.h: one request of the job's.
 *
 *	judge -> look up -> send -> answer -> record
 *	  |         |         |
 *	  +---------+---------+--> refusal: an answer of our own
 *
 * It is over when the job has its answer, or is gone, and the host has sent all of its own.
 */
#ifndef REMIT_CREDENTIAL_REQUEST_H
#define REMIT_CREDENTIAL_REQUEST_H

#include <curl/curl.h>
#include <microhttpd.h>

#include "credential/keeper.h"
#include "credential/queue.h"

struct request {
	struct client *client;
	struct MHD_Connection *connection; /* NULL: the job is done with it */
	char *target, *method;
	const char *path; /* in target; NULL: none that can be used */
	uint64_t began; /* ms */
	bool begun, suspended, abandoned;

	unsigned int refused; /* status of our own answer; 0: none */
	const char *why; /* of it, or how the request ended; NULL: well */

	struct queue out, in; /* to the host, and from it */
	bool has_body, keeps_body;
	int64_t length; /* of the body; -1: known at its end */

	struct lookup lookup;
	CURL *easy; /* NULL: none yet */
	struct curl_slist *headers, *address;
	bool running, send_waits, receive_waits;
	char error[CURL_ERROR_SIZE];
	uint64_t head_out;

	unsigned int status; /* of the host's answer */
	bool answered; /* its head is whole */
	int64_t in_length; /* -1: unknown */
	struct curl_slist *answer; /* headers of it */

	struct task task;
};

/* target as it came, or NULL. */
struct request *request_new(struct client *client, const char *target);

/* The head is there: sends it on, or notes a refusal. */
void request_begin(struct request *r, struct MHD_Connection *connection, const char *method);

/* What is left of it goes when nobody has it any more. */
void request_release(struct request *r, bool ended_well);

/* Lets go of everything that waits. Called when something happened to either side. */
void request_wake(struct request *r);

/* Nobody wants the answer any more. */
void request_abandon(struct request *r, const char *why);

/* Sets up an answer of our own in place of the host's. why lives on. */
void request_refuse(struct request *r, unsigned int status, const char *why);

#endif
