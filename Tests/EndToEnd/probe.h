// SPDX-License-Identifier: Apache-2.0
/* probe.h - what probe-openssl.c and probe-gnutls.c share: a client that makes one or two connections as its
 * arguments say, sends 17 bytes where it was allowed to, and prints a line about each. hooks.py runs them.
 *
 *     port=N host=H trust=PEM policy=FILE   where to, as whom, trusting and pinning what
 *     policy2=FILE      the policy that is set before the second connection
 *     hooks=both        attach and check; or: attach (a handshake that succeeds allows), check, none
 *     connections=1     2: the second one resumes the first one's session
 *     again=0           1: once more on the checker that has seen them (resumed: only what follows), then, with a
 *                       policy that is off, the same connections anew
 *     resume=memory     stored: by way of the session's serialised form
 *     verify=peer       how the application has set verification up; see each probe
 *     auth=certificate  anonymous, psk, raw
 *     clock=SECONDS     the checker's clock stands still there; "+SECONDS": that much after the system's
 *     sni=NAME          the server name to send
 *     linger=3000       how long to wait for the server to close too, in milliseconds
 */
#ifndef PROBE_H
#define PROBE_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pinverdict.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "application data\n";
enum { REQUEST_SIZE = sizeof request - 1, PATIENCE = 3 /* seconds */ };

static char **probe_arguments;

static const char *option(const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    for (char **argument = probe_arguments; *argument != NULL; argument++)
        if (strncmp(*argument, name, length) == 0 && (*argument)[length] == '=') return *argument + length + 1;
    return otherwise;
}

static bool option_is(const char *name, const char *otherwise, const char *value)
{
    return strcmp(option(name, otherwise), value) == 0;
}

static bool does_attach(void) { return option_is("hooks", "both", "both") || option_is("hooks", "both", "attach"); }
static bool does_check(void) { return option_is("hooks", "both", "both") || option_is("hooks", "both", "check"); }

static void fail(const char *what)
{
    printf("probe-failed=%s\n", what);
    exit(2);
}

static pinverdict_policy *load_policy(const char *path)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    if (pinverdict_policy_load(path, &policy, &error) != PINVERDICT_OK) fail(error.message);
    return policy;
}

static int64_t other_clock(void *text)
{
    const char *seconds = text;
    return strtoll(seconds, NULL, 10) + (seconds[0] == '+' ? time(NULL) : 0);
}

static pinverdict_checker *make_checker(void)
{
    pinverdict_policy *policy = load_policy(option("policy", ""));
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    if (pinverdict_config_create(&config) != PINVERDICT_OK) fail("config");
    const char *clock = option("clock", NULL);
    if (clock != NULL && pinverdict_config_set_clock(config, other_clock, (void *)clock) != PINVERDICT_OK)
        fail("clock");
    if (pinverdict_checker_create(policy, config, &checker, NULL) != PINVERDICT_OK) fail("checker");
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    return checker;
}

static void change_policy(pinverdict_checker *checker)
{
    const char *path = option("policy2", NULL);
    if (path == NULL) return;
    pinverdict_policy *policy = load_policy(path);
    if (pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK) fail("policy2");
    pinverdict_policy_free(policy);
}

static void switch_policy_off(pinverdict_checker *checker)
{
    static const char text[] = "[policy]\nserial = 99\nenforcement = off\n";
    pinverdict_policy *policy = NULL;
    if (pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) != PINVERDICT_OK) fail("policy that is off");
    if (pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK) fail("policy that is off");
    pinverdict_policy_free(policy);
}

static int connect_to_server(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { PATIENCE, 0 };
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    address.sin_port = htons((uint16_t)atoi(option("port", "0")));
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    return descriptor;
}

/* Says that no more will come, and waits until the server has read it all and closes too. */
static void hang_up(int descriptor)
{
    char rest[4096];
    long patience = strtol(option("linger", "3000"), NULL, 10);
    struct timeval lingering = { patience / 1000, patience % 1000 * 1000 };
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &lingering, sizeof lingering);
    shutdown(descriptor, SHUT_WR);
    while (read(descriptor, rest, sizeof rest) > 0) continue;
    close(descriptor);
}

/* What one connection came to; text without spaces. */
typedef struct {
    const char *version;
    const char *handshake; /* "ok", or what failed */
    bool attached, resumed, is_checked, own_callback_ran, pointer_kept;
    int sent;
    size_t path;   /* certificates of the path that was shown */
    bool was_told; /* of a verdict, before the check */
    pinverdict_verdict verdict, told;
} outcome;

static void count_path(void *argument, const pinverdict_bytes path[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path[i].data == NULL || path[i].data[0] != 0x30) fail("path");
    *(size_t *)argument = count;
}

static void join_words(char *text)
{
    for (; *text != 0; text++)
        if (*text == ' ') *text = '-';
}

static void print_outcome(const outcome *result)
{
    char handshake[200], detail[200];
    snprintf(handshake, sizeof handshake, "%s", result->handshake);
    snprintf(detail, sizeof detail, "%s", result->is_checked ? result->verdict.detail : result->told.detail);
    join_words(handshake);
    join_words(detail);
    printf("version=%s handshake=%s attached=%d resumed=%d decision=%s reason=%s enforced=%d depth=%d callback=%d "
           "pointer=%d sent=%d path=%zu told=%s failed=%d detail=%s\n",
           result->version, handshake, result->attached, result->resumed,
           !result->is_checked                                ? "none"
               : result->verdict.decision == PINVERDICT_ALLOW ? "allow"
                                                              : "refuse",
           pinverdict_reason_name(result->verdict.reason), result->verdict.enforced, (int)result->verdict.matched_depth,
           result->own_callback_ran, result->pointer_kept, result->sent, result->path,
           result->was_told ? pinverdict_reason_name(result->told.reason) : "none", (int)result->verdict.failed_depth,
           detail);
    fflush(stdout);
}

static void begin(char **argv)
{
    probe_arguments = argv + 1;
    signal(SIGPIPE, SIG_IGN);
    alarm(20);
}

#endif
