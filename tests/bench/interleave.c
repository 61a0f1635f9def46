/*
 * interleave RUNS FILE: times the commands in FILE, one a line, "name<TAB>command with arguments", in turn,
 * RUNS times each, and prints the median and the least of each in milliseconds. No shell is between.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { MAX_COMMANDS = 16, MAX_WORDS = 64, MAX_RUNS = 10000 };

struct command {
	char *name, *words[MAX_WORDS];
	double *ms;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(struct command *c, int i)
{
	posix_spawn_file_actions_t quiet;
	double before = now_ms();
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, c->words[0], &quiet, NULL, c->words, environ) ||
		waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "interleave: %s failed\n", c->name);
		exit(1);
	}
	c->ms[i] = now_ms() - before;
	posix_spawn_file_actions_destroy(&quiet);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void split(struct command *c, char *line, int runs)
{
	size_t n = 0;
	char *word;

	c->name = strtok(line, "\t");
	while ((word = strtok(NULL, " \n")) && n + 1 < MAX_WORDS)
		c->words[n++] = word;
	c->ms = calloc((size_t)runs, sizeof(*c->ms));
	if (!n || !c->ms)
		exit(2);
}

int main(int argc, char **argv)
{
	static struct command commands[MAX_COMMANDS];
	int runs = argc == 3 ? atoi(argv[1]) : 0;
	FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;
	char *line = NULL;
	size_t n = 0, size = 0;

	if (!f || runs < 1 || runs > MAX_RUNS)
		return 2;
	while (n < MAX_COMMANDS && getline(&line, &size, f) > 0)
		split(&commands[n++], strdup(line), runs);
	for (int i = 0; i < runs; i++)
		for (size_t k = 0; k < n; k++)
			run(&commands[k], i);
	for (size_t k = 0; k < n; k++) {
		qsort(commands[k].ms, (size_t)runs, sizeof(double), compare);
		printf("%s\t%.3f\t%.3f\n", commands[k].name, commands[k].ms[runs / 2],
			commands[k].ms[0]);
	}
	return 0;
}
