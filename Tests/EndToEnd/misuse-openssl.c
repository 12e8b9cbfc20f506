// SPDX-License-Identifier: Apache-2.0
/* misuse-openssl - what an application may do wrong with the OpenSSL hooks; misuse.h says how it is run. */
#include "misuse.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pinverdict-openssl.h>

typedef struct {
    SSL *client, *server;
} pair;

static SSL_CTX *client_context, *good_server, *other_server;

/* Under valgrind some of the rows are enough, and the newest version. */
static size_t stride(void) { return check_slowly() ? 2 : 1; }
static int first_version(void) { return check_slowly() ? TLS1_3_VERSION : TLS1_2_VERSION; }

static SSL_CTX *server_with(const char *name, bool sends_middle)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    char pem[64], key[64];
    snprintf(pem, sizeof pem, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    CHECK(SSL_CTX_use_certificate_file(context, file(pem), SSL_FILETYPE_PEM) == 1);
    CHECK(SSL_CTX_use_PrivateKey_file(context, file(key), SSL_FILETYPE_PEM) == 1);
    if (sends_middle) {
        BIO *bytes = BIO_new_file(file("middle.pem"), "r");
        SSL_CTX_add_extra_chain_cert(context, PEM_read_bio_X509(bytes, NULL, NULL, NULL));
        BIO_free(bytes);
    }
    return context;
}

static SSL *server_for(SSL *client, SSL_CTX *context)
{
    SSL *server = SSL_new(context);
    BIO *ours = NULL, *theirs = NULL;
    CHECK(BIO_new_bio_pair(&ours, 65536, &theirs, 65536) == 1);
    SSL_set_bio(client, ours, ours);
    SSL_set_bio(server, theirs, theirs);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    return server;
}

static pair new_pair(SSL_CTX *context)
{
    pair both = { SSL_new(client_context), NULL };
    both.server = server_for(both.client, context);
    return both;
}

static bool step(pair both)
{
    bool is_done = SSL_do_handshake(both.client) == 1;
    SSL_do_handshake(both.server);
    ERR_clear_error();
    return is_done;
}

static bool handshake(pair both)
{
    bool is_done = false;
    for (int i = 0; i < 10 && !is_done; i++) is_done = step(both);
    return is_done;
}

static void free_pair(pair both)
{
    SSL_free(both.client);
    SSL_free(both.server);
}

static pinverdict_reason reason_of(pinverdict_checker *checker, SSL *ssl)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_openssl_check(checker, ssl, HOST, &verdict);
    CHECK_EQUAL(decision, verdict.decision);
    CHECK_EQUAL(decision == PINVERDICT_ALLOW, verdict.reason == PINVERDICT_REASON_MATCHED);
    return verdict.reason;
}

static void arguments(void)
{
    pinverdict_checker *checker = checker_under("right.conf");
    pair both = new_pair(good_server);
    check_case("NULL and malformed arguments");
    CHECK_EQUAL(pinverdict_openssl_attach(NULL, checker, HOST), 0);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, NULL, HOST), 0);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, NULL), 0);
    CHECK_EQUAL(pinverdict_openssl_check(NULL, both.client, HOST, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_openssl_check(checker, NULL, HOST, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_openssl_check(checker, both.client, NULL, NULL), PINVERDICT_REFUSE);
    for (int i = 0; i < MALFORMED_HOSTS; i++) {
        check_case("malformed host %s", malformed_hosts[i]);
        CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, malformed_hosts[i]), 0);
        CHECK_EQUAL(pinverdict_openssl_check(checker, both.client, malformed_hosts[i], NULL), PINVERDICT_REFUSE);
    }
    check_case("a server's SSL");
    SSL_set_verify(both.server, SSL_VERIFY_PEER, NULL);
    CHECK_EQUAL(pinverdict_openssl_attach(both.server, checker, HOST), 0);
    SSL_set_verify(both.server, SSL_VERIFY_NONE, NULL);
    check_case("no SSL_VERIFY_PEER");
    SSL_set_verify(both.client, SSL_VERIFY_NONE, NULL);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 0);
    SSL_set_verify(both.client, SSL_VERIFY_PEER, NULL);
    check_case("nothing of all that was kept");
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(reason_of(checker, both.server), PINVERDICT_REASON_NO_VALIDATED_PATH);
    free_pair(both);
    pinverdict_checker_free(checker);
}

static void order_of_calls(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    check_case("attached twice: the first one counts");
    pair both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, wrong, HOST), 1);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 0);
    CHECK(!handshake(both));
    CHECK_EQUAL(SSL_get_verify_result(both.client), X509_V_ERR_APPLICATION_VERIFICATION);
    free_pair(both);

    check_case("attached after the handshake");
    both = new_pair(good_server);
    CHECK(handshake(both));
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 0);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    free_pair(both);

    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        check_case("checked at each step of the handshake, version %x", version);
        both = new_pair(good_server);
        SSL_set_max_proto_version(both.client, version);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
        int steps = 0;
        while (!step(both) && steps++ < 10) {
            CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 0);
            CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
        }
        CHECK(steps > 0);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
        free_pair(both);
    }
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

static void lifetimes(void)
{
    check_case("the checker is freed while an SSL is attached to it");
    pinverdict_checker *checker = checker_under("right.conf");
    pair both = new_pair(good_server), never = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK_EQUAL(pinverdict_openssl_attach(never.client, checker, HOST), 1);
    pinverdict_checker_free(checker);
    CHECK(handshake(both));
    free_pair(both);
    free_pair(never);
    checker = checker_under("wrong.conf");
    both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    pinverdict_checker_free(checker);
    CHECK(!handshake(both));
    free_pair(both);

    check_case("SSL_dup: the copy is not attached, its handshake fails");
    checker = checker_under("right.conf");
    both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    pair copy = { SSL_dup(both.client), NULL };
    CHECK(copy.client != both.client);
    copy.server = server_for(copy.client, good_server);
    CHECK(!handshake(copy));
    free_pair(copy);
    check_case("SSL_dup: the copy can be attached");
    copy.client = SSL_dup(both.client);
    copy.server = server_for(copy.client, good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(copy.client, checker, HOST), 1);
    CHECK(handshake(copy));
    CHECK_EQUAL(reason_of(checker, copy.client), PINVERDICT_REASON_MATCHED);
    free_pair(copy);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);

    check_case("SSL_clear: nothing of the connection before is believed");
    CHECK_EQUAL(SSL_clear(both.client), 1);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
    SSL_free(both.server);
    SSL_set_session(both.client, NULL);
    both.server = server_for(both.client, other_server);
    CHECK(!handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_MATCH);
    check_case("SSL_clear: still attached to the next connection");
    CHECK_EQUAL(SSL_clear(both.client), 1);
    SSL_free(both.server);
    SSL_set_session(both.client, NULL);
    both.server = server_for(both.client, good_server);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    free_pair(both);
    pinverdict_checker_free(checker);
}

static int as_it_is(int ok, X509_STORE_CTX *context)
{
    (void)context;
    return ok;
}

static void replaced_callback(void)
{
    check_case("an application's callback set after attaching replaces it; the check still refuses");
    pinverdict_checker *checker = checker_under("wrong.conf");
    pair both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    SSL_set_verify(both.client, SSL_VERIFY_PEER, as_it_is);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_MATCH);
    free_pair(both);
    pinverdict_checker_free(checker);
}

static int is_revoked(int ok, X509_STORE_CTX *context)
{
    if (X509_STORE_CTX_get_error_depth(context) != 0) return ok;
    X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REVOKED);
    return 0;
}

static int never(int ok, X509_STORE_CTX *context)
{
    (void)ok;
    (void)context;
    return 0;
}

