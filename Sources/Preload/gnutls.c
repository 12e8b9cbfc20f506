// SPDX-License-Identifier: Apache-2.0
/* GnuTLS: the handshakes of clients are followed by gnutls_handshake, which begins and ends each of them. The host is
 * what the application asks for or has GnuTLS look for. Servers are left alone. */
#include "preload.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/pinverdict-gnutls.h"

/* What a client's session keeps, in the way in which our library's hook does. */
typedef struct {
    bool is_attached;
    bool has_hook;    /* the application's, which attaching would take away */
    bool is_nameless; /* that has been said */
    bool is_named;    /* by what the application wants to find in the certificate, which goes before what it asks for */
    char host[256];
} client;

enum { EXTENSION = 0xfe51 }; /* beside our library's; it is never sent */

static const preload_pins *pins(void)
{
    static preload_slot slot;
    return preload_load(&slot, "pinverdict-gnutls");
}

/* A variable of the function's name, which is the TLS library's or our library's. */
#define USE(function) __typeof__(function) *function##_ = preload_symbol(pins(), #function)
#define NEXT(function) __typeof__(function) *next = preload_next(#function, __builtin_return_address(0))

/* Whether sessions of the TLS library that has this function can be looked at. */
static bool is_ours(const char *name, const void *next)
{
    return pins()->library != NULL && preload_is_ours(pins(), name, next);
}

/* The one question about names that GnuTLS answers to servers alone. */
static bool is_client(gnutls_session_t session)
{
    USE(gnutls_server_name_get);
    char name[1];
    size_t size = sizeof name;
    unsigned type = 0;
    return gnutls_server_name_get_(session, name, &size, &type, 0) == GNUTLS_E_INVALID_REQUEST;
}

/* What a session keeps; NULL for a server's, and where there is no memory. */
static client *client_of(gnutls_session_t session)
{
    USE(gnutls_ext_get_data);
    USE(gnutls_ext_set_data);
    USE(gnutls_session_ext_register);
    gnutls_ext_priv_data_t data = NULL;
    if (!is_client(session)) return NULL;
    if (gnutls_ext_get_data_(session, EXTENSION, &data) == GNUTLS_E_SUCCESS) return data;
    data = calloc(1, sizeof(client));
    if (data == NULL) return NULL;
    if (gnutls_session_ext_register_(session, "pinverdict run", EXTENSION, GNUTLS_EXT_NONE, NULL, NULL, free, NULL,
                                     NULL, GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS) != GNUTLS_E_SUCCESS) {
        free(data);
        return NULL;
    }
    gnutls_ext_set_data_(session, EXTENSION, data);
    return data;
}

static void name(gnutls_session_t session, const void *host, size_t size, bool is_wanted)
{
    client *client = client_of(session);
    if (client == NULL || host == NULL || size >= sizeof client->host || (client->is_named && !is_wanted)) return;
    client->is_named = is_wanted;
    memcpy(client->host, host, size);
    client->host[size] = '\0';
}

int gnutls_server_name_set(gnutls_session_t session, gnutls_server_name_type_t type, const void *host, size_t size)
{
    NEXT(gnutls_server_name_set);
    if (next == NULL) return GNUTLS_E_INTERNAL_ERROR;
    if (is_ours("gnutls_server_name_set", (const void *)next)) name(session, host, size, false);
    return next(session, type, host, size);
}

void gnutls_session_set_verify_cert(gnutls_session_t session, const char *host, unsigned flags)
{
    NEXT(gnutls_session_set_verify_cert);
    if (next == NULL) return;
    if (host != NULL && is_ours("gnutls_session_set_verify_cert", (const void *)next))
        name(session, host, strlen(host), true);
    next(session, host, flags);
}

void gnutls_session_set_verify_cert2(gnutls_session_t session, gnutls_typed_vdata_st *data, unsigned count,
                                     unsigned flags)
{
    NEXT(gnutls_session_set_verify_cert2);
    if (next == NULL) return;
    for (unsigned at = 0; at < count && is_ours("gnutls_session_set_verify_cert2", (const void *)next); at++)
        if (data[at].type == GNUTLS_DT_DNS_HOSTNAME)
            name(session, data[at].data, data[at].size > 0 ? data[at].size : strlen((char *)data[at].data), true);
    next(session, data, count, flags);
}

void gnutls_handshake_set_hook_function(gnutls_session_t session, unsigned type, int post,
                                        gnutls_handshake_hook_func function)
{
    NEXT(gnutls_handshake_set_hook_function);
    if (next == NULL) return;
    client *client = is_ours("gnutls_handshake_set_hook_function", (const void *)next) ? client_of(session) : NULL;
    /* Our library's own call comes while it attaches. */
    if (client != NULL && !client->is_attached) client->has_hook = true;
    next(session, type, post, function);
}

static ssize_t write_nothing(gnutls_transport_ptr_t transport, const void *bytes, size_t size)
{
    (void)transport, (void)bytes, (void)size;
    errno = EPIPE;
    return -1;
}

/* The handshake itself has succeeded: a program that does not look at what we answer could send. */
static int refuse(gnutls_session_t session, const char *host, const pinverdict_verdict *verdict)
{
    USE(gnutls_alert_send);
    USE(gnutls_transport_set_push_function);
    preload_say_verdict(pins(), host, verdict);
    gnutls_alert_send_(session, GNUTLS_AL_FATAL, GNUTLS_A_CERTIFICATE_UNKNOWN);
    gnutls_transport_set_push_function_(session, write_nothing);
    return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

/* A handshake of a client whose host is known. */
static int handshake(gnutls_session_t session, client *client, int (*next)(gnutls_session_t))
{
    USE(pinverdict_gnutls_attach);
    USE(pinverdict_gnutls_check);
    USE(pinverdict_gnutls_verdict);
    USE(gnutls_error_is_fatal);
    if (!client->is_attached && !client->has_hook) {
        client->is_attached = true;
        /* What cannot be attached is checked all the same. */
        if (pinverdict_gnutls_attach_(session, pins()->checker, client->host) != GNUTLS_E_SUCCESS)
            client->has_hook = true;
    }
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    int status = next(session);
    if (status == GNUTLS_E_SUCCESS &&
        pinverdict_gnutls_check_(pins()->checker, session, client->host, &verdict) != PINVERDICT_ALLOW)
        return refuse(session, client->host, &verdict);
    if (status != GNUTLS_E_SUCCESS && gnutls_error_is_fatal_(status) != 0 &&
        pinverdict_gnutls_verdict_(session, &verdict) && verdict.decision != PINVERDICT_ALLOW)
        preload_say_verdict(pins(), client->host, &verdict);
    return status;
}

int gnutls_handshake(gnutls_session_t session)
{
    NEXT(gnutls_handshake);
    if (next == NULL) return GNUTLS_E_INTERNAL_ERROR;
    if (!is_ours("gnutls_handshake", (const void *)next))
        return pins()->library == NULL || preload_is_strict() ? GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR : next(session);
    if (!is_client(session)) return next(session);
    client *client = client_of(session);
    if (pins()->checker == NULL || client == NULL) return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
    if (client->host[0] != '\0') return handshake(session, client, next);
    /* Said once, though this is called again where the transport was not ready. */
    bool is_refused = client->is_nameless ? preload_is_strict() : preload_refuses_nameless();
    client->is_nameless = true;
    return is_refused ? GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR : next(session);
}
