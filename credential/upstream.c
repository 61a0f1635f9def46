#include "credential/upstream.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <fcntl.h>

#include "base/io.h"
#include "credential/head.h"

enum { CONNECT_MS = 30000 };

struct upstream {
	struct keeper *keeper;
	const struct credential *rule;
	const char *secret;
	bool private; /* a rule says that the name may stand for any address */
	struct net_budget budget; /* of the first of these rules */
	uint64_t out, in; /* bytes that passed */
	X509_STORE *trusted;
	CURLM *multi;
	struct timer timer; /* libcurl's */
};

/* One of libcurl's sockets in our loop. */
struct watch {
	struct source source; /* first */
	struct upstream *upstream;
	struct task gone;
};

const struct credential *upstream_rule(const struct upstream *u)
{
	return u->rule;
}

bool upstream_allows(const struct upstream *u, const struct in6_addr *address)
{
	return u->private || address_is_public(address);
}

static void finish(struct request *r, CURLcode code)
{
	struct upstream *u = r->client->upstream;

	r->running = false;
	r->in.ended = true;
	if (code != CURLE_OK && !r->why)
		r->why = *r->error ? r->error : curl_easy_strerror(code);
	if (code != CURLE_OK && !r->answered && !r->refused)
		request_refuse(r, 502, r->why);
	curl_multi_remove_handle(u->multi, r->easy);
	request_wake(r);
}

static void take_ends(struct upstream *u)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(u->multi, &left))) {
		struct request *r = NULL;

		if (message->msg == CURLMSG_DONE &&
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &r) == CURLE_OK)
			finish(r, message->data.result);
	}
}

static void act(struct upstream *u, curl_socket_t fd, int what)
{
	int running;

	if (curl_multi_socket_action(u->multi, fd, what, &running) != CURLM_OK)
		abort();
	take_ends(u);
}

static void ready(struct source *source, uint32_t events)
{
	int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		   (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		   (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

	act(((struct watch *)source)->upstream, source->fd, what);
}

static void due(struct timer *timer)
{
	struct upstream *u =
		(struct upstream *)(void *)((char *)timer - offsetof(struct upstream, timer));

	act(u, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct upstream *u = arg;

	(void)multi;
	if (ms < 0)
		timer_clear(&u->timer);
	else
		timer_set(&u->keeper->loop, &u->timer, (uint64_t)ms);
	return 0;
}

static void forget_watch(struct task *task)
{
	free((char *)task - offsetof(struct watch, gone));
}

/* libcurl closes it; what is ready already in this round may still point to the watch. */
static void end_watch(struct upstream *u, struct watch *w)
{
	epoll_ctl(u->keeper->loop.epoll, EPOLL_CTL_DEL, w->source.fd, NULL);
	w->source.fd = -1;
	task_queue(&u->keeper->loop, &w->gone);
}

static struct watch *begin_watch(struct upstream *u, curl_socket_t fd, uint32_t events)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->source = (struct source){ fd, ready };
	w->upstream = u;
	w->gone.run = forget_watch;
	if (curl_multi_assign(u->multi, fd, w) != CURLM_OK ||
		loop_add(&u->keeper->loop, &w->source, events) < 0)
		abort();
	return w;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct upstream *u = arg;
	struct watch *w = known;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
			  (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			end_watch(u, w);
	} else if (!w) {
		begin_watch(u, fd, events);
	} else if (loop_change(&u->keeper->loop, &w->source, events) < 0) {
		return -1;
	}
	return 0;
}

/* The last word on where a request goes: whatever libcurl makes of names, it is to an allowed address. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct upstream *u = arg;
	struct in6_addr address;
	uint16_t port;

	if (purpose != CURLSOCKTYPE_IPCXN || to->socktype != SOCK_STREAM ||
		!address_from_socket(&to->addr, &address, &port) || port != NET_TLS_PORT ||
		!upstream_allows(u, &address))
		return CURL_SOCKET_BAD;
	return socket(to->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static CURLcode trust(CURL *easy, void *context, void *arg)
{
	(void)easy;
	SSL_CTX_set1_cert_store(context, ((struct upstream *)arg)->trusted);
	return CURLE_OK;
}

static size_t give(char *to, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
	size_t len = queue_take(&r->out, to, size * n);

	if (!len && !r->out.ended) {
		r->send_waits = true;
		return CURL_READFUNC_PAUSE;
	}
	request_wake(r);
	return len;
}

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	if (queue_room(&r->in) < size * n) {
		r->receive_waits = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (client_count(r->client, 0, size * n) < 0) {
		r->why = GATE_OVER_BUDGET;
		return 0;
	}
	queue_put(&r->in, data, size * n);
	request_wake(r);
	return size * n;
}

/* A line, or the empty one at the end, of the head of an answer; those before the final one are passed over. */
static void take_line(struct request *r, const char *line)
{
	if (!strncmp(line, "HTTP/", 5)) {
		curl_slist_free_all(r->answer);
		r->answer = NULL;
	} else if (*line) {
		struct curl_slist *more = curl_slist_append(r->answer, line);

		r->answer = more ? more : r->answer;
	}
}

static void end_head(struct request *r)
{
	curl_off_t length = -1;
	long status = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return;
	curl_easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	r->status = (unsigned int)status;
	r->in_length = length;
	r->answered = true;
	request_wake(r);
}

static size_t take_head(char *data, size_t size, size_t n, void *arg)
{
	struct request *r = arg;
	size_t len = size * n;
	auto_free char *line = xstrndup(data, len);

	if (client_count(r->client, 0, len) < 0) {
		r->why = GATE_OVER_BUDGET;
		return 0;
	}
	line[strcspn(line, "\r\n")] = '\0';
	if (r->answered)
		return len; /* trailers */
	take_line(r, line);
	if (!*line)
		end_head(r);
	return len;
}

/* Fails where libcurl does not know the option: it must be one that has it. */
#define SET(option, value)                                        \
	if (curl_easy_setopt(r->easy, option, value) != CURLE_OK) \
	return false

static bool set_callbacks(struct upstream *u, struct request *r)
{
	SET(CURLOPT_PRIVATE, r);
	SET(CURLOPT_ERRORBUFFER, r->error);
	SET(CURLOPT_READFUNCTION, give);
	SET(CURLOPT_READDATA, r);
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, r);
	SET(CURLOPT_HEADERFUNCTION, take_head);
	SET(CURLOPT_HEADERDATA, r);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, u);
	return true;
}

