/*
 * compat.c
 *		What later servers have and this one lacks; see compat.h.
 */
#include "common/compat.h"

#ifdef COMPAT_MATERIALIZED_SRF

#include "funcapi.h"
#include "miscadmin.h"

void
InitMaterializedSRF(FunctionCallInfo fcinfo, uint32 flags)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		scalar = (flags & MAT_SRF_USE_EXPECTED_DESC) != 0;
	MemoryContext old_context;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (!(rsinfo->allowedModes & SFRM_Materialize) || (scalar && rsinfo->expectedDesc == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialize mode required, but it is not allowed in this context")));

	/* Both outlive the call. */
	old_context = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (scalar)
		rsinfo->setDesc = CreateTupleDescCopy(rsinfo->expectedDesc);
	else if (get_call_result_type(fcinfo, NULL, &rsinfo->setDesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	MemoryContextSwitchTo(old_context);
}

#endif							/* COMPAT_MATERIALIZED_SRF */

#ifdef COMPAT_PARSE_ANALYZE

#include "parser/analyze.h"
#include "utils/backend_status.h"
#include "utils/queryjumble.h"

Query *
parse_analyze_withcb(RawStmt *raw, const char *sql, ParserSetupHook set_up, void *arg,
					 QueryEnvironment *environment)
{
	ParseState *pstate = make_parsestate(NULL);
	JumbleState *jumble = NULL;
	Query	   *query;

	pstate->p_sourcetext = sql;
	pstate->p_queryEnv = environment;
	(*set_up) (pstate, arg);
	query = transformTopLevelStmt(pstate, raw);
	if (IsQueryIdEnabled())
		jumble = JumbleQuery(query, sql);
	if (post_parse_analyze_hook != NULL)
		(*post_parse_analyze_hook) (pstate, query, jumble);
	free_parsestate(pstate);
	pgstat_report_query_id(query->queryId, false);
	return query;
}

#endif							/* COMPAT_PARSE_ANALYZE */

#ifdef COMPAT_RELATION_LOCKED

#include "miscadmin.h"
#include "storage/lock.h"

bool
compat_relation_locked(Oid relation, int mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relation);
	for (int held = mode; held <= AccessExclusiveLock; held++)
		if (LockHeldByMe(&tag, held))
			return true;
	return false;
}
#endif

#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

#ifdef COMPAT_DATABASE_COLLATION
/* of utils/pg_locale.h, which wants the headers of ICU */
extern char *get_collation_actual_version(char collprovider, const char *collcollate);
#endif

const char *
compat_collation_version(Oid collation)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		version;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].isnull = false;
	fcinfo->args[0].value = ObjectIdGetDatum(collation);
	if (collation != DEFAULT_COLLATION_OID)
		version = pg_collation_actual_version(fcinfo);
	else
	{
#ifdef COMPAT_DATABASE_COLLATION
		return get_collation_actual_version(COLLPROVIDER_LIBC, GetConfigOption("lc_collate", false, false));
#else
		fcinfo->args[0].value = ObjectIdGetDatum(MyDatabaseId);
		version = pg_database_collation_actual_version(fcinfo);
#endif
	}
	return fcinfo->isnull ? NULL : TextDatumGetCString(version);
}

#include "utils/datetime.h"

bool
compat_decode_zone_abbreviation(char *name, int *type, int *offset)
{
	pg_tz	   *zone;

#ifdef COMPAT_ABBREVIATION_RAISES
	MemoryContext caller = CurrentMemoryContext;
	volatile bool known = true;

	PG_TRY();
	{
		*type = DecodeTimezoneAbbrev(0, name, offset, &zone);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_CONFIG_FILE_ERROR)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		known = false;
	}
	PG_END_TRY();
	return known;
#else
	DateTimeErrorExtra extra;

	return DecodeTimezoneAbbrev(0, name, type, offset, &zone, &extra) == 0;
#endif
}
