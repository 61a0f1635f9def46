/*
 * ipc.c make | take KIND ID | remove KIND ID...: System V and POSIX objects that everybody may use, and somebody
 * who uses them. make prints KIND and ID of each, a line each.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

struct letter {
	long kind;
	char text[16];
};

static int make_shm(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0666);
	char *p = id < 0 ? NULL : shmat(id, NULL, 0);

	if (!p || p == (void *)-1)
		broken("make shared memory");
	strcpy(p, "secret");
	return id;
}

static int make_msg(void)
{
	struct letter letter = { 1, "secret" };
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0666);

	if (id < 0 || msgsnd(id, &letter, sizeof(letter.text), 0) < 0)
		broken("make a message queue");
	return id;
}

static int make_sem(void)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0666);

	if (id < 0)
		broken("make a semaphore");
	return id;
}

static void name_queue(int id, char name[32])
{
	snprintf(name, 32, "/remit-probe-%d", id);
}

static int make_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };
	char name[32];
	mqd_t q;

	name_queue(getpid(), name);
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0666, &attr);
	if (q == (mqd_t)-1 || fchmod(q, 0666) < 0 || mq_send(q, "secret", 7, 0) < 0)
		broken("make a POSIX message queue");
	return getpid();
}

static void take_shm(int id)
{
	char *p = shmat(id, NULL, 0);

	if (p == (void *)-1)
		held_by_errno("shmat");
	escaped("shared memory says '%s'", p);
}

static void take_msg(int id)
{
	struct letter letter;

	if (msgrcv(id, &letter, sizeof(letter.text), 0, IPC_NOWAIT) < 0)
		held_by_errno("msgrcv");
	escaped("a message says '%s'", letter.text);
}

static void take_sem(int id)
{
	struct sembuf up = { 0, 1, IPC_NOWAIT };

	if (semop(id, &up, 1) < 0)
		held_by_errno("semop");
	escaped("a semaphore is raised");
}

static void take_queue(int id)
{
	char name[32], text[16];
	mqd_t q;

	name_queue(id, name);
	q = mq_open(name, O_RDONLY | O_NONBLOCK);
	if (q == (mqd_t)-1 || mq_receive(q, text, sizeof(text), NULL) < 0)
		held_by_errno("mq_open");
	escaped("a POSIX message says '%s'", text);
}

static void remove_shm(int id)
{
	shmctl(id, IPC_RMID, NULL);
}

static void remove_msg(int id)
{
	msgctl(id, IPC_RMID, NULL);
}

static void remove_sem(int id)
{
	semctl(id, 0, IPC_RMID);
}

static void remove_queue(int id)
{
	char name[32];

	name_queue(id, name);
	mq_unlink(name);
}

static const struct {
	const char *name;
	int (*make)(void);
	void (*take)(int id);
	void (*remove)(int id);
} kinds[] = {
	{ "shm", make_shm, take_shm, remove_shm },
	{ "msg", make_msg, take_msg, remove_msg },
	{ "sem", make_sem, take_sem, remove_sem },
	{ "queue", make_queue, take_queue, remove_queue },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(argv[1], "make"))
			printf("%s %d\n", kinds[i].name, kinds[i].make());
		else if (argc == 4 && !strcmp(argv[2], kinds[i].name) && !strcmp(argv[1], "take"))
			kinds[i].take(atoi(argv[3]));
		else if (argc == 4 && !strcmp(argv[2], kinds[i].name) && !strcmp(argv[1], "remove"))
			kinds[i].remove(atoi(argv[3]));
	return 0;
}
