# Attacks need the build in which a mechanism can be switched off, and programs that try what a shell can't.
# Both are the same for every MODE.

WEAK := build/weak
PROBES := $(patsubst tests/escape/%.c,$(WEAK)/escape/%,$(wildcard tests/escape/*.c))

# Static: a cage shows them where no library need be.
$(WEAK)/escape/%: tests/escape/%.c tests/escape/probe.h tests/escape/escape.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=gnu17 $(WARN) -O2 -static -pthread -o $@ $<

weak: $(PROBES)
	@$(QUIET) MODE=weak B=$(WEAK) $(PROGRAMS:%=$(WEAK)/%)

.PHONY: weak
