/*
 * hooks.c
 *		What tracking asks the server for when the library is loaded.
 */
#include "track/kept.h"
#include "track/worker.h"

#include "utils/guc.h"

int			tracking_mode = TRACKING_ON;

static const struct config_enum_entry modes[] = {
	{"off", TRACKING_OFF, false},
	{"on", TRACKING_ON, false},
	{"require", TRACKING_REQUIRE, false},
	{NULL, 0, false}
};

void
tracking_register(void)
{
	DefineCustomEnumVariable("retention.tracking",
							 "Whether reports may be answered from what is kept of tracked tables.",
							 "With \"require\", a report that cannot be is an error that says why.",
							 &tracking_mode, TRACKING_ON, modes, PGC_USERSET, 0, NULL, NULL, NULL);
	memory_register_callbacks();
	fold_by_itself_register();
	kept_answer_hook = kept_answer;
	kept_histories_hook = kept_answer_histories;
}
