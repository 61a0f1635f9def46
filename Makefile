# remit: a few programs, a link line for each. What a program is trusted with is what it links.

MODE ?= opt
B := build/$(MODE)
PREFIX ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif

CPPFLAGS += -D_GNU_SOURCE -I. -I$(B)/gen
WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wno-format-nonliteral -Wundef
CFLAGS_opt := -O2 -g -D_FORTIFY_SOURCE=2
# The build in which tests can switch one mechanism off; it is never installed.
CFLAGS_weak := $(CFLAGS_opt) -DREMIT_TEST_WEAKEN
CFLAGS_san := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS += -std=gnu17 $(WARN) $(CFLAGS_$(MODE)) -fstack-protector-strong -fPIE -fno-strict-aliasing \
	-ffunction-sections -fdata-sections
LDFLAGS_san := -fsanitize=address,undefined
LDFLAGS += $(LDFLAGS_$(MODE)) -Wl,-z,relro,-z,now -Wl,--gc-sections

# Programs are static where loading libraries would cost more than using them; sanitizers want them shared.
static-pie := $(if $(filter san,$(MODE)),-pie,-static-pie)

# The bare cage, `remit sandbox`, runs in the process that was started: a second one would cost more than the cage.
remit_DIRS := runner policy repo
remit_ARCHIVES := $(B)/libsandbox.a $(B)/libaudit.a
remit_LIBS := -lgit2 -lpcre2-8 -lz -lmbedcrypto -ljansson -lyaml -lutf8proc -lcrypto -lsodium -lseccomp
remit_LDFLAGS := $(static-pie)

remit-sandbox_DIRS := sandbox
remit-sandbox_LIBS := -lseccomp -ljansson
remit-sandbox_LDFLAGS := $(static-pie)

remit-log_DIRS := audit
remit-log_LIBS := -lcrypto -lsodium
remit-log_LDFLAGS := $(static-pie)

remit-gate_DIRS := gate
remit-gate_LIBS := -ljansson -lssl -lcrypto
remit-gate_LDFLAGS := $(static-pie)

# The host's resolver loads what it needs.
remit-resolve_DIRS := resolve
remit-resolve_LIBS :=
remit-resolve_LDFLAGS := -pie

# libcurl can't be linked statically as Debian has it. What the gate waits and looks up with is the same here.
remit-credential_DIRS := credential
remit-credential_ARCHIVES := $(patsubst %,$(B)/gate/%.o,leave lookup loop)
remit-credential_LIBS := -lmicrohttpd -lcurl -lssl -lcrypto -ljansson
remit-credential_LDFLAGS := -pie

PROGRAMS := remit remit-sandbox remit-log remit-gate remit-resolve remit-credential
FOLDERS := base policy repo sandbox gate resolve credential audit runner

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
BASE := $(B)/libbase.a
archived = $(filter-out %/main.o,$(call objects,$(1)))

all: $(PROGRAMS:%=$(B)/%) compile_commands.json

$(BASE): $(call objects,base)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/libsandbox.a: $(call archived,sandbox)
$(B)/libaudit.a: $(call archived,audit)
$(B)/libsandbox.a $(B)/libaudit.a:
	@rm -f $@
	$(Q)ar rcs $@ $^

define program
$(B)/$(1): $$(foreach d,$$($(1)_DIRS),$$(call objects,$$(d))) $$($(1)_ARCHIVES) $(BASE)
	$$(Q)$$(CC) $$(CFLAGS) $$($(1)_LDFLAGS) $$(LDFLAGS) -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# make V=1 shows the commands.
Q := $(if $(V),,@)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(foreach f,$(FOLDERS) tests/unit,$(patsubst %.c,$(B)/%.d,$(wildcard $(f)/*.c)))

include tests/check.mk

compile_commands.json: Makefile $(wildcard $(FOLDERS:%=%/*.c))
	@tests/lint/compile-commands '$(CC) $(CPPFLAGS) $(CFLAGS)' $(wildcard $(FOLDERS:%=%/*.c)) > $@

deps:
	@tests/deps build

run: deps
	@$(MAKE) --no-print-directory all
	@tests/demo

bench: deps
	@tests/deps check
	@$(MAKE) --no-print-directory all
	@tests/bench/run

install: all
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(B)/remit
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/libexec/remit $(filter-out %/remit,$(PROGRAMS:%=$(B)/%))
	cd profiles && find . -type f -exec install -D -m 0644 {} \
		$(abspath $(DESTDIR)$(PREFIX))/share/remit/profiles/{} \;

clean:
	rm -rf build compile_commands.json

.PHONY: all deps run bench install clean
.DEFAULT_GOAL := all
