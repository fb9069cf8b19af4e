# What make can do here: README.md, section "Build". Objects go to build/$(VARIANT)/.
VARIANT ?= release
CC ?= cc
B := build/$(VARIANT)

WARN := -Wall -Wextra -Werror -Wshadow -Wcast-qual -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wredundant-decls -Wundef -Wvla -Wwrite-strings \
	-fno-common -fno-strict-aliasing
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread
CFLAGS := -std=c11 -D_GNU_SOURCE -I. $(WARN) $(FLAGS_$(VARIANT)) -MMD -MP -pthread
LDFLAGS := $(filter -fsanitize=%,$(FLAGS_$(VARIANT))) -pthread

STORAGE := $(wildcard storage/*.c)
LINK := $(wildcard core/link/*.c)
CTL := $(wildcard core/ctl/*.c)
CORE := $(filter-out core/batchd.c core/batchctl.c $(CTL),$(wildcard core/*.c core/*/*.c))
FCGI := $(wildcard fcgi/*.c)
# what the responder and batchctl need of storage/: no database
BASE := $(addprefix storage/,error.c arena.c base64.c buffer.c log.c clock.c uuid.c utf8.c)

obj = $(patsubst %.c,$(B)/%.o,$(1))

PROGRAMS := $(B)/batchd $(B)/batchctl $(B)/batch.fcgi

all: packages $(PROGRAMS)

$(B)/batchd: $(call obj,core/batchd.c $(CORE) $(STORAGE))
	$(CC) $(LDFLAGS) -o $@ $^ -ldb-5.3 -lyajl -lexpat -lz -lm

$(B)/batchctl: $(call obj,core/batchctl.c $(CTL) core/config.c core/json/date.c core/json/writer.c $(LINK) $(STORAGE))
	$(CC) $(LDFLAGS) -o $@ $^ -ldb-5.3 -ljson-c -lcrypt -lm

$(B)/batch.fcgi: $(call obj,$(FCGI) core/config.c $(LINK) $(BASE))
	$(CC) $(LDFLAGS) -o $@ $^ -lyajl -lcrypt -lz

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

include tests/rules.mk
-include $(shell find $(B) -name '*.d' 2>/dev/null)
