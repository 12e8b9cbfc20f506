// SPDX-License-Identifier: Apache-2.0
/* probe-openssl - a client through the OpenSSL hooks; probe.h says what its arguments mean.
 *
 *     verify=  peer, none (SSL_VERIFY_NONE), own (a callback that counts), lenient (a callback that lets errors
 *              pass), lenient-ok (and sets the error to X509_V_OK), no-time, ignore-critical (flags of the SSL),
 *              store-no-time (a flag of the store), name (the application has OpenSSL check the host too)
 */
#include "probe.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>

static bool own_callback_ran;

static int count(int ok, X509_STORE_CTX *context)
{
    (void)context;
    own_callback_ran = true;
    return ok;
}

static int let_pass(int ok, X509_STORE_CTX *context)
{
    own_callback_ran = true;
    if (ok != 1 && option_is("verify", "peer", "lenient-ok")) X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static unsigned give_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_size, unsigned char *key,
                         unsigned key_size)
{
    (void)ssl, (void)hint;
    if (identity_size < 3 || key_size < 4) return 0;
    strcpy(identity, "me");
    memcpy(key, "\x01\x02\x03\x04", 4);
    return 4;
}

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool is_lenient = strncmp(option("verify", "peer"), "lenient", 7) == 0;
    SSL_CTX_set_verify(context, option_is("verify", "peer", "none") ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       is_lenient                               ? let_pass
                           : option_is("verify", "peer", "own") ? count
                                                                : NULL);
    if (SSL_CTX_load_verify_file(context, option("trust", "")) != 1) fail("trust");
    if (option_is("verify", "peer", "store-no-time"))
        X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_NO_CHECK_TIME);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    if (option_is("auth", "certificate", "anonymous")) SSL_CTX_set_cipher_list(context, "aNULL:@SECLEVEL=0");
    if (option_is("auth", "certificate", "psk")) SSL_CTX_set_psk_client_callback(context, give_psk);
    return context;
}

static SSL_SESSION *stored(SSL_SESSION *session)
{
    unsigned char *bytes = NULL;
    int size = i2d_SSL_SESSION(session, &bytes);
    const unsigned char *reading = bytes;
    SSL_SESSION *read = size > 0 ? d2i_SSL_SESSION(NULL, &reading, size) : NULL;
    OPENSSL_free(bytes);
    SSL_SESSION_free(session);
    return read;
}

/* Under TLS 1.3 the session comes after the handshake. */
static SSL_SESSION *take_session(SSL *ssl)
{
    char rest[64];
    if (SSL_version(ssl) == TLS1_3_VERSION) {
        struct timeval moment = { 0, 50000 };
        setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
        for (int tries = 0; tries < 40 && !SSL_SESSION_is_resumable(SSL_get0_session(ssl)); tries++)
            SSL_read(ssl, rest, sizeof rest);
        moment.tv_sec = PATIENCE;
        setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
        ERR_clear_error();
    }
    SSL_SESSION *session = SSL_get1_session(ssl);
    return option_is("resume", "memory", "stored") ? stored(session) : session;
}

static SSL_SESSION *connect_once(SSL_CTX *context, pinverdict_checker *checker, SSL_SESSION *session, bool is_last)
{
    outcome result = { .handshake = "ok", .verdict = PINVERDICT_VERDICT_INIT, .told = PINVERDICT_VERDICT_INIT };
    const char *host = option("host", "");
    SSL *ssl = SSL_new(context);
    int descriptor = connect_to_server(), pointer;
    own_callback_ran = false;
    SSL_set_fd(ssl, descriptor);
    SSL_set_app_data(ssl, &pointer);
    if (option_is("verify", "peer", "no-time"))
        X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_NO_CHECK_TIME);
    if (option_is("verify", "peer", "ignore-critical"))
        X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_IGNORE_CRITICAL);
    if (option("sni", NULL) != NULL) SSL_set_tlsext_host_name(ssl, option("sni", NULL));
    if (option_is("verify", "peer", "name")) SSL_set1_host(ssl, host);
    if (session != NULL && SSL_set_session(ssl, session) != 1) fail("session");
    SSL_SESSION_free(session);
    session = NULL;
    if (does_attach()) result.attached = pinverdict_openssl_attach(ssl, checker, host) == 1;

    bool is_allowed = SSL_connect(ssl) == 1;
    if (!is_allowed) {
        const char *reason = ERR_reason_error_string(ERR_get_error());
        result.handshake = reason != NULL ? reason : "failed";
    }
    bool is_connected = is_allowed;
    result.version = SSL_get_version(ssl);
    result.resumed = is_connected && SSL_session_reused(ssl);
    result.own_callback_ran = own_callback_ran;
    result.was_told = pinverdict_openssl_verdict(ssl, &result.told);
    if (does_check()) {
        result.is_checked = true; /* after a failed handshake too: it has to refuse */
        if (pinverdict_openssl_check_path(checker, ssl, host, &result.verdict, count_path, &result.path) !=
            PINVERDICT_ALLOW)
            is_allowed = false;
    }
    result.pointer_kept = SSL_get_app_data(ssl) == (void *)&pointer;
    if (is_connected && is_allowed) result.sent = SSL_write(ssl, request, REQUEST_SIZE);
    if (is_connected && !is_last) session = take_session(ssl);
    if (is_connected) SSL_shutdown(ssl);
    hang_up(descriptor);
    SSL_free(ssl);
    print_outcome(&result);
    return session;
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv);
    pinverdict_checker *checker = make_checker();
    SSL_CTX *context = make_context();
    bool is_resuming = option_is("connections", "1", "2");
    SSL_SESSION *session = connect_once(context, checker, NULL, !is_resuming);
    if (is_resuming) {
        change_policy(checker);
        session = connect_once(context, checker, session, true);
    }
    if (option_is("again", "0", "1")) {
        if (!is_resuming) session = connect_once(context, checker, NULL, true);
        switch_policy_off(checker);
        session = connect_once(context, checker, NULL, !is_resuming);
        if (is_resuming) session = connect_once(context, checker, session, true);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(context);
    pinverdict_checker_free(checker);
    return 0;
}
