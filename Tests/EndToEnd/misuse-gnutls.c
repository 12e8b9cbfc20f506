/* misuse-gnutls - what an application may do wrong with the GnuTLS hooks; misuse.h says how it is run. */
#include "misuse.h"

#include <gnutls/gnutls.h>
#include <pinverdict-gnutls.h>

typedef struct {
    gnutls_session_t client, server;
    int descriptors[2];
} pair;

static gnutls_certificate_credentials_t trust, good_server;

static gnutls_session_t new_session(unsigned flags, gnutls_certificate_credentials_t credentials, int descriptor,
                                    const char *priority) {
    gnutls_session_t session;
    CHECK_EQUAL(gnutls_init(&session, flags | GNUTLS_NONBLOCK), 0);
    CHECK_EQUAL(gnutls_priority_set_direct(session, priority, NULL), 0);
    CHECK_EQUAL(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    gnutls_transport_set_int(session, descriptor);
    return session;
}

static pair new_pair(const char *priority) {
    pair both;
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.descriptors), 0);
    both.client = new_session(GNUTLS_CLIENT, trust, both.descriptors[0], priority);
    both.server = new_session(GNUTLS_SERVER, good_server, both.descriptors[1], priority);
    return both;
}

/* GNUTLS_E_AGAIN while the handshake goes on. */
static int step(pair both) {
    int status = gnutls_handshake(both.client);
    gnutls_handshake(both.server);
    return status;
}

static int handshake(pair both) {
    int status = GNUTLS_E_AGAIN;
    for (int i = 0; i < 10 && status == GNUTLS_E_AGAIN; i++) status = step(both);
    return status;
}

static void free_pair(pair both) {
    gnutls_deinit(both.client);
    gnutls_deinit(both.server);
    close(both.descriptors[0]);
    close(both.descriptors[1]);
}

static pinverdict_reason reason_of(pinverdict_checker *checker, gnutls_session_t session) {
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_gnutls_check(checker, session, HOST, &verdict);
    CHECK_EQUAL(decision, verdict.decision);
    CHECK_EQUAL(decision == PINVERDICT_ALLOW, verdict.reason == PINVERDICT_REASON_MATCHED);
    return verdict.reason;
}

static void arguments(void) {
    pinverdict_checker *checker = checker_under("right.conf");
    pair both = new_pair("NORMAL");
    check_case("NULL and malformed arguments");
    CHECK_EQUAL(pinverdict_gnutls_attach(NULL, checker, HOST), GNUTLS_E_INVALID_REQUEST);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, NULL, HOST), GNUTLS_E_INVALID_REQUEST);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, NULL), GNUTLS_E_INVALID_REQUEST);
    CHECK_EQUAL(pinverdict_gnutls_check(NULL, both.client, HOST, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_gnutls_check(checker, NULL, HOST, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_gnutls_check(checker, both.client, NULL, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_gnutls_verify_function(NULL), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    for (int i = 0; i < MALFORMED_HOSTS; i++) {
        check_case("malformed host %s", malformed_hosts[i]);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, malformed_hosts[i]), GNUTLS_E_INVALID_REQUEST);
        CHECK_EQUAL(pinverdict_gnutls_check(checker, both.client, malformed_hosts[i], NULL), PINVERDICT_REFUSE);
    }
    check_case("a server's session, before its handshake and after it");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.server, checker, HOST), GNUTLS_E_INVALID_REQUEST);
    check_case("nothing of all that was kept");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(reason_of(checker, both.server), PINVERDICT_REASON_NO_VALIDATED_PATH);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.server, checker, HOST), GNUTLS_E_INVALID_REQUEST);
    free_pair(both);

    check_case("a server whose client shows the pinned certificate");
    both = new_pair("NORMAL");
    CHECK_EQUAL(gnutls_credentials_set(both.client, GNUTLS_CRD_CERTIFICATE, good_server), 0);
    gnutls_certificate_server_set_request(both.server, GNUTLS_CERT_REQUIRE);
    CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(gnutls_handshake(both.server), GNUTLS_E_SUCCESS);
    CHECK(gnutls_certificate_get_peers(both.server, NULL) != NULL);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(reason_of(checker, both.server), PINVERDICT_REASON_NO_VALIDATED_PATH);
    free_pair(both);

    check_case("a client's session that has asked for a name");
    both = new_pair("NORMAL");
    CHECK_EQUAL(gnutls_server_name_set(both.client, GNUTLS_NAME_DNS, HOST, strlen(HOST)), 0);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    free_pair(both);

    check_case("our verify function, without attaching");
    both = new_pair("NORMAL");
    gnutls_session_set_verify_function(both.client, pinverdict_gnutls_verify_function);
    CHECK_EQUAL(handshake(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    free_pair(both);
    pinverdict_checker_free(checker);
}

static void order_of_calls(void) {
    static const char *const versions[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"};
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    check_case("attached twice: the first one counts");
    pair both = new_pair("NORMAL");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, wrong, HOST), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_ALREADY_REGISTERED);
    CHECK_EQUAL(handshake(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
    free_pair(both);

    for (int i = 0; i < 2; i++) {
        check_case("attached after the handshake, %s", versions[i]);
        both = new_pair(versions[i]);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_INVALID_REQUEST);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
        free_pair(both);

        /* The server's bytes reach the client one by one: the check must not believe what the handshake has not
           yet confirmed, the certificate without the signature by its key above all. */
        check_case("checked after each byte of the handshake, %s", versions[i]);
        both = new_pair(versions[i]);
        int through[2], status = GNUTLS_E_AGAIN, checks = 0;
        CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, through), 0);
        gnutls_transport_set_int2(both.client, through[0], both.descriptors[0]);
        for (int tries = 0; tries < 20000 && status == GNUTLS_E_AGAIN; tries++) {
            char byte;
            status = gnutls_handshake(both.client);
            gnutls_handshake(both.server);
            if (status == GNUTLS_E_AGAIN && gnutls_certificate_get_peers(both.client, NULL) != NULL) {
                if (checks++ % 16 == 0)
                    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_VALIDATED_PATH);
            }
            if (read(both.descriptors[0], &byte, 1) == 1) CHECK(write(through[1], &byte, 1) == 1);
        }
        CHECK_EQUAL(status, GNUTLS_E_SUCCESS);
        CHECK(checks > 0);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_MATCHED);
        close(through[0]);
        close(through[1]);
        free_pair(both);
    }
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

