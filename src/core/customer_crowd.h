/*
 * customer_crowd.h
 *		Customers beyond the first few whose keys have one and the same hash, in
 *		the order of their type.
 *
 * Whoever chooses keys may know how to make them collide in the hash function of
 * their type, whatever the seed.  A table would have to compare each of them to
 * all the others; here a skip list (Pugh, 1990) takes about as many comparisons
 * as the logarithm of their number.  Their place in it is the table's hash of
 * them first, so that a range of hashes is in one piece.
 */
#ifndef RETENTION_CUSTOMER_CROWD_H
#define RETENTION_CUSTOMER_CROWD_H

#include "common/byte_arena.h"
#include "core/customer_key.h"

#define CROWD_LEVELS 12

typedef struct CrowdNode
{
	uint64		place;
	char	   *slot;			/* as in the table: key, and behind it the payload */
	int			levels;
	struct CrowdNode *next[FLEXIBLE_ARRAY_MEMBER];
} CrowdNode;

typedef struct CustomerCrowd
{
	const KeyType *key_type;	/* with compare */
	uint64		count;
	CrowdNode  *first[CROWD_LEVELS];
} CustomerCrowd;

/* Where a key belongs: what has to point to its node, by level. */
typedef struct CrowdLinks
{
	CrowdNode **at[CROWD_LEVELS];
} CrowdLinks;

extern void customer_crowd_init(CustomerCrowd *crowd, const KeyType *key_type);

/* The slot of a key; or NULL, and where it belongs. */
extern char *customer_crowd_find(CustomerCrowd *crowd, uint64 place, const VarKey *key,
								 CrowdLinks *links);

/* Room for its slot, where customer_crowd_find() did not find it. */
extern char *customer_crowd_add(CustomerCrowd *crowd, ByteArena *arena, uint64 place,
								Size slot_size, const CrowdLinks *links);

/* The first customer at or behind a place, or NULL; next[0] is the one behind it. */
extern CrowdNode *customer_crowd_from(CustomerCrowd *crowd, uint64 place);

/* A node of a crowd that was emptied by customer_crowd_init() back into it, at another place. */
extern void customer_crowd_move(CustomerCrowd *crowd, CrowdNode *node, uint64 place);

#endif							/* RETENTION_CUSTOMER_CROWD_H */
