#include "gate/flow.h"

#include <fcntl.h>
#include <sys/socket.h>

enum {
	PIPE_SIZE = 1 << 20,
	TURNS = 16, /* pipes full that one flow may move before others have their turn */
};

static int take_pipe(struct pipes *pool, struct pipe *ret)
{
	int size;

	if (pool->n) {
		*ret = pool->free[--pool->n];
		return 0;
	}
	if (pipe2(ret->ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	size = fcntl(ret->ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	if (size < 0)
		size = fcntl(ret->ends[1], F_GETPIPE_SZ);
	ret->size = (size_t)size;
	return 0;
}

static void close_pipe(struct pipe *pipe)
{
	close(pipe->ends[0]);
	close(pipe->ends[1]);
}

static void give_pipe(struct pipes *pool, struct pipe *pipe, bool empty)
{
	if (pipe->ends[0] < 0)
		return;
	if (empty && pool->n < POOL_PIPES)
		pool->free[pool->n++] = *pipe;
	else
		close_pipe(pipe);
	pipe->ends[0] = pipe->ends[1] = -1;
}

void pipes_done(struct pipes *pipes)
{
	while (pipes->n)
		close_pipe(&pipes->free[--pipes->n]);
}

void flow_init(struct flow *flow, struct pipes *pool, int from, int to)
{
	*flow = (struct flow){
		.pool = pool, .from = from, .to = to, .pipe.ends = { -1, -1 }, .most = UINT64_MAX
	};
}

void flow_done(struct flow *flow)
{
	give_pipe(flow->pool, &flow->pipe, !flow->held);
}

static ssize_t move(int from, int to, size_t len)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* 1: something came, 0: nothing now. */
static int fill(struct flow *f)
{
	ssize_t n;
	int r = f->pipe.ends[0] < 0 ? take_pipe(f->pool, &f->pipe) : 0;

	if (r < 0)
		return r;
	n = move(f->from, f->pipe.ends[1], f->pipe.size);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	f->held += (size_t)n;
	f->ended = !n;
	return 1;
}

/* What is beyond the bound never leaves. */
static int drain(struct flow *f)
{
	ssize_t n;

	if (f->held > f->most - f->bytes)
		return -EDQUOT;
	n = move(f->pipe.ends[0], f->to, f->held);
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	f->held -= (size_t)n;
	f->bytes += (uint64_t)n;
	return 1;
}

static int close_behind(struct flow *f)
{
	if (!f->closed && shutdown(f->to, SHUT_WR) < 0 && errno != ENOTCONN)
		return -errno;
	f->closed = true;
	return FLOW_OVER;
}

/* One pipe full, or as much of one as there is. */
static int step(struct flow *f)
{
	int r = f->held || f->ended ? 0 : fill(f);

	if (r == 0 && !f->held)
		return 0;
	return r < 0 || !f->held ? r : drain(f);
}

int flow_move(struct flow *flow)
{
	int r = 1;

	for (int i = 0; i < TURNS && r > 0 && (flow->held || !flow->ended); i++)
		r = step(flow);
	if (!flow->held)
		give_pipe(flow->pool, &flow->pipe, true);
	if (r < 0)
		return r;
	if (flow->ended && !flow->held)
		return close_behind(flow);
	return r ? FLOW_MORE : FLOW_WAITS;
}
