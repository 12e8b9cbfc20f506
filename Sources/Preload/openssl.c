// SPDX-License-Identifier: Apache-2.0
/* OpenSSL: each SSL_CTX gets an info callback, by which every handshake of its clients is seen, however it is begun.
 * The application's own info callbacks are kept beside it. Servers are left alone. */
#include "preload.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

#include "../../include/pinverdict-openssl.h"

typedef void information(const SSL *ssl, int step, int value);

static preload_pins pins;
/* Where the application's info callbacks are kept. */
static int context_index = -1, ssl_index = -1;
/* Where a connection that was refused keeps what it would write to. */
static int writer_index = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A variable of the function's name, which is the TLS library's or our library's. */
#define USE(function) __typeof__(function) *function##_ = preload_symbol(&pins, #function)

static void free_writer(void *connection, void *writer, CRYPTO_EX_DATA *data, int index, long number, void *more)
{
    USE(BIO_free_all);
    (void)connection, (void)data, (void)index, (void)number, (void)more;
    BIO_free_all_(writer);
}

/* SSL_dup's connection has not been refused. */
static int copy_writer(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **writer, int index, long number,
                       void *more)
{
    (void)to, (void)from, (void)index, (void)number, (void)more;
    *writer = NULL;
    return 1;
}

static void load(void)
{
    preload_load(&pins, "pinverdict-openssl");
    if (pins.library == NULL) return;
    USE(CRYPTO_get_ex_new_index);
    context_index = CRYPTO_get_ex_new_index_(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, NULL);
    ssl_index = CRYPTO_get_ex_new_index_(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, NULL, NULL);
    writer_index = CRYPTO_get_ex_new_index_(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, copy_writer, free_writer);
}

/* The name that the application wants to find in the certificate, an address, or else the one that it asks for. False
   where there is none, or several. */
static bool find_host(const SSL *ssl, char host[256])
{
    USE(SSL_get0_param);
    USE(X509_VERIFY_PARAM_get0_host);
    USE(X509_VERIFY_PARAM_get1_ip_asc);
    USE(SSL_get_servername);
    USE(CRYPTO_free);
    X509_VERIFY_PARAM *parameters = SSL_get0_param_((SSL *)ssl);
    const char *name = X509_VERIFY_PARAM_get0_host_(parameters, 0);
    if (name != NULL && X509_VERIFY_PARAM_get0_host_(parameters, 1) != NULL) return false;
    char *address = name == NULL ? X509_VERIFY_PARAM_get1_ip_asc_(parameters) : NULL;
    if (name == NULL) name = address != NULL ? address : SSL_get_servername_(ssl, TLSEXT_NAMETYPE_host_name);
    bool is_found = name != NULL && strlen(name) < 256;
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
    USE(SSL_set_ex_data);
    USE(BIO_up_ref);
    BIO *writer = SSL_get_wbio_(ssl);
    if (writer == NULL) return;
    /* Where there is no memory to keep it, it is never freed. */
    BIO_up_ref_(writer);
    SSL_set_ex_data_(ssl, writer_index, writer);
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
    if (pinverdict_openssl_attach_(ssl, pins.checker, host) != 1) return;
}

static void finish(SSL *ssl, const char *host)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    USE(pinverdict_openssl_check);
    if (pinverdict_openssl_check_(pins.checker, ssl, host, &verdict) == PINVERDICT_ALLOW) return;
    preload_say_verdict(&pins, host, &verdict);
    end(ssl);
}

/* A handshake that has failed: it is said where that is for the pins. */
static void tell(SSL *ssl, const char *host)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    USE(pinverdict_openssl_verdict);
    if (pinverdict_openssl_verdict_(ssl, &verdict) && verdict.decision != PINVERDICT_ALLOW)
        preload_say_verdict(&pins, host, &verdict);
}

static void look(SSL *ssl, int step, int value)
{
    char host[256];
    bool is_done = step == SSL_CB_HANDSHAKE_DONE;
    if (step != SSL_CB_HANDSHAKE_START && !is_done && (step != SSL_CB_CONNECT_EXIT || value > 0)) return;
    if (pins.checker == NULL) {
        if (is_done) end(ssl);
        else refuse(ssl);
    } else if (!find_host(ssl, host)) {
        if (step == SSL_CB_HANDSHAKE_START && preload_refuses_nameless()) refuse(ssl);
        if (is_done && preload_is_strict()) end(ssl);
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
    void *own = SSL_get_ex_data_(ssl, ssl_index);
    return own != NULL ? own : SSL_CTX_get_ex_data_(SSL_get_SSL_CTX_(ssl), context_index);
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
    pthread_once(&once, load);
    return pins.library != NULL && next != NULL && (preload_is_ours(&pins, name, next) || !preload_is_strict());
}

static SSL_CTX *followed(SSL_CTX *context, const char *name, const void *next)
{
    if (context == NULL || !preload_is_ours(&pins, name, next)) return context;
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

/* OpenSSL's own would call the function above, as if we were who calls. An older one does not have that. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
    __typeof__(SSL_CTX_new_ex) *next = preload_next("SSL_CTX_new_ex", __builtin_return_address(0));
    __typeof__(SSL_CTX_new) *older = next == NULL ? preload_next("SSL_CTX_new", __builtin_return_address(0)) : NULL;
    if (older != NULL) return is_usable("SSL_CTX_new", (const void *)older) ? older(method) : NULL;
    if (!is_usable("SSL_CTX_new_ex", (const void *)next)) return NULL;
    return followed(next(NULL, NULL, method), "SSL_CTX_new_ex", (const void *)next);
}

/* Whether this is a function of the TLS library whose contexts have our callback. */
static bool is_followed(const char *name, const void *next)
{
    pthread_once(&once, load);
    return pins.library != NULL && dlsym(pins.library, name) == next;
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
    SSL_CTX_set_ex_data_(ctx, context_index, (void *)callback);
}

void SSL_set_info_callback(SSL *ssl, information *callback)
{
    __typeof__(SSL_set_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) {
        if (next != NULL) next(ssl, callback);
        return;
    }
    USE(SSL_set_ex_data);
    SSL_set_ex_data_(ssl, ssl_index, (void *)callback);
}

information *SSL_CTX_get_info_callback(SSL_CTX *ctx)
{
    __typeof__(SSL_CTX_get_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) return next == NULL ? NULL : next(ctx);
    USE(SSL_CTX_get_ex_data);
    return (information *)SSL_CTX_get_ex_data_(ctx, context_index);
}

information *SSL_get_info_callback(const SSL *ssl)
{
    __typeof__(SSL_get_info_callback) *next = preload_next(__func__, __builtin_return_address(0));
    if (!is_followed(__func__, (const void *)next)) return next == NULL ? NULL : next(ssl);
    USE(SSL_get_ex_data);
    return (information *)SSL_get_ex_data_(ssl, ssl_index);
}
