/* bind_sample.h: a struct with a field of every type that bind.h knows. */
#ifndef REMIT_TESTS_BIND_SAMPLE_H
#define REMIT_TESTS_BIND_SAMPLE_H

#include "base/bind.h"

struct part {
	char *name;
	uint64_t n;
};

struct pair {
	char *key, *value;
};

struct sample {
	char *text;
	struct strs words, colours;
	bool flag;
	uint64_t count, size, time;
	unsigned int mode;
	struct part part;
	struct list parts; /* struct part */
	struct list env; /* struct pair: a map to plain text */
	struct list named; /* struct part, keyed by name */
	char *upper; /* BIND_CUSTOM: text in capitals */
};

extern const struct bind_table sample_table;

#define auto_sample CLEANUP(sample_done)
void sample_done(struct sample *s);

/* Reads YAML over *s, as a profile that extends another is read; fails the test when it is refused. */
void sample_read(struct sample *s, const char *yaml);

/* The sentence with which YAML over an empty struct is refused; the test fails when it is taken. */
void sample_refuse(const char *yaml, const char *sentence);

#endif