static int lets_pass(int ok, X509_STORE_CTX *context)
{
    (void)ok;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static int lets_pass_by_any_number(int ok, X509_STORE_CTX *context) { return lets_pass(ok, context) + 1; }

static int as_a_boolean(int ok, X509_STORE_CTX *context)
{
    (void)context;
    return ok != 0;
}

/* A callback of the application's, on its trust store or on its SSL, keeps its say where pins are looked at too. */
static void applications_callbacks(void)
{
    enum { POLICIES = X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_NOTIFY_POLICY };
    SSL_CTX *forged = server_with("forged", true);
    const struct {
        const char *name;
        SSL_verify_cb callback;
        SSL_CTX *server;
        const char *policy;
        unsigned long flags;
        bool connects, connects_attached;
        pinverdict_reason reason, reason_attached;
    } rows[] = {
        { "refuses", is_revoked, good_server, "right.conf", 0, false, false, PINVERDICT_REASON_UNTRUSTED_CHAIN,
          PINVERDICT_REASON_UNTRUSTED_CHAIN },
        { "refuses without an error", never, good_server, "right.conf", 0, false, false,
          PINVERDICT_REASON_NO_VALIDATED_PATH, PINVERDICT_REASON_NO_VALIDATED_PATH },
        { "changes nothing", as_it_is, good_server, "right.conf", 0, true, true, PINVERDICT_REASON_MATCHED,
          PINVERDICT_REASON_MATCHED },
        { "changes nothing, wrong pin", as_it_is, good_server, "wrong.conf", 0, true, false, PINVERDICT_REASON_NO_MATCH,
          PINVERDICT_REASON_NO_MATCH },
        { "lets a forged chain pass", lets_pass, forged, "forged.conf", 0, true, false,
          PINVERDICT_REASON_NO_VALIDATED_PATH, PINVERDICT_REASON_NO_VALIDATED_PATH },
        { "lets a forged chain pass with 2", lets_pass_by_any_number, forged, "forged.conf", 0, true, false,
          PINVERDICT_REASON_NO_VALIDATED_PATH, PINVERDICT_REASON_NO_VALIDATED_PATH },
        { "is told of policies", as_it_is, good_server, "right.conf", POLICIES, true, true, PINVERDICT_REASON_MATCHED,
          PINVERDICT_REASON_MATCHED },
        { "is told of policies, answers 1", as_a_boolean, good_server, "right.conf", POLICIES, true, true,
          PINVERDICT_REASON_MATCHED, PINVERDICT_REASON_MATCHED },
        { "none, policies are told of", NULL, good_server, "right.conf", POLICIES, true, true,
          PINVERDICT_REASON_MATCHED, PINVERDICT_REASON_MATCHED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += stride()) {
        pinverdict_checker *checker = checker_under(rows[i].policy);
        for (int on_store = 0; on_store <= 1; on_store++) {
            for (int is_attached = 0; is_attached <= 1; is_attached++) {
                check_case("the %s's callback: %s%s", on_store ? "store" : "SSL", rows[i].name,
                           is_attached ? ", attached" : "");
                pair both = new_pair(rows[i].server);
                X509_STORE *store = SSL_CTX_get_cert_store(client_context);
                X509_STORE_set_verify_cb(store, on_store ? rows[i].callback : NULL);
                SSL_set_verify(both.client, SSL_VERIFY_PEER, on_store ? NULL : rows[i].callback);
                X509_VERIFY_PARAM_set_flags(SSL_get0_param(both.client), rows[i].flags);
                if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                CHECK_EQUAL(handshake(both), is_attached ? rows[i].connects_attached : rows[i].connects);
                CHECK_EQUAL(reason_of(checker, both.client), is_attached ? rows[i].reason_attached : rows[i].reason);
                X509_STORE_set_verify_cb(store, NULL);
                free_pair(both);
            }
        }
        pinverdict_checker_free(checker);
    }
    SSL_CTX_free(forged);
}

/* OpenSSL takes contexts without a store, and verifications of the application's own. */
static X509 *own_anchor;

static int own_verification(X509_STORE_CTX *context, void *argument)
{
    STACK_OF(X509) *anchors = sk_X509_new_null();
    (void)argument;
    sk_X509_push(anchors, own_anchor);
    X509_STORE_CTX_set0_trusted_stack(context, anchors);
    int is_verified = X509_verify_cert(context);
    X509_STORE_CTX_set0_trusted_stack(context, NULL);
    sk_X509_free(anchors);
    return is_verified;
}

static void without_a_store(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    SSL_CTX *with_store = client_context;
    BIO *bytes = BIO_new_file(file("root.pem"), "r");
    own_anchor = PEM_read_bio_X509(bytes, NULL, NULL, NULL);
    BIO_free(bytes);
    client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_store(client_context, NULL);
    for (int is_attached = 0; is_attached <= 1; is_attached++) {
        check_case("no trust store%s", is_attached ? ", attached" : "");
        pair both = new_pair(good_server);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
        if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
        CHECK(!handshake(both));
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_UNTRUSTED_CHAIN);
        free_pair(both);

        check_case("no trust store, the application verifies%s", is_attached ? ", attached" : "");
        SSL_CTX_set_cert_verify_callback(client_context, own_verification, NULL);
        for (int is_right = 0; is_right <= 1; is_right++) {
            both = new_pair(good_server);
            if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, is_right ? checker : wrong, HOST), 1);
            CHECK_EQUAL(handshake(both), is_right || !is_attached);
            CHECK_EQUAL(reason_of(is_right ? checker : wrong, both.client),
                        is_right ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH);
            free_pair(both);
        }
        SSL_CTX_set_cert_verify_callback(client_context, NULL, NULL);
    }
    SSL_CTX_free(client_context);

    check_case("the application verifies, its store has a callback that changes nothing, attached");
    client_context = with_store;
    X509_STORE_set_verify_cb(SSL_CTX_get_cert_store(client_context), as_it_is);
    SSL_CTX_set_cert_verify_callback(client_context, own_verification, NULL);
    pair both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    free_pair(both);
    SSL_CTX_set_cert_verify_callback(client_context, NULL, NULL);
    X509_STORE_set_verify_cb(SSL_CTX_get_cert_store(client_context), NULL);
    X509_free(own_anchor);
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

