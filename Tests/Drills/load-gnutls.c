// SPDX-License-Identifier: Apache-2.0
/* load-gnutls - clients through the GnuTLS hooks; load.h says what it does. */
#include "load.h"

#include <gnutls/gnutls.h>
#include <pinverdict-gnutls.h>

static gnutls_certificate_credentials_t credentials;
static gnutls_datum_t sessions[CLIENTS];

static void prepare(void)
{
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_trust_file(credentials, trust_file, GNUTLS_X509_FMT_PEM) <= 0) abort();
}

static bool is_answered(gnutls_session_t session)
{
    char answer[1024];
    ssize_t size, total = 0;
    if (gnutls_record_send(session, request, sizeof request - 1) <= 0) return false;
    /* A session ticket reads as GNUTLS_E_AGAIN. */
    while ((size = gnutls_record_recv(session, answer, sizeof answer)) > 0 || size == GNUTLS_E_AGAIN)
        total += size > 0 ? size : 0;
    return total > 0;
}

static void keep_session(int client, gnutls_session_t session)
{
    gnutls_free(sessions[client].data);
    sessions[client] = (gnutls_datum_t){ NULL, 0 };
    if (session != NULL) gnutls_session_get_data2(session, &sessions[client]);
}

static connection connect_once(int client, bool resumes)
{
    connection made = { 0 };
    char priority[64];
    gnutls_session_t session;
    int descriptor = connect_to_server(), status;
    snprintf(priority, sizeof priority, "NORMAL:-VERS-ALL:+VERS-TLS%s", version);
    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    gnutls_priority_set_direct(session, priority, NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, strlen(host));
    gnutls_transport_set_int(session, descriptor);
    if (resumes && sessions[client].data != NULL)
        gnutls_session_set_data(session, sessions[client].data, sessions[client].size);
    if (descriptor >= 0 && pinverdict_gnutls_attach(session, checker, host) == GNUTLS_E_SUCCESS) {
        do status = gnutls_handshake(session);
        while (status < 0 && !gnutls_error_is_fatal(status));
        made.is_connected = status == GNUTLS_E_SUCCESS;
        made.is_resumed = made.is_connected && gnutls_session_is_resumed(session);
        made.checks = !made.is_resumed && pinverdict_gnutls_verdict(session, NULL);
        if (made.is_connected) {
            made.is_allowed = pinverdict_gnutls_check(checker, session, host, NULL) == PINVERDICT_ALLOW;
            made.checks++;
        }
        made.is_answered = made.is_allowed && is_answered(session);
    }
    if (keeps_new_session(&made, resumes || sessions[client].data == NULL)) keep_session(client, session);
    if (drops_session(&made)) keep_session(client, NULL);
    gnutls_deinit(session);
    close(descriptor);
    return made;
}
