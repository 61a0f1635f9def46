#include "audit/cmd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/io.h"

int cmd_fail(const struct err *err)
{
	fprintf(stderr, "remit-log: %s\n", err->text);
	return CMD_FAILED;
}

void cmd_boot(char out[CMD_BOOT])
{
	auto_buf struct buf text = BUF_INIT;

	*out = '\0';
	if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", CMD_BOOT - 1, &text, NULL) < 0)
		return;
	buf_truncate(&text, strcspn(buf_str(&text), "\n"));
	memcpy(out, buf_str(&text), text.len + 1);
}

int cmd_hide_memory(void)
{
	struct err err;

	if (prctl(PR_SET_DUMPABLE, 0) == 0)
		return CMD_GOOD;
	err_set(&err, -errno, "hide our memory from other processes");
	return cmd_fail(&err);
}
