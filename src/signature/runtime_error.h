/* What the Go runtime raises, as opposed to what a program says in a panic of its own: to Go what an
 * exception's type is to C++. Texts: runtime/error.go, runtime/panic.go, runtime/map.go, runtime/chan.go of
 * Go. */
#ifndef QN_SIGNATURE_RUNTIME_ERROR_H
#define QN_SIGNATURE_RUNTIME_ERROR_H

#include "base/text.h"

/* The words that say which error @message is ("index out of range"); empty when it is none of the runtime's.
 * @message  without "runtime error: " */
struct qn_text qn_runtime_error(struct qn_text message);

/* Of what a program says in a panic of its own, the words that its statement holds: up to four, and up to the
 * first value ("channel not found[channel=<*>]" -> "channel not found", "Failed to create consumer
 * by-dev-<*>, ..."
 * -> "Failed to create consumer"). panic(err) stands in one function for whatever went wrong below it
 * (roles.runComponent): the text tells failures apart there.
 * @message  masked; the result is its beginning */
struct qn_text qn_panic_words(struct qn_text message);

#endif