/* Verifications that the application takes over: they say yes, whatever OpenSSL says, or without asking it. */
static int clears_the_error(X509_STORE_CTX *context, void *argument)
{
    (void)argument;
    X509_verify_cert(context);
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static int looks_at_nothing(X509_STORE_CTX *context, void *argument)
{
    (void)context, (void)argument;
    return 1;
}

static int any_signature(X509_STORE_CTX *context)
{
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static void overridden_verification(void)
{
    static const pinverdict_reason MATCHED = PINVERDICT_REASON_MATCHED, NO_PATH = PINVERDICT_REASON_NO_VALIDATED_PATH;
    typedef int (*verification)(X509_STORE_CTX *, void *);
    SSL_CTX *forged = server_with("forged", true);
    X509_STORE *store = SSL_CTX_get_cert_store(client_context);
    const struct {
        const char *name;
        verification verifies;
        SSL_verify_cb of_ssl, of_store;
        X509_STORE_CTX_verify_fn signatures;
        bool is_forged;
        pinverdict_reason reason, reason_attached;
    } rows[] = {
        { "clears the error", clears_the_error, NULL, NULL, NULL, false, MATCHED, MATCHED },
        /* Nothing shows what the application has done to itself, but that our callback has seen no success. */
        { "clears the error", clears_the_error, NULL, NULL, NULL, true, MATCHED, NO_PATH },
        { "clears the error, the SSL's callback changes nothing", clears_the_error, as_it_is, NULL, NULL, true, NO_PATH,
          NO_PATH },
        { "clears the error, the store's callback changes nothing", clears_the_error, NULL, as_it_is, NULL, true,
          NO_PATH, NO_PATH },
        { "clears the error, the SSL's callback lets it pass", clears_the_error, lets_pass, NULL, NULL, true, NO_PATH,
          NO_PATH },
        { "looks at nothing", looks_at_nothing, NULL, NULL, NULL, false, NO_PATH, NO_PATH },
        { "looks at nothing", looks_at_nothing, NULL, NULL, NULL, true, NO_PATH, NO_PATH },
        { "looks at nothing, with a callback", looks_at_nothing, as_it_is, NULL, NULL, true, NO_PATH, NO_PATH },
        { "the store takes any signature", NULL, NULL, NULL, any_signature, true, NO_PATH, NO_PATH },
        { "the store takes any signature, with a callback", NULL, NULL, as_it_is, any_signature, true, NO_PATH,
          NO_PATH },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += stride()) {
        pinverdict_checker *checker = checker_under(rows[i].is_forged ? "forged.conf" : "right.conf");
        for (int is_attached = 0; is_attached <= 1; is_attached++) {
            check_case("overridden: %s%s%s", rows[i].name, rows[i].is_forged ? ", a forged chain" : "",
                       is_attached ? ", attached" : "");
            SSL_CTX_set_cert_verify_callback(client_context, rows[i].verifies, NULL);
            X509_STORE_set_verify_cb(store, rows[i].of_store);
            X509_STORE_set_verify(store, rows[i].signatures);
            pair both = new_pair(rows[i].is_forged ? forged : good_server);
            SSL_set_verify(both.client, SSL_VERIFY_PEER, rows[i].of_ssl);
            if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
            bool is_connected = handshake(both);
            CHECK(is_connected || (is_attached && rows[i].reason_attached != MATCHED));
            CHECK_EQUAL(reason_of(checker, both.client), is_attached ? rows[i].reason_attached : rows[i].reason);
            free_pair(both);
        }
        pinverdict_checker_free(checker);
    }
    SSL_CTX_set_cert_verify_callback(client_context, NULL, NULL);
    X509_STORE_set_verify_cb(store, NULL);
    X509_STORE_set_verify(store, NULL);

    check_case("a callback that has let an error pass in the handshake before");
    pinverdict_checker *checker = checker_under("right.conf");
    pair both = new_pair(forged);
    SSL_set_verify(both.client, SSL_VERIFY_PEER, lets_pass);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK(!handshake(both));
    CHECK_EQUAL(SSL_clear(both.client), 1);
    SSL_free(both.server);
    both.server = server_for(both.client, good_server);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    free_pair(both);

    check_case("verification off in the handshake, then on, the result set to X509_V_OK, attached");
    both = new_pair(forged);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    SSL_set_verify(both.client, SSL_VERIFY_NONE, SSL_get_verify_callback(both.client));
    CHECK(handshake(both));
    SSL_set_verify(both.client, SSL_VERIFY_PEER, SSL_get_verify_callback(both.client));
    SSL_set_verify_result(both.client, X509_V_OK);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
    free_pair(both);
    pinverdict_checker_free(checker);
    SSL_CTX_free(forged);
}

/* What SSL_dup makes of an SSL that is attached and has a callback of the application's. */
static SSL_verify_cb behind_front;
static int front_calls;

static int front(int ok, X509_STORE_CTX *context)
{
    front_calls++;
    return behind_front(ok, context);
}

static void copies(void)
{
    static const struct {
        const char *name;
        SSL_verify_cb callback;
        bool is_on_store, is_good;
    } rows[] = {
        { "none", NULL, false, true },
        { "changes nothing", as_it_is, false, true },
        { "refuses", is_revoked, false, false },
        { "of the store, changes nothing", as_it_is, true, true },
        { "of the store, refuses", is_revoked, true, false },
    };
    X509_STORE *store = SSL_CTX_get_cert_store(client_context);
    pinverdict_checker *checker = checker_under("right.conf");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int generation = 1; generation <= (check_slowly() ? 1 : 2); generation++) {
            for (int has_front = check_slowly(); has_front <= 1; has_front++) {
                check_case("SSL_dup %d times, the application's callback: %s%s", generation, rows[i].name,
                           has_front ? ", another one in front of the copy's" : "");
                pair both = new_pair(good_server);
                X509_STORE_set_verify_cb(store, rows[i].is_on_store ? rows[i].callback : NULL);
                SSL_set_verify(both.client, SSL_VERIFY_PEER, rows[i].is_on_store ? NULL : rows[i].callback);
                CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                pair copy = { SSL_dup(both.client), NULL };
                if (generation == 2) {
                    SSL *first = copy.client;
                    copy.client = SSL_dup(first);
                    SSL_free(first);
                }
                if (has_front) {
                    behind_front = SSL_get_verify_callback(copy.client);
                    front_calls = 0;
                    SSL_set_verify(copy.client, SSL_VERIFY_PEER, front);
                }
                copy.server = server_for(copy.client, good_server);
                CHECK_EQUAL(pinverdict_openssl_attach(copy.client, checker, HOST), 1);
                CHECK_EQUAL(pinverdict_openssl_attach(copy.client, checker, HOST), 0);
                CHECK_EQUAL(handshake(copy), rows[i].is_good);
                CHECK_EQUAL(reason_of(checker, copy.client),
                            rows[i].is_good ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_UNTRUSTED_CHAIN);
                if (!rows[i].is_good) CHECK_EQUAL(SSL_get_verify_result(copy.client), X509_V_ERR_CERT_REVOKED);
                CHECK_EQUAL(front_calls > 0, has_front);
                front_calls = 0;
                free_pair(copy);
                free_pair(both);
            }
        }
    }
    check_case("a callback of the application's in front of ours, which is the store's too");
    pair both = new_pair(good_server);
    X509_STORE_set_verify_cb(store, NULL);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    X509_STORE_set_verify_cb(store, SSL_get_verify_callback(both.client));
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    free_pair(both);
    X509_STORE_set_verify_cb(store, NULL);
    pinverdict_checker_free(checker);
}

static X509 *certificate(const char *name)
{
    char pem[64];
    snprintf(pem, sizeof pem, "%s.pem", name);
    BIO *bytes = BIO_new_file(file(pem), "r");
    X509 *read = PEM_read_bio_X509(bytes, NULL, NULL, NULL);
    BIO_free(bytes);
    return read;
}

/* Adds an authority's list of revoked certificates, with one or none (NULL). */
static void add_list(X509_STORE *store, const char *name, const char *revoked, long seconds_left)
{
    char pem[64];
    snprintf(pem, sizeof pem, "%s.key", name);
    X509 *issuer = certificate(name);
    BIO *bytes = BIO_new_file(file(pem), "r");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bytes, NULL, NULL, NULL);
    BIO_free(bytes);
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *moment = ASN1_TIME_new();
    X509V3_CTX about;
    X509V3_set_ctx(&about, issuer, NULL, NULL, list, 0);
    X509_EXTENSION *by = X509V3_EXT_conf_nid(NULL, &about, NID_authority_key_identifier, "keyid:always");
    CHECK(X509_CRL_set_version(list, 1) && X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)));
    CHECK(X509_gmtime_adj(moment, -3600) != NULL && X509_CRL_set1_lastUpdate(list, moment));
    CHECK(X509_gmtime_adj(moment, seconds_left) != NULL && X509_CRL_set1_nextUpdate(list, moment));
    if (revoked != NULL) {
        X509 *leaf = certificate(revoked);
        X509_REVOKED *entry = X509_REVOKED_new();
        CHECK(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(leaf)) == 1);
        CHECK(X509_REVOKED_set_revocationDate(entry, moment) == 1 && X509_CRL_add0_revoked(list, entry) == 1);
        X509_free(leaf);
    }
    CHECK(X509_CRL_add_ext(list, by, -1) && X509_CRL_sign(list, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(by);
    ASN1_TIME_free(moment);
    EVP_PKEY_free(key);
    X509_free(issuer);
    /* OpenSSL looks at a list's extensions where it reads one. */
    unsigned char *encoded = NULL;
    int size = i2d_X509_CRL(list, &encoded);
    const unsigned char *reading = encoded;
    X509_CRL_free(list);
    list = d2i_X509_CRL(NULL, &reading, size);
    CHECK(X509_STORE_add_crl(store, list) == 1);
    X509_CRL_free(list);
    OPENSSL_free(encoded);
}

static void attaching_refuses_no_more(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    SSL_CTX *two_keys = server_with("leaf", true), *plain_context = client_context;
    SSL_CTX_add_extra_chain_cert(two_keys, certificate("middle-2"));
    client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    CHECK(SSL_CTX_load_verify_file(client_context, file("root.pem")) == 1);
    add_list(SSL_CTX_get_cert_store(client_context), "middle-2", NULL, 3600);
    for (int is_attached = 0; is_attached <= 1; is_attached++) {
        for (int has_callback = 0; has_callback <= 1; has_callback++) {
            for (int is_extended = 0; is_extended <= 1; is_extended++) {
                check_case("a CRL by the authority's second key, extended support %d, callback %d, attached %d",
                           is_extended, has_callback, is_attached);
                pair both = new_pair(two_keys);
                unsigned long flags = X509_V_FLAG_CRL_CHECK | (is_extended ? X509_V_FLAG_EXTENDED_CRL_SUPPORT : 0);
                X509_VERIFY_PARAM_set_flags(SSL_get0_param(both.client), flags);
                SSL_set_verify(both.client, SSL_VERIFY_PEER, has_callback ? as_it_is : NULL);
                if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                CHECK_EQUAL(handshake(both), is_extended);
                CHECK_EQUAL(reason_of(checker, both.client),
                            is_extended ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_UNTRUSTED_CHAIN);
                free_pair(both);
            }
        }
    }
    check_case("a CRL by the authority's second key, wrong pin, attached");
    pair both = new_pair(two_keys);
    X509_VERIFY_PARAM_set_flags(SSL_get0_param(both.client), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, wrong, HOST), 1);
    CHECK(!handshake(both));
    free_pair(both);
    SSL_CTX_free(client_context);
    SSL_CTX_free(two_keys);
    client_context = plain_context;

    for (int type = SSL_KEY_UPDATE_NOT_REQUESTED; type <= SSL_KEY_UPDATE_REQUESTED; type++) {
        check_case("a key update of type %d that is still to be sent", type);
        both = new_pair(good_server);
        CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
        CHECK(handshake(both));
        CHECK_EQUAL(SSL_key_update(both.client, type), 1);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
        CHECK_EQUAL(reason_of(wrong, both.client), PINVERDICT_REASON_NO_MATCH);
        free_pair(both);
    }

    check_case("TLS_method(): a client once it is told so");
    SSL_CTX *either = SSL_CTX_new(TLS_method());
    SSL_CTX_set_verify(either, SSL_VERIFY_PEER, NULL);
    SSL *undecided = SSL_new(either);
    CHECK_EQUAL(pinverdict_openssl_attach(undecided, checker, HOST), 0);
    SSL_set_connect_state(undecided);
    CHECK_EQUAL(pinverdict_openssl_attach(undecided, checker, HOST), 1);
    SSL_free(undecided);
    SSL_CTX_free(either);
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

/* The server's key and the policy have changed, and the client resumes a session of the time before. */
static int sessions_removed;

static void count_removed(SSL_CTX *context, SSL_SESSION *session)
{
    (void)context, (void)session;
    sessions_removed++;
}

static void rotation(void)
{
    SSL_CTX_sess_set_remove_cb(client_context, count_removed);
    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int is_attached = 0; is_attached <= 1; is_attached++) {
            check_case("a session from before a rotation, version %x%s", version, is_attached ? ", attached" : "");
            SSL_CTX *rotating = server_with("leaf", true);
            pinverdict_checker *checker = checker_under("right.conf");
            SSL_SESSION *session = NULL;
            static const pinverdict_reason reasons[] = { PINVERDICT_REASON_MATCHED, PINVERDICT_REASON_NO_MATCH,
                                                         PINVERDICT_REASON_MATCHED };
            for (int connection = 0; connection < 3; connection++) {
                pair both = new_pair(rotating);
                SSL_set_max_proto_version(both.client, version);
                if (session != NULL) CHECK_EQUAL(SSL_set_session(both.client, session), 1);
                if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                CHECK(handshake(both));
                CHECK_EQUAL(SSL_session_reused(both.client), connection == 1);
                sessions_removed = 0;
                CHECK_EQUAL(reason_of(checker, both.client), reasons[connection]);
                CHECK_EQUAL(sessions_removed, connection == 1);
                if (connection == 0) {
                    char byte;
                    step(both);
                    SSL_read(both.client, &byte, 1); /* the tickets of TLS 1.3 */
                    session = SSL_get1_session(both.client);
                    SSL_CTX_use_certificate_file(rotating, file("direct.pem"), SSL_FILETYPE_PEM);
                    SSL_CTX_use_PrivateKey_file(rotating, file("direct.key"), SSL_FILETYPE_PEM);
                    pinverdict_policy *policy = policy_named("rotated.conf");
                    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
                    pinverdict_policy_free(policy);
                }
                SSL_shutdown(both.client); /* or OpenSSL itself drops the session */
                free_pair(both);
            }
            SSL_SESSION_free(session);
            SSL_CTX_free(rotating);
            pinverdict_checker_free(checker);
        }
    }
    SSL_CTX_sess_set_remove_cb(client_context, NULL);
}

/* What may have changed since a path was seen, with a checker that has seen it: in a full handshake and in a resumed
 * one, whose signatures are known then. Of each the answer is that of a checker that has seen nothing, but where a
 * session was stored: there only who has seen the path can have it. */
static int64_t days_from_now;

static int64_t other_day(void *days) { return time(NULL) + *(int64_t *)days * 86400; }

static pinverdict_checker *checker_by_calendar(const char *name) { return checker_by(other_day, &days_from_now, name); }

static SSL_SESSION *session_of(SSL *client)
{
    char byte;
    SSL_read(client, &byte, 1); /* the tickets of TLS 1.3 */
    SSL_SESSION *session = SSL_get1_session(client);
    SSL_shutdown(client); /* or OpenSSL itself drops the session */
    return session;
}

/* An event for each check: full and resumed, attached or not, allowed, refused, and without a path that is trusted. */
static void events(void)
{
    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int is_attached = 0; is_attached <= 1; is_attached++) {
            check_case("events, version %x%s", version, is_attached ? ", attached" : "");
            pinverdict_checker *checker = checker_with_events("right.conf");
            SSL_SESSION *session = NULL;
            for (int is_resumed = 0; is_resumed <= 1; is_resumed++) {
                pair both = new_pair(good_server);
                SSL_set_max_proto_version(both.client, version);
                if (is_resumed) CHECK_EQUAL(SSL_set_session(both.client, session), 1);
                if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                CHECK(handshake(both));
                CHECK_EQUAL(SSL_session_reused(both.client), is_resumed);
                if (is_attached && !is_resumed) expect_event(checker, PINVERDICT_REASON_MATCHED, false, true);
                expect_no_event(checker);
                CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
                expect_event(checker, PINVERDICT_REASON_MATCHED, is_resumed, true);
                expect_no_event(checker);
                step(both);
                SSL_SESSION *last = session_of(both.client);
                if (is_resumed) SSL_SESSION_free(last);
                if (!is_resumed) session = last;
                free_pair(both);
            }
            pinverdict_checker_free(checker);

            checker = checker_with_events("wrong.conf");
            for (int is_resumed = 0; is_resumed <= !is_attached; is_resumed++) {
                pair both = new_pair(good_server);
                SSL_set_max_proto_version(both.client, version);
                if (is_resumed) CHECK_EQUAL(SSL_set_session(both.client, session), 1);
                if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
                CHECK_EQUAL(handshake(both), !is_attached);
                if (is_attached) expect_event(checker, PINVERDICT_REASON_NO_MATCH, false, true);
                expect_no_event(checker);
                CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_MATCH);
                /* What has ended the handshake is no second check. */
                if (!is_attached) expect_event(checker, PINVERDICT_REASON_NO_MATCH, is_resumed, true);
                expect_no_event(checker);
                free_pair(both);
            }
            SSL_SESSION_free(session);
            pinverdict_checker_free(checker);
        }
    }
    check_case("events: an untrusted chain");
    pinverdict_checker *checker = checker_with_events("right.conf");
    SSL_CTX *usual = client_context;
    client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    pair both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK(!handshake(both));
    expect_event(checker, PINVERDICT_REASON_UNTRUSTED_CHAIN, false, false);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_UNTRUSTED_CHAIN);
    expect_no_event(checker);
    free_pair(both);
    SSL_CTX_free(client_context);
    client_context = usual;
    pinverdict_checker_free(checker);
}

/* A session as it comes back from its stored form, with another last byte in the signature of its leaf if so wanted. */
static SSL_SESSION *stored(SSL_SESSION *session, bool is_forged)
{
    unsigned char *bytes = NULL, *leaf = NULL;
    int size = i2d_SSL_SESSION(session, &bytes), leaf_size = i2d_X509(SSL_SESSION_get0_peer(session), &leaf);
    unsigned char *found = memmem(bytes, (size_t)size, leaf, (size_t)leaf_size);
    CHECK(found != NULL);
    if (is_forged) found[leaf_size - 1] ^= 1;
    OPENSSL_free(leaf);
    const unsigned char *reading = bytes;
    SSL_SESSION *read = d2i_SSL_SESSION(NULL, &reading, size);
    OPENSSL_free(bytes);
    return read;
}

typedef enum {
    NOTHING,
    NO_ANCHOR,
    OTHER_ANCHOR,
    PARTIAL,
    EXPIRED,
    NOT_YET,
    OTHER_HOST,
    SAME_NAME,
    OTHER_NAME,
    TWO_NAMES,
    OTHER_POLICY,
    REVOKED,
    LISTED,
    LISTED_LONG_AGO,
    DISTRUSTED,
    LEVEL,
    PARAMETERS_LEVEL,
    PURPOSE,
    SWITCHED_OFF,
    OWN_SIGNATURES,
    ANCHORS_CHECKED,
    STORED_FORM,
    OTHER_SIGNATURE,
    CHANGES
} change;

static X509_STORE *store_of(change what)
{
    X509_STORE *store = X509_STORE_new();
    X509 *root = certificate("root"), *impostor = certificate("impostor"), *middle = certificate("middle");
    if (what == DISTRUSTED) X509_add1_reject_object(root, OBJ_nid2obj(NID_server_auth));
    if (what != NO_ANCHOR && what != PARTIAL) X509_STORE_add_cert(store, what == OTHER_ANCHOR ? impostor : root);
    if (what == PARTIAL) X509_STORE_add_cert(store, middle);
    if (what == PARTIAL) X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    if (what == OWN_SIGNATURES) X509_STORE_set_verify(store, any_signature);
    if (what == REVOKED || what == LISTED || what == LISTED_LONG_AGO) {
        add_list(store, "middle", what == REVOKED ? "leaf" : NULL, what == LISTED_LONG_AGO ? -1800 : 3600);
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    }
    if (what == ANCHORS_CHECKED) X509_STORE_set_flags(store, X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_free(root);
    X509_free(impostor);
    X509_free(middle);
    return store;
}

static void changes_are_noticed(void)
{
    static const struct {
        change what;
        const char *name;
        pinverdict_reason reason;
    } rows[] = {
        { NOTHING, "nothing", PINVERDICT_REASON_MATCHED },
        { NO_ANCHOR, "the anchor is gone", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { OTHER_ANCHOR, "another anchor of the same name", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { PARTIAL, "the intermediate is the anchor", PINVERDICT_REASON_NO_MATCH },
        { EXPIRED, "expired", PINVERDICT_REASON_CERTIFICATE_EXPIRED },
        { NOT_YET, "not yet valid", PINVERDICT_REASON_CERTIFICATE_EXPIRED },
        { OTHER_HOST, "another host", PINVERDICT_REASON_HOSTNAME_MISMATCH },
        { SAME_NAME, "the SSL looks for the host", PINVERDICT_REASON_MATCHED },
        { OTHER_NAME, "the SSL looks for another host", PINVERDICT_REASON_HOSTNAME_MISMATCH },
        { TWO_NAMES, "the SSL looks for either", PINVERDICT_REASON_MATCHED },
        { OTHER_POLICY, "another policy", PINVERDICT_REASON_NO_MATCH },
        { REVOKED, "the leaf is revoked", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { LISTED, "the leaf is not revoked", PINVERDICT_REASON_MATCHED },
        { LISTED_LONG_AGO, "the list of what is revoked is too old", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { DISTRUSTED, "the anchor is distrusted for servers", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { LEVEL, "a stricter security level", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { PARAMETERS_LEVEL, "a stricter level of the parameters", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { PURPOSE, "another purpose", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { SWITCHED_OFF, "verification is off", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { OWN_SIGNATURES, "signatures are the application's", PINVERDICT_REASON_NO_VALIDATED_PATH },
        { ANCHORS_CHECKED, "signatures of anchors count", PINVERDICT_REASON_MATCHED },
        { STORED_FORM, "the session was stored", PINVERDICT_REASON_MATCHED },
        { OTHER_SIGNATURE, "and the leaf's signature is another", PINVERDICT_REASON_NO_VALIDATED_PATH },
    };
    CHECK_EQUAL(sizeof rows / sizeof *rows, CHANGES);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += 2 * stride() - 1) {
        for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
            for (int is_warm = check_slowly(); is_warm <= 1; is_warm++) {
                check_case("changed: %s, version %x, %s", rows[i].name, version, is_warm ? "warm" : "cold");
                days_from_now = 0;
                pinverdict_checker *checker = checker_by_calendar("root-pin.conf");
                pinverdict_checker *cold = checker_by_calendar("root-pin.conf");
                pair first = new_pair(good_server);
                SSL_set_max_proto_version(first.client, version);
                CHECK(handshake(first));
                step(first);
                /* Twice: built, and known to be built. */
                for (int times = 0; times < 2; times++)
                    CHECK_EQUAL(reason_of(checker, first.client), PINVERDICT_REASON_MATCHED);
                SSL_SESSION *session = session_of(first.client);
                free_pair(first);
                for (int resumptions = 0; resumptions < 2; resumptions++) { /* signatures are verified, and known */
                    pair again = new_pair(good_server);
                    SSL_set_max_proto_version(again.client, version);
                    CHECK_EQUAL(SSL_set_session(again.client, session), 1);
                    CHECK(handshake(again));
                    step(again);
                    CHECK(SSL_session_reused(again.client));
                    CHECK_EQUAL(reason_of(checker, again.client), PINVERDICT_REASON_MATCHED);
                    SSL_SESSION_free(session);
                    session = session_of(again.client);
                    free_pair(again);
                }
                if (!is_warm) {
                    pinverdict_checker_free(checker);
                    checker = cold;
                    cold = NULL;
                }
                bool is_stored = rows[i].what == STORED_FORM || rows[i].what == OTHER_SIGNATURE;
                SSL_SESSION *used = is_stored ? stored(session, rows[i].what == OTHER_SIGNATURE)
                                              : SSL_SESSION_dup(session);
                pair last = new_pair(good_server);
                SSL_set_max_proto_version(last.client, version);
                CHECK_EQUAL(SSL_set_session(last.client, used), 1);
                CHECK(handshake(last));
                CHECK(SSL_session_reused(last.client));
                X509_STORE *store = store_of(rows[i].what);
                SSL_set1_verify_cert_store(last.client, store);
                if (rows[i].what == EXPIRED) days_from_now = 8;
                if (rows[i].what == NOT_YET) days_from_now = -8;
                if (rows[i].what == SAME_NAME || rows[i].what == TWO_NAMES) SSL_set1_host(last.client, HOST);
                if (rows[i].what == OTHER_NAME) SSL_set1_host(last.client, "elsewhere.test");
                if (rows[i].what == TWO_NAMES) SSL_add1_host(last.client, "elsewhere.test");
                if (rows[i].what == LEVEL) SSL_set_security_level(last.client, 4);
                if (rows[i].what == PARAMETERS_LEVEL) X509_VERIFY_PARAM_set_auth_level(SSL_get0_param(last.client), 4);
                if (rows[i].what == PURPOSE)
                    X509_VERIFY_PARAM_set_purpose(SSL_get0_param(last.client), X509_PURPOSE_SSL_CLIENT);
                if (rows[i].what == SWITCHED_OFF) SSL_set_verify(last.client, SSL_VERIFY_NONE, NULL);
                if (rows[i].what == OTHER_POLICY) {
                    pinverdict_policy *policy = policy_named("moved.conf");
                    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
                    pinverdict_policy_free(policy);
                }
                pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
                const char *host = rows[i].what == OTHER_HOST ? "elsewhere.test" : HOST;
                bool has_no_path = rows[i].what == STORED_FORM && !is_warm;
                pinverdict_decision decision = pinverdict_openssl_check(checker, last.client, host, &verdict);
                CHECK_EQUAL(verdict.reason, has_no_path ? PINVERDICT_REASON_NO_VALIDATED_PATH : rows[i].reason);
                CHECK_EQUAL(decision == PINVERDICT_ALLOW, verdict.reason == PINVERDICT_REASON_MATCHED);
                X509_STORE_free(store);
                SSL_SESSION_free(session);
                SSL_SESSION_free(used);
                free_pair(last);
                pinverdict_checker_free(checker);
                pinverdict_checker_free(cold);
            }
        }
    }
    days_from_now = 0;

    check_case("what an overridden verification let pass is known to nobody");
    SSL_CTX *forged = server_with("forged", true);
    for (int has_callback = 0; has_callback <= 1; has_callback++) {
        pinverdict_checker *checker = checker_under("forged.conf");
        SSL_CTX_set_cert_verify_callback(client_context, clears_the_error, NULL);
        pair both = new_pair(forged);
        SSL_set_verify(both.client, SSL_VERIFY_PEER, has_callback ? as_it_is : NULL);
        CHECK(handshake(both));
        step(both);
        for (int times = 0; times < 2; times++)
            CHECK_EQUAL(reason_of(checker, both.client),
                        has_callback ? PINVERDICT_REASON_NO_VALIDATED_PATH : PINVERDICT_REASON_MATCHED);
        SSL_SESSION *session = session_of(both.client);
        free_pair(both);
        SSL_CTX_set_cert_verify_callback(client_context, NULL, NULL);
        both = new_pair(forged);
        CHECK_EQUAL(SSL_set_session(both.client, session), 1);
        CHECK(handshake(both) || has_callback); /* a session that was refused is not resumed */
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
        SSL_SESSION_free(session);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
    SSL_CTX_free(forged);
}

/* A checker that is attached to a context is asked of each of its client connections. */
static int steps_told;

static void count_steps(const SSL *ssl, int step, int value)
{
    (void)ssl, (void)step, (void)value;
    steps_told++;
}

static SSL_CTX *attached_context(pinverdict_checker *checker, const char *host)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    CHECK(SSL_CTX_load_verify_file(context, file("root.pem")) == 1);
    SSL_CTX_set_info_callback(context, count_steps);
    CHECK_EQUAL(pinverdict_openssl_attach_context(context, checker, host), 1);
    CHECK_EQUAL(pinverdict_openssl_attach_context(context, checker, host), 0);
    return context;
}

/* Whether a byte comes from the client to the server, and back. */
static bool bytes_pass(pair both)
{
    char byte = 0;
    bool is_sent = SSL_write(both.client, "x", 1) == 1;
    bool is_received = SSL_read(both.server, &byte, 1) == 1 && byte == 'x';
    CHECK_EQUAL(is_sent, is_received);
    bool is_answered = SSL_write(both.server, "y", 1) == 1 && SSL_read(both.client, &byte, 1) == 1 && byte == 'y';
    CHECK_EQUAL(is_answered, is_received);
    ERR_clear_error();
    return is_received;
}

static void contexts(void)
{
    pinverdict_checker *checker = checker_under("right.conf");
    SSL_CTX *plain = client_context;
    check_case("a context: arguments");
    CHECK_EQUAL(pinverdict_openssl_attach_context(NULL, checker, HOST), 0);
    CHECK_EQUAL(pinverdict_openssl_attach_context(plain, NULL, HOST), 0);
    for (int i = 0; i < MALFORMED_HOSTS; i++)
        CHECK_EQUAL(pinverdict_openssl_attach_context(plain, checker, malformed_hosts[i]), 0);
    CHECK(SSL_CTX_get_info_callback(plain) == NULL);
    pinverdict_checker_free(checker);

    static const struct {
        const char *name, *policy, *host, *looks_for, *looks_for_too, *address;
        bool connects;
    } rows[] = {
        { "the right pin", "right.conf", HOST, NULL, NULL, NULL, true },
        { "the wrong pin", "wrong.conf", HOST, NULL, NULL, NULL, false },
        { "the wrong host", "elsewhere.conf", "elsewhere.test", NULL, NULL, NULL, false },
        { "the name that the SSL looks for", "right.conf", NULL, HOST, NULL, NULL, true },
        { "the name that the SSL looks for, wrong pin", "wrong.conf", NULL, HOST, NULL, NULL, false },
        { "no name", "right.conf", NULL, NULL, NULL, NULL, false },
        { "no name, policy off", "off.conf", NULL, NULL, NULL, NULL, false },
        { "two names", "right.conf", NULL, HOST, "elsewhere.test", NULL, false },
        { "an address", "address.conf", NULL, NULL, NULL, "127.0.0.1", true },
        { "an address, wrong pin", "address2.conf", NULL, NULL, NULL, "127.0.0.1", true },
    };
    SSL_CTX *address_server = server_with("address", true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += stride()) {
        for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
            check_case("a context: %s, version %x", rows[i].name, version);
            checker = checker_under(rows[i].policy);
            client_context = attached_context(checker, rows[i].host);
            pinverdict_checker_free(checker); /* the context keeps it */
            pair both = new_pair(rows[i].address != NULL ? address_server : good_server);
            SSL_set_max_proto_version(both.client, version);
            if (rows[i].looks_for != NULL) SSL_set1_host(both.client, rows[i].looks_for);
            if (rows[i].looks_for_too != NULL) SSL_add1_host(both.client, rows[i].looks_for_too);
            if (rows[i].address != NULL) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(both.client), rows[i].address);
            steps_told = 0;
            CHECK_EQUAL(handshake(both), rows[i].connects);
            step(both);
            CHECK(steps_told > 2);
            if (rows[i].connects) CHECK(bytes_pass(both));
            free_pair(both);
            SSL_CTX_free(client_context);
        }
    }
    SSL_CTX_free(address_server);

    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int is_rotated = 0; is_rotated <= 1; is_rotated++) {
            check_case("a context: a resumed session, version %x%s", version, is_rotated ? ", rotated" : "");
            checker = checker_under("right.conf");
            client_context = attached_context(checker, HOST);
            pair both = new_pair(good_server);
            SSL_set_max_proto_version(both.client, version);
            CHECK(handshake(both));
            step(both);
            SSL_SESSION *session = session_of(both.client);
            free_pair(both);
            if (is_rotated) {
                pinverdict_policy *policy = policy_named("moved.conf");
                CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
                pinverdict_policy_free(policy);
            }
            both = new_pair(good_server);
            SSL_set_max_proto_version(both.client, version);
            CHECK_EQUAL(SSL_set_session(both.client, session), 1);
            CHECK(handshake(both));
            step(both);
            CHECK(SSL_session_reused(both.client));
            CHECK_EQUAL(bytes_pass(both), !is_rotated);
            CHECK_EQUAL(SSL_SESSION_is_resumable(SSL_get_session(both.client)), !is_rotated);
            if (is_rotated) CHECK(SSL_get_shutdown(both.server) & SSL_RECEIVED_SHUTDOWN);
            SSL_SESSION_free(session);
            free_pair(both);
            SSL_CTX_free(client_context);
            pinverdict_checker_free(checker);
        }
        check_case("a context: verification is off, version %x", version);
        checker = checker_under("right.conf");
        client_context = attached_context(checker, HOST);
        pair both = new_pair(good_server);
        SSL_set_max_proto_version(both.client, version);
        SSL_set_verify(both.client, SSL_VERIFY_NONE, NULL);
        CHECK(handshake(both));
        step(both);
        CHECK(!bytes_pass(both));
        free_pair(both);

        check_case("a context: an SSL that is attached itself, version %x", version);
        pinverdict_checker *wrong = checker_under("wrong.conf");
        both = new_pair(good_server);
        SSL_set_max_proto_version(both.client, version);
        CHECK_EQUAL(pinverdict_openssl_attach(both.client, wrong, HOST), 1);
        CHECK(!handshake(both));
        free_pair(both);
        pinverdict_checker_free(wrong);
        pinverdict_checker_free(checker);
        SSL_CTX_free(client_context);
    }

    check_case("a context: its servers are left alone");
    client_context = plain;
    checker = checker_under("wrong.conf");
    SSL_CTX *either = attached_context(checker, HOST);
    CHECK(SSL_CTX_use_certificate_file(either, file("direct.pem"), SSL_FILETYPE_PEM) == 1);
    CHECK(SSL_CTX_use_PrivateKey_file(either, file("direct.key"), SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_verify(either, SSL_VERIFY_NONE, NULL);
    pair both = new_pair(either);
    CHECK(handshake(both));
    step(both);
    CHECK(bytes_pass(both));
    free_pair(both);
    SSL_CTX_free(either);
    pinverdict_checker_free(checker);
}

/* An information callback that the application sets afterwards replaces the context's; full handshakes are refused all
   the same, by the context's verify callback, which takes none of the application's its say. */
static void contexts_replaced(void)
{
    enum { NOTHING_REPLACED, OF_CONTEXT, OF_SSL, WAYS };
    static const char *const ways[] = { "nothing", "the context's", "the SSL's" };
    static const struct {
        const char *name;
        SSL_verify_cb callback; /* the application's, set on the context before */
        bool has_front;         /* and another one, in front of the SSL's */
        const char *policy, *server;
        bool connects;
    } rows[] = {
        { "the right pin", NULL, false, "right.conf", "leaf", true },
        { "the wrong pin", NULL, false, "wrong.conf", "leaf", false },
        { "the wrong pin, report-only", NULL, false, "report.conf", "leaf", true },
        { "changes nothing", as_it_is, false, "right.conf", "leaf", true },
        { "changes nothing, wrong pin", as_it_is, false, "wrong.conf", "leaf", false },
        { "refuses", is_revoked, false, "right.conf", "leaf", false },
        { "lets pass", lets_pass, false, "forged.conf", "forged", false },
        { "another in front", NULL, true, "right.conf", "leaf", true },
        { "another in front, wrong pin", NULL, true, "wrong.conf", "leaf", false },
        { "refuses, another in front", is_revoked, true, "right.conf", "leaf", false },
        { "lets pass, another in front", lets_pass, true, "forged.conf", "forged", false },
    };
    SSL_CTX *plain = client_context;
    for (size_t i = 0; i < WAYS * sizeof rows / sizeof *rows; i += stride()) {
        for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
            unsigned way = i % WAYS;
            check_case("a context: %s is replaced, %s, version %x", ways[way], rows[i / WAYS].name, version);
            pinverdict_checker *checker = checker_under(rows[i / WAYS].policy);
            SSL_CTX *server = server_with(rows[i / WAYS].server, true);
            client_context = SSL_CTX_new(TLS_method());
            SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, rows[i / WAYS].callback);
            CHECK(SSL_CTX_load_verify_file(client_context, file("root.pem")) == 1);
            CHECK_EQUAL(pinverdict_openssl_attach_context(client_context, checker, HOST), 1);
            if (way == OF_CONTEXT) SSL_CTX_set_info_callback(client_context, count_steps);
            pair both = new_pair(server);
            SSL_set_max_proto_version(both.client, version);
            if (way == OF_SSL) SSL_set_info_callback(both.client, count_steps);
            if (rows[i / WAYS].has_front) {
                behind_front = SSL_CTX_get_verify_callback(client_context);
                SSL_set_verify(both.client, SSL_VERIFY_PEER, front);
            }
            front_calls = 0;
            CHECK_EQUAL(handshake(both), rows[i / WAYS].connects);
            step(both);
            CHECK_EQUAL(bytes_pass(both), rows[i / WAYS].connects);
            CHECK_EQUAL(front_calls > 0, rows[i / WAYS].has_front);
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            CHECK(pinverdict_openssl_verdict(both.client, &verdict));
            CHECK_EQUAL(verdict.decision == PINVERDICT_ALLOW, rows[i / WAYS].connects);
            CHECK_EQUAL(pinverdict_openssl_check(checker, both.client, HOST, NULL), verdict.decision);
            free_pair(both);
            SSL_CTX_free(client_context);
            SSL_CTX_free(server);
            pinverdict_checker_free(checker);
        }
    }

    check_case("a context: the application's callback of its servers");
    client_context = plain;
    pinverdict_checker *checker = checker_under("wrong.conf");
    for (int is_refusing = 0; is_refusing <= 1; is_refusing++) {
        SSL_CTX *either = server_with("leaf", true);
        front_calls = 0;
        behind_front = is_refusing ? never : lets_pass;
        SSL_CTX_set_verify(either, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, front);
        CHECK_EQUAL(pinverdict_openssl_attach_context(either, checker, HOST), 1);
        pair both = new_pair(either);
        CHECK(SSL_use_certificate_file(both.client, file("direct.pem"), SSL_FILETYPE_PEM) == 1);
        CHECK(SSL_use_PrivateKey_file(both.client, file("direct.key"), SSL_FILETYPE_PEM) == 1);
        CHECK(handshake(both));
        step(both);
        CHECK_EQUAL(SSL_is_init_finished(both.server), !is_refusing);
        CHECK(front_calls > 0);
        free_pair(both);
        SSL_CTX_free(either);
    }
    pinverdict_checker_free(checker);
}

/* An SSL that is used once more, for another host: it is the name of the moment that is checked. */
static void contexts_used_again(void)
{
    SSL_CTX *plain = client_context, *server = server_with("wildcard", true);
    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int is_replaced = 0; is_replaced <= 1; is_replaced++) {
            for (int is_pinned_first = 0; is_pinned_first <= 1; is_pinned_first++) {
                check_case("a context: used again, version %x%s%s", version, is_replaced ? ", replaced" : "",
                           is_pinned_first ? ", the pinned host first" : "");
                pinverdict_checker *checker = checker_under("one-of-wild.conf");
                client_context = attached_context(checker, NULL);
                if (is_replaced) SSL_CTX_set_info_callback(client_context, count_steps);
                pair both = new_pair(server);
                for (int use = 0; use <= 1; use++) {
                    bool is_pinned = (use == 0) == (is_pinned_first == 1);
                    if (use == 1) {
                        SSL_set_shutdown(both.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
                        CHECK_EQUAL(SSL_clear(both.client), 1);
                        SSL_set_session(both.client, NULL);
                        SSL_free(both.server);
                        both.server = server_for(both.client, server);
                    }
                    SSL_set_max_proto_version(both.client, version);
                    SSL_set1_host(both.client, is_pinned ? "b.wild.test" : "a.wild.test");
                    CHECK_EQUAL(handshake(both), !is_pinned);
                    step(both);
                    CHECK_EQUAL(bytes_pass(both), !is_pinned);
                    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
                    CHECK(pinverdict_openssl_verdict(both.client, &verdict));
                    CHECK_EQUAL(verdict.reason, is_pinned ? PINVERDICT_REASON_NO_MATCH : PINVERDICT_REASON_NOT_PINNED);
                }
                free_pair(both);
                SSL_CTX_free(client_context);
                pinverdict_checker_free(checker);
            }
        }
    }
    client_context = plain;
    SSL_CTX_free(server);
}

static SSL_CTX *other_context;
static int to_other_context(SSL *ssl, int *alert, void *argument)
{
    (void)alert, (void)argument;
    return SSL_set_SSL_CTX(ssl, other_context) != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A server's SSL that takes another context by the name that the client asks for: its clients are verified as the
   application has it. */
static void contexts_of_servers(void)
{
    SSL_CTX *plain = client_context;
    pinverdict_checker *checker = checker_under("wrong.conf");
    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int is_refusing = 0; is_refusing <= 1; is_refusing++) {
            check_case("a context: a server that takes another, version %x, %d", version, is_refusing);
            SSL_CTX *first = server_with("leaf", true);
            other_context = server_with("leaf", true);
            front_calls = 0;
            behind_front = is_refusing ? never : lets_pass;
            SSL_CTX_set_verify(first, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, front);
            SSL_CTX_set_tlsext_servername_callback(first, to_other_context);
            CHECK_EQUAL(pinverdict_openssl_attach_context(first, checker, HOST), 1);
            pair both = new_pair(first);
            SSL_set_max_proto_version(both.client, version);
            SSL_set_tlsext_host_name(both.client, HOST);
            CHECK(SSL_use_certificate_file(both.client, file("direct.pem"), SSL_FILETYPE_PEM) == 1);
            CHECK(SSL_use_PrivateKey_file(both.client, file("direct.key"), SSL_FILETYPE_PEM) == 1);
            handshake(both);
            step(both);
            CHECK_EQUAL(SSL_is_init_finished(both.server), !is_refusing);
            CHECK(front_calls > 0);
            free_pair(both);
            SSL_CTX_free(first);
            SSL_CTX_free(other_context);
        }
    }
    client_context = plain;
    pinverdict_checker_free(checker);
}

static void *connect_often(void *checker)
{
    intptr_t all_allowed = 1;
    for (int i = 0; i < 4; i++) {
        pair both = new_pair(good_server);
        if (pinverdict_openssl_attach(both.client, checker, HOST) != 1 || !handshake(both) ||
            pinverdict_openssl_check(checker, both.client, HOST, NULL) != PINVERDICT_ALLOW)
            all_allowed = 0;
        free_pair(both);
    }
    return (void *)all_allowed;
}

/* What is told of an attached SSL, and of none: the last verdict of its last handshake. */
static void what_is_told(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT, short_one = { .struct_size = 1 };
    check_case("%s", "what is told");
    CHECK(!pinverdict_openssl_verdict(NULL, NULL) && !pinverdict_openssl_verdict(NULL, &verdict));
    CHECK_EQUAL(verdict.decision, PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_NONE);

    pair both = new_pair(good_server);
    CHECK(handshake(both));
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    CHECK(!pinverdict_openssl_verdict(both.client, &verdict)); // not attached
    free_pair(both);

    both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, wrong, HOST), 1);
    CHECK(!pinverdict_openssl_verdict(both.client, &verdict));
    CHECK(!handshake(both));
    CHECK(pinverdict_openssl_verdict(both.client, NULL) && !pinverdict_openssl_verdict(both.client, &short_one));
    CHECK(pinverdict_openssl_verdict(both.client, &verdict));
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_NO_MATCH);
    CHECK(strcmp(verdict.rule, HOST) == 0);
    /* Another checker, and another host, were not asked. */
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
    CHECK_EQUAL(pinverdict_openssl_check(wrong, both.client, "elsewhere.test", &verdict), PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_NO_VALIDATED_PATH);
    free_pair(both);

    both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
    CHECK(handshake(both));
    CHECK(pinverdict_openssl_verdict(both.client, &verdict));
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(reason_of(wrong, both.client), PINVERDICT_REASON_NO_MATCH);
    CHECK(pinverdict_openssl_verdict(both.client, &verdict));
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_NO_MATCH);
    free_pair(both);
    check_case("%s", "");
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

