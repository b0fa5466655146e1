/* qn-generate SIZE[K|M|G] [SEED]: so many bytes of a querynode's log on standard output, in whole lines.
 *
 * The same size and seed give the same bytes on any machine. 60 kinds of zap lines with the fields that
 * Milvus writes, 2 % of them WARN or ERROR; every 64 MiB a crash block, by turns the native signal handler's
 * and a Go panic. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "generate_lines.h"

#include "base/banned.h"

#define BUFFER_BYTES (1U << 20)
#define LINE_ROOM (64U << 10) /* longer than any line or crash block */
#define CRASH_EVERY (64ULL << 20)
#define START_SECONDS 1730198400 /* 2024-10-29 10:40:00 UTC */

struct generator {
	char *buffer;
	size_t used;
	uint64_t random;
	int64_t seconds;
	unsigned milliseconds;
	char stamp[40]; /* "[2024/10/29 10:40:00.000 +00:00] " */
	uint64_t written, crash_at;
	unsigned crashes;
};

/* xorshift64*: fast, and the same everywhere */
static uint64_t next_random(struct generator *generator)
{
	generator->random ^= generator->random >> 12;
	generator->random ^= generator->random << 25;
	generator->random ^= generator->random >> 27;
	return generator->random * 0x2545f4914f6cdd1dULL;
}

static void add(struct generator *generator, const char *data, size_t len)
{
	memcpy(generator->buffer + generator->used, data, len);
	generator->used += len;
}

static void add_number(struct generator *generator, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	add(generator, digits + at, sizeof(digits) - at);
}

static void add_hex(struct generator *generator, unsigned count)
{
	uint64_t bits = next_random(generator);

	for (unsigned i = 0; i < count; i++) {
		if (i == 16)
			bits = next_random(generator);
		generator->buffer[generator->used++] = "0123456789abcdef"[bits & 15];
		bits >>= 4;
	}
}

/* Ids are 18 digits and few, as in a cluster with some hundred segments. */
static void add_id(struct generator *generator, unsigned different)
{
	add_number(generator, 460000000000000000ULL + next_random(generator) % different * 1234567890123ULL);
}

static void add_channel(struct generator *generator, bool is_virtual)
{
	uint64_t number = next_random(generator) % 16;

	add(generator, "by-dev-rootcoord-dml_", 21);
	add_number(generator, number);
	if (is_virtual) {
		add(generator, "_", 1);
		add_number(generator, 462755711661082360ULL + number);
		add(generator, "v0", 2);
	}
}

static void add_segments(struct generator *generator)
{
	unsigned count = 1 + next_random(generator) % 4;

	for (unsigned i = 0; i < count; i++) {
		if (i)
			add(generator, ",", 1);
		add_id(generator, 400);
	}
}

static void add_duration(struct generator *generator)
{
	uint64_t micros = next_random(generator) % 90000;

	add_number(generator, micros / 1000);
	add(generator, ".", 1);
	add_number(generator, 100 + micros % 900);
	add(generator, "ms", 2);
}

/* What stands behind a '$' in generate_lines.h. */
static void add_field(struct generator *generator, char kind)
{
	switch (kind) {
	case 'c': add_id(generator, 40); break;
	case 's': add_id(generator, 400); break;
	case 'S': add_segments(generator); break;
	case 'n': add_number(generator, next_random(generator) % 10); break;
	case 'N': add_number(generator, next_random(generator) % 100000); break;
	case 't': add_hex(generator, 32); break;
	case 'x': add_hex(generator, 12); break;
	case 'p': add_channel(generator, false); break;
	case 'v': add_channel(generator, true); break;
	case 'd': add_duration(generator); break;
	case 'T': add_number(generator, 453500000000000000ULL + (uint64_t)generator->seconds * 262144); break;
	default: generator->buffer[generator->used++] = kind; break;
	}
}

static void add_template(struct generator *generator, const char *text, size_t len)
{
	const char *end = text + len, *mark;

	while ((mark = memchr(text, '$', (size_t)(end - text)))) {
		add(generator, text, (size_t)(mark - text));
		add_field(generator, mark[1]);
		text = mark + 2;
	}
	add(generator, text, (size_t)(end - text));
}

static void tick(struct generator *generator)
{
	unsigned milliseconds = generator->milliseconds + (unsigned)(next_random(generator) & 1);
	struct tm parts;
	time_t seconds;

	if (milliseconds == 1000 || !generator->stamp[0]) {
		milliseconds = 0;
		seconds = generator->stamp[0] ? ++generator->seconds : generator->seconds;
		gmtime_r(&seconds, &parts);
		strftime(generator->stamp, sizeof(generator->stamp), "[%Y/%m/%d %H:%M:%S.000 +00:00] ",
			 &parts);
	}
	generator->milliseconds = milliseconds;
	generator->stamp[21] = (char)('0' + milliseconds / 100);
	generator->stamp[22] = (char)('0' + milliseconds / 10 % 10);
	generator->stamp[23] = (char)('0' + milliseconds % 10);
}

static const struct line *pick(struct generator *generator)
{
	uint64_t random = next_random(generator) >> 20;

	if (random % 200 < 3)
		return &warnings[random / 200 % (sizeof(warnings) / sizeof(warnings[0]))];
	if (random % 200 == 3)
		return &errors[random / 200 % (sizeof(errors) / sizeof(errors[0]))];
	return &common[random / 200 % (sizeof(common) / sizeof(common[0]))];
}

static bool flush(struct generator *generator)
{
	size_t done = 0;

	while (done < generator->used) {
		ssize_t wrote = write(STDOUT_FILENO, generator->buffer + done, generator->used - done);

		if (wrote < 0)
			return false;
		done += (size_t)wrote;
	}
	generator->written += generator->used;
	generator->used = 0;
	return true;
}

static bool generate(struct generator *generator, uint64_t size)
{
	while (generator->written + generator->used < size) {
		const struct line *line = pick(generator);

		tick(generator);
		add(generator, generator->stamp, 33);
		add_template(generator, line->text, line->len);
		if (generator->written + generator->used >= generator->crash_at) {
			const struct line *crash = &crash_blocks[generator->crashes++ % 2];

			add_template(generator, crash->text, crash->len);
			generator->crash_at += CRASH_EVERY;
		}
		if (generator->used > BUFFER_BYTES - LINE_ROOM && !flush(generator))
			return false;
	}
	return flush(generator);
}

static bool read_size(const char *text, uint64_t *ret)
{
	char *end;

	*ret = strtoull(text, &end, 10);
	switch (*end) {
	case 'G': *ret <<= 10; /* fall through */
	case 'M': *ret <<= 10; /* fall through */
	case 'K':
		*ret <<= 10;
		end++;
		break;
	default: break;
	}
	return end != text && !*end;
}

int main(int argc, char **argv)
{
	struct generator generator = {.seconds = START_SECONDS, .crash_at = CRASH_EVERY / 2};
	uint64_t size;
	bool is_done;

	if (argc < 2 || argc > 3 || !read_size(argv[1], &size)) {
		fprintf(stderr, "usage: qn-generate SIZE[K|M|G] [SEED]\n");
		return 2;
	}
	generator.random = 0x9e3779b97f4a7c15ULL ^ (argc == 3 ? strtoull(argv[2], NULL, 10) : 0);
	generator.buffer = malloc(BUFFER_BYTES);
	is_done = generator.buffer && generate(&generator, size);
	if (!is_done)
		perror("qn-generate");
	free(generator.buffer);
	return !is_done;
}
