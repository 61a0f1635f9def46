# Tests: unit tests are C programs, the rest are scripts that print TAP. One prove runs them all.

JOBS ?= $(shell nproc)
QUIET := $(MAKE) --no-print-directory --silent -j$(JOBS)

UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
# Unit tests link the folder that they test; main.c of a program is never part of them.
UNIT_OBJS := $(filter-out %/main.o,$(foreach d,policy repo audit sandbox gate runner,$(call objects,$(d)))) \
	$(B)/credential/head.o $(B)/credential/queue.o \
	$(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
UNIT_LIBS := $(if $(filter san,$(MODE)),-lssl $(remit_LIBS),-Wl,-Bstatic -lssl $(remit_LIBS) -Wl,-Bdynamic) -lcmocka

# Members of one name in two folders must both be in: q adds, r would replace.
$(B)/libunit.a: $(UNIT_OBJS)
	@rm -f $@
	ar qcs $@ $^

$(B)/tests/test_%: $(B)/tests/unit/test_%.o $(B)/libunit.a $(BASE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

include tests/fuzz/fuzz.mk
include tests/escape/escape.mk

units: $(UNIT)

unit: units
	@prove --quiet --exec tests/unit/tap $(UNIT)

# The short run of the fuzzers does not depend on MODE: once is enough.
check:
	@tests/deps check
	@$(QUIET) all units weak
ifeq ($(MODE),opt)
	@if command -v $(FUZZ_CC) >/dev/null; then $(QUIET) fuzzers && tests/fuzz/run $(FUZZ_B) 2 $(FUZZERS); \
	else echo "fuzzers not run: there is no $(FUZZ_CC)"; fi
endif
	@JOBS=$(JOBS) tests/prove $(B) $(WEAK)

lint:
	@tests/deps check
	@$(QUIET) all
	@tests/lint/run $(B) $(CPPFLAGS) -std=gnu17 $(WARN)
	@prove --QUIET --exec '' tests/lint/selftest

.PHONY: check lint unit units
.SECONDARY:
