// SPDX-License-Identifier: Apache-2.0
#ifndef PINVERDICT_COPENSSL_H
#define PINVERDICT_COPENSSL_H

/* The SHA256_* calls are deprecated in OpenSSL 3.0, and the only ones that neither fetch nor allocate. */
#define OPENSSL_SUPPRESS_DEPRECATED
/* Keeps the path of this file out of the library: OPENSSL_free passes it on. */
#define OPENSSL_NO_FILENAMES
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* A GNU extension, declared here, since under _GNU_SOURCE types are not those of other modules. */
void *memmem(const void *, size_t, const void *, size_t);
static inline bool copenssl_contains(const void *all, size_t all_size, const void *part, size_t part_size)
{
    return memmem(all, all_size, part, part_size) != NULL;
}

/* The stack and string macros that Swift does not see. */
static inline STACK_OF(X509) *copenssl_stack_new(void) { return sk_X509_new_null(); }
static inline bool copenssl_stack_push(STACK_OF(X509) *stack, X509 *certificate)
{
    return sk_X509_push(stack, certificate) > 0;
}
static inline int copenssl_stack_count(const STACK_OF(X509) *stack) { return stack ? sk_X509_num(stack) : 0; }
static inline X509 *copenssl_stack_at(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline void copenssl_stack_free(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }
static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }

/* The store that an SSL verifies against: its own, or its context's; NULL where an application took that away. */
static inline X509_STORE *copenssl_verify_store(SSL *ssl)
{
    X509_STORE *own = NULL;
    SSL_get0_verify_cert_store(ssl, &own);
    return own ? own : SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
}

/* The verify callback that an application has given a store, which OpenSSL calls for an SSL that has none; NULL without
   a store, too. */
static inline X509_STORE_CTX_verify_cb copenssl_store_callback(X509_STORE *store)
{
    return store != NULL ? X509_STORE_get_verify_cb(store) : NULL;
}

/* Whether an application has a store do something else than OpenSSL's own check of signatures and times. */
static inline bool copenssl_is_taken_over(X509_STORE *store)
{
    return store != NULL && X509_STORE_get_verify(store) != NULL;
}

/* The SSL whose certificates are being verified; those of a CRL's issuer have a context within the SSL's. NULL for
   none. */
static inline SSL *copenssl_verified_ssl(X509_STORE_CTX *context)
{
    for (X509_STORE_CTX *outer = context; outer != NULL; outer = X509_STORE_CTX_get0_parent_ctx(outer)) context = outer;
    return X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
}

/* The random number that a client has chosen for its handshake tells that apart from others of the SSL. */
static inline void copenssl_note_handshake(const SSL *ssl, void *random)
{
    SSL_get_client_random(ssl, random, SSL3_RANDOM_SIZE);
}
static inline bool copenssl_is_of_handshake(const SSL *ssl, const void *random)
{
    unsigned char now[SSL3_RANDOM_SIZE];
    return SSL_get_client_random(ssl, now, sizeof now) == sizeof now && memcmp(now, random, sizeof now) == 0;
}

/* Whether a handshake is over; a key update that is still to be sent is none. */
static inline bool copenssl_is_finished(const SSL *ssl)
{
    return SSL_is_init_finished(ssl) ||
        (SSL_get_state(ssl) == TLS_ST_OK && SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE);
}

/* Whether an application leaves a store's paths to OpenSSL. */
static inline bool copenssl_is_plain(X509_STORE *store)
{
    return store != NULL && X509_STORE_get_get_issuer(store) == NULL && X509_STORE_get_check_issued(store) == NULL &&
        X509_STORE_get_lookup_certs(store) == NULL && X509_STORE_get_verify_cb(store) == NULL &&
        !copenssl_is_taken_over(store);
}

/* The digest that OpenSSL keeps with a certificate that it has looked at. */
static inline bool copenssl_digest(X509 *certificate, void *digest)
{
    unsigned size = 0;
    X509_check_purpose(certificate, -1, 0);
    return X509_digest(certificate, EVP_sha1(), digest, &size) == 1;
}

/* Whether two certificates are one; X509_cmp compares the bytes of all but the signature. */
static inline bool copenssl_is_same(const X509 *one, const X509 *other)
{
    const ASN1_BIT_STRING *signature, *others;
    if (one == other) return true;
    X509_get0_signature(&signature, NULL, one);
    X509_get0_signature(&others, NULL, other);
    return X509_cmp(one, other) == 0 && ASN1_STRING_cmp(signature, others) == 0;
}
static inline bool copenssl_are_same(const STACK_OF(X509) *path, const STACK_OF(X509) *other)
{
    int count = copenssl_stack_count(path);
    if (count != copenssl_stack_count(other)) return false;
    for (int index = 0; index < count; index++)
        if (!copenssl_is_same(sk_X509_value(path, index), sk_X509_value(other, index))) return false;
    return true;
}

