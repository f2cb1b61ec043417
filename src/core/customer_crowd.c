/*
 * customer_crowd.c
 *		Customers in the order of their type; see customer_crowd.h.
 */
#include "core/customer_crowd.h"

#include "common/hashfn.h"
#include "common/seed.h"
#include "port/pg_bitutils.h"

void
customer_crowd_init(CustomerCrowd *crowd, const KeyType *key_type)
{
	memset(crowd, 0, sizeof(*crowd));
	crowd->key_type = key_type;
}

static int
compare(const CustomerCrowd *crowd, const CrowdNode *node, uint64 place, const VarKey *key)
{
	const KeyType *type = crowd->key_type;

	if (node->place != place)
		return node->place < place ? -1 : 1;
	return type->compare(type, var_key_datum(type, (const VarKey *) node->slot),
						 var_key_datum(type, key));
}

char *
customer_crowd_find(CustomerCrowd *crowd, uint64 place, const VarKey *key, CrowdLinks *links)
{
	CrowdNode **at = crowd->first;
	CrowdNode  *behind = NULL;	/* known to be */

	for (int level = CROWD_LEVELS - 1; level >= 0; level--)
	{
		for (CrowdNode *node; (node = at[level]) != NULL && node != behind; at = node->next)
		{
			int			order = compare(crowd, node, place, key);

			if (order == 0)
				return node->slot;
			if (order > 0)
			{
				behind = node;
				break;
			}
		}
		links->at[level] = &at[level];
	}
	return NULL;
}

static void
link_node(CrowdNode *node, int levels, const CrowdLinks *links)
{
	for (int level = 0; level < levels; level++)
	{
		node->next[level] = *links->at[level];
		*links->at[level] = node;
	}
}

char *
customer_crowd_add(CustomerCrowd *crowd, ByteArena *arena, uint64 place, Size slot_size,
				   const CrowdLinks *links)
{
	/* one in four is on the next level as well */
	uint64		random = hash_bytes_uint32_extended((uint32) crowd->count, backend_seed());
	int			levels = Min(1 + pg_rightmost_one_pos64(random | UINT64CONST(1) << 63) / 2,
							 CROWD_LEVELS);
	Size		links_size = offsetof(CrowdNode, next) + levels * sizeof(CrowdNode *);
	CrowdNode  *node = (CrowdNode *) byte_arena_alloc(arena, links_size + slot_size);

	node->place = place;
	node->levels = levels;
	node->slot = (char *) node + links_size;
	link_node(node, levels, links);
	crowd->count++;
	return node->slot;
}

CrowdNode *
customer_crowd_from(CustomerCrowd *crowd, uint64 place)
{
	CrowdNode **at = crowd->first;

	for (int level = CROWD_LEVELS - 1; level >= 0; level--)
		while (at[level] != NULL && at[level]->place < place)
			at = at[level]->next;
	return at[0];
}

void
customer_crowd_move(CustomerCrowd *crowd, CrowdNode *node, uint64 place)
{
	CrowdLinks	links;
	char	   *equal PG_USED_FOR_ASSERTS_ONLY;

	equal = customer_crowd_find(crowd, place, (const VarKey *) node->slot, &links);
	Assert(equal == NULL);
	node->place = place;
	link_node(node, node->levels, &links);
	crowd->count++;
}
