/* file_caps NAME: makes a program that has every capability when it runs. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/escape/probe.h"

int main(int argc, char **argv)
{
	struct vfs_cap_data caps = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = ~0U }, { .permitted = ~0U } } };

	if (argc != 2 || open(argv[1], O_WRONLY | O_CREAT, 0755) < 0)
		broken("make the file");
	if (setxattr(argv[1], "security.capability", &caps, sizeof(caps), 0) < 0 &&
		errno == EOPNOTSUPP)
		untried("this file system keeps no capabilities");
	if (getxattr(argv[1], "security.capability", NULL, 0) <= 0)
		held_by_errno("setxattr");
	escaped("%s has capabilities", argv[1]);
}
