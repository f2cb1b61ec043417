/*
 * seed.c
 *		A seed for hashing; see seed.h.
 */
#include "common/seed.h"

#include "access/xlog.h"
#include "catalog/pg_control.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/proc.h"

/*
 * The cluster's secret, which never leaves the server, told apart by the
 * backend that leads this process: itself, unless in a worker.
 */
uint64
backend_seed(void)
{
	static uint64 seed = 0;

	if (seed == 0)
	{
		int			leader = MyProc->lockGroupLeader != NULL ?
			MyProc->lockGroupLeader->pid : MyProcPid;

		seed = hash_bytes_extended((unsigned char *) GetMockAuthenticationNonce(),
								   MOCK_AUTH_NONCE_LEN, (uint64) leader) | 1;
	}
	return seed;
}
