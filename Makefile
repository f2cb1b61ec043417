# retention: cohort retention, churn and repeat purchase for PostgreSQL
PG_CONFIG ?= pg_config

EXTENSION = retention
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" retention.control)

MODULE_big = retention
MODELS := $(wildcard src/core/model/*.c)
SOURCES := $(MODELS) $(wildcard src/common/*.c src/core/*.c src/core/product/*.c src/draw/*.c src/sql/*.c src/track/*.c src/scan/*.c src/module/*.c)
OBJS = $(SOURCES:.c=.o)

# The install script is joined from one module per topic, in the order of their numbers; what repeats in one is a
# template, see expand.awk.
SQL_MODULES := $(sort $(wildcard sql/install/*.sql))
EXPAND = awk -f sql/install/expand.awk sql/install/types.template
EXTENSION_SQL = sql/retention--$(EXTVERSION).sql

# So is the script that updates the version released last: from the modules that it did not have, and what has changed
# in those that it had. Of these it has the functions of ADDED_FUNCTIONS and, under other names, those of
# CHANGED_FUNCTIONS, which the script in sql/update copies into the old ones; all comments; and the aggregates of
# REPLACED_AGGREGATES, which replace what they were. The scripts of released versions are kept as they were installed;
# see docs/release.md.
RELEASED = 1.0
RELEASED_MODULES = 00-prologue 10-summary 20-retention_agg 30-rates 31-repeat_purchase 32-conditions 40-readers 54-sum 60-local_date 61-table_functions
ADDED_FUNCTIONS = retention_within
CHANGED_FUNCTIONS = cohorts periods retention_curve order_ladder cohort_retention customer_churn repeat_purchase retention_summaries
REPLACED_AGGREGATES = 20-retention_agg 54-sum
NEW_MODULES := $(filter-out $(RELEASED_MODULES:%=sql/install/%.sql),$(SQL_MODULES))
UPDATE_SQL = sql/retention--$(RELEASED)--$(EXTVERSION).sql

DATA = $(wildcard sql/released/*.sql)
DATA_built = $(EXTENSION_SQL) $(UPDATE_SQL)

REGRESS = $(sort $(patsubst sql/%.sql,%,$(filter-out sql/retention--%,$(wildcard sql/*.sql))))
REGRESS_OPTS = --inputdir=. --load-extension=retention
# Tests say themselves when something is folded.
installcheck: export PGOPTIONS := $(PGOPTIONS) -c retention.fold_by_itself=off

PG_CPPFLAGS = -Isrc -DRETENTION_VERSION='"$(EXTVERSION)"'
SHLIB_EXPORTS = src/exports.txt
# Of macOS, where PGXS keeps it for libraries that programs link with; elsewhere it is empty.
SHLIB_LINK = $(exported_symbols_list)
# No bitcode. From it the server's compiler copies functions into expressions, but not what those call in other files,
# which this library hides; and it has never been seen to inline one: the optimized modules of jit_dump_bitcode call them.
override with_llvm = no
# What the test build calls an error is about this code, not about the server's headers.
ifdef WERROR
PG_CFLAGS = -Wall -Wextra -Werror -isystem $(shell $(PG_CONFIG) --includedir-server)
endif

EXTRA_CLEAN = .built_for $(wildcard sql/retention--*.sql) $(SOURCES:.c=.d) results regression.diffs regression.out

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# What an older build installed has the functions of that build.
install: uninstall-bitcode
uninstall-bitcode:
	$(call uninstall_llvm_module,$(MODULE_big))

# Objects that were made for another server, or with another PROFILE, are made again: this one would refuse their library.
BUILT_FOR = { $(PG_CONFIG) --version --configure; echo '$(PROFILE)'; }
$(OBJS): .built_for Makefile
.built_for: always
	@$(BUILT_FOR) | cmp -s - $@ || $(BUILT_FOR) > $@

# For the version that the library tells.
src/module/module.o: retention.control

# PGXS of Debian does not track headers: have the compiler write them down.
override CFLAGS += -MMD -MP
# What the server has is called without a detour: its addresses are all known when the library has been loaded.
override CFLAGS += -fno-plt
-include $(SOURCES:.c=.d)
# A fit gives the same bits on machines that multiply and add at once, and a pair of products the same evidence both ways.
$(MODELS:.c=.o) src/core/product/evidence.o: override CFLAGS += -ffp-contract=off

$(EXTENSION_SQL): $(SQL_MODULES) sql/install/expand.awk sql/install/types.template retention.control Makefile
	$(EXPAND) $(SQL_MODULES) > $@

$(UPDATE_SQL): $(EXTENSION_SQL) sql/update/$(RELEASED)--$(EXTVERSION).sql sql/update/functions.awk
	{ sed -e 's/CREATE EXTENSION retention/ALTER EXTENSION retention UPDATE/' -e 's/CREATE EXTENSION$$/ALTER EXTENSION/' \
		sql/install/00-prologue.sql && $(EXPAND) $(NEW_MODULES) && \
		awk -v added='$(ADDED_FUNCTIONS)' -v changed='$(CHANGED_FUNCTIONS)' -f sql/update/functions.awk $(EXTENSION_SQL) && \
		cat sql/update/$(RELEASED)--$(EXTVERSION).sql && \
		$(EXPAND) $(RELEASED_MODULES:%=sql/install/%.sql) | sed -n '/^COMMENT ON/p' && \
		$(EXPAND) $(REPLACED_AGGREGATES:%=sql/install/%.sql) | sed -n '/^CREATE AGGREGATE/,/^);/ { s/^CREATE/& OR REPLACE/; p; }'; } > $@

# Both README commands.
demo:
	demo/run
check-all:
	test/run
# What takes a browser, other programs or minutes as well.
check-heavy:
	test/run heavy
# The pictures of the documentation, from the demo's shop.
pictures:
	DEMO_FILES=$$(mktemp -d) && export DEMO_FILES && demo/run && cp "$$DEMO_FILES/cohorts.svg" docs/ && rm -r "$$DEMO_FILES"
# Ten million inputs to each parser of stored values and states; see test/heavy/fuzz.
fuzz:
	source=$$(SOURCE_MAJOR=$(MAJORVERSION) test/heavy/servers/server.sh source | tail -n 1) && \
		$(MAKE) -C test/heavy/fuzz fuzz SOURCE="$$source" PG_CONFIG="$(PG_CONFIG)"
# What PGXN takes: what is committed, with the version of META.json in its name.
DISTVERSION = $(shell sed -n 's/^ \{3\}"version": "\(.*\)",$$/\1/p' META.json)
dist:
	git archive --format=zip --prefix=retention-$(DISTVERSION)/ -o retention-$(DISTVERSION).zip HEAD
.PHONY: always uninstall-bitcode demo check-all check-heavy pictures fuzz dist