static bool set_security(struct upstream *u, struct request *r)
{
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSL_CTX_FUNCTION, trust);
	SET(CURLOPT_SSL_CTX_DATA, u);
	SET(CURLOPT_RESOLVE, r->address);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	return true;
}

/* As the job has it, byte for byte. */
static bool set_request(const struct upstream *u, struct request *r)
{
	auto_free char *url = xasprintf("https://%s/", u->rule->host);

	SET(CURLOPT_URL, url);
	SET(CURLOPT_REQUEST_TARGET, r->path);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	if (r->has_body) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->length);
	} else if (!strcmp(r->method, "HEAD")) {
		SET(CURLOPT_NOBODY, 1L);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	SET(CURLOPT_CUSTOMREQUEST, r->method);
	SET(CURLOPT_HTTPHEADER, r->headers);
	return true;
}

bool upstream_send(struct upstream *u, struct request *r)
{
	auto_free char *line = head_add_secret(u->rule->header, u->secret);
	struct curl_slist *headers = curl_slist_append(r->headers, line);

	r->easy = curl_easy_init();
	r->headers = headers ? headers : r->headers;
	if (!r->easy || !headers || !set_callbacks(u, r) || !set_security(u, r) ||
		!set_request(u, r) || curl_multi_add_handle(u->multi, r->easy) != CURLM_OK)
		return false;
	r->running = true;
	return true;
}

void upstream_wake(struct upstream *u, struct request *r)
{
	bool send = r->send_waits && (r->out.len || r->out.ended);
	bool receive = r->receive_waits && queue_room(&r->in) >= QUEUE_SIZE / 2;

	(void)u;
	if (!r->running || (!send && !receive))
		return;
	r->send_waits = r->send_waits && !send;
	r->receive_waits = r->receive_waits && !receive;
	(void)curl_easy_pause(r->easy,
		(r->send_waits ? CURLPAUSE_SEND : 0) | (r->receive_waits ? CURLPAUSE_RECV : 0));
}

