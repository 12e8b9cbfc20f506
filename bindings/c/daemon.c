// SPDX-License-Identifier: Apache-2.0
/* daemon - passes local connections on to one server over pinned TLS, by GnuTLS, a thread for each: a complete example.
 *
 *     daemon ADDRESS PORT HOST TRUST.pem POLICY [ENVIRONMENT]
 *
 * Listens on a free port of 127.0.0.1, which it prints. SIGHUP reloads the policy, SIGTERM stops it. Logs each verdict.
 *
 *     cc -pthread daemon.c $(pkg-config --cflags --libs pinverdict-gnutls gnutls)
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <pinverdict-gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 64, PATIENCE = 10000 /* milliseconds */ };
static pinverdict_checker *checker; /* shared by all threads */
static gnutls_certificate_credentials_t credentials;
static struct sockaddr_in upstream;
static const char *host, *environment; /* NULL for none */
static sem_t slots;                    /* how many connections more there may be */

/* GnuTLS validates, so that the checker needs no trust store of its own. */
static pinverdict_status make_checker(const pinverdict_policy *policy, pinverdict_error *error)
{
    pinverdict_config *config = NULL;
    pinverdict_status status = pinverdict_config_create(&config);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_presented(config, false);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_environment(config, environment);
    if (status == PINVERDICT_OK) status = pinverdict_checker_create(policy, config, &checker, error);
    pinverdict_config_free(config);
    return status;
}

/* The new policy replaces the old one whole, or not at all: a mistake in the file changes nothing. */
static pinverdict_status load_policy(const char *path)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    pinverdict_status status = pinverdict_policy_load(path, &policy, &error);
    if (status == PINVERDICT_OK)
        status = checker == NULL ? make_checker(policy, &error)
                                 : pinverdict_checker_set_policy(checker, policy, &error);
    if (error.line > 0) printf("policy %s, line %u: ", path, error.line);
    else printf("policy %s: ", path);
    printf("%s%s%s\n", pinverdict_status_name(status), error.message[0] ? ": " : "", error.message);
    pinverdict_policy_free(policy);
    return status;
}

/* Whether this connection may carry data. */
static int is_allowed(gnutls_session_t session)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    int status = pinverdict_gnutls_attach(session, checker, host); /* refuses inside the handshake */
    while (status == GNUTLS_E_SUCCESS && (status = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(status))
        status = GNUTLS_E_SUCCESS;
    /* After a handshake that failed too: it says why. */
    bool allows = pinverdict_gnutls_check(checker, session, host, &verdict) == PINVERDICT_ALLOW;
    if (status != GNUTLS_E_SUCCESS) gnutls_alert_send_appropriate(session, status);
    printf("%s: %s reason=%s enforced=%d backup=%d handshake=%s serial=%lu failed_depth=%d detail=\"%s\"\n", host,
           allows ? "allow" : "refuse", pinverdict_reason_name(verdict.reason), verdict.enforced, verdict.backup,
           gnutls_strerror_name(status), (unsigned long)verdict.policy_serial, verdict.failed_depth, verdict.detail);
    return allows && status == GNUTLS_E_SUCCESS;
}

static void relay(gnutls_session_t session, int local, int remote)
{
    struct pollfd ends[2] = { { local, POLLIN, 0 }, { remote, POLLIN, 0 } };
    char data[16384];
    ssize_t size = 1;

    while (size > 0) {
        ends[0].revents = 0;
        if (gnutls_record_check_pending(session) == 0 && poll(ends, 2, -1) <= 0) continue;
        if (ends[0].revents != 0) {
            size = read(local, data, sizeof data);
            if (size > 0 && gnutls_record_send(session, data, (size_t)size) != size) return;
        } else {
            size = gnutls_record_recv(session, data, sizeof data);
            if (size == GNUTLS_E_AGAIN || size == GNUTLS_E_INTERRUPTED) size = 1; /* a session ticket, say */
            else if (size > 0 && send(local, data, (size_t)size, MSG_NOSIGNAL) != size) return;
        }
    }
    gnutls_bye(session, GNUTLS_SHUT_WR);
}

static void *serve(void *pointer)
{
    int local = *(int *)pointer, remote = socket(AF_INET, SOCK_STREAM, 0);
    gnutls_session_t session = NULL;
    free(pointer);
    if (remote >= 0 && connect(remote, (struct sockaddr *)&upstream, sizeof upstream) == 0 &&
        gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL) == GNUTLS_E_SUCCESS &&
        gnutls_set_default_priority(session) == GNUTLS_E_SUCCESS &&
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials) == GNUTLS_E_SUCCESS &&
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, strlen(host)) == GNUTLS_E_SUCCESS) {
        gnutls_transport_set_int(session, remote);
        gnutls_handshake_set_timeout(session, PATIENCE);
        if (is_allowed(session)) relay(session, local, remote);
    }
    gnutls_deinit(session); /* NULL does nothing */
    close(remote);
    close(local);
    sem_post(&slots);
    return NULL;
}

static void *accept_connections(void *listener)
{
    pthread_t thread;
    int *local;
    while ((local = malloc(sizeof *local)) != NULL && (*local = accept(*(int *)listener, NULL, NULL)) >= 0) {
        sem_wait(&slots);
        if (pthread_create(&thread, NULL, serve, local) == 0) pthread_detach(thread);
        else serve(local);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), number = 0;
    pthread_t acceptor;
    sigset_t signals; /* blocked in every thread, and waited for in this one */

    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    upstream.sin_family = address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc < 6 || argc > 7 || inet_pton(AF_INET, argv[1], &upstream.sin_addr) != 1) {
        fprintf(stderr, "usage: daemon ADDRESS PORT HOST TRUST.pem POLICY [ENVIRONMENT]\n");
        return 2;
    }
    upstream.sin_port = htons((unsigned short)atoi(argv[2]));
    host = argv[3];
    environment = argv[6]; /* NULL behind the last */
    if (load_policy(argv[5]) != PINVERDICT_OK || sem_init(&slots, 0, MAX_CONNECTIONS) != 0 ||
        gnutls_certificate_allocate_credentials(&credentials) != GNUTLS_E_SUCCESS ||
        gnutls_certificate_set_x509_trust_file(credentials, argv[4], GNUTLS_X509_FMT_PEM) <= 0 ||
        bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&acceptor, NULL, accept_connections, &listener) != 0)
        return 2;
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));

    while (sigwait(&signals, &number) == 0 && number == SIGHUP) load_policy(argv[5]);

    return 0; /* connections under way end with the process */
}
