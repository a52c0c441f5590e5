# The benchmark: its own small programs, its data and its peers live under build/, never in the tree.
# JOBS="wide_sum ..." ROUNDS=9 SIZE=1 PEERS=duckdb,polars (or none) choose; SIZE=1 is what the README shows.

BENCH     := build/bench
PEER_DIR  := build/peers
BENCH_BIN := $(addprefix $(BENCH)/,gen floor exact exact_groups doubles launch)
SIZE      ?= 0.1
ROUNDS    ?= 5
JOBS      ?=
PEERS     ?=

$(BENCH)/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O3 -g -pthread -o $@ $< $(BENCH_LIBS)
$(BENCH)/exact $(BENCH)/exact_groups: BENCH_LIBS := -lcsv -lgmp
$(BENCH)/doubles: BENCH_LIBS := -lgmp -lm

bench-programs: $(BENCH_BIN)
.PHONY: bench-programs

# Quick by default; the figures of the README are those of SIZE=1 on a machine that does nothing else.
bench: all bench-check
	@CRUNCH=$(CURDIR)/$(OUT)/crunch BENCH_DIR=$(CURDIR)/$(BENCH) BENCH_PEER_DIR=$(CURDIR)/$(PEER_DIR) \
	    $(PYTHON) tests/bench/run.py --size $(SIZE) --rounds $(ROUNDS) --jobs "$(JOBS)" --peers "$(PEERS)"

# What the figures rest on: generator, exact answers, verdicts.
bench-check: bench-programs
	@BENCH_DIR=$(CURDIR)/$(BENCH) $(PYTHON) tests/bench/check.py -q

bench-peers:
	@sh tests/bench/peers/install.sh $(PEER_DIR)
.PHONY: bench bench-check bench-peers

# The fast path alone, on bytes in the cache: build/bench/micro [-d C] FILE LEVEL [COLUMN...], LEVEL 0 plain C,
# 1 AVX2, 2 AVX-512.
bench-micro: all
	@mkdir -p $(BENCH)
	$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O3 -g -I. -o $(BENCH)/micro tests/bench/micro.c $(LIB) $(LIBS)
.PHONY: bench-micro