void upstream_drop(struct upstream *u, struct request *r)
{
	if (!r->easy)
		return;
	if (r->running)
		curl_multi_remove_handle(u->multi, r->easy);
	curl_easy_cleanup(r->easy);
	r->easy = NULL;
	r->running = false;
}

static int add_certificates(BIO *pem, X509_STORE *store)
{
	STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(pem, NULL, NULL, NULL);
	int n = 0;

	for (int i = 0; all && i < sk_X509_INFO_num(all); i++) {
		X509_INFO *one = sk_X509_INFO_value(all, i);

		n += one->x509 && X509_STORE_add_cert(store, one->x509);
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	return n;
}

/* The bundle that libcurl was built to use; files can't be reached later. */
static int read_host_ca(struct buf *out, struct err *err)
{
	const char *path = curl_version_info(CURLVERSION_NOW)->cainfo;

	if (!path)
		return err_say(err, -ENOENT, "this host has no bundle of certificates");
	return file_read(AT_FDCWD, path, CREDENTIAL_MAX_CA, out, err);
}

static int load_trusted(struct upstream *u, struct err *err)
{
	auto_buf struct buf bundle = BUF_INIT;
	const char *pem = u->rule->ca;
	int r = 0, n = 0;
	BIO *bio;

	if (!pem) {
		r = read_host_ca(&bundle, err);
		pem = buf_str(&bundle);
	}
	if (r < 0)
		return r;
	u->trusted = X509_STORE_new();
	bio = BIO_new_mem_buf(pem, -1);
	n = bio && u->trusted ? add_certificates(bio, u->trusted) : 0;
	BIO_free(bio);
	return n ? 0
		 : err_say(err, -EINVAL, "credential '%s': there is no certificate to trust",
			   u->rule->name);
}

/* The first rule for a name and a port is the one that counts. */
static void take_rule(struct upstream *u, const struct plan_network *network)
{
	const struct net_rule *rules = network->allow.v;

	for (size_t i = network->allow.n; i--;)
		if (rules[i].credential && !strcmp(rules[i].credential, u->rule->name)) {
			u->private = rules[i].private;
			u->budget = rules[i].budget;
		}
}

int upstream_count(struct upstream *u, uint64_t out, uint64_t in)
{
	u->out += out;
	u->in += in;
	return (u->budget.out && u->out > u->budget.out) || (u->budget.in && u->in > u->budget.in)
		       ? -EDQUOT
		       : 0;
}

/* One stream a connection: who reads slowly must not hold up who shares one. */
static int make_multi(struct upstream *u)
{
	u->multi = curl_multi_init();
	return u->multi &&
			       curl_multi_setopt(u->multi, CURLMOPT_SOCKETFUNCTION, set_socket) ==
				       CURLM_OK &&
			       curl_multi_setopt(u->multi, CURLMOPT_SOCKETDATA, u) == CURLM_OK &&
			       curl_multi_setopt(u->multi, CURLMOPT_TIMERFUNCTION, set_timer) ==
				       CURLM_OK &&
			       curl_multi_setopt(u->multi, CURLMOPT_TIMERDATA, u) == CURLM_OK &&
			       curl_multi_setopt(u->multi, CURLMOPT_PIPELINING,
				       (long)CURLPIPE_NOTHING) == CURLM_OK
		       ? 0
		       : -ENOMEM;
}

int upstream_new(
	struct keeper *k, const struct credential *rule, struct upstream **ret, struct err *err)
{
	struct upstream *u = xcalloc(1, sizeof(*u));
	int r;

	*ret = u;
	u->keeper = k;
	u->rule = rule;
	u->secret = secrets_find(&k->secrets, rule->name);
	take_rule(u, &k->network);
	u->timer.due = due;
	if (!u->secret)
		return err_say(err, -ENOENT, "credential '%s' has no value", rule->name);
	r = load_trusted(u, err);
	if (r < 0)
		return r;
	return make_multi(u) < 0 ? err_set(err, -ENOMEM, "start libcurl") : 0;
}

void upstream_free(struct upstream *u)
{
	if (!u)
		return;
	timer_clear(&u->timer);
	if (u->multi)
		curl_multi_cleanup(u->multi);
	X509_STORE_free(u->trusted);
	free(u);
}
