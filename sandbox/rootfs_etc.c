#include "sandbox/rootfs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/standin.h"

struct made_up {
	const char *name,
		*text; /* $N user name, $H home, $U uid, $G gid, $S host name, $R resolver */
};

static const struct made_up files[] = {
	{ "passwd", "root:x:0:0:root:/root:/usr/sbin/nologin\n"
		    "$N:x:$U:$G:$N:$H:/bin/sh\n"
		    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" },
	{ "group", "root:x:0:\n$N:x:$G:\nnogroup:x:65534:\n" },
	{ "hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 $S\n" },
	{ "hostname", "$S\n" },
	{ "resolv.conf", "nameserver $R\noptions timeout:1 attempts:1\n" },
	{ "nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
			   "services: files\nprotocols: files\n" },
};

struct values {
	const char *name, *home, *host;
	char resolver[INET6_ADDRSTRLEN];
	char uid[24], gid[24];
};

static const char *value_of(const struct values *v, char key)
{
	switch (key) {
	case 'N':
		return v->name;
	case 'H':
		return v->home;
	case 'S':
		return v->host;
	case 'R':
		return v->resolver;
	case 'U':
		return v->uid;
	default:
		return v->gid;
	}
}

/* Fills a template in; false when out is too small. */
static bool expand(const char *text, const struct values *v, char *out, size_t size)
{
	size_t used = 0;

	for (; *text; text++) {
		char plain[2] = { *text, '\0' };
		const char *piece = *text == '$' ? value_of(v, *++text) : plain;
		size_t n = strlen(piece);

		if (used + n >= size)
			return false;
		memcpy(out + used, piece, n);
		used += n;
	}
	out[used] = '\0';
	return true;
}

/* Without a gate, nobody answers there. */
static const struct in6_addr nobody = { .s6_addr = { [10] = 0xff, 0xff, 127, 0, 0, 1 } };

static struct values values_of(const struct plan *plan)
{
	const struct in6_addr resolver = plan->network.allow.n ? standin_ipv4(STANDIN_SELF)
							       : nobody;
	const struct plan_user *u = &plan->user;
	struct values v = { .name = u->name, .home = u->home, .host = u->host };

	address_text(&resolver, v.resolver);
	snprintf(v.uid, sizeof(v.uid), "%llu", (unsigned long long)u->uid);
	snprintf(v.gid, sizeof(v.gid), "%llu", (unsigned long long)u->gid);
	return v;
}

int rootfs_add_etc(struct rootfs *root, struct err *err)
{
	struct values v = values_of(&root->cage->plan);
	auto_fd int etc = target_make(root->top, "/etc", TARGET_DIR);
	char text[8192];

	if (etc < 0)
		return err_set(err, etc, "make '/etc'");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool fits = expand(files[i].text, &v, text, sizeof(text));
		int r = fits ? target_write(etc, files[i].name, 0644, text) : -ENAMETOOLONG;

		if (r < 0)
			return err_set(err, r, "make '/etc/%s'", files[i].name);
	}
	return 0;
}
