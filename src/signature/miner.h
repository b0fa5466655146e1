/* Message templates of texts whose writer is not known: which messages came from one statement.
 *
 * Messages are cut into tokens with their values masked (miner_token.h); equal sequences are one shape. When
 * the whole input was seen, shapes that differ in one word where many different words stand are put together
 * (miner_group.c). So two walks over the input are needed where every line is to get its final group: add
 * all, finish, find each. One configuration serves every system.
 *
 * Memory is bounded: beyond QN_MINER_SHAPES_MAX shapes what was seen is grouped early, and new messages join
 * the groups that they fit; if that does not help (is_coarse), what is new is told apart by its first words
 * only. */
#ifndef QN_SIGNATURE_MINER_H
#define QN_SIGNATURE_MINER_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

struct qn_miner;

#define QN_MINER_SHAPES_MAX (32U << 10)

struct qn_miner_group {
	struct qn_text template; /* "connection from <*> at <*>"; lives as long as the miner */
	uint64_t count;          /* messages that were added */
};

struct qn_error *qn_miner_create(struct qn_miner **ret) QN_MUST_CHECK;
void qn_miner_destroy(struct qn_miner *miner);
QN_DEFINE_GUARD(struct qn_miner, qn_miner_destroy);

/* Of a message longer than QN_TEMPLATE_BYTES_MAX the front counts. */
struct qn_error *qn_miner_add(struct qn_miner *miner, struct qn_text message) QN_MUST_CHECK;

/* After the last message; makes the groups. */
struct qn_error *qn_miner_finish(struct qn_miner *miner) QN_MUST_CHECK;

/* After qn_miner_finish(). Groups are numbered from 0, in the order of their first message. */
size_t qn_miner_count(const struct qn_miner *miner);
const struct qn_miner_group *qn_miner_get(const struct qn_miner *miner, size_t group);
/* The group of a message that was added; of another one: the nearest, or SIZE_MAX. */
size_t qn_miner_find(struct qn_miner *miner, struct qn_text message);
/* Some messages were told apart by their first words only. */
bool qn_miner_is_coarse(const struct qn_miner *miner);

#endif
