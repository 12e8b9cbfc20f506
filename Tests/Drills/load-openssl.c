// SPDX-License-Identifier: Apache-2.0
/* load-openssl - clients through the OpenSSL hooks; load.h says what it does. */
#include "load.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>

static SSL_CTX *context;
static SSL_SESSION *sessions[CLIENTS];

static void prepare(void)
{
    int number = strcmp(version, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(context, trust_file) != 1) abort();
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* with it, sessions of TLS 1.3 are used once */
}

static bool is_answered(SSL *ssl)
{
    char answer[1024];
    int size, total = 0;
    if (SSL_write(ssl, request, sizeof request - 1) <= 0) return false;
    while ((size = SSL_read(ssl, answer, sizeof answer)) > 0) total += size;
    return total > 0;
}

static void keep_session(int client, SSL_SESSION *session)
{
    SSL_SESSION_free(sessions[client]);
    sessions[client] = session;
}

static connection connect_once(int client, bool resumes)
{
    connection made = { 0 };
    int descriptor = connect_to_server();
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    SSL_set_tlsext_host_name(ssl, host);
    SSL_set1_host(ssl, host);
    if (resumes && sessions[client] != NULL) SSL_set_session(ssl, sessions[client]);
    if (descriptor >= 0 && pinverdict_openssl_attach(ssl, checker, host) == 1) {
        made.is_connected = SSL_connect(ssl) == 1;
        made.is_resumed = SSL_session_reused(ssl);
        made.checks = !made.is_resumed && pinverdict_openssl_verdict(ssl, NULL);
        if (made.is_connected) {
            made.is_allowed = pinverdict_openssl_check(checker, ssl, host, NULL) == PINVERDICT_ALLOW;
            made.checks++;
        }
        made.is_answered = made.is_allowed && is_answered(ssl);
    }
    if (keeps_new_session(&made, resumes || sessions[client] == NULL)) keep_session(client, SSL_get1_session(ssl));
    if (drops_session(&made)) keep_session(client, NULL);
    if (made.is_connected) SSL_shutdown(ssl);
    SSL_free(ssl);
    close(descriptor);
    ERR_clear_error();
    return made;
}
