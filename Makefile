# retention: cohort retention, churn and repeat purchase for PostgreSQL
PG_CONFIG ?= pg_config

EXTENSION = retention
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" retention.control)

MODULE_big = retention
SOURCES := $(wildcard src/common/*.c src/core/*.c src/draw/*.c src/sql/*.c)
OBJS = $(SOURCES:.c=.o)

# The install script is joined from one module per topic, in this order.
SQL_MODULES = prologue summary retention_agg retention_agg_refunds segmented_retention_agg cohort_at anchored_retention_agg rates repeat_purchase conditions \
	readers survival revenue_periods compare_rates history history_agg history_summary order_lines sum local_date table_functions revenue_retention retention_check customer_status \
	cohort_customers pictures value_order value_kind
EXTENSION_SQL = sql/retention--$(EXTVERSION).sql

# So is the script that updates the version released last: from the modules that are new, and what has changed in
# others; aggregates that are other than they were are replaced by those of REPLACED_AGGREGATES as they are now. The
# scripts of released versions are kept as they were installed; see docs/release.md.
RELEASED = 1.0
NEW_MODULES = retention_agg_refunds segmented_retention_agg cohort_at anchored_retention_agg survival revenue_periods compare_rates history history_agg \
	history_summary order_lines revenue_retention retention_check customer_status cohort_customers pictures value_order value_kind
REPLACED_AGGREGATES = retention_agg sum
UPDATE_SQL = sql/retention--$(RELEASED)--$(EXTVERSION).sql
UPDATE_MODULES = $(NEW_MODULES:%=sql/install/%.sql) sql/update/$(RELEASED)--$(EXTVERSION).sql
UPDATE_AGGREGATES = $(REPLACED_AGGREGATES:%=sql/install/%.sql)

DATA = $(wildcard sql/released/*.sql)
DATA_built = $(EXTENSION_SQL) $(UPDATE_SQL)

REGRESS = $(sort $(patsubst sql/%.sql,%,$(filter-out sql/retention--%,$(wildcard sql/*.sql))))
REGRESS_OPTS = --inputdir=. --load-extension=retention

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

EXTRA_CLEAN = $(wildcard sql/retention--*.sql) $(SOURCES:.c=.d) results regression.diffs regression.out

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# What an older build installed has the functions of that build.
install: uninstall-bitcode
uninstall-bitcode:
	$(call uninstall_llvm_module,$(MODULE_big))

# For the version that the library tells.
src/sql/module.o: retention.control

# PGXS of Debian does not track headers: have the compiler write them down.
override CFLAGS += -MMD -MP
-include $(SOURCES:.c=.d)

$(EXTENSION_SQL): $(SQL_MODULES:%=sql/install/%.sql) retention.control Makefile
	cat $(SQL_MODULES:%=sql/install/%.sql) > $@

$(UPDATE_SQL): sql/install/prologue.sql $(UPDATE_MODULES) $(UPDATE_AGGREGATES) retention.control Makefile
	{ sed -e 's/CREATE EXTENSION retention/ALTER EXTENSION retention UPDATE/' -e 's/CREATE EXTENSION$$/ALTER EXTENSION/' \
		sql/install/prologue.sql && cat $(UPDATE_MODULES) && \
		sed -n '/^CREATE AGGREGATE/,/^);/ { s/^CREATE/& OR REPLACE/; p; }' $(UPDATE_AGGREGATES); } > $@

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
	source=$$(test/heavy/servers/server.sh source | tail -n 1) && \
		$(MAKE) -C test/heavy/fuzz fuzz SOURCE="$$source" PG_CONFIG="$(PG_CONFIG)"
.PHONY: uninstall-bitcode demo check-all check-heavy pictures fuzz
