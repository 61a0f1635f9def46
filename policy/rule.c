#include "policy/rule.h"

#include <ctype.h>
#include <string.h>

int policy_check_id(const char *s, struct err *err)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	if (len && !s[len] && len <= POLICY_MAX_ID && !strchr("._-", *s))
		return 0;
	return err_say(err, -EINVAL,
		"'%s' is not a name: expected a-z, 0-9, '.', '_' and '-', a letter or digit first, at most %d",
		s, POLICY_MAX_ID);
}

int policy_check_text(const char *s, struct err *err)
{
	size_t len = strlen(s);

	if (!len || len > POLICY_MAX_TEXT)
		return err_say(
			err, -EINVAL, "expected 1 to %d bytes, found %zu", POLICY_MAX_TEXT, len);
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)s[i]))
			return err_say(
				err, -EINVAL, "expected one line without control characters");
	return 0;
}

static const struct bind_field approvals_fields[] = {
	{ .key = "from",
		.type = BIND_STRS,
		.flags = BIND_ONE_OR_MANY,
		.check = policy_check_id,
		.at = offsetof(struct approvals, from),
		.help = "A group or several, whose members may approve. Without it: anyone for `review`, any "
			"person for `human`." },
	{ .key = "count",
		.type = BIND_INT,
		.at = offsetof(struct approvals, count),
		.min = 1,
		.max = 100,
		.preset = 1,
		.help = "How many approvals; 1 if not stated." },
};
static BIND_TABLE(
	approvals_table, struct approvals, "approvals", approvals_fields, "Who has to approve.");

static const struct bind_field rule_fields[] = {
	{ .key = "id",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct rule, id),
		.check = policy_check_id,
		.help = "The rule's name in every reason; unique in the file." },
	{ .key = "when",
		.type = BIND_CUSTOM,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct rule, when),
		.custom = &when_custom,
		.help = "The conditions; all that are given must hold." },
	{ .key = "verdict",
		.type = BIND_ENUM,
		.at = offsetof(struct rule, verdict),
		.preset = RULE_NO_VERDICT,
		.names = verdict_names,
		.help = "What the rule says of what it matches. May be left out of a rule with `risk`." },
	{ .key = "approvals",
		.type = BIND_STRUCT,
		.at = offsetof(struct rule, approvals),
		.sub = &approvals_table,
		.help = "Whose approval this rule asks for; with `review` or `human`." },
	{ .key = "risk",
		.type = BIND_INT,
		.at = offsetof(struct rule, risk),
		.min = 1,
		.max = POLICY_MAX_POINTS,
		.help = "Points that the rule adds, once, when it matches anything." },
	{ .key = "because",
		.type = BIND_STR,
		.at = offsetof(struct rule, because),
		.check = policy_check_text,
		.help = "One line that tells people why." },
};
BIND_TABLE(rule_table, struct rule, "rule", rule_fields, "One rule.");

static const struct bind_field evidence_fields[] = {
	{ .key = "when",
		.type = BIND_CUSTOM,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct evidence, when),
		.custom = &when_custom,
		.help = "The conditions, as in a rule." },
	{ .key = "require",
		.type = BIND_STRS,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct evidence, require),
		.check = policy_check_id,
		.help = "Names of checks that must have run and passed." },
};
BIND_TABLE(evidence_table, struct evidence, "evidence", evidence_fields,
	"Checks that a change must bring.");