/* The path that a check shows, after a handshake that failed too. */
static shown_path path_of(pinverdict_checker *checker, SSL *ssl, const char *host, pinverdict_reason reason)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    shown_path shown = { 0 };
    pinverdict_decision decision = pinverdict_openssl_check_path(checker, ssl, host, &verdict, see_path, &shown);
    CHECK_EQUAL(decision, verdict.decision);
    CHECK_EQUAL(verdict.reason, reason);
    return shown;
}

/* Each entry counts the checks that it makes, to one: how a connection ends, and what is asked of it then. */
static void counts(void)
{
    static const struct {
        const char *policy;
        uint64_t in_handshake, each; /* what has ended the handshake is no second check */
    } rows[] = { { "right.conf", 1, 1 }, { "wrong.conf", 1, 0 } };
    for (int version = first_version(); version <= TLS1_3_VERSION; version++) {
        for (int i = 0; i < 2; i++) {
            check_case("counts: attached, %s, version %x", rows[i].policy, version);
            pinverdict_checker *checker = checker_under(rows[i].policy);
            pinverdict_reason reason = i == 0 ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH;
            pair both = new_pair(good_server);
            SSL_set_max_proto_version(both.client, version);
            CHECK_EQUAL(pinverdict_openssl_attach(both.client, checker, HOST), 1);
            CHECK_EQUAL(checks_counted(checker), 0);
            CHECK_EQUAL(handshake(both), i == 0);
            uint64_t expected = rows[i].in_handshake;
            CHECK_EQUAL(checks_counted(checker), expected);
            CHECK_EQUAL(pinverdict_openssl_verdict(both.client, NULL), true);
            CHECK_EQUAL(checks_counted(checker), expected); /* asks for none */
            CHECK_EQUAL(reason_of(checker, both.client), reason);
            CHECK_EQUAL(checks_counted(checker), expected += rows[i].each);
            CHECK_EQUAL(path_of(checker, both.client, HOST, reason).count, 3);
            CHECK_EQUAL(checks_counted(checker), expected += rows[i].each);
            free_pair(both);

            check_case("counts: not attached, %s, version %x", rows[i].policy, version);
            both = new_pair(good_server);
            SSL_set_max_proto_version(both.client, version);
            CHECK(handshake(both));
            CHECK_EQUAL(path_of(checker, both.client, HOST, reason).count, 3);
            CHECK_EQUAL(checks_counted(checker), ++expected);
            free_pair(both);
            pinverdict_checker_free(checker);

            check_case("counts: a context, %s, version %x", rows[i].policy, version);
            checker = checker_under(rows[i].policy);
            SSL_CTX *usual = client_context;
            client_context = attached_context(checker, HOST);
            SSL_SESSION *session = NULL;
            expected = 0;
            for (int is_resumed = 0; is_resumed <= (i == 0); is_resumed++) {
                both = new_pair(good_server);
                SSL_set_max_proto_version(both.client, version);
                if (is_resumed) CHECK_EQUAL(SSL_set_session(both.client, session), 1);
                CHECK_EQUAL(handshake(both), i == 0);
                CHECK_EQUAL(SSL_session_reused(both.client), is_resumed);
                /* In the handshake where it is a full one, and at its end. */
                CHECK_EQUAL(checks_counted(checker), expected += i == 0 && !is_resumed ? 2 : 1);
                if (i == 0) CHECK(bytes_pass(both));
                CHECK_EQUAL(checks_counted(checker), expected);
                if (i == 0 && !is_resumed) session = session_of(both.client);
                free_pair(both);
            }
            SSL_SESSION_free(session);
            SSL_CTX_free(client_context);
            client_context = usual;
            pinverdict_checker_free(checker);
        }
    }
}

