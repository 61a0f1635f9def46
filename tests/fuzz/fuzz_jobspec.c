/* fuzz_jobspec.c: bytes as a job file, and the texts of --check and --agent. */
#include <string.h>

#include "base/plan.h"
#include "base/text.h"
#include "runner/jobspec.h"
#include "tests/fuzz/fuzz.h"

static void check_name(const char *name)
{
	size_t n = strlen(name);

	must(n && n <= 64 && !strpbrk(name, "/\n =@\"'\\") && name[0] != '.' && name[0] != '-');
	must(text_is_utf8(name, n));
}

static void check_spec(const struct jobspec *s)
{
	const struct jobspec_check *c = s->checks.v;
	const struct plan_env *e = s->env.v;

	must(s->version == 1);
	for (size_t i = 0; i < s->checks.n; i++) {
		check_name(c[i].name);
		must(c[i].run && c[i].timeout >= 1000 && !c[i].option);
	}
	for (size_t i = 0; i < s->env.n; i++)
		must(plan_check_env_name(e[i].name, NULL) == 0 && e[i].value);
	if (s->agent.name)
		check_name(s->agent.name);
	/* A job file can choose among profiles that are there, not bring one of its own. */
	must(!s->profile || !strpbrk(s->profile, "/."));
	must(!s->task || strlen(s->task) <= JOBSPEC_MAX_TASK);
	must(!s->policy);
}

static void check_file(const uint8_t *data, size_t size)
{
	auto_doc struct doc *doc = NULL;
	struct jobspec spec;
	struct err err = { "" };

	if (doc_parse((const char *)data, size, "f", &doc, &err) < 0)
		return;
	if (fuzz_bind(&jobspec_table, doc, &spec)) {
		auto_json json_t *written = bind_encode(&jobspec_table, &spec);

		check_spec(&spec);
		fuzz_again(&jobspec_table, &spec, written);
	}
	jobspec_done(&spec);
}

/* As it is loaded: a lone text becomes three words. */
static void check_load(const uint8_t *data, size_t size)
{
	auto_free char *path = xasprintf("%s/job.yaml", fuzz_scratch()->path);
	struct jobspec spec;
	struct err err = { "" };

	must(fuzz_put("job.yaml", data, size));
	jobspec_init(&spec);
	if (jobspec_load(path, &spec, &err) == 0) {
		check_spec(&spec);
		must(!spec.command.n || *spec.command.v[0]);
	} else {
		must(strstr(err.text, "job.yaml"));
	}
	jobspec_done(&spec);
}

static void check_options(const char *text)
{
	struct jobspec spec;
	struct err err = { "" };

	jobspec_init(&spec);
	if (jobspec_add_check(&spec, text, &err) == 0) {
		const struct jobspec_check *c = spec.checks.v;
		auto_free char *again = xasprintf("%s=%s", c->name, c->run);

		check_name(c->name);
		must(!strcmp(again, text) && c->option);
	}
	if (jobspec_set_agent(&spec, text, &err) == 0) {
		const char *version = spec.agent.version;
		auto_free char *again = xasprintf(
			"%s%s%s", spec.agent.name, version ? "@" : "", version ? version : "");

		check_name(spec.agent.name);
		must(!strcmp(again, text));
	}
	jobspec_done(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);

	check_file(data, size);
	check_load(data, size);
	check_options(text);
	return 0;
}
