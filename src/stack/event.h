/* What one crash made several witnesses say, put together: preludes, the native handler's report, the Go
 * runtime's report of the same signal, the parent's remark. */
#ifndef QN_STACK_EVENT_H
#define QN_STACK_EVENT_H

#include "stack/reader.h"
#include "stack/sighting.h"

#define QN_EVENT_SIGHTINGS_MAX 8U
/* So few lines of others in a report's way are woven into it whatever time they tell: the clock of one writer
 * may be wrong. */
#define QN_EVENT_LINES_WOVEN 8U

struct qn_event {
	struct qn_sighting *sightings[QN_EVENT_SIGHTINGS_MAX]; /* owned, in the order of the source */
	size_t count;
	struct qn_place more_places[QN_PLACES_MAX]; /* of sightings that only said the same again */
	size_t more_places_count;
	uint64_t last_line;
};

void qn_event_clear(struct qn_event *event);

/* Does @sighting, which came after @event, tell of the same crash? */
bool qn_event_joins(const struct qn_event *event, const struct qn_sighting *sighting);

/* May both be moments of one process's end? Unknown ones may; so may times that are whole half hours apart,
 * because not every writer tells its zone. */
bool qn_event_times_join(struct qn_time a, struct qn_time b);

/* Takes ownership of @sighting. */
void qn_event_add(struct qn_event *event, struct qn_sighting *sighting);

/* Makes the stack of it for @sink. An empty event is nothing to tell. */
struct qn_error *qn_event_tell(const struct qn_event *event, const struct qn_normalizer *normalizer,
			       qn_stack_sink sink, void *context) QN_MUST_CHECK;

#endif
