// SPDX-License-Identifier: Apache-2.0
/* misuse-openssl - what an application may do wrong with the OpenSSL hooks; misuse.h says how it is run. */
#include "misuse.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>

typedef struct {
    SSL *client, *server;
} pair;

static SSL_CTX *client_context, *good_server, *other_server;

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

    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
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
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
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
        { "refuses", is_revoked, good_server, "right.conf", 0, false, false, PINVERDICT_REASON_NO_VALIDATED_PATH,
          PINVERDICT_REASON_NO_VALIDATED_PATH },
        { "changes nothing", as_it_is, good_server, "right.conf", 0, true, true, PINVERDICT_REASON_MATCHED,
          PINVERDICT_REASON_MATCHED },
        { "changes nothing, wrong pin", as_it_is, good_server, "wrong.conf", 0, true, false, PINVERDICT_REASON_NO_MATCH,
          PINVERDICT_REASON_NO_VALIDATED_PATH },
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
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
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
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
        free_pair(both);

        check_case("no trust store, the application verifies%s", is_attached ? ", attached" : "");
        SSL_CTX_set_cert_verify_callback(client_context, own_verification, NULL);
        for (int is_right = 0; is_right <= 1; is_right++) {
            both = new_pair(good_server);
            if (is_attached) CHECK_EQUAL(pinverdict_openssl_attach(both.client, is_right ? checker : wrong, HOST), 1);
            CHECK_EQUAL(handshake(both), is_right || !is_attached);
            CHECK_EQUAL(reason_of(is_right ? checker : wrong, both.client),
                        is_right          ? PINVERDICT_REASON_MATCHED
                            : is_attached ? PINVERDICT_REASON_NO_VALIDATED_PATH
                                          : PINVERDICT_REASON_NO_MATCH);
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
    check_case("two threads, one checker, and a policy that is replaced");
    pinverdict_checker *checker = checker_under("right.conf");
    with_threads(checker, connect_often);
    pinverdict_checker_free(checker);
    SSL_CTX_free(client_context);
    SSL_CTX_free(good_server);
    SSL_CTX_free(other_server);
    return check_end();
}
