/* fuzz_plan.c: the plan that the sandbox is started with. */
#include <string.h>

#include "base/path.h"
#include "base/plan.h"
#include "tests/fuzz/fuzz.h"

static void check_paths(const struct strs *s)
{
	for (size_t i = 0; i < s->n; i++)
		must(path_check_absolute(s->v[i], NULL) == 0);
}

/* What the sandbox relies on without looking again. */
static void check_promises(const struct plan *p)
{
	const struct plan_mount *m = p->mounts.v;
	const struct plan_env *e = p->env.v;

	must(p->version == PLAN_VERSION && p->command.n && p->tmp && p->landlock);
	must(path_check_absolute(p->cwd, NULL) == 0 &&
		path_check_absolute(p->user.home, NULL) == 0);
	must(p->user.name && p->user.host && p->user.uid && p->user.gid);
	must(p->seccomp.allow && p->seccomp.refuse);
	for (size_t i = 0; i < p->mounts.n; i++)
		must(path_check_absolute(m[i].source, NULL) == 0 &&
			path_check_absolute(m[i].target, NULL) == 0 && m[i].access <= PLAN_HIDE);
	for (size_t i = 0; i < p->env.n; i++)
		must(*e[i].name && !strchr(e[i].name, '=') && e[i].value);
	if (p->workspace.mode != PLAN_NONE)
		must(p->workspace.path && p->workspace.upper);
	if (p->workspace.mode == PLAN_OVERLAY)
		must(p->workspace.work && p->workspace.lower.n);
	check_paths(&p->workspace.lower);
	check_paths(&p->workspace.expose);
	check_paths(&p->decoys);
	must(!p->cgroup || !*p->cgroup);
	for (size_t i = 0; i < p->tripwires.n; i++)
		must(!strcmp(p->tripwires.v[i], "budget"));
	for (size_t i = 0; i < p->network.allow.n; i++)
		must(net_rule_text((const struct net_rule *)p->network.allow.v + i) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *first = NULL, *second = NULL;
	struct plan plan, back;
	struct err err = { "" };

	if (plan_decode((const char *)data, size, &plan, &err) < 0) {
		must(err.text[0]);
		return 0;
	}
	check_promises(&plan);
	first = plan_encode(&plan);
	must(plan_decode(first, strlen(first), &back, &err) == 0);
	second = plan_encode(&back);
	must(!strcmp(first, second));
	plan_done(&plan);
	plan_done(&back);
	return 0;
}
