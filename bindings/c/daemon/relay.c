// SPDX-License-Identifier: Apache-2.0
/* relay.c - passes local connections on to the server over pinned TLS, by GnuTLS, a thread for each. Logs each verdict.
 */
#include "daemon.h"
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <pinverdict-gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 64, PATIENCE = 10000 /* milliseconds */ };
static gnutls_certificate_credentials_t credentials;
static struct sockaddr_in upstream;
static sem_t slots; /* how many connections more there may be */

/* Whether this connection may carry data. */
static int is_allowed(gnutls_session_t session)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    int status = pinverdict_gnutls_attach(session, checker, settings.host); /* refuses inside the handshake */
    while (status == GNUTLS_E_SUCCESS && (status = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(status))
        status = GNUTLS_E_SUCCESS;
    /* After a handshake that failed too: it says why. */
    bool allows = pinverdict_gnutls_check(checker, session, settings.host, &verdict) == PINVERDICT_ALLOW;
    if (status != GNUTLS_E_SUCCESS) gnutls_alert_send_appropriate(session, status);
    printf("%s: %s reason=%s enforced=%d backup=%d handshake=%s serial=%lu failed_depth=%d detail=\"%s\"\n",
           settings.host, allows ? "allow" : "refuse", pinverdict_reason_name(verdict.reason), verdict.enforced,
           verdict.backup, gnutls_strerror_name(status), (unsigned long)verdict.policy_serial, verdict.failed_depth,
           verdict.detail);
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
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, settings.host, strlen(settings.host)) == GNUTLS_E_SUCCESS) {
        gnutls_transport_set_int(session, remote);
        gnutls_handshake_set_timeout(session, PATIENCE);
        if (is_allowed(session)) relay(session, local, remote);
    }
    gnutls_deinit(session); /* NULL does nothing */
    if (remote >= 0) close(remote);
    close(local);
    sem_post(&slots);
    return NULL;
}

static void *accept_connections(void *pointer)
{
    int listener = *(int *)pointer, connection, *local;
    pthread_t thread;
    for (;;) {
        sem_wait(&slots);
        while ((connection = accept(listener, NULL, NULL)) < 0) poll(NULL, 0, 10); /* out of descriptors, say */
        while ((local = malloc(sizeof *local)) == NULL) poll(NULL, 0, 10);
        *local = connection;
        if (pthread_create(&thread, NULL, serve, local) == 0) pthread_detach(thread);
        else serve(local);
    }
    return NULL;
}

/* What every worker has from the first process. */
bool relay_open(void)
{
    upstream.sin_family = AF_INET;
    upstream.sin_port = htons((unsigned short)settings.port);
    if (inet_pton(AF_INET, settings.address, &upstream.sin_addr) != 1)
        return fails(settings.address, "ADDRESS has to be an IPv4 address, such as 192.0.2.1");
    if (gnutls_certificate_allocate_credentials(&credentials) != GNUTLS_E_SUCCESS) return fails("GnuTLS", "no memory");
    int count = gnutls_certificate_set_x509_trust_file(credentials, settings.trust_file, GNUTLS_X509_FMT_PEM);
    return count > 0 || fails(settings.trust_file, count < 0 ? gnutls_strerror(count) : "has no certificates");
}

/* In a worker: takes connections from now on, in threads of its own. */
bool relay_start(int listener)
{
    static int kept;
    pthread_t acceptor;
    kept = listener;
    return sem_init(&slots, 0, MAX_CONNECTIONS) == 0 &&
        pthread_create(&acceptor, NULL, accept_connections, &kept) == 0 && pthread_detach(acceptor) == 0;
}
