// SPDX-License-Identifier: Apache-2.0
/* OpenSSL: each SSL_CTX gets an info callback, by which every handshake of its clients is seen, however it is begun.
 * The application's own info callbacks are kept beside it. Servers are left alone. */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/pinverdict-openssl.h"

typedef void information(const SSL *ssl, int step, int value);

static const preload_pins *pins(void)
{
    static preload_slot slot;
    return preload_load(&slot, "pinverdict-openssl");
}

/* A variable of the function's name, which is the TLS library's or our library's. */
#define USE(function) __typeof__(function) *function##_ = preload_symbol(pins(), #function)

/* What a client's connection keeps. */
typedef struct {
    char asked[256]; /* the name that it asked for, which a resumed session's takes the place of with TLS 1.2 */
    BIO *writer;     /* of one that was refused: what it would write to */
} client;

static void free_client(void *connection, void *kept, CRYPTO_EX_DATA *data, int index, long number, void *more)
{
    USE(BIO_free_all);
    client *client = kept;
    (void)connection, (void)data, (void)index, (void)number, (void)more;
    if (client != NULL) BIO_free_all_(client->writer);
    free(client);
}

/* SSL_dup's connection has a handshake of its own before it. */
static int copy_client(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **kept, int index, long number, void *more)
{
    (void)to, (void)from, (void)index, (void)number, (void)more;
    *kept = NULL;
    return 1;
}

/* A place beside an SSL_CTX or an SSL, the same for all of them: without a lock, as for the pins()-> */
static int index_of(atomic_int *index, int kind, CRYPTO_EX_dup *copy, CRYPTO_EX_free *end)
{
    USE(CRYPTO_get_ex_new_index);
    int known = atomic_load(index);
    if (known >= 0) return known;
    int made = CRYPTO_get_ex_new_index_(kind, 0, NULL, NULL, copy, end);
    return atomic_compare_exchange_strong(index, &known, made) ? made : known;
}

/* Where the application's info callbacks are kept. */

static int context_index(void)
{
    static atomic_int index = -1;
    return index_of(&index, CRYPTO_EX_INDEX_SSL_CTX, NULL, NULL);
}

static int ssl_index(void)
{
    static atomic_int index = -1;
    return index_of(&index, CRYPTO_EX_INDEX_SSL, NULL, NULL);
}

/* What a connection keeps; NULL where there is no memory. */
static client *client_of(SSL *ssl)
{
    static atomic_int index = -1;
    USE(SSL_get_ex_data);
    USE(SSL_set_ex_data);
    int known = index_of(&index, CRYPTO_EX_INDEX_SSL, copy_client, free_client);
    client *client = SSL_get_ex_data_(ssl, known);
    if (client != NULL) return client;
    client = calloc(1, sizeof *client);
    if (client == NULL || SSL_set_ex_data_(ssl, known, client) == 1) return client;
    free(client);
    return NULL;
}

/* Before the handshake SSL_get_servername tells what will be asked for. */
static void remember_name(SSL *ssl, client *client)
{
    USE(SSL_in_before);
    USE(SSL_get_servername);
    if (SSL_in_before_(ssl) == 0) return;
    const char *name = SSL_get_servername_(ssl, TLSEXT_NAMETYPE_host_name);
    snprintf(client->asked, sizeof client->asked, "%s", name != NULL && strlen(name) < 256 ? name : "");
}

/* The name that the application wants to find in the certificate, one of several, an address, or else the name that it
   asked for. False where there is none. */
static bool find_host(SSL *ssl, const client *client, int number, char host[256])
{
    USE(SSL_get0_param);
    USE(X509_VERIFY_PARAM_get0_host);
    USE(X509_VERIFY_PARAM_get1_ip_asc);
    USE(CRYPTO_free);
    X509_VERIFY_PARAM *parameters = SSL_get0_param_(ssl);
    const char *name = X509_VERIFY_PARAM_get0_host_(parameters, number);
    char *address = name == NULL && number == 0 ? X509_VERIFY_PARAM_get1_ip_asc_(parameters) : NULL;
    if (name == NULL && number == 0) name = address != NULL ? address : client->asked;
    bool is_found = name != NULL && name[0] != '\0' && strlen(name) < 256;
    if (is_found) strcpy(host, name);
    CRYPTO_free_(address, __FILE__, __LINE__);
    return is_found;
}

