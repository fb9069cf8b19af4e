# Tests and tools; included by the Makefile. What they do: README.md, section "Tests".
.PHONY: packages run test soak unit conformance clients crash bench yardsticks fuzz asan tsan layers format lint

PORT ?= 8080
export PORT

# Nothing is compiled before there is a compiler.
packages:
	@tests/packages/install run

$(call obj,$(wildcard core/*.c core/*/*.c fcgi/*.c storage/*.c)): | packages

run: all
	@conf/run.sh

test:
	@tests/packages/install run test
	@tests/run

soak:
	@tests/packages/install run test
	@tests/run --soak

# Unit tests: a program for each tests/**/test_*.c, linked with its layer and those below it.
# Other .c files beside them are helpers of that layer's tests.
TEST_LIBS := -lcmocka -ldb-5.3 -lyajl -lexpat -ljson-c -lcrypt -lz -lm
TEST_DIRS := storage core fcgi
test_sources = $(wildcard tests/$(1)/test_*.c tests/$(1)/*/test_*.c)
test_helpers = $(filter-out $(call test_sources,$(1)),$(wildcard tests/$(1)/*.c))
TESTS := $(foreach d,$(TEST_DIRS),$(patsubst %.c,$(B)/%,$(call test_sources,$(d))))
# FCGI's main is where main() is defined
FCGI_PARTS := $(filter-out fcgi/main.c,$(FCGI))

$(B)/tests/storage/%: $(B)/tests/storage/%.o $(call obj,$(call test_helpers,storage) $(STORAGE))
	$(CC) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(B)/tests/core/%: $(B)/tests/core/%.o $(call obj,$(call test_helpers,core) $(CORE) $(STORAGE))
	$(CC) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(B)/tests/fcgi/%: $(B)/tests/fcgi/%.o $(call obj,$(call test_helpers,fcgi) $(FCGI_PARTS) $(CORE) $(STORAGE))
	$(CC) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)

# objects are kept, or make would take them for intermediate files
.SECONDARY:

unit: $(TESTS)
	@tests/unit $^

asan tsan:
	@$(MAKE) --no-print-directory VARIANT=$@ unit

conformance: all
	@BATCHD_BUILD=$(B) PORT=8180 tests/conformance/run

# Clients from PyPI and npm: the registries are asked only here
clients: all
	@tests/packages/install run clients
	@BATCHD_BUILD=$(B) tests/clients/run

KILLS ?= 20
crash: all
	@BATCHD_BUILD=$(B) tests/crash/crash.py --kills $(KILLS)
	@BATCHD_BUILD=$(B) tests/crash/retention.py --kills $(KILLS)
	@BATCHD_BUILD=$(B) tests/crash/engine.py --kills $(KILLS)

# Fuzzers: a program for each tests/fuzz/fuzz_*.c, built by clang with everything but the mains.
FUZZERS := $(patsubst %.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
# null with a size of 0 is no fault worth a report
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize=pointer-overflow,nonnull-attribute -fno-sanitize-recover=all
FUZZ_SECONDS ?= 5
fuzz_obj = $(patsubst %.c,build/fuzz/%.o,$(1))

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	clang -std=c11 -D_GNU_SOURCE -I. -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link \
		$(FUZZ_FLAGS) -MMD -MP -pthread -c -o $@ $<

build/fuzz/tests/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o \
		$(call fuzz_obj,$(FCGI_PARTS) $(CORE) $(STORAGE))
	clang -fsanitize=fuzzer $(FUZZ_FLAGS) -pthread -o $@ $^ $(filter-out -lcmocka,$(TEST_LIBS))

-include $(shell find build/fuzz -name '*.d' 2>/dev/null)

fuzz: $(FUZZERS)
	@tests/fuzz/run $(FUZZ_SECONDS) $^

# Preloaded by tests/e2e/disk_full.py and tests/crash/kills.py.
build/release/tests/%.so: tests/%.c tests/preload.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -I. -O1 -g $(WARN) -fPIC -shared -pthread -o $@ $< -ldl

# Bench: yardsticks beside the product, in C.
BENCH := $(patsubst %.c,build/release/%,$(wildcard tests/bench/*.c))
build/release/tests/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h) | packages
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -I. -O2 -g $(WARN) -pthread -o $@ $< -ldb-5.3 -lfcgi

# what looks into the product itself
build/release/tests/bench/due: build/release/tests/bench/due.o $(patsubst %.c,build/release/%.o,$(CORE) $(STORAGE))
	$(CC) -pthread -o $@ $^ $(filter-out -lcmocka,$(TEST_LIBS))

# its programs alone: the tests build them, so that they stay buildable
yardsticks: $(BENCH)

bench: all yardsticks
	@tests/packages/install run bench
	@tests/bench/bench.py $(BENCH_ARGS)

SOURCES := $(shell find core fcgi storage tests -name '*.[ch]')

layers:
	@tests/layers

format:
	@clang-format --dry-run -Werror $(SOURCES)

lint:
	@tests/lint

# Programs, manual pages and a configuration to start from; DESTDIR for packagers.
PREFIX ?= /usr/local
.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(DESTDIR)/etc/batchd
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 conf/batchctl.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 conf/batch.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 conf/batchd.8 $(DESTDIR)$(PREFIX)/share/man/man8
	test -e $(DESTDIR)/etc/batchd/batch.conf || install -m 644 conf/batch.conf $(DESTDIR)/etc/batchd