static void lifetimes(void) {
    check_case("the checker is freed while a session is attached to it");
    pinverdict_checker *checker = checker_under("right.conf");
    pair both = new_pair("NORMAL"), never = new_pair("NORMAL");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(pinverdict_gnutls_attach(never.client, checker, HOST), GNUTLS_E_SUCCESS);
    pinverdict_checker_free(checker);
    CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
    free_pair(both);
    free_pair(never);
    checker = checker_under("wrong.conf");
    both = new_pair("NORMAL");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    pinverdict_checker_free(checker);
    CHECK_EQUAL(handshake(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    free_pair(both);
}

static int accept_all(gnutls_session_t session) {
    (void)session;
    return 0;
}

static void replaced_function(void) {
    check_case("an application's function set after attaching replaces ours; the check still refuses");
    pinverdict_checker *checker = checker_under("wrong.conf");
    pair both = new_pair("NORMAL");
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    gnutls_session_set_verify_function(both.client, accept_all);
    CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_MATCH);
    free_pair(both);
    pinverdict_checker_free(checker);
}

static void *connect_often(void *checker) {
    intptr_t all_allowed = 1;
    for (int i = 0; i < 4; i++) {
        pair both = new_pair("NORMAL");
        if (pinverdict_gnutls_attach(both.client, checker, HOST) != GNUTLS_E_SUCCESS || handshake(both) != 0 ||
            pinverdict_gnutls_check(checker, both.client, HOST, NULL) != PINVERDICT_ALLOW)
            all_allowed = 0;
        free_pair(both);
    }
    return (void *)all_allowed;
}

int main(int argc, char **argv) {
    directory = argc > 1 ? argv[1] : ".";
    check_begin();
    alarm(400); /* valgrind on a busy machine */
    gnutls_certificate_allocate_credentials(&trust);
    gnutls_certificate_allocate_credentials(&good_server);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(trust, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    CHECK_EQUAL(gnutls_certificate_set_x509_key_file(good_server, file("chain.pem"), file("leaf.key"),
                                                     GNUTLS_X509_FMT_PEM), 0);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(good_server, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    arguments();
    order_of_calls();
    lifetimes();
    replaced_function();
    check_case("two threads, one checker, and a policy that is replaced");
    pinverdict_checker *checker = checker_under("right.conf");
    with_threads(checker, connect_often);
    pinverdict_checker_free(checker);
    gnutls_certificate_free_credentials(trust);
    gnutls_certificate_free_credentials(good_server);
    return check_end();
}