/* Nothing goes out from here: an SSL_write that made the handshake by the way would go on after it, whatever the state
   of the connection. What it wrote to lives as long as the connection, as the application may have it, too. */
static void silence(SSL *ssl)
{
    USE(SSL_get_wbio);
    USE(SSL_set0_wbio);
    USE(BIO_up_ref);
    BIO *writer = SSL_get_wbio_(ssl);
    client *client = client_of(ssl);
    if (writer == NULL) return;
    /* Where there is no room to keep it, it is never freed. */
    BIO_up_ref_(writer);
    if (client != NULL && client->writer == NULL) client->writer = writer;
    SSL_set0_wbio_(ssl, NULL);
}

/* Has the handshake fail before it sends anything: no version of the protocol is left. A method of one version, as
   TLSv1_2_client_method, does not ask for that. */
static void refuse(SSL *ssl)
{
    USE(SSL_set_options);
    SSL_set_options_(ssl, SSL_OP_NO_SSL_MASK);
    silence(ssl);
}

/* Ends a connection whose handshake has succeeded: the peer is told, and nothing is written or read any more. */
static void end(SSL *ssl)
{
    USE(SSL_shutdown);
    USE(SSL_set_shutdown);
    SSL_shutdown_(ssl);
    SSL_set_shutdown_(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    silence(ssl);
}

static void start(SSL *ssl, const char *host)
{
    /* Where verification is off nothing is attached, and the check refuses. */
    USE(pinverdict_openssl_attach);
    if (pinverdict_openssl_attach_(ssl, pins()->checker, host) != 1) return;
}

static bool is_allowed(SSL *ssl, const char *host, pinverdict_verdict *verdict)
{
    USE(pinverdict_openssl_check);
    return pinverdict_openssl_check_(pins()->checker, ssl, host, verdict) == PINVERDICT_ALLOW;
}

static void finish(SSL *ssl, const char *host)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    if (is_allowed(ssl, host, &verdict)) return;
    preload_say_verdict(pins(), host, &verdict);
    end(ssl);
}

/* Any of several names will do for the program: those that the certificate has must be allowed, and it has to have
   one. */
static void finish_several(SSL *ssl, const client *client)
{
    char host[256];
    bool has_one = false, is_mismatch = true;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    for (int number = 0; is_mismatch && find_host(ssl, client, number, host); number++) {
        verdict = (pinverdict_verdict)PINVERDICT_VERDICT_INIT;
        if (is_allowed(ssl, host, &verdict)) has_one = true;
        else is_mismatch = verdict.reason == PINVERDICT_REASON_HOSTNAME_MISMATCH;
    }
    if (has_one && is_mismatch) return;
    preload_say_verdict(pins(), host, &verdict);
    end(ssl);
}

/* A handshake that has failed: it is said where that is for the pins()-> */
static void tell(SSL *ssl, const char *host)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    USE(pinverdict_openssl_verdict);
    if (pinverdict_openssl_verdict_(ssl, &verdict) && verdict.decision != PINVERDICT_ALLOW)
        preload_say_verdict(pins(), host, &verdict);
}

/* Nothing is attached here, as that takes one name: the check after the handshake has to do. */
static void look_at_several(SSL *ssl, const client *client, int step)
{
    if (step == SSL_CB_HANDSHAKE_START && preload_is_strict()) {
        preload_say(program_invocation_short_name, "connection refused", "the program gave several host names");
        refuse(ssl);
    } else if (step == SSL_CB_HANDSHAKE_DONE) {
        if (preload_is_strict()) end(ssl);
        else finish_several(ssl, client);
    }
}

static void look(SSL *ssl, int step, int value)
{
    char host[256], other[256];
    bool is_done = step == SSL_CB_HANDSHAKE_DONE;
    if (step != SSL_CB_HANDSHAKE_START && !is_done && (step != SSL_CB_CONNECT_EXIT || value > 0)) return;
    client *client = client_of(ssl);
    if (step == SSL_CB_HANDSHAKE_START && client != NULL) remember_name(ssl, client);
    if (pins()->checker == NULL || client == NULL) {
        if (is_done) end(ssl);
        else refuse(ssl);
    } else if (!find_host(ssl, client, 0, host)) {
        if (step == SSL_CB_HANDSHAKE_START && preload_refuses_nameless()) refuse(ssl);
        if (is_done && preload_is_strict()) end(ssl);
    } else if (find_host(ssl, client, 1, other)) {
        look_at_several(ssl, client, step);
    } else if (is_done) {
        finish(ssl, host);
    } else if (step == SSL_CB_HANDSHAKE_START) {
        start(ssl, host);
    } else {
        tell(ssl, host);
    }
}

