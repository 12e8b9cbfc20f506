// SPDX-License-Identifier: Apache-2.0
/* openssl-epoll-client - TLS connections with pinning, several at once, by OpenSSL and epoll: a complete example.
 *
 *     openssl-epoll-client TRUST.pem POLICY ADDRESS PORT HOST [ADDRESS PORT HOST]...
 *
 * Connects to all IPv4 addresses at once, expects each HOST's certificate, and sends one line of application data where
 * the answer is allow. Exit status: 0 all are allowed, 1 one is refused, 2 one has no verdict (bad usage, no
 * connection, no handshake in time).
 * A server that sends without a pause what OpenSSL passes over (HelloRequest messages) keeps the others waiting.
 *
 *     cc openssl-epoll-client.c $(pkg-config --cflags --libs pinverdict-openssl openssl)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 64, PATIENCE = 5000 /* milliseconds for all of a connection */ };

struct connection {
    const char *host;
    SSL *ssl;
    int descriptor, is_open, is_allowed, status;
    long long deadline; /* in milliseconds */
};
static pinverdict_checker *checker;
static int poll_descriptor;

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static pinverdict_checker *load_checker(const char *path)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;

    if (pinverdict_policy_load(path, &policy, &error) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK)
        fprintf(stderr, "%s:%u: %s\n", path, (unsigned)error.line, error.message);
    pinverdict_policy_free(policy); /* the checker keeps its own reference */
    return checker;
}

static void finish(struct connection *connection, const char *how)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;

    /* Of an attached SSL, the last check's: the one inside a handshake that failed, too. */
    if (pinverdict_openssl_verdict(connection->ssl, &verdict) && !connection->is_allowed) connection->status = 1;
    printf("host=%s connection=%s decision=%s reason=%s enforced=%d detail=\"%s\"\n", connection->host, how,
           connection->is_allowed ? "allow" : "refuse", pinverdict_reason_name(verdict.reason), verdict.enforced,
           verdict.detail);
    close(connection->descriptor); /* which takes it out of epoll */
    connection->is_open = 0;
}

/* A client as without pinning, and attached: so that a refusal inside the handshake sends an alert. */
static void start(struct connection *connection, SSL_CTX *context, char **words)
{
    struct epoll_event event = { .events = EPOLLOUT, .data.ptr = connection };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[1])) };

    connection->host = words[2];
    connection->status = 2;
    connection->deadline = now() + PATIENCE;
    connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    connection->ssl = SSL_new(context);
    connection->is_open = 1;
    if (connection->ssl == NULL || SSL_set_fd(connection->ssl, connection->descriptor) != 1 ||
        SSL_set1_host(connection->ssl, connection->host) != 1 ||
        SSL_set_tlsext_host_name(connection->ssl, connection->host) != 1 ||
        pinverdict_openssl_attach(connection->ssl, checker, connection->host) != 1 ||
        inet_pton(AF_INET, words[0], &address.sin_addr) != 1 ||
        epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, connection->descriptor, &event) != 0)
        finish(connection, "impossible");
    else /* Whether it worked shows when the socket can be written to. */
        (void)!connect(connection->descriptor, (struct sockaddr *)&address, sizeof address);
}

/* Goes on where OpenSSL had to wait; what SSL_connect or SSL_write returns. */
static int advance(struct connection *connection)
{
    static const char request[] = "application data\n";

    if (!connection->is_allowed) {
        int result = SSL_connect(connection->ssl);
        if (result != 1) return result;
        /* The part to copy: as soon as SSL_connect has succeeded, resumed or not, and before the first SSL_write. */
        if (pinverdict_openssl_check(checker, connection->ssl, connection->host, NULL) != PINVERDICT_ALLOW) return 0;
        connection->is_allowed = 1;
    }
    return SSL_write(connection->ssl, request, sizeof request - 1);
}

static void serve(struct connection *connection)
{
    struct epoll_event event = { .data.ptr = connection };
    ERR_clear_error(); /* SSL_get_error looks at the thread's queue, which all connections share */
    int result = advance(connection), error = SSL_get_error(connection->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        event.events = error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT;
        epoll_ctl(poll_descriptor, EPOLL_CTL_MOD, connection->descriptor, &event);
        return;
    }
    if (result > 0) connection->status = 0;
    if (SSL_is_init_finished(connection->ssl)) SSL_shutdown(connection->ssl);
    finish(connection, result > 0 ? "done" : "failed");
}

/* Until no connection is open; one whose time is over is closed, wherever it is. */
static void serve_all(struct connection *connections, int count)
{
    struct epoll_event events[MOST_CONNECTIONS];
    for (;;) {
        long long next = -1, time = now();
        for (int number = 0; number < count; number++) {
            struct connection *connection = &connections[number];
            if (connection->is_open && connection->deadline <= time) finish(connection, "timed-out");
            if (connection->is_open && (next < 0 || connection->deadline < next)) next = connection->deadline;
        }
        if (next < 0) return;
        int ready = epoll_wait(poll_descriptor, events, MOST_CONNECTIONS, (int)(next - time));
        for (int number = 0; number < ready; number++) serve(events[number].data.ptr);
    }
}

int main(int argc, char **argv)
{
    static struct connection connections[MOST_CONNECTIONS];
    int count = argc / 3 - 1, status = 0, number;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (count < 1 || argc % 3 != 0 || count > MOST_CONNECTIONS || context == NULL) {
        fprintf(stderr, "usage: openssl-epoll-client TRUST.pem POLICY ADDRESS PORT HOST [ADDRESS PORT HOST]...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error of that connection alone */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_load_verify_file(context, argv[1]) != 1 || load_checker(argv[2]) == NULL)
        return 2;
    for (number = 0; number < count; number++) start(&connections[number], context, argv + 3 + 3 * number);
    serve_all(connections, count);
    for (number = 0; number < count; number++) {
        if (connections[number].status > status) status = connections[number].status;
        SSL_free(connections[number].ssl);
    }
    SSL_CTX_free(context);
    pinverdict_checker_free(checker);
    return status;
}
