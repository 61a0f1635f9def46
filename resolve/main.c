/*
 * remit-resolve: what allowed names stand for, by the host's own resolver: hosts file, NSS, DNS. It reads names from
 * descriptor 3 and writes addresses there. It sees no byte that a job made but those of a name that a rule lists.
 */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/gatewire.h"

enum { LINE = 3, AT_ONCE = 16 };

static int error_of(int gai)
{
	return gai == EAI_NONAME || gai == EAI_NODATA ? -ENOENT : -EAGAIN;
}

static void add(struct lookup_answer *answer, const struct addrinfo *found)
{
	struct lookup_address *to = &answer->addresses[answer->n];
	uint16_t port;

	if (answer->n == WIRE_MAX_ADDRESSES ||
		!address_from_socket(found->ai_addr, &to->address, &port))
		return;
	to->mapped = found->ai_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&to->address);
	answer->n++;
}

static void look_up(const struct lookup_question *question, struct lookup_answer *answer)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int r = getaddrinfo(question->name.text, NULL, &hints, &found);

	answer->ticket = question->ticket;
	answer->error = r ? error_of(r) : 0;
	for (const struct addrinfo *f = found; f; f = f->ai_next)
		add(answer, f);
	if (found)
		freeaddrinfo(found);
}

/* Each thread takes one name at a time: a name server that is slow for one holds up no other. */
static void *serve(void *unused)
{
	struct lookup_question question;

	while (recv(LINE, &question, sizeof(question), 0) == (ssize_t)sizeof(question)) {
		struct lookup_answer answer = { 0 };

		question.name.text[HOSTNAME_MAX] = '\0';
		look_up(&question, &answer);
		if (send(LINE, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	return unused;
}

int main(void)
{
	pthread_t threads[AT_ONCE];
	size_t n = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 1;
	while (n < AT_ONCE && pthread_create(&threads[n], NULL, serve, NULL) == 0)
		n++;
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return n == 0;
}
