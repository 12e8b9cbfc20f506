// SPDX-License-Identifier: Apache-2.0
/* misuse-gnutls - what an application may do wrong with the GnuTLS hooks; misuse.h says how it is run. */
#include "misuse.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pinverdict-gnutls.h>

typedef struct {
    gnutls_session_t client, server;
    int descriptors[2];
} pair;

static gnutls_certificate_credentials_t trust, good_server;
static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3" };

static gnutls_session_t new_session(unsigned flags, gnutls_certificate_credentials_t credentials, int descriptor,
                                    const char *priority)
{
    gnutls_session_t session;
    CHECK_EQUAL(gnutls_init(&session, flags | GNUTLS_NONBLOCK), 0);
    CHECK_EQUAL(gnutls_priority_set_direct(session, priority, NULL), 0);
    CHECK_EQUAL(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    gnutls_transport_set_int(session, descriptor);
    return session;
}

static pair new_pair(const char *priority)
{
    pair both;
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.descriptors), 0);
    both.client = new_session(GNUTLS_CLIENT, trust, both.descriptors[0], priority);
    both.server = new_session(GNUTLS_SERVER, good_server, both.descriptors[1], priority);
    return both;
}

/* GNUTLS_E_AGAIN while the handshake goes on. */
static int step(pair both)
{
    int status = gnutls_handshake(both.client);
    gnutls_handshake(both.server);
    return status;
}

static int handshake(pair both)
{
    int status = GNUTLS_E_AGAIN;
    for (int i = 0; i < 10 && status == GNUTLS_E_AGAIN; i++) status = step(both);
    return status;
}

static void free_pair(pair both)
{
    gnutls_deinit(both.client);
    gnutls_deinit(both.server);
    close(both.descriptors[0]);
    close(both.descriptors[1]);
}

static pinverdict_reason reason_of(pinverdict_checker *checker, gnutls_session_t session)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_gnutls_check(checker, session, HOST, &verdict);
    CHECK_EQUAL(decision, verdict.decision);
    CHECK_EQUAL(decision == PINVERDICT_ALLOW, verdict.reason == PINVERDICT_REASON_MATCHED);
    return verdict.reason;
}

