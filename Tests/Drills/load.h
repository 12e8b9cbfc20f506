// SPDX-License-Identifier: Apache-2.0
/* load.h - what load-openssl.c and load-gnutls.c share: CLIENTS clients of one server, by one checker, that connect in
 * turn, every other time on the session that they keep, and ask for a page.
 *
 *     load PORT HOST TRUST.pem POLICY VERSION     VERSION is 1.2 or 1.3
 *
 * Goes on while lines come on standard input: "policy FILE" sets another policy, "counts" is for what was so far; each
 * is answered with a line; "metrics" is answered with Prometheus' text and an empty line. At the end of the input it
 * stops and answers "counts" once more, whose figures are exact. */
#ifndef LOAD_H
#define LOAD_H

#include "../../bindings/c/pinverdict-text.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CLIENTS = 16, PAUSE = 2000 /* microseconds */, PATIENCE = 10 /* seconds */, LIFE = 300 };

/* How a connection went. */
typedef struct {
    bool is_connected, is_resumed, is_allowed, is_answered;
    int checks; /* by attaching, and by the check after it */
} connection;

static const char request[] = "GET / HTTP/1.0\r\n\r\n";
static const char *server_port, *host, *trust_file, *version;
static pinverdict_checker *checker;
static atomic_bool is_over;
static _Atomic long connections, resumed, refused, refused_resumed, failed, checks;

/* Of the two libraries. `resumes`: on the session that the client keeps, if there is one. */
static void prepare(void);
static connection connect_once(int client, bool resumes);

/* A session is kept until the server takes it no more, so that all grow as old as they can. */
static bool keeps_new_session(const connection *made, bool wants_one)
{
    return wants_one && made->is_answered && !made->is_resumed;
}

/* One that was refused would be refused again. */
static bool drops_session(const connection *made) { return made->is_resumed && !made->is_allowed; }

static int connect_to_server(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { PATIENCE, 0 };
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    address.sin_port = htons((uint16_t)atoi(server_port));
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

static void *connect_again_and_again(void *nothing)
{
    for (long turn = 0; !is_over; turn++) {
        connection made = connect_once((int)(turn / 2 % CLIENTS), turn % 2 == 1);
        connections++;
        checks += made.checks;
        resumed += made.is_resumed;
        if (made.is_answered) {
        } else if (made.is_connected && made.is_resumed && !made.is_allowed) refused_resumed++;
        else if (made.checks > 0 && !made.is_allowed) refused++;
        else failed++;
        usleep(PAUSE);
    }
    return nothing;
}

static void print_counts(void)
{
    pinverdict_count counts[64];
    size_t count = 0;
    uint64_t counted = 0, matched = 0, backup = 0, no_match = 0;
    if (pinverdict_checker_counts(checker, counts, 64, &count, NULL) != PINVERDICT_OK) abort();
    for (size_t i = 0; i < count; i++) {
        counted += counts[i].checks;
        if (counts[i].backup) backup += counts[i].checks;
        else if (counts[i].reason == PINVERDICT_REASON_MATCHED) matched += counts[i].checks;
        else if (counts[i].reason == PINVERDICT_REASON_NO_MATCH) no_match += counts[i].checks;
    }
    printf("connections=%ld resumed=%ld refused=%ld refused_resumed=%ld failed=%ld checks=%ld counted=%lu matched=%lu "
           "backup=%lu no_match=%lu\n",
           connections, resumed, refused, refused_resumed, failed, checks, counted, matched, backup, no_match);
}

static void print_metrics(void)
{
    static pinverdict_numbers numbers;
    static char text[1 << 20];
    if (pinverdict_text_read(checker, &numbers, NULL) != PINVERDICT_OK) abort();
    pinverdict_text_metrics(&numbers, text, sizeof text);
    printf("%s\n", text);
    fflush(stdout);
}

static pinverdict_status set_policy(const char *path, pinverdict_error *error)
{
    pinverdict_policy *policy = NULL;
    pinverdict_config *config = NULL;
    pinverdict_status status = pinverdict_policy_load(path, &policy, error);
    if (status == PINVERDICT_OK && checker != NULL) status = pinverdict_checker_set_policy(checker, policy, error);
    else if (status == PINVERDICT_OK && (status = pinverdict_config_create(&config)) == PINVERDICT_OK) {
        status = pinverdict_config_set_presented(config, false);
        if (status == PINVERDICT_OK) status = pinverdict_checker_create(policy, config, &checker, error);
    }
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    return status;
}

int main(int argc, char **argv)
{
    pthread_t worker;
    char line[4096];
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (argc != 6) return 2;
    server_port = argv[1], host = argv[2], trust_file = argv[3], version = argv[5];
    signal(SIGPIPE, SIG_IGN);
    alarm(LIFE);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (set_policy(argv[4], &error) != PINVERDICT_OK) {
        printf("%s: %s\n", argv[4], error.message);
        return 2;
    }
    prepare();
    if (pthread_create(&worker, NULL, connect_again_and_again, NULL) != 0) abort();
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        if (strcmp(line, "metrics") == 0) print_metrics();
        else if (strcmp(line, "counts") == 0) print_counts();
        else if (strncmp(line, "policy ", 7) != 0) abort();
        else if (set_policy(line + 7, &error) == PINVERDICT_OK) printf("ok\n");
        else printf("%s: %s\n", line + 7, error.message);
    }
    is_over = true;
    pthread_join(worker, NULL);
    print_counts();
    pinverdict_checker_free(checker);
    return 0;
}

#endif