static void *kept(const SSL *ssl)
{
    USE(SSL_get_ex_data);
    USE(SSL_get_SSL_CTX);
    USE(SSL_CTX_get_ex_data);
    void *own = SSL_get_ex_data_(ssl, ssl_index());
    return own != NULL ? own : SSL_CTX_get_ex_data_(SSL_get_SSL_CTX_(ssl), context_index());
}

static void follow(const SSL *ssl, int step, int value)
{
    USE(SSL_is_server);
    USE(ERR_set_mark);
    USE(ERR_pop_to_mark);
    /* What is asked here must leave no error behind, by which the application would take a call for failed. */
    ERR_set_mark_();
    if (SSL_is_server_((SSL *)ssl) == 0) look((SSL *)ssl, step, value);
    ERR_pop_to_mark_();
    information *next = (information *)kept(ssl);
    if (next != NULL) next(ssl, step, value);
}

/* Whether contexts of the TLS library that has this function may be made. */
static bool is_usable(const char *name, const void *next)
{
    return pins()->library != NULL && next != NULL && (preload_is_ours(pins(), name, next) || !preload_is_strict());
}

static SSL_CTX *followed(SSL_CTX *context, const char *name, const void *next)
{
    if (context == NULL || !preload_is_ours(pins(), name, next)) return context;
    USE(SSL_CTX_set_info_callback);
    SSL_CTX_set_info_callback_(context, follow);
    return context;
}

SSL_CTX *SSL_CTX_new_ex(OSSL_LIB_CTX *libctx, const char *propq, const SSL_METHOD *method)
{
    __typeof__(SSL_CTX_new_ex) *next = preload_next("SSL_CTX_new_ex", __builtin_return_address(0));
    if (!is_usable("SSL_CTX_new_ex", (const void *)next)) return NULL;
    return followed(next(libctx, propq, method), "SSL_CTX_new_ex", (const void *)next);
}

/* OpenSSL's own would call the function above, as if we were who calls. An older one does not have that, though another
   library of the process may. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
    const void *caller = __builtin_return_address(0);
    __typeof__(SSL_CTX_new) *plain = preload_next("SSL_CTX_new", caller);
    __typeof__(SSL_CTX_new_ex) *next = preload_next("SSL_CTX_new_ex", caller);
    if (next == NULL || !preload_is_one_object((const void *)plain, (const void *)next)) {
        if (!is_usable("SSL_CTX_new", (const void *)plain)) return NULL;
        return followed(plain(method), "SSL_CTX_new", (const void *)plain);
    }
    if (!is_usable("SSL_CTX_new_ex", (const void *)next)) return NULL;
    return followed(next(NULL, NULL, method), "SSL_CTX_new_ex", (const void *)next);
}

/* Whether this is a function of the TLS library whose contexts have our callback. */
static bool is_followed(const char *name, const void *next)
{
    return pins()->library != NULL && dlsym(pins()->library, name) == next;
}

/* The application's info callbacks do not take the place of ours, and it does not see that. */

void SSL_CTX_set_info_callback(SSL_CTX *ctx, information *callback)
{
    __typeof__(SSL_CTX_set_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) {
        if (next != NULL) next(ctx, callback);
        return;
    }
    USE(SSL_CTX_set_ex_data);
    SSL_CTX_set_ex_data_(ctx, context_index(), (void *)callback);
}

void SSL_set_info_callback(SSL *ssl, information *callback)
{
    __typeof__(SSL_set_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) {
        if (next != NULL) next(ssl, callback);
        return;
    }
    USE(SSL_set_ex_data);
    SSL_set_ex_data_(ssl, ssl_index(), (void *)callback);
}

information *SSL_CTX_get_info_callback(SSL_CTX *ctx)
{
    __typeof__(SSL_CTX_get_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) return next == NULL ? NULL : next(ctx);
    USE(SSL_CTX_get_ex_data);
    return (information *)SSL_CTX_get_ex_data_(ctx, context_index());
}

information *SSL_get_info_callback(const SSL *ssl)
{
    __typeof__(SSL_get_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) return next == NULL ? NULL : next(ssl);
    USE(SSL_get_ex_data);
    return (information *)SSL_get_ex_data_(ssl, ssl_index());
}
