#include "runner/command.h"

extern const struct command cmd_init, cmd_run, cmd_sandbox, cmd_show, cmd_diff, cmd_jobs,
	cmd_policy_check, cmd_policy_match, cmd_policy_schema, cmd_audit_verify, cmd_audit_list,
	cmd_audit_show, cmd_profile_list, cmd_profile_show, cmd_profile_check, cmd_doctor,
	cmd_completion;

const struct command *const commands[] = {
	&cmd_run,
	&cmd_show,
	&cmd_diff,
	&cmd_jobs,
	&cmd_sandbox,
	&cmd_policy_check,
	&cmd_policy_match,
	&cmd_policy_schema,
	&cmd_audit_verify,
	&cmd_audit_list,
	&cmd_audit_show,
	&cmd_profile_list,
	&cmd_profile_show,
	&cmd_profile_check,
	&cmd_init,
	&cmd_doctor,
	&cmd_completion,
};

const size_t n_commands = ARRAY_SIZE(commands);
