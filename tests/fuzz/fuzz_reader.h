/* What libFuzzer calls; also called by tests/test_fuzz_reader.c over the seeds. */
#ifndef QN_TESTS_FUZZ_FUZZ_READER_H
#define QN_TESTS_FUZZ_FUZZ_READER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
