/*
 * commits_child.h: the half of commits.c that parses what a job wrote, in a process that can do
 * nothing else (confine.h). It asks for objects by name, one at a time, and is given bytes.
 */
#ifndef REMIT_REPO_COMMITS_CHILD_H
#define REMIT_REPO_COMMITS_CHILD_H

#include <git2.h>

#include "repo/capture.h"
#include "repo/confine.h"

enum {
	COMMITS_MAX_AUTHOR = 1024,
	COMMITS_MAX_LOOSE = 64 << 10, /* compressed */
	COMMITS_MAX_PACKS = CONFINE_MAX_FDS - 1,
};

enum commits_op {
	COMMITS_ASK = 1, /* for the object id; an answer comes */
	COMMITS_TELL, /* id is a new commit: text is its author and its message */
	COMMITS_END, /* nothing was left out */
};

/* What the child sends: a packet each, as long as its text. */
struct commits_packet {
	uint32_t op; /* enum commits_op */
	uint32_t author, message; /* lengths */
	git_oid id;
	char text[COMMITS_MAX_AUTHOR + CAPTURE_MAX_MESSAGE];
};

enum commits_place {
	COMMITS_KNOWN = 1, /* the user's repository has it: the job's commits end here */
	COMMITS_LOOSE, /* here it is */
	COMMITS_ELSEWHERE, /* perhaps in a pack */
};

/* What it gets: a packet, as long as its data. */
struct commits_answer {
	uint32_t place; /* enum commits_place */
	char data[COMMITS_MAX_LOOSE]; /* the file of a loose object, compressed as it is */
};

/* What the child has when it starts. */
struct commits_child {
	struct confine confine; /* the socket first, then the job's packs; dir is empty and ours */
	git_oid head;
};

/* Confines the process, and sends. 0, or -1 where something could not be read. */
int commits_child_run(const struct commits_child *c);

#endif
