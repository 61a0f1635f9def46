#include "base/opt.h"

#include <string.h>

#include "base/text.h"

struct scan {
	const struct opt_set *set;
	int argc, i;
	char **argv;
	void *dst;
	struct err *err;
};

bool opt_is_taken(const struct opt *o)
{
	return o->type != OPT_REFUSED;
}

static int store(struct scan *s, const struct opt *o, const char *value)
{
	void *p = (char *)s->dst + o->at;
	struct err inner = { "" };

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)p = true;
		return 0;
	case OPT_STR:
		*(const char **)p = value;
		return 0;
	case OPT_STRS:
		strs_add(p, value);
		return 0;
	case OPT_UINT:
		if (text_uint(value, 0, INT64_MAX, p, &inner) == 0)
			return 0;
		return err_say(s->err, -EINVAL, "option '--%s': %s", o->name, inner.text);
	case OPT_REFUSED:
		break;
	}
	abort();
}

/* Takes the argument from behind '=' or from the next word. */
static int take(struct scan *s, const struct opt *o, const char *inline_value)
{
	if (!opt_is_taken(o))
		return err_say(s->err, -EINVAL, "unknown option '--%s': %s", o->name, o->help);
	if (o->type == OPT_FLAG && inline_value)
		return err_say(s->err, -EINVAL, "option '--%s' takes no argument", o->name);
	if (o->type == OPT_FLAG || inline_value)
		return store(s, o, inline_value);
	if (s->i + 1 >= s->argc)
		return err_say(
			s->err, -EINVAL, "option '--%s' needs an argument: %s", o->name, o->arg);
	return store(s, o, s->argv[++s->i]);
}

static int unknown(struct scan *s, const char *word, size_t len)
{
	auto_free char *name = xstrndup(word, len);
	auto_free const char **names = xcalloc(s->set->n + 1, sizeof(*names));
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < s->set->n; i++)
		if (opt_is_taken(&s->set->opts[i]))
			names[n++] = s->set->opts[i].name;
	near = text_nearest(name, names, n);
	if (near)
		return err_say(
			s->err, -EINVAL, "unknown option '--%s': did you mean '--%s'?", name, near);
	return err_say(s->err, -EINVAL, "unknown option '--%s'", name);
}

static int long_option(struct scan *s)
{
	const char *word = s->argv[s->i] + 2, *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < s->set->n; i++) {
		const struct opt *o = &s->set->opts[i];

		if (strlen(o->name) == len && !memcmp(o->name, word, len))
			return take(s, o, equals ? equals + 1 : NULL);
	}
	return unknown(s, word, len);
}

static const struct opt *find_letter(const struct opt_set *set, char letter)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->opts[i].letter == letter)
			return &set->opts[i];
	return NULL;
}

/* -v, -vz, -p VALUE, -pVALUE */
static int short_options(struct scan *s)
{
	const char *word = s->argv[s->i] + 1;

	for (; *word; word++) {
		const struct opt *o = find_letter(s->set, *word);
		int r;

		if (!o)
			return err_say(s->err, -EINVAL, "unknown option '-%c'", *word);
		if (o->type != OPT_FLAG)
			return take(s, o, word[1] ? word + 1 : NULL);
		r = take(s, o, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

int opt_parse(const struct opt_set *set, int argc, char **argv, void *dst, char ***ret_rest,
	size_t *ret_dashes, struct err *err)
{
	struct scan s = { set, argc, 1, argv, dst, err };
	auto_free char **rest = xcalloc((size_t)argc + 1, sizeof(*rest));
	bool options = true;
	size_t n = 0, dashes = SIZE_MAX;

	for (; s.i < argc; s.i++) {
		char *word = argv[s.i];
		int r = 0;

		if (options && !strcmp(word, "--")) {
			options = false;
			dashes = n;
		} else if (options && is_option(word)) {
			r = word[1] == '-' ? long_option(&s) : short_options(&s);
		} else {
			rest[n++] = word;
			options = options && !set->stop_at_operand;
		}
		if (r < 0)
			return r;
	}
	*ret_rest = steal_pointer(&rest);
	*ret_dashes = dashes < n ? dashes : n;
	return 0;
}

void opt_help(const struct opt_set *set, struct buf *out)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct opt *o = &set->opts[i];
		auto_free char *left = NULL;

		if (!opt_is_taken(o))
			continue;
		left = xasprintf("%s%c%s--%s%s%s", o->letter ? "-" : " ",
			o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
			o->arg ? " " : "", o->arg ? o->arg : "");

		buf_addf(out, "  %-30s %s\n", left, o->help);
	}
}