static inline int copenssl_is_expected(X509_STORE_CTX *context)
{
    return copenssl_are_same(X509_STORE_CTX_get0_chain(context), X509_STORE_CTX_get_ex_data(context, 0));
}

/* Has a verification succeed with this path alone, without a look at its signatures, which were verified, and at times,
   unless there are those of CRLs to be looked at. False where signatures of anchors, which sign themselves, count. */
static inline bool copenssl_expects(X509_STORE_CTX *context, STACK_OF(X509) *path)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    unsigned long flags = X509_VERIFY_PARAM_get_flags(parameters);
    if ((flags & X509_V_FLAG_CHECK_SS_SIGNATURE) != 0 || X509_STORE_CTX_set_ex_data(context, 0, path) != 1)
        return false;
    X509_STORE_CTX_set_verify(context, copenssl_is_expected);
    if ((flags & X509_V_FLAG_CRL_CHECK) != 0) return true;
    return X509_VERIFY_PARAM_clear_flags(parameters, X509_V_FLAG_USE_CHECK_TIME) == 1 &&
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME) == 1;
}

/* Leaves a name out that a verification would look for, and that is known to be the leaf's. */
static inline void copenssl_leave_host_out(X509_STORE_CTX *context, const char *host)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    const char *name = X509_VERIFY_PARAM_get0_host(parameters, 0);
    if (name != NULL && X509_VERIFY_PARAM_get0_host(parameters, 1) == NULL && strcmp(name, host) == 0)
        X509_VERIFY_PARAM_set1_host(parameters, NULL, 0);
}

/* From when and until when all certificates of a path are valid, in seconds; never, where that cannot be read. */
typedef struct {
    long long from, until;
} copenssl_validity;
static inline copenssl_validity copenssl_validity_of(const STACK_OF(X509) *path)
{
    copenssl_validity validity = { LLONG_MIN, LLONG_MAX };
    for (int index = 0; index < copenssl_stack_count(path); index++) {
        struct tm first, last;
        const X509 *certificate = sk_X509_value(path, index);
        if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &first) != 1 ||
            ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &last) != 1)
            return (copenssl_validity){ 0, 0 };
        long long from = timegm(&first), until = timegm(&last);
        if (from > validity.from) validity.from = from;
        if (until < validity.until) validity.until = until;
    }
    return validity;
}

/* Ends a connection whose handshake is over: the peer is told, and neither side's bytes go through any more. */
static inline void copenssl_end(SSL *ssl)
{
    ERR_set_mark();
    SSL_shutdown(ssl);
    ERR_pop_to_mark();
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

/* Whether a verification looks at all that there is to see. */
static inline bool copenssl_is_full(X509_VERIFY_PARAM *parameters)
{
    return (X509_VERIFY_PARAM_get_flags(parameters) & (X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_IGNORE_CRITICAL)) == 0;
}

/* Whether an SSL's verification is on, and in full. */
static inline bool copenssl_verifies(SSL *ssl)
{
    X509_STORE *store = copenssl_verify_store(ssl);
    return (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0 && copenssl_is_full(SSL_get0_param(ssl)) &&
        !copenssl_is_taken_over(store) && (store == NULL || copenssl_is_full(X509_STORE_get0_param(store)));
}

/* X509_V_OK where a time lies within the validity of a certificate, else what OpenSSL would say. */
static inline int copenssl_validity_at(const X509 *certificate, long long seconds)
{
    time_t time = (time_t)seconds;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &time) >= 0) return X509_V_ERR_CERT_NOT_YET_VALID;
    return X509_cmp_time(X509_get0_notAfter(certificate), &time) > 0 ? X509_V_OK : X509_V_ERR_CERT_HAS_EXPIRED;
}

/* Loads the certificates of a PEM file, and nothing else that stands in it; false where there is none. */
static inline bool copenssl_load_anchors(X509_STORE *store, const char *file)
{
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    return lookup && X509_load_cert_file(lookup, file, X509_FILETYPE_PEM) > 0;
}

/* Whether the last error on this thread's queue says that memory ran out. */
static inline bool copenssl_is_out_of_memory(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}

/* A macro of macros, which Swift does not see. */
static const unsigned long copenssl_name_flags = XN_FLAG_RFC2253;

/* What has been written to a BIO in memory, which keeps it. */
static inline long copenssl_written(BIO *output, char **text) { return BIO_get_mem_data(output, text); }

#endif
