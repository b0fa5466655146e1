/* A program and its debug file that only a debuginfod has: Debian's, in a network namespace of this process,
 * so that neither a port nor a route of the machine is touched. */
#include "support/crash_sample.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define PORT 8002
#define TRIES_MAX 600 /* of 50 ms */

static bool enter_namespace(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	bool is_up;
	int fd;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	is_up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (fd >= 0)
		close(fd);
	return is_up;
}

/* All of it lives in FOLDER: what is served, the index, what it says. */
static pid_t start_server(const char *folder)
{
	char database[4096], served[4096], log[4096], port[16];
	pid_t pid;

	in(folder, "index.sqlite", database);
	in(folder, "served", served);
	in(folder, "log", log);
	snprintf(port, sizeof(port), "%d", PORT);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		dup2(fd, 1);
		dup2(fd, 2);
		setenv("TMPDIR", folder, 1);
		unsetenv("DEBUGINFOD_URLS");
		execlp("debuginfod", "debuginfod", "-F", "-d", database, "-p", port, served, NULL);
		_exit(127);
	}
	return pid;
}

/* The first line of the answer has 200 once the server has found the file. */
static bool is_served(const char *id)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	char text[512] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int size = snprintf(text, sizeof(text), "GET /buildid/%s/debuginfo HTTP/1.0\r\n\r\n", id);
	bool is_it;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	is_it = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		write(fd, text, (size_t)size) == size && read(fd, text, 16) == 16 &&
		memcmp(text + 8, " 200", 4) == 0;
	if (fd >= 0)
		close(fd);
	return is_it;
}

static void fetches_what_only_a_server_has(void **state)
{
	char *folder = make_sample(""), *path = qn_crash_core(folder, "core", "../a"),
	     *id = read_build_id(folder, "a");
	char cache[4096], url[64];
	struct qn_core *core;
	pid_t server;
	bool is_ready = false;

	(void)state;
	qn_crash_do(folder, "mkdir served cache && objcopy --only-keep-debug a served/a.debug && strip a && "
			    "mv a served/a");
	in(folder, "cache", cache);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", PORT);

	/* without the server nothing is known of the program */
	unsetenv("DEBUGINFOD_URLS");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a")->found, "");
	qn_core_destroy(core);

	server = start_server(folder);
	for (int i = 0; i < TRIES_MAX && !is_ready && waitpid(server, NULL, WNOHANG) == 0; i++) {
		is_ready = is_served(id);
		if (!is_ready)
			(void)poll(NULL, 0, 50);
	}
	setenv("DEBUGINFOD_URLS", url, 1);
	setenv("DEBUGINFOD_CACHE_PATH", cache, 1);
	core = is_ready ? qn_crash_inspect(path, NULL, NULL) : NULL;
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	assert_true(is_ready);
	assert_true(qn_text_starts(qn_crash_module(core, "/a")->found, qn_text_of(cache)));
	assert_true(qn_text_starts(qn_crash_module(core, "/a")->debug, qn_text_of(cache)));
	assert_true(qn_crash_module(core, "/a")->is_verified);
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);
	free(path);
	free(id);
	qn_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetches_what_only_a_server_has),
	};
	const char *refusal = qn_crash_refusal();

	if (!refusal && !qn_crash_has("debuginfod"))
		refusal = "debuginfod is missing (Debian: debuginfod)";
	if (!refusal && !enter_namespace())
		refusal = "no network namespace can be made here";
	if (refusal) {
		printf("1..0 # SKIP %s\n", refusal);
		return 0;
	}
	return QN_RUN("debuginfod", tests);
}
