/*
 * abi.c int80|elf32|x32: calls by other doors than the native one, for which other numbers hold, so that a
 * filter that looks at numbers alone would let through what it does not mean.
 */
#include <elf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { X32_BIT = 0x40000000, GETPID_32 = 20, BASE = 0x10000 };

/* getpid by the 32-bit table. */
static int by_int80(void)
{
	long r = -1;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(GETPID_32)
			 : "memory", "r8", "r9", "r10", "r11");
	return r == getpid() ? 0 : 2;
}

/* A program of 32 bits: _exit(0) by its own door. */
static int by_program(void)
{
	static const unsigned char code[] = { 0x31, 0xdb, /* xor ebx, ebx */
		0x31, 0xc0, 0x40, /* xor eax, eax; inc eax */
		0xcd, 0x80, /* int 0x80 */
		0xf4 };
	struct {
		Elf32_Ehdr head;
		Elf32_Phdr segment;
		unsigned char code[sizeof(code)];
	} program = {
		.head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
				  EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_version = EV_CURRENT,
			.e_entry = BASE + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
			.e_phoff = sizeof(Elf32_Ehdr),
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			.p_vaddr = BASE,
			.p_paddr = BASE,
			.p_filesz = sizeof(program),
			.p_memsz = sizeof(program),
			.p_flags = PF_R | PF_X,
			.p_align = 4096 },
	};
	char *argv[] = { "32-bit", NULL };
	int fd = memfd_create("32-bit", 0);

	memcpy(program.code, code, sizeof(code));
	if (fd < 0 || write(fd, &program, sizeof(program)) != sizeof(program))
		return 2;
	fexecve(fd, argv, argv + 1);
	return errno == ENOEXEC ? 4 : 2;
}

/* The filter ends who tries; a kernel without these calls knows no such number. */
static int by_x32(void)
{
	if (syscall(X32_BIT | SYS_getppid) >= 0)
		return 0;
	return errno == ENOSYS ? 4 : 2;
}

static const struct {
	const char *name;
	int (*try)(void);
} doors[] = { { "int80", by_int80 }, { "elf32", by_program }, { "x32", by_x32 } };

static int in_child(int (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try());
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		broken("fork");
	return status;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(doors) / sizeof(*doors); i++) {
		int status;

		if (strcmp(doors[i].name, argv[1]) != 0)
			continue;
		status = in_child(doors[i].try);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			held("%s: SIGSYS", argv[1]);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			escaped("%s", argv[1]);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
			untried("this kernel has no such calls");
		broken("%s: status %x", argv[1], status);
	}
	broken("unknown door");
}
