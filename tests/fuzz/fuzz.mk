# Fuzzing: one fuzzer a parser, tests/fuzz/fuzz_NAME.c, with its seeds in tests/fuzz/corpus/NAME/.
# Everything that a fuzzer reaches is built once more, with clang, coverage and sanitizers.

FUZZ_CC ?= clang
FUZZ_B ?= build/fuzz
FUZZ_SECONDS ?= 60
FUZZ_DIRS := base policy repo audit sandbox gate runner
FUZZ_CFLAGS := -std=gnu17 $(WARN) -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
	-fno-sanitize-recover=all
FUZZ_LIBS := -Wl,--as-needed -lssl $(filter-out -Wl%,$(remit_LIBS))

FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ_B)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJS := $(patsubst %.c,$(FUZZ_B)/%.o,$(filter-out %/main.c,$(wildcard $(FUZZ_DIRS:%=%/*.c)))) \
	$(FUZZ_B)/credential/head.o $(FUZZ_B)/tests/fuzz/kit.o $(FUZZ_B)/tests/fuzz/repo_kit.o $(FUZZ_B)/tests/fuzz/upper_kit.o

$(FUZZ_B)/%.o: %.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) -fsanitize=fuzzer-no-link,address,undefined $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_B)/libfuzzed.a: $(FUZZ_OBJS)
	@rm -f $@
	ar qcs $@ $^

$(FUZZ_B)/fuzz_%: $(FUZZ_B)/tests/fuzz/fuzz_%.o $(FUZZ_B)/libfuzzed.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(FUZZ_LIBS)

-include $(FUZZ_OBJS:.o=.d) $(FUZZERS:$(FUZZ_B)/%=$(FUZZ_B)/tests/fuzz/%.d)

fuzzers: $(FUZZERS)

# By hand: make fuzz FUZZ_SECONDS=600 FUZZ=doc
fuzz: fuzzers
	@tests/fuzz/run $(FUZZ_B) $(FUZZ_SECONDS) $(or $(FUZZ),$(FUZZERS))

.PHONY: fuzzers fuzz