static void arguments(void)
{
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

static void order_of_calls(void)
{
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

static void lifetimes(void)
{
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

/* ------------------------------------------------------------------------- an application's own functions -- */

static int calls;

static int accept_all(gnutls_session_t session)
{
    (void)session;
    calls++;
    return 0;
}

static int refuse_all(gnutls_session_t session)
{
    (void)session;
    calls++;
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static int ask_and_accept(gnutls_session_t session)
{
    calls++;
    CHECK_EQUAL(pinverdict_gnutls_verify_function(session), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    return 0;
}

static int ask(gnutls_session_t session)
{
    calls++;
    return pinverdict_gnutls_verify_function(session);
}

/* Attaching takes no verify function away, and none takes the attachment away. */
static void own_functions(void)
{
    static const struct {
        const char *name, *policy;
        gnutls_certificate_verify_function *of_credentials, *before, *after;
        int status;
    } rows[] = {
        { "credentials that accept", "right.conf", accept_all, NULL, NULL, 0 },
        { "credentials that accept", "wrong.conf", accept_all, NULL, NULL, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR },
        { "credentials that refuse", "right.conf", refuse_all, NULL, NULL, GNUTLS_E_CERTIFICATE_ERROR },
        { "a session that accepts, set before", "right.conf", NULL, accept_all, NULL, 0 },
        { "a session that accepts, set before", "wrong.conf", NULL, accept_all, NULL,
          GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR },
        { "a session that refuses, set before", "right.conf", NULL, refuse_all, NULL, GNUTLS_E_CERTIFICATE_ERROR },
        { "a session that accepts, set after", "wrong.conf", NULL, NULL, accept_all,
          GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR },
        { "a session that asks us and accepts", "wrong.conf", NULL, NULL, ask_and_accept,
          GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR },
        { "credentials that ask us", "right.conf", ask, NULL, NULL, 0 },
        { "credentials that ask us", "wrong.conf", ask, NULL, NULL, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR },
    };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        check_case("%s, %s, %s", rows[i / 2].name, rows[i / 2].policy, versions[i % 2]);
        pinverdict_checker *checker = checker_under(rows[i / 2].policy);
        gnutls_certificate_set_verify_function(trust, rows[i / 2].of_credentials);
        pair both = new_pair(versions[i % 2]);
        if (rows[i / 2].before != NULL) gnutls_session_set_verify_function(both.client, rows[i / 2].before);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
        if (rows[i / 2].after != NULL) gnutls_session_set_verify_function(both.client, rows[i / 2].after);
        calls = 0;
        CHECK_EQUAL(handshake(both), rows[i / 2].status);
        CHECK_EQUAL(calls, 1);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
    gnutls_certificate_set_verify_function(trust, NULL);
}

static int see_message(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                       const gnutls_datum_t *message)
{
    (void)session, (void)type, (void)when, (void)incoming, (void)message;
    calls++;
    return 0;
}

static void own_hook(void)
{
    pinverdict_checker *checker = checker_under("wrong.conf");
    for (int i = 0; i < 2; i++) {
        check_case("a handshake hook set after attaching replaces ours; the check still refuses, %s", versions[i]);
        pair both = new_pair(versions[i]);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
        gnutls_handshake_set_hook_function(both.client, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, see_message);
        calls = 0;
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        CHECK(calls > 0);
        CHECK_EQUAL(reason_of(checker, both.client), PINVERDICT_REASON_NO_MATCH);
        free_pair(both);
    }
    pinverdict_checker_free(checker);
}

/* ------------------------------------------------------------------------------------------------- the alert -- */

typedef struct {
    const char *name, *chain, *key, *policy, *host;
    gnutls_alert_description_t alert; /* 0: the pins allow it */
    unsigned status;                  /* what GnuTLS says by itself */
} alert_row;

static const alert_row alerts[] = {
    { "right pin", "chain.pem", "leaf.key", "right.conf", HOST, 0, 0 },
    { "wrong pin", "chain.pem", "leaf.key", "wrong.conf", HOST, GNUTLS_A_CERTIFICATE_UNKNOWN, 0 },
    { "rejected key", "chain.pem", "leaf.key", "rejecting.conf", HOST, GNUTLS_A_CERTIFICATE_UNKNOWN, 0 },
    { "untrusted", "lone.pem", "lone.key", "lone.conf", HOST, GNUTLS_A_UNKNOWN_CA,
      GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND },
    { "expired", "expired-chain.pem", "leaf.key", "right.conf", HOST, GNUTLS_A_CERTIFICATE_EXPIRED,
      GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED },
    { "another host", "chain.pem", "leaf.key", "elsewhere.conf", "elsewhere.test", GNUTLS_A_BAD_CERTIFICATE,
      GNUTLS_CERT_INVALID | GNUTLS_CERT_UNEXPECTED_OWNER },
};

/* A client whose server is another. */
static pair new_pair_with(const alert_row *row, const char *priority, gnutls_certificate_credentials_t *server)
{
    gnutls_certificate_credentials_t usual = good_server;
    gnutls_certificate_allocate_credentials(server);
    CHECK_EQUAL(gnutls_certificate_set_x509_key_file(*server, file(row->chain), file(row->key), GNUTLS_X509_FMT_PEM),
                0);
    good_server = *server;
    pair both = new_pair(priority);
    good_server = usual;
    return both;
}

/* What the server has been told when the client has gone. */
static int alert_at(pair both)
{
    int status = GNUTLS_E_AGAIN;
    for (int i = 0; i < 4 && status == GNUTLS_E_AGAIN; i++) status = gnutls_handshake(both.server);
    return status == GNUTLS_E_FATAL_ALERT_RECEIVED ? (int)gnutls_alert_get(both.server) : 0;
}

static int client_status(pair both)
{
    int status = GNUTLS_E_AGAIN;
    for (int i = 0; i < 10 && status == GNUTLS_E_AGAIN; i++) {
        status = gnutls_handshake(both.client);
        if (status == GNUTLS_E_AGAIN) gnutls_handshake(both.server);
    }
    return status;
}

/* Sent by us alone, and right for each reason; GnuTLS's own verification keeps its say, and its status. */
static void alert_of_each_reason(void)
{
    for (size_t i = 0; i < 4 * sizeof alerts / sizeof alerts[0]; i++) {
        const alert_row *row = &alerts[i / 4];
        bool verifies_itself = i % 4 > 1;
        check_case("%s, %s%s", row->name, versions[i % 2], verifies_itself ? ", verified by GnuTLS too" : "");
        gnutls_certificate_credentials_t server;
        pinverdict_checker *checker = checker_under(row->policy);
        pair both = new_pair_with(row, versions[i % 2], &server);
        if (verifies_itself) gnutls_session_set_verify_cert(both.client, row->host, 0);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, row->host), GNUTLS_E_SUCCESS);
        int status = client_status(both);
        CHECK_EQUAL(status, row->alert == 0 ? GNUTLS_E_SUCCESS : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
        /* GnuTLS leaves the alert of its own refusal to the application. */
        CHECK_EQUAL(alert_at(both), verifies_itself && row->status != 0 ? 0 : (int)row->alert);
        CHECK_EQUAL(gnutls_session_get_verify_cert_status(both.client), verifies_itself ? row->status : (unsigned)-1);
        if (row->alert != 0) CHECK(gnutls_handshake(both.client) != GNUTLS_E_SUCCESS);
        free_pair(both);
        gnutls_certificate_free_credentials(server);
        pinverdict_checker_free(checker);
    }
}

static bool is_blocked;

static ssize_t push(gnutls_transport_ptr_t descriptor, const void *data, size_t size)
{
    if (is_blocked) {
        errno = EAGAIN;
        return -1;
    }
    return write((int)(intptr_t)descriptor, data, size);
}

/* Runs before ours. */
static int block_at_the_end(gnutls_session_t session)
{
    (void)session;
    is_blocked = true;
    return 0;
}

static void blocked_transport(void)
{
    for (int i = 0; i < 2; i++) {
        check_case("a transport that does not take the alert, %s", versions[i]);
        pinverdict_checker *checker = checker_under("wrong.conf");
        pair both = new_pair(versions[i]);
        gnutls_transport_set_push_function(both.client, push);
        gnutls_session_set_verify_function(both.client, block_at_the_end);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(client_status(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
        CHECK(is_blocked);
        CHECK_EQUAL(alert_at(both), 0);
        check_case("the application sends one later, %s", versions[i]);
        is_blocked = false;
        CHECK_EQUAL(gnutls_alert_send_appropriate(both.client, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR), 0);
        CHECK_EQUAL(alert_at(both), GNUTLS_A_CERTIFICATE_UNKNOWN); /* ours, which was kept */
        free_pair(both);
        pinverdict_checker_free(checker);
    }
}

static void client_certificate(void)
{
    for (int i = 0; i < 2; i++) {
        for (int allows = 0; allows < 2; allows++) {
            check_case("a client certificate goes out where the pins allow it alone, %s", versions[i]);
            pinverdict_checker *checker = checker_under(allows ? "right.conf" : "wrong.conf");
            pair both = new_pair(versions[i]);
            CHECK_EQUAL(gnutls_credentials_set(both.client, GNUTLS_CRD_CERTIFICATE, good_server), 0);
            gnutls_certificate_server_set_request(both.server, GNUTLS_CERT_REQUEST);
            CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
            CHECK_EQUAL(client_status(both), allows ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
            gnutls_handshake(both.server);
            CHECK_EQUAL(gnutls_certificate_get_peers(both.server, NULL) != NULL, allows);
            free_pair(both);
            pinverdict_checker_free(checker);
        }
    }
}

/* The application may send before the server has finished. */
static void false_start(void)
{
    for (int allows = 0; allows < 2; allows++) {
        check_case("false start, %s", allows ? "right pin" : "wrong pin");
        pinverdict_checker *checker = checker_under(allows ? "right.conf" : "wrong.conf");
        pair both = new_pair(versions[0]);
        gnutls_deinit(both.client);
        both.client = new_session(GNUTLS_CLIENT | GNUTLS_ENABLE_FALSE_START, trust, both.descriptors[0], versions[0]);
        CHECK_EQUAL(client_status(both), GNUTLS_E_SUCCESS);
        CHECK((gnutls_session_get_flags(both.client) & GNUTLS_SFLAGS_FALSE_START) != 0);
        CHECK(gnutls_session_get_desc(both.client) == NULL); /* before the server's Finished */
        CHECK_EQUAL(reason_of(checker, both.client), allows ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
}

static int count_step(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer, gnutls_x509_crl_t list, unsigned status)
{
    (void)certificate, (void)issuer, (void)status;
    if (list == NULL) calls++;
    return 0;
}

/* GnuTLS verifies the leaf and the intermediate once, whoever asks it to, and its answer is that of this connection. */
static void one_verification(void)
{
    gnutls_certificate_credentials_t nothing;
    gnutls_certificate_allocate_credentials(&nothing);
    for (int i = 0; i < 16; i++) {
        bool is_attached = i & 2, verifies_itself = i & 4, changes = i & 8;
        check_case("%s%s%s, %s", is_attached ? "attached" : "not attached",
                   verifies_itself ? ", verified by GnuTLS" : "", changes ? ", then other credentials" : "",
                   versions[i % 2]);
        pinverdict_checker *checker = checker_under("right.conf");
        pair both = new_pair(versions[i % 2]);
        calls = 0;
        gnutls_session_set_verify_output_function(both.client, count_step);
        if (verifies_itself) gnutls_session_set_verify_cert(both.client, HOST, 0);
        if (is_attached) CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        if (changes) CHECK_EQUAL(gnutls_credentials_set(both.client, GNUTLS_CRD_CERTIFICATE, nothing), 0);
        CHECK_EQUAL(reason_of(checker, both.client),
                    changes ? PINVERDICT_REASON_UNTRUSTED_CHAIN : PINVERDICT_REASON_MATCHED);
        if (!changes) CHECK_EQUAL(calls, 2);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
    gnutls_certificate_free_credentials(nothing);
}

/* ------------------------------------------------------------------------------------ a checker that remembers -- */

/* What the clocks show beside the system's: the checker's always, GnuTLS's after the handshake. */
static int64_t checker_shift;
static time_t gnutls_shift, shift_after_handshake;

static int64_t checker_clock(void *nothing)
{
    (void)nothing;
    return time(NULL) + checker_shift;
}

static time_t gnutls_clock(time_t *result)
{
    time_t now = time(NULL) + gnutls_shift;
    if (result != NULL) *result = now;
    return now;
}

/* A checker, what it is used with, and a session that a server of the right pin has given out. */
typedef struct {
    pinverdict_checker *checker;
    gnutls_certificate_credentials_t trust;
    const char *priority;
    unsigned flags; /* of the session's verification */
    gnutls_datum_t session;
} memory;

static gnutls_datum_t ticket_key;

static gnutls_x509_crt_t certificate_named(const char *name)
{
    gnutls_datum_t encoded;
    gnutls_x509_crt_t certificate;
    CHECK_EQUAL(gnutls_load_file(file(name), &encoded), 0);
    CHECK_EQUAL(gnutls_x509_crt_init(&certificate), 0);
    CHECK_EQUAL(gnutls_x509_crt_import(certificate, &encoded, GNUTLS_X509_FMT_PEM), 0);
    gnutls_free(encoded.data);
    return certificate;
}

/* What the check says of a new connection; resumes the session where it should. Keeps the session for the next. */
static pinverdict_reason connect_again(memory *m, const char *host, bool resumes, bool attaches)
{
    gnutls_certificate_credentials_t usual = trust;
    trust = m->trust;
    pair both = new_pair(m->priority);
    trust = usual;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    CHECK_EQUAL(gnutls_session_ticket_enable_server(both.server, &ticket_key), 0);
    if (resumes) CHECK_EQUAL(gnutls_session_set_data(both.client, m->session.data, m->session.size), 0);
    gnutls_session_set_verify_output_function(both.client, count_step);
    if (m->flags != 0) gnutls_session_set_verify_cert(both.client, NULL, m->flags);
    if (attaches) CHECK_EQUAL(pinverdict_gnutls_attach(both.client, m->checker, host), GNUTLS_E_SUCCESS);
    calls = 0;
    int status = handshake(both);
    gnutls_handshake(both.server);
    CHECK_EQUAL(gnutls_session_is_resumed(both.client) != 0, resumes);
    gnutls_shift = shift_after_handshake;
    pinverdict_decision decision = pinverdict_gnutls_check(m->checker, both.client, host, &verdict);
    gnutls_shift = 0;
    CHECK_EQUAL(decision, verdict.decision);
    CHECK(status == 0 || verdict.decision == PINVERDICT_REFUSE);
    if (status == 0 && !resumes && m->session.data == NULL) {
        char byte; /* the ticket comes with the first data */
        CHECK_EQUAL(gnutls_record_send(both.server, "x", 1), 1);
        for (int i = 0; i < 4 && gnutls_record_recv(both.client, &byte, 1) != 1; i++) continue;
        CHECK_EQUAL(gnutls_session_get_data2(both.client, &m->session), 0);
    }
    free_pair(both);
    return verdict.reason;
}

/* An event for each check: full and resumed, attached or not, allowed, refused, and without a path that is trusted. */
static void events(void)
{
    for (size_t version = 0; version < 2; version++) {
        for (int is_attached = 0; is_attached <= 1; is_attached++) {
            check_case("events, %s%s", versions[version], is_attached ? ", attached" : "");
            memory m = { .priority = versions[version], .trust = trust };
            m.checker = checker_with_events("right.conf");
            for (int is_resumed = 0; is_resumed <= 1; is_resumed++) {
                CHECK_EQUAL(connect_again(&m, HOST, is_resumed, is_attached), PINVERDICT_REASON_MATCHED);
                if (is_attached && !is_resumed) expect_event(m.checker, PINVERDICT_REASON_MATCHED, false, true);
                expect_event(m.checker, PINVERDICT_REASON_MATCHED, is_resumed, true);
                expect_no_event(m.checker);
            }
            pinverdict_checker_free(m.checker);

            m.checker = checker_with_events("wrong.conf");
            for (int is_resumed = 0; is_resumed <= !is_attached; is_resumed++) {
                CHECK_EQUAL(connect_again(&m, HOST, is_resumed, is_attached), PINVERDICT_REASON_NO_MATCH);
                expect_event(m.checker, PINVERDICT_REASON_NO_MATCH, is_resumed, true);
                expect_no_event(m.checker); /* what has ended the handshake is no second check */
            }
            gnutls_free(m.session.data);
            pinverdict_checker_free(m.checker);
        }
    }
    check_case("events: an untrusted chain");
    memory m = { .priority = versions[1], .checker = checker_with_events("right.conf") };
    gnutls_certificate_allocate_credentials(&m.trust);
    CHECK_EQUAL(connect_again(&m, HOST, false, true), PINVERDICT_REASON_UNTRUSTED_CHAIN);
    expect_event(m.checker, PINVERDICT_REASON_UNTRUSTED_CHAIN, false, false);
    expect_no_event(m.checker);
    gnutls_certificate_free_credentials(m.trust);
    pinverdict_checker_free(m.checker);
}

static memory new_memory(const char *policy_name, const char *priority)
{
    memory m = { .priority = priority };
    pinverdict_policy *policy = policy_named(policy_name);
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_clock(config, checker_clock, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &m.checker, NULL), PINVERDICT_OK);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    gnutls_certificate_allocate_credentials(&m.trust);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(m.trust, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    CHECK_EQUAL(connect_again(&m, HOST, false, false), PINVERDICT_REASON_MATCHED);
    CHECK_EQUAL(calls, 2);
    return m;
}

static void free_memory(memory *m)
{
    gnutls_free(m->session.data);
    gnutls_certificate_free_credentials(m->trust);
    pinverdict_checker_free(m->checker);
}

static void nothing_changes(memory *m) { (void)m; }

static void other_credentials(memory *m)
{
    gnutls_certificate_free_credentials(m->trust);
    gnutls_certificate_allocate_credentials(&m->trust);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(m->trust, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
}

static void other_root(memory *m)
{
    gnutls_certificate_free_credentials(m->trust);
    gnutls_certificate_allocate_credentials(&m->trust);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(m->trust, file("impostor.pem"), GNUTLS_X509_FMT_PEM), 1);
}

static void distrust(memory *m, const char *name)
{
    gnutls_x509_trust_list_t list;
    gnutls_x509_crt_t certificate = certificate_named(name);
    gnutls_certificate_get_trust_list(m->trust, &list);
    CHECK(gnutls_x509_trust_list_remove_cas(list, &certificate, 1) >= 0);
    gnutls_x509_crt_deinit(certificate);
}

static void distrust_root(memory *m) { distrust(m, "root.pem"); }
static void distrust_middle(memory *m) { distrust(m, "middle.pem"); }
static void distrust_leaf(memory *m) { distrust(m, "leaf.pem"); }

static void trust_middle(memory *m)
{
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(m->trust, file("middle.pem"), GNUTLS_X509_FMT_PEM), 1);
}

static void revoke_leaf(memory *m)
{
    gnutls_x509_crl_t list;
    gnutls_x509_privkey_t key;
    gnutls_datum_t encoded;
    gnutls_x509_crt_t leaf = certificate_named("leaf.pem"), middle = certificate_named("middle.pem");
    CHECK_EQUAL(gnutls_load_file(file("middle.key"), &encoded), 0);
    CHECK_EQUAL(gnutls_x509_privkey_init(&key), 0);
    CHECK_EQUAL(gnutls_x509_privkey_import2(key, &encoded, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
    gnutls_free(encoded.data);
    CHECK_EQUAL(gnutls_x509_crl_init(&list), 0);
    CHECK_EQUAL(gnutls_x509_crl_set_version(list, 2), 0);
    CHECK_EQUAL(gnutls_x509_crl_set_this_update(list, time(NULL) - 60), 0);
    CHECK_EQUAL(gnutls_x509_crl_set_next_update(list, time(NULL) + 86400), 0);
    CHECK_EQUAL(gnutls_x509_crl_set_crt(list, leaf, time(NULL) - 60), 0);
    CHECK_EQUAL(gnutls_x509_crl_set_number(list, "1", 1), 0);
    CHECK_EQUAL(gnutls_x509_crl_sign2(list, middle, key, GNUTLS_DIG_SHA256, 0), 0);
    CHECK_EQUAL(gnutls_certificate_set_x509_crl(m->trust, &list, 1), 1);
    gnutls_x509_crl_deinit(list);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crt_deinit(middle);
    gnutls_x509_crt_deinit(leaf);
}

static void revoke_leaf_and_wait(memory *m)
{
    revoke_leaf(m);
    checker_shift = 3601;
}

static void revoke_leaf_and_look_away(memory *m)
{
    revoke_leaf_and_wait(m);
    m->flags = GNUTLS_VERIFY_DISABLE_CRL_CHECKS;
}

static void stricter_profile(memory *m)
{
    gnutls_certificate_set_verify_flags(m->trust, GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_ULTRA));
}

static void verification_off(memory *m)
{
    gnutls_certificate_set_verify_flags(m->trust, GNUTLS_VERIFY_DISABLE_CA_SIGN);
}

static void other_policy(memory *m)
{
    pinverdict_policy *policy = policy_named("moved.conf");
    CHECK_EQUAL(pinverdict_checker_set_policy(m->checker, policy, NULL), PINVERDICT_OK);
    pinverdict_policy_free(policy);
}

static void other_checker(memory *m)
{
    pinverdict_checker_free(m->checker);
    m->checker = checker_under("right.conf");
}

static void after_an_hour(memory *m)
{
    (void)m;
    checker_shift = 3601;
}
static void before(memory *m)
{
    (void)m;
    checker_shift = -60;
}
static void when_it_has_expired(memory *m)
{
    (void)m;
    checker_shift = 8 * 86400;
}
static void when_it_has_expired_for_gnutls(memory *m)
{
    (void)m;
    shift_after_handshake = 8 * 86400;
}
static void before_it_was_valid_for_gnutls(memory *m)
{
    (void)m;
    shift_after_handshake = -100 * 86400;
}

/* Each change is noticed on a chain that the checker has seen: at the next connection, full or resumed. */
static void what_changes(void)
{
    const pinverdict_reason matched = PINVERDICT_REASON_MATCHED, untrusted = PINVERDICT_REASON_UNTRUSTED_CHAIN,
                            expired = PINVERDICT_REASON_CERTIFICATE_EXPIRED, no_match = PINVERDICT_REASON_NO_MATCH;
    const struct {
        const char *name, *policy, *host;
        void (*change)(memory *);
        pinverdict_reason full, resumed;
        bool is_known; /* GnuTLS need not verify what is resumed */
    } rows[] = {
        { "nothing", "right.conf", HOST, nothing_changes, matched, matched, true },
        { "other credentials, the same root", "right.conf", HOST, other_credentials, matched, matched, true },
        { "other credentials, another root of its name", "right.conf", HOST, other_root, untrusted, untrusted, false },
        { "the root taken out", "right.conf", HOST, distrust_root, untrusted, untrusted, false },
        { "the intermediate distrusted", "right.conf", HOST, distrust_middle, untrusted, untrusted, false },
        { "the leaf distrusted", "right.conf", HOST, distrust_leaf, untrusted, untrusted, false },
        { "the intermediate an anchor too", "root-pin.conf", HOST, trust_middle, matched, matched, false },
        { "the leaf revoked", "right.conf", HOST, revoke_leaf, untrusted, matched, true },
        { "the leaf revoked an hour ago", "right.conf", HOST, revoke_leaf_and_wait, untrusted, untrusted, false },
        { "the leaf revoked, not to be looked at", "right.conf", HOST, revoke_leaf_and_look_away, matched, matched,
          false },
        { "a stricter profile", "right.conf", HOST, stricter_profile, untrusted, untrusted, false },
        { "verification off", "right.conf", HOST, verification_off, PINVERDICT_REASON_NO_VALIDATED_PATH,
          PINVERDICT_REASON_NO_VALIDATED_PATH, false },
        { "another policy", "right.conf", HOST, other_policy, no_match, no_match, false },
        { "another checker", "right.conf", HOST, other_checker, matched, matched, false },
        { "another host", "right.conf", "elsewhere.test", nothing_changes, PINVERDICT_REASON_HOSTNAME_MISMATCH,
          PINVERDICT_REASON_HOSTNAME_MISMATCH, false },
        { "an hour later", "right.conf", HOST, after_an_hour, matched, matched, false },
        { "a minute before", "right.conf", HOST, before, matched, matched, false },
        { "expired", "right.conf", HOST, when_it_has_expired, expired, expired, false },
        { "expired by GnuTLS's clock", "right.conf", HOST, when_it_has_expired_for_gnutls, expired, expired, false },
        { "not yet valid by GnuTLS's clock", "right.conf", HOST, before_it_was_valid_for_gnutls, expired, expired,
          false },
    };
    gnutls_global_set_time_function(gnutls_clock);
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i += check_slowly() ? 3 : 1) {
        bool attaches = (i + i / 2) % 2 == 0;
        check_case("%s, %s, %s", rows[i / 2].name, versions[i % 2], attaches ? "attached" : "checked");
        memory m = new_memory(rows[i / 2].policy, versions[i % 2]);
        rows[i / 2].change(&m);
        CHECK_EQUAL(connect_again(&m, rows[i / 2].host, true, attaches), rows[i / 2].resumed);
        if (rows[i / 2].resumed == matched) CHECK_EQUAL(calls == 0, rows[i / 2].is_known);
        CHECK_EQUAL(connect_again(&m, rows[i / 2].host, false, attaches), rows[i / 2].full);
        /* What GnuTLS has refused meanwhile, it has to be asked again. */
        if (rows[i / 2].full == untrusted) CHECK_EQUAL(connect_again(&m, rows[i / 2].host, true, attaches), untrusted);
        free_memory(&m);
        checker_shift = 0;
        shift_after_handshake = 0;
    }
    gnutls_global_set_time_function(time);
}

static void other_signature(void)
{
    gnutls_datum_t encoded;
    gnutls_x509_crt_t chain[2] = { certificate_named("leaf.pem"), certificate_named("middle.pem") };
    gnutls_x509_privkey_t key;
    for (int i = 0; i < 2; i++) {
        check_case("a chain with another last byte in its signature, %s", versions[i]);
        memory m = new_memory("right.conf", versions[i]);
        gnutls_x509_crt_deinit(chain[0]);
        chain[0] = certificate_named("leaf.pem");
        CHECK_EQUAL(gnutls_x509_crt_export2(chain[0], GNUTLS_X509_FMT_DER, &encoded), 0);
        encoded.data[encoded.size - 1] ^= 1;
        gnutls_x509_crt_deinit(chain[0]);
        CHECK_EQUAL(gnutls_x509_crt_init(&chain[0]), 0);
        CHECK_EQUAL(gnutls_x509_crt_import(chain[0], &encoded, GNUTLS_X509_FMT_DER), 0);
        gnutls_free(encoded.data);
        CHECK_EQUAL(gnutls_load_file(file("leaf.key"), &encoded), 0);
        CHECK_EQUAL(gnutls_x509_privkey_init(&key), 0);
        CHECK_EQUAL(gnutls_x509_privkey_import2(key, &encoded, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
        gnutls_free(encoded.data);
        gnutls_certificate_credentials_t usual = good_server;
        gnutls_certificate_allocate_credentials(&good_server);
        CHECK_EQUAL(gnutls_certificate_set_x509_key(good_server, chain, 2, key), 0);
        CHECK_EQUAL(connect_again(&m, HOST, false, false), PINVERDICT_REASON_UNTRUSTED_CHAIN);
        gnutls_x509_privkey_deinit(key);
        gnutls_certificate_free_credentials(good_server);
        good_server = usual;
        CHECK_EQUAL(connect_again(&m, HOST, false, false), PINVERDICT_REASON_MATCHED);
        free_memory(&m);
    }
    gnutls_x509_crt_deinit(chain[0]);
    gnutls_x509_crt_deinit(chain[1]);
}

/* A client that keeps session data, over a rotation of the server's key and the policy: GnuTLS resumes what it is
   given, so that each connection is refused until the application drops the data, and none after that. */
static void sessions_over_a_rotation(void)
{
    gnutls_certificate_credentials_t rotated, usual = good_server;
    gnutls_certificate_allocate_credentials(&rotated);
    CHECK_EQUAL(
        gnutls_certificate_set_x509_key_file(rotated, file("direct.pem"), file("direct.key"), GNUTLS_X509_FMT_PEM), 0);
    for (int i = 0; i < 4; i++) {
        bool attaches = i & 2;
        check_case("a session that outlives a rotation, %s, %s", versions[i % 2], attaches ? "attached" : "checked");
        memory m = new_memory("right.conf", versions[i % 2]);
        pinverdict_policy *policy = policy_named("rotated.conf");
        CHECK_EQUAL(pinverdict_checker_set_policy(m.checker, policy, NULL), PINVERDICT_OK);
        pinverdict_policy_free(policy);
        good_server = rotated;
        for (int j = 0; j < 2; j++) CHECK_EQUAL(connect_again(&m, HOST, true, attaches), PINVERDICT_REASON_NO_MATCH);
        gnutls_free(m.session.data);
        m.session = (gnutls_datum_t){ NULL, 0 };
        CHECK_EQUAL(connect_again(&m, HOST, false, attaches), PINVERDICT_REASON_MATCHED);
        CHECK_EQUAL(connect_again(&m, HOST, true, attaches), PINVERDICT_REASON_MATCHED);
        good_server = usual;
        free_memory(&m);
    }
    gnutls_certificate_free_credentials(rotated);
}

static void fork_before_the_check(void)
{
    for (int i = 0; i < 4; i++) {
        bool is_warm = i & 2;
        check_case("a fork between handshake and check, %s, %s", is_warm ? "seen before" : "new", versions[i % 2]);
        memory m = new_memory("right.conf", versions[i % 2]);
        if (!is_warm) other_checker(&m);
        pair both = new_pair(versions[i % 2]);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) _exit(pinverdict_gnutls_check(m.checker, both.client, HOST, NULL) != PINVERDICT_ALLOW);
        CHECK_EQUAL(check_wait(child), 0);
        CHECK_EQUAL(reason_of(m.checker, both.client), PINVERDICT_REASON_MATCHED);
        free_pair(both);
        free_memory(&m);
    }
}

/* Each certificate that comes is checked, under the policy of the moment. */
static void renegotiation(void)
{
    check_case("a renegotiation after the pin was removed");
    pinverdict_checker *checker = checker_under("right.conf");
    pinverdict_policy *policy = policy_named("moved.conf");
    pair both = new_pair(versions[0]);
    CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
    gnutls_handshake(both.server);
    CHECK_EQUAL(gnutls_rehandshake(both.server), GNUTLS_E_SUCCESS);
    char byte;
    CHECK_EQUAL(gnutls_record_recv(both.client, &byte, 1), GNUTLS_E_REHANDSHAKE);
    CHECK_EQUAL(client_status(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    free_pair(both);
    pinverdict_policy_free(policy);
    pinverdict_checker_free(checker);
}

/* A certificate that is trusted for one name has no path, unless it leads to an anchor too: it is the policy's to say
   whether that matters. */
#define OTHER_NAME "named.test"

static void certificate_for_one_name(void)
{
    static const struct {
        const char *policy, *host;
        pinverdict_reason reason;
        pinverdict_decision decision;
        bool has_anchor;
    } rows[] = {
        { "right.conf", HOST, PINVERDICT_REASON_NO_VALIDATED_PATH, PINVERDICT_REFUSE, false },
        { "report.conf", HOST, PINVERDICT_REASON_NO_VALIDATED_PATH, PINVERDICT_ALLOW, false },
        { "elsewhere.conf", HOST, PINVERDICT_REASON_NOT_PINNED, PINVERDICT_ALLOW, false },
        { "off.conf", HOST, PINVERDICT_REASON_ENFORCEMENT_OFF, PINVERDICT_ALLOW, false },
        { "off.conf", "www." HOST, PINVERDICT_REASON_UNTRUSTED_CHAIN, PINVERDICT_REFUSE, false },
        { "root-pin.conf", HOST, PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true },
        { "wrong.conf", HOST, PINVERDICT_REASON_NO_MATCH, PINVERDICT_REFUSE, true },
        { "elsewhere.conf", "www." HOST, PINVERDICT_REASON_HOSTNAME_MISMATCH, PINVERDICT_REFUSE, true },
        /* Trusted for a name that it does not have. */
        { "elsewhere.conf", OTHER_NAME, PINVERDICT_REASON_NOT_PINNED, PINVERDICT_ALLOW, false },
        { "elsewhere.conf", OTHER_NAME, PINVERDICT_REASON_NOT_PINNED, PINVERDICT_ALLOW, true },
    };
    gnutls_certificate_credentials_t usual = trust;
    gnutls_x509_trust_list_t list;
    gnutls_certificate_credentials_t credentials[2];
    for (int has_anchor = 0; has_anchor <= 1; has_anchor++) {
        gnutls_certificate_allocate_credentials(&credentials[has_anchor]);
        gnutls_certificate_get_trust_list(credentials[has_anchor], &list);
        for (int i = 0; i <= 1; i++) {
            const char *name = i == 0 ? HOST : OTHER_NAME;
            CHECK_EQUAL(
                gnutls_x509_trust_list_add_named_crt(list, certificate_named("leaf.pem"), name, strlen(name), 0), 0);
        }
    }
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(credentials[1], file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    for (size_t i = 0; i < 4 * sizeof rows / sizeof rows[0]; i += check_slowly() ? 3 : 1) {
        bool verifies_itself = i & 2;
        check_case("a certificate for one name, %s, %s, %s%s%s", rows[i / 4].policy, rows[i / 4].host, versions[i % 2],
                   verifies_itself ? ", verified by GnuTLS too" : "", rows[i / 4].has_anchor ? ", and its anchor" : "");
        trust = credentials[rows[i / 4].has_anchor];
        pinverdict_checker *checker = checker_under(rows[i / 4].policy);
        pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
        pair both = new_pair(versions[i % 2]);
        if (verifies_itself) gnutls_session_set_verify_cert(both.client, HOST, 0);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(pinverdict_gnutls_check(checker, both.client, rows[i / 4].host, &verdict), rows[i / 4].decision);
        CHECK_EQUAL(verdict.reason, rows[i / 4].reason);
        free_pair(both);
        both = new_pair(versions[i % 2]);
        if (verifies_itself) gnutls_session_set_verify_cert(both.client, HOST, 0);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, rows[i / 4].host), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(handshake(both) == GNUTLS_E_SUCCESS, rows[i / 4].decision == PINVERDICT_ALLOW);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
    for (int i = 0; i <= 1; i++) gnutls_certificate_free_credentials(credentials[i]);
    trust = usual;
}

static void *connect_often(void *checker)
{
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

/* The path that a check shows, after a handshake that failed too. */
static shown_path path_of(pinverdict_checker *checker, gnutls_session_t session, const char *host,
                          pinverdict_reason reason)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    shown_path shown = { 0 };
    pinverdict_decision decision = pinverdict_gnutls_check_path(checker, session, host, &verdict, see_path, &shown);
    CHECK_EQUAL(decision, verdict.decision);
    CHECK_EQUAL(verdict.reason, reason);
    return shown;
}

/* Each entry counts the checks that it makes, to one: how a connection ends, and what is asked of it then. */
static void counts(void)
{
    enum { BY_ITSELF, ASKED_TOO, ASKED_ALONE, WAYS }; /* how our verify function comes to look */
    for (int row = 0; row < 4 * WAYS; row++) {
        int way = row / 4;
        bool is_allowed = row % 2 == 0;
        const char *policy = is_allowed ? "right.conf" : "wrong.conf", *version = versions[row / 2 % 2];
        check_case("counts: attached, %s, %s, way %d", policy, version, way);
        pinverdict_checker *checker = checker_under(policy);
        pair both = new_pair(version);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, checker, HOST), GNUTLS_E_SUCCESS);
        if (way != BY_ITSELF) gnutls_session_set_verify_function(both.client, ask);
        if (way == ASKED_ALONE)
            gnutls_handshake_set_hook_function(both.client, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, see_message);
        CHECK_EQUAL(handshake(both) == GNUTLS_E_SUCCESS, is_allowed);
        CHECK_EQUAL(checks_counted(checker), 1);
        CHECK(pinverdict_gnutls_verdict(both.client, NULL));
        CHECK_EQUAL(checks_counted(checker), 1); /* asks for none */
        /* What our hook has ended is no second check; where a verify function has, there is something to look for. */
        pinverdict_reason now = is_allowed ? PINVERDICT_REASON_MATCHED
            : way == ASKED_ALONE           ? PINVERDICT_REASON_NO_VALIDATED_PATH
                                           : PINVERDICT_REASON_NO_MATCH;
        uint64_t each = now != PINVERDICT_REASON_NO_MATCH;
        CHECK_EQUAL(reason_of(checker, both.client), now);
        CHECK_EQUAL(checks_counted(checker), 1 + each);
        CHECK_EQUAL(path_of(checker, both.client, HOST, now).count, now == PINVERDICT_REASON_NO_VALIDATED_PATH ? 0 : 3);
        CHECK_EQUAL(checks_counted(checker), 1 + 2 * each);
        free_pair(both);
        pinverdict_checker_free(checker);

        check_case("counts: not attached, %s, %s", policy, version);
        checker = checker_under(policy);
        both = new_pair(version);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(checks_counted(checker), 0);
        now = is_allowed ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH;
        CHECK_EQUAL(path_of(checker, both.client, HOST, now).count, 3);
        CHECK_EQUAL(checks_counted(checker), 1);
        free_pair(both);
        pinverdict_checker_free(checker);
    }
}

static void refused_path(void)
{
    pinverdict_checker *checker = checker_under("right.conf"), *wrong = checker_under("wrong.conf");
    for (int i = 0; i < 2; i++) {
        check_case("the path that ended a handshake, %s", versions[i]);
        pair both = new_pair(versions[i]);
        CHECK_EQUAL(handshake(both), GNUTLS_E_SUCCESS);
        shown_path allowed = path_of(checker, both.client, HOST, PINVERDICT_REASON_MATCHED);
        CHECK_EQUAL(allowed.count, 3);
        free_pair(both);

        both = new_pair(versions[i]);
        CHECK_EQUAL(pinverdict_gnutls_attach(both.client, wrong, HOST), GNUTLS_E_SUCCESS);
        CHECK_EQUAL(path_of(wrong, both.client, HOST, PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0); /* not begun */
        CHECK_EQUAL(handshake(both), GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
        for (int times = 0; times < 2; times++) {
            shown_path refused = path_of(wrong, both.client, HOST, PINVERDICT_REASON_NO_MATCH);
            CHECK_EQUAL(refused.count, allowed.count);
            CHECK(refused.size == allowed.size && memcmp(refused.bytes, allowed.bytes, allowed.size) == 0);
        }
        CHECK_EQUAL(reason_of(wrong, both.client), PINVERDICT_REASON_NO_MATCH);
        CHECK_EQUAL(path_of(wrong, both.client, "elsewhere.test", PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0);
        CHECK_EQUAL(path_of(checker, both.client, HOST, PINVERDICT_REASON_NO_VALIDATED_PATH).count, 0);
        free_pair(both);
    }
    pinverdict_checker_free(checker);
    pinverdict_checker_free(wrong);
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    check_begin();
    alarm(400); /* valgrind on a busy machine */
    gnutls_certificate_allocate_credentials(&trust);
    gnutls_certificate_allocate_credentials(&good_server);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(trust, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    CHECK_EQUAL(
        gnutls_certificate_set_x509_key_file(good_server, file("chain.pem"), file("leaf.key"), GNUTLS_X509_FMT_PEM), 0);
    CHECK_EQUAL(gnutls_certificate_set_x509_trust_file(good_server, file("root.pem"), GNUTLS_X509_FMT_PEM), 1);
    CHECK_EQUAL(gnutls_session_ticket_key_generate(&ticket_key), 0);
    arguments();
    order_of_calls();
    lifetimes();
    own_functions();
    own_hook();
    alert_of_each_reason();
    blocked_transport();
    client_certificate();
    false_start();
    one_verification();
    events();
    what_changes();
    other_signature();
    sessions_over_a_rotation();
    fork_before_the_check();
    certificate_for_one_name();
    renegotiation();
    counts();
    refused_path();
    check_case("two threads, one checker, and a policy that is replaced");
    pinverdict_checker *checker = checker_under("right.conf");
    with_threads(checker, connect_often);
    pinverdict_checker_free(checker);
    gnutls_certificate_free_credentials(trust);
    gnutls_certificate_free_credentials(good_server);
    gnutls_free(ticket_key.data);
    return check_end();
}