static void refused_path(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    check_case("the path that ended a handshake");
    pair both = new_pair(good_server);
    CHECK(handshake(both));
    shown_path allowed = path_of(checker, both.client, HOST, PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(allowed.count, 3);
    free_pair(both);

    both = new_pair(good_server);
    CHECK_EQUAL(pinverdict_openssl_attach(both.client, wrong, HOST), 1);
    CHECK_EQUAL(path_of(wrong, both.client, HOST, PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0); /* not begun */
    CHECK(!handshake(both));
    for (int times = 0; times < 2; times++) {
        shown_path refused = path_of(wrong, both.client, HOST, PINVERDICT_REASON_NO_MATCH);
        CHECK_EQUAL(refused.count, allowed.count);
        CHECK(refused.size == allowed.size && memcmp(refused.bytes, allowed.bytes, allowed.size) == 0);
    }
    CHECK_EQUAL(reason_of(wrong, both.client), PINVERDICT_REASON_NO_MATCH);
    CHECK_EQUAL(path_of(wrong, both.client, "elsewhere.test", PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0);
    CHECK_EQUAL(path_of(checker, both.client, HOST, PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0);
    /* The SSL's next handshake knows nothing of it. */
    CHECK_EQUAL(SSL_clear(both.client), 1);
    CHECK_EQUAL(path_of(wrong, both.client, HOST, PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0);
    free_pair(both);
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    check_begin();
    alarm(400); /* valgrind on a busy machine */
    client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    CHECK(SSL_CTX_load_verify_file(client_context, file("root.pem")) == 1);
    good_server = server_with("leaf", true);
    other_server = server_with("direct", false);
    arguments();
    order_of_calls();
    lifetimes();
    replaced_callback();
    applications_callbacks();
    without_a_store();
    overridden_verification();
    copies();
    attaching_refuses_no_more();
    rotation();
    events();
    changes_are_noticed();
    contexts();
    contexts_replaced();
    contexts_used_again();
    contexts_of_servers();
    what_is_told();
    counts();
    refused_path();
    check_case("two threads, one checker, and a policy that is replaced");
    pinverdict_checker *checker = checker_under("right.conf");
    with_threads(checker, connect_often);
    pinverdict_checker_free(checker);
    SSL_CTX_free(client_context);
    SSL_CTX_free(good_server);
    SSL_CTX_free(other_server);
    return check_end();
}
