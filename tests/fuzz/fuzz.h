/* What libFuzzer calls; also called over the seeds by tests/fuzz/replay.c and tests/test_fuzz_reader.c. */
#ifndef QN_TESTS_FUZZ_FUZZ_H
#define QN_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
