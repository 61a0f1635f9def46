#include "repo/name.h"

#include <ctype.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "repo/git.h"

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if (*s & 0x80)
			return false;
	return true;
}

static char *fold_ascii(const char *name)
{
	char *folded = xstrdup(name);

	for (char *p = folded; *p; p++)
		if (!(*p & 0x80))
			*p = (char)tolower((unsigned char)*p);
	return folded;
}

char *name_fold(const char *name)
{
	utf8proc_uint8_t *mapped = NULL;
	char *folded;

	if (is_ascii(name))
		return fold_ascii(name);
	if (utf8proc_map((const utf8proc_uint8_t *)name, 0, &mapped,
		    UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
			    UTF8PROC_IGNORE) < 0)
		return fold_ascii(name);
	folded = xstrdup((const char *)mapped);
	free(mapped);
	return folded;
}

/*
 * What NTFS makes of one component of a folded name, in place: a colon begins the name of a stream,
 * dots and spaces at the end don't count. Control characters go, whoever may ignore them.
 */
static void reduce(char *component)
{
	size_t n = 0;

	component[strcspn(component, ":")] = '\0';
	for (const char *p = component; *p; p++)
		if (!iscntrl((unsigned char)*p))
			component[n++] = *p;
	while (n && (component[n - 1] == '.' || component[n - 1] == ' '))
		n--;
	component[n] = '\0';
}

/* prefix, then '~' and one digit: the short name that NTFS may give. */
static bool is_short(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(s, prefix, n) && s[n] == '~' && isdigit((unsigned char)s[n + 1]) &&
	       !s[n + 2];
}

/*
 * Where the plain short names are taken NTFS makes one of a hash: as many of its six digits as leave
 * room, in eight characters, for '~' and a number.
 */
static bool is_hashed(const char *s, const char *hash)
{
	size_t kept = strcspn(s, "~");

	return strlen(s) == 8 && kept <= 6 && !strncmp(s, hash, kept) && s[kept + 1] != '0' &&
	       strspn(s + kept + 1, "0123456789") == 7 - kept;
}

static bool is_git(const char *reduced)
{
	return !strcmp(reduced, ".git") || is_short(reduced, "git");
}

static bool is_modules(const char *reduced)
{
	return !strcmp(reduced, ".gitmodules") || is_short(reduced, "gitmod") ||
	       is_hashed(reduced, "gi7eba");
}

static bool is_parent(const char *component)
{
	return !strcmp(component, "..");
}

static bool is_own(const char *component, bool (*check)(const char *))
{
	auto_free char *reduced = xstrdup(component);

	reduce(reduced);
	return check(reduced);
}

/* True when any of the components that Windows sees in a name is one of those. */
static bool any_component(const char *name, bool (*check)(const char *))
{
	auto_free char *folded = name_fold(name);
	char *rest = folded;
	bool found = false;

	while (!found && rest) {
		char *component = strsep(&rest, "\\");

		found = check == is_parent ? is_parent(component) : is_own(component, check);
	}
	return found;
}

bool name_is_dot_git(const char *name)
{
	return any_component(name, is_git);
}

bool name_leads_up(const char *name)
{
	return strchr(name, '\\') && any_component(name, is_parent);
}

const char *name_refused(const char *name, uint32_t mode)
{
	if (!*name)
		return "an empty name";
	if (!strcmp(name, ".") || strchr(name, '/'))
		return "not a name of one file";
	if (any_component(name, is_parent))
		return "leads to the directory above";
	if (any_component(name, is_git))
		return "some systems read it as .git";
	if (!any_component(name, is_modules))
		return NULL;
	if (strcmp(name, ".gitmodules") != 0)
		return "some systems read it as .gitmodules";
	return mode_is(mode, GIT_FILEMODE_LINK) ? ".gitmodules must not be a symlink" : NULL;
}

static bool is_shown(const char *name)
{
	auto_buf struct buf safe = BUF_INIT;

	text_add_safe(&safe, name, strlen(name));
	return !strcmp(buf_str(&safe), name);
}

/* With whatever extension, and dots and spaces before that. */
static bool is_device(const char *name)
{
	static const char *const plain[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
	static const char *const numbered[] = { "com", "lpt" };
	size_t len = strcspn(name, ".:");

	while (len && name[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (len == strlen(plain[i]) && !strncasecmp(name, plain[i], len))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(numbered); i++)
		if (len == 4 && !strncasecmp(name, numbered[i], 3) && name[3] >= '1' &&
			name[3] <= '9')
			return true;
	return false;
}

const char *name_hostile_target(const char *target)
{
	if (!is_shown(target))
		return "not shown as it is";
	return strchr(target, '\\') ? "Windows takes the backslash for a separator" : NULL;
}

const char *name_hostile(const char *name)
{
	size_t len = strlen(name);
	const char *why = name_hostile_target(name);

	if (why)
		return why;
	if (len && strchr(". ", name[len - 1]))
		return "Windows drops dots and spaces at the end";
	return is_device(name) ? "Windows has a device of that name" : NULL;
}
