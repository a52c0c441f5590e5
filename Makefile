# crunch: build, test and install.
#
#   make            the program, ./crunch (build/release/crunch)
#   make unit       the unit tests
#   make layers     checks the include rule of the folders
#   make FLAVOUR=x  release | test (fault injection) | asan | ubsan | tsan; each has its own object folder

CC       ?= cc
FLAVOUR  ?= release
PREFIX   ?= /usr/local
VERSION  := 0.1.0

OUT      := build/$(FLAVOUR)
SRC      := $(wildcard io/*.c io/simd/*.c core/*.c core/simd/*.c cmd/*.c)
OBJ      := $(SRC:%.c=$(OUT)/%.o)
LIB      := $(OUT)/libcrunch.a
UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT_OBJ := $(UNIT_SRC:%.c=$(OUT)/%.o)

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wundef -Wvla -Wmissing-prototypes -Wstrict-prototypes
CFLAGS   ?= -O3 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DCRUNCH_VERSION='"$(VERSION)"' $(WARN) -ffp-contract=off -fno-math-errno \
             -I. $(CFLAGS) $(FLAVOUR_CFLAGS) -MMD -MP
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
OPENMP   := -fopenmp=libomp
else
OPENMP   := -fopenmp
endif
LIBS     := -lcsv -lgmp -lzstd -lm -pthread

FLAVOUR_CFLAGS_release :=
FLAVOUR_CFLAGS_test    := -DCRUNCH_FAULTS
FLAVOUR_CFLAGS_asan    := -DCRUNCH_FAULTS -O1 -fsanitize=address -fno-omit-frame-pointer
FLAVOUR_CFLAGS_ubsan   := -DCRUNCH_FAULTS -O1 -fsanitize=undefined -fno-sanitize-recover=all
FLAVOUR_CFLAGS_tsan    := -DCRUNCH_FAULTS -O1 -fsanitize=thread
FLAVOUR_CFLAGS := $(FLAVOUR_CFLAGS_$(FLAVOUR))

all: $(OUT)/crunch
	@[ $(FLAVOUR) != release ] || ln -sf $(OUT)/crunch crunch

$(OUT)/crunch: $(OUT)/cmd/main.o $(LIB)
	$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $^ $(LDFLAGS) $(LIBS)

$(LIB): $(filter-out $(OUT)/cmd/main.o,$(OBJ))
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/core/backend_omp.o: ALL_CFLAGS += $(OPENMP)

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(OUT)/unit: $(UNIT_OBJ) $(LIB)
	$(CC) $(ALL_CFLAGS) $(OPENMP) -o $@ $^ $(LDFLAGS) -lcriterion $(LIBS)

unit: $(OUT)/unit
	$(OUT)/unit

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

clean:
	rm -rf build crunch

.PHONY: all unit format clean
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(UNIT_OBJ:.o=.d)
