# crunch: build, test, install. `make help` lists the targets.
#
# Each flavour (release, test, asan, ubsan, tsan) has its own object folder, build/FLAVOUR, and each
# folder remembers its flags: change CC, CFLAGS or a definition here and what depends on it is
# built again. No -m flag is given, so the program runs on every CPU of its kind; the vector code
# asks for its instructions function by function and is chosen when the program starts.

FLAVOUR  ?= release
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O3 -g
PYTHON   ?= python3
VERSION  := 0.1.0

OUT      := build/$(FLAVOUR)
SRC      := $(sort $(wildcard io/*.c io/simd/*.c core/*.c core/simd/*.c cmd/*.c))
OBJ      := $(SRC:%.c=$(OUT)/%.o)
LIB      := $(OUT)/libcrunch.a
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ := $(UNIT_SRC:%.c=$(OUT)/%.o)

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wundef -Wvla -Wmissing-prototypes -Wstrict-prototypes
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DCRUNCH_VERSION='"$(VERSION)"' $(WARN) -ffp-contract=off \
             -fno-math-errno -I. $(PARTS_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(FLAVOUR_CFLAGS)
LIBS     := -lcsv -lmpfr -lgmp -lzstd -lpcre2-8 -lm -pthread

# Libraries that are used where pkg-config finds them: variable word, name there. WITHOUT="isal zlib"
# builds as if they were not here. gzip is read by libisal, else by zlib, else refused; URLs are
# fetched by libcurl, else refused.
WITHOUT  ?=
OPTIONAL := ISAL:libisal ZLIB:zlib URING:liburing CURL:libcurl
found     = $(shell pkg-config --exists $(1) 2>/dev/null && echo yes)
lower     = $(shell echo $(1) | tr A-Z a-z)
wanted    = $(if $(filter $(call lower,$(1)),$(WITHOUT)),,$(call found,$(2)))
define use_if_there
ifeq (yes,$(call wanted,$(1),$(2)))
PARTS_CFLAGS += -DCRUNCH_WITH_$(1) $(shell pkg-config --cflags $(2))
LIBS += $(if $(filter CURL,$(1)),-ldl,$(shell pkg-config --libs $(2)))
endif
endef
# libcurl is loaded when a URL is asked for (io/curl_calls.h), not linked.
$(foreach part,$(OPTIONAL),$(eval $(call use_if_there,$(word 1,$(subst :, ,$(part))),$(word 2,$(subst :, ,$(part))))))

# clang with gcc's libgomp would run one thread and say nothing; it needs its own library.
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
OPENMP   := -fopenmp=libomp
else
OPENMP   := -fopenmp
# gcc says that ThreadSanitizer does not see fences; the two there are only make it more careful.
TSAN_WARN := -Wno-tsan
endif

FLAVOUR_CFLAGS_test  := -DCRUNCH_FAULTS
FLAVOUR_CFLAGS_asan  := -DCRUNCH_FAULTS -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAVOUR_CFLAGS_ubsan := -DCRUNCH_FAULTS -O1 -fsanitize=undefined -fno-sanitize-recover=all
FLAVOUR_CFLAGS_tsan  := -DCRUNCH_FAULTS -O1 -fsanitize=thread $(TSAN_WARN)
FLAVOUR_CFLAGS_libfuzzer := -DCRUNCH_LIBFUZZER -O1 -fsanitize=fuzzer-no-link,address
FLAVOUR_CFLAGS       := $(FLAVOUR_CFLAGS_$(FLAVOUR))

# Commands are shown in short; V= shows them whole.
V   := @
say  = $(if $(V),@printf '  %-2s  %s\n' $(1) $@)

# --- the program -----------------------------------------------------------------------------------

#: make              the program, ./crunch
all: $(OUT)/crunch
	@[ $(FLAVOUR) != release ] || ln -sf $(OUT)/crunch crunch

$(OUT)/crunch: $(OUT)/cmd/main.o $(LIB)
	$(call say,LD)
	$(V)$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $(filter %.o %.a,$^) $(LDFLAGS) $(LIBS)

$(LIB): $(filter-out $(OUT)/cmd/main.o,$(OBJ)) $(OUT)/sources
	$(call say,AR)
	@rm -f $@
	$(V)$(AR) rcs $@ $(filter %.o,$^)

$(OUT)/core/backend_omp.o: OMP_CFLAGS := $(OPENMP)

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(V)$(CC) $(ALL_CFLAGS) $(OMP_CFLAGS) -MMD -MP -c -o $@ $<

# Files that change only when what they remember does.
remember = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || \
           printf '%s\n' '$(subst ','\'',$(1))' >$@
$(OUT)/flags: FORCE
	$(call remember,$(CC) $(ALL_CFLAGS) $(OPENMP) $(LDFLAGS) $(LIBS))
$(OUT)/sources: FORCE
	$(call remember,$(SRC) $(UNIT_SRC))

# --- tests -----------------------------------------------------------------------------------------

# Unit tests with criterion, each test in a process of its own.
$(OUT)/unit: $(UNIT_OBJ) $(LIB)
	$(call say,LD)
	$(V)$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $(filter %.o %.a,$^) $(LDFLAGS) -lcriterion $(LIBS)

# The same tests in one process without criterion: it cannot run under ThreadSanitizer, and its
# forked tests hide leaks from AddressSanitizer.
PLAIN_OBJ := $(UNIT_SRC:%.c=$(OUT)/plain/%.o) $(OUT)/plain/tests/support/plain/runner.o
$(OUT)/plain/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(V)$(CC) -Itests/support/plain $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(OUT)/unit-plain: $(PLAIN_OBJ) $(LIB)
	$(call say,LD)
	$(V)$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $(filter %.o %.a,$^) $(LDFLAGS) $(LIBS)

#: make unit         the unit tests (FLAVOUR=... for another build of them)
unit: $(OUT)/unit
	$(OUT)/unit

unit-programs: $(OUT)/unit
plain-programs: all $(OUT)/unit-plain

QUIET   = --no-print-directory
SUITE   = CRUNCH=$(CURDIR)/build/$(1)/crunch CRUNCH_FAULTY=$(CURDIR)/build/$(2)/crunch \
          UNIT=$(CURDIR)/build/$(1)/$(3) $(PYTHON) tests/support/suite.py

# Random input through the whole core in one process; `make libfuzzer` is the same, led by coverage
# (clang): build/libfuzzer/differential SEEDS
$(OUT)/differential: $(OUT)/tests/fuzz/differential.o $(LIB)
	$(call say,LD)
	$(V)$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $(filter %.o %.a,$^) $(LDFLAGS) $(LIBS)
differential: $(OUT)/differential
libfuzzer:
	@$(MAKE) $(QUIET) CC=clang FLAVOUR=libfuzzer differential LDFLAGS=-fsanitize=fuzzer

# The programs that the end-to-end tests run: as shipped, and with faults that can be asked for.
programs:
	@$(MAKE) $(QUIET) FLAVOUR=release all differential
	@$(MAKE) $(QUIET) FLAVOUR=test all

#: make test         installs what is missing, runs every test, ends with "N passed, N failed"
test:
	@sh tests/support/deps.sh test
	@$(MAKE) $(QUIET) programs
	@$(MAKE) $(QUIET) FLAVOUR=release unit-programs
	@$(call SUITE,release,test,unit) unit readme cli matrix fuzz expressions

#: make cli          the command line tests alone (TESTS="name ..." for some of them)
#: make matrix       every end-to-end case over the full product of ways to run it
#: make fuzz         random input and expressions against references, FUZZ_SECONDS long each
#: make stress       workers killed at random moments, hundreds of times
cli: programs
	@$(call SUITE,release,test,unit) cli
matrix: programs
	@$(call SUITE,release,test,unit) matrix-full
fuzz: programs
	@$(call SUITE,release,test,unit) fuzz-long expressions-long
stress: programs
	@$(call SUITE,release,test,unit) stress

#: make asan         the suite under AddressSanitizer and UBSan at once; also ubsan, tsan
asan ubsan tsan:
	@sh tests/support/deps.sh test
	@$(MAKE) $(QUIET) FLAVOUR=$@ plain-programs
	@$(call SUITE,$@,$@,unit-plain) --sanitizer $@ unit cli matrix

#: make without      builds without the libraries that are optional, and tests that
without:
	@sh tests/support/without.sh

#: make layers       fails on an include that breaks the layers
layers:
	@sh tests/support/layers.sh

# --- showing, measuring ----------------------------------------------------------------------------

#: make demo         installs what is missing, builds, and shows the main job on a real-size file
demo:
	@sh tests/support/deps.sh build
	@$(MAKE) $(QUIET) FLAVOUR=release all build/bench/gen
	@sh tests/support/demo.sh

#: make bench        crunch against other tools (SIZE=, JOBS=, ROUNDS=); bench-peers installs those
-include tests/bench/bench.mk

# --- installing ------------------------------------------------------------------------------------

BINDIR  = $(DESTDIR)$(PREFIX)/bin
DATADIR = $(DESTDIR)$(PREFIX)/share
# installed file below share/, and the arguments with which the program itself prints it
SHARED  = man/man1/crunch.1:man \
          bash-completion/completions/crunch:completions:bash \
          zsh/site-functions/_crunch:completions:zsh \
          fish/vendor_completions.d/crunch.fish:completions:fish

#: make install      program, man page and completions (PREFIX=/usr/local DESTDIR=); uninstall
install: all
	install -d $(BINDIR)
	install -m 755 $(OUT)/crunch $(BINDIR)/crunch
	@set -e; for item in $(SHARED); do \
	    file="$(DATADIR)/$${item%%:*}"; words=$$(echo "$${item#*:}" | tr : ' '); \
	    install -d "$$(dirname "$$file")"; \
	    echo "$(OUT)/crunch $$words >$$file"; $(OUT)/crunch $$words >"$$file"; chmod 644 "$$file"; \
	done
uninstall:
	rm -f $(BINDIR)/crunch $(foreach item,$(SHARED),$(DATADIR)/$(firstword $(subst :, ,$(item))))

# --- keeping house ---------------------------------------------------------------------------------

SOURCES = $(shell git ls-files '*.c' '*.h')

#: make format       lays the sources out by .clang-format; format-check only says what differs
format:
	clang-format -i $(SOURCES)
format-check:
	clang-format --dry-run -Werror $(SOURCES)

#: make clean        removes what was built
clean:
	rm -rf build crunch

#: make help         this list; FLAVOUR=release|test|asan|ubsan|tsan, CC=, CFLAGS= for every build
help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

FORCE:
.PHONY: all differential libfuzzer programs unit unit-programs plain-programs test cli matrix fuzz stress asan ubsan tsan \
        without layers demo install uninstall format format-check clean help FORCE
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(PLAIN_OBJ:.o=.d)
