// SPDX-License-Identifier: Apache-2.0
/* probe-gnutls - a client through the GnuTLS hooks; probe.h says what its arguments mean.
 *
 *     verify=  peer, credentials (a function that lets everything pass, and says that it ran, in the credentials), own
 *              (one in the session, set after attaching, that calls ours), lenient (the same, and it lets everything
 *              pass), auto (gnutls_session_set_verify_cert), deep (of 64 certificates), or flags that switch something
 * off, of the credentials: ca-sign, no-time, no-trusted-time, v1-ca, broken, ignore-critical; or of the session:
 * session-ca-sign, session-no-time, session-v1-ca
 */
#include "probe.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pinverdict-gnutls.h>

static const struct {
    const char *name;
    unsigned flags;
} switched_off[] = {
    { "ca-sign", GNUTLS_VERIFY_DISABLE_CA_SIGN },
    { "no-time", GNUTLS_VERIFY_DISABLE_TIME_CHECKS },
    { "no-trusted-time", GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS },
    { "v1-ca", GNUTLS_VERIFY_ALLOW_ANY_X509_V1_CA_CRT },
    { "broken", GNUTLS_VERIFY_ALLOW_BROKEN },
    { "ignore-critical", GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS },
};

static unsigned flags_named(const char *name)
{
    for (size_t i = 0; i < sizeof switched_off / sizeof switched_off[0]; i++)
        if (strcmp(name, switched_off[i].name) == 0) return switched_off[i].flags;
    return 0;
}

static bool own_callback_ran;

static int verify_too(gnutls_session_t session)
{
    own_callback_ran = true;
    return does_attach() ? pinverdict_gnutls_verify_function(session) : 0;
}

static int let_pass(gnutls_session_t session)
{
    own_callback_ran = true;
    if (does_attach()) (void)pinverdict_gnutls_verify_function(session);
    return 0;
}

static int look_on(gnutls_session_t session)
{
    (void)session;
    own_callback_ran = true;
    return 0;
}

static gnutls_datum_t connect_once(gnutls_certificate_credentials_t credentials, pinverdict_checker *checker,
                                   gnutls_datum_t data, bool is_last)
{
    static gnutls_anon_client_credentials_t anonymous;
    static gnutls_psk_client_credentials_t psk;
    static const gnutls_datum_t key = { (unsigned char *)"01020304", 8 };
    outcome result = { .handshake = "ok", .verdict = PINVERDICT_VERDICT_INIT, .told = PINVERDICT_VERDICT_INIT };
    const char *host = option("host", ""), *verify = option("verify", "peer"), *priority = "NORMAL";
    gnutls_session_t session;
    int descriptor = connect_to_server(), pointer, status;
    own_callback_ran = false;

    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_ENABLE_RAWPK);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    if (option_is("auth", "certificate", "anonymous")) {
        priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH:+ANON-DH";
        gnutls_anon_allocate_client_credentials(&anonymous);
        gnutls_credentials_set(session, GNUTLS_CRD_ANON, anonymous);
    } else if (option_is("auth", "certificate", "psk")) {
        priority = "NORMAL:-KX-ALL:+ECDHE-PSK:+DHE-PSK:+PSK";
        gnutls_psk_allocate_client_credentials(&psk);
        gnutls_psk_set_client_credentials(psk, "me", &key, GNUTLS_PSK_KEY_HEX);
        gnutls_credentials_set(session, GNUTLS_CRD_PSK, psk);
    } else if (option_is("auth", "certificate", "raw")) {
        priority = "NORMAL:-CTYPE-SRV-ALL:+CTYPE-SRV-RAWPK";
    }
    if (gnutls_priority_set_direct(session, priority, NULL) != 0) fail("priority");
    const char *name = option("sni", NULL);
    if (name != NULL) gnutls_server_name_set(session, GNUTLS_NAME_DNS, name, strlen(name));
    gnutls_transport_set_int(session, descriptor);
    gnutls_session_set_ptr(session, &pointer);
    gnutls_handshake_set_timeout(session, PATIENCE * 1000);
    gnutls_record_set_timeout(session, PATIENCE * 1000);
    if (data.data != NULL && gnutls_session_set_data(session, data.data, data.size) != 0) fail("session");
    gnutls_free(data.data);
    data = (gnutls_datum_t){ NULL, 0 };
    if (strcmp(verify, "auto") == 0) gnutls_session_set_verify_cert(session, host, 0);
    if (does_attach()) result.attached = pinverdict_gnutls_attach(session, checker, host) == 0;
    if (strcmp(verify, "own") == 0) gnutls_session_set_verify_function(session, verify_too);
    if (strcmp(verify, "lenient") == 0) gnutls_session_set_verify_function(session, let_pass);
    if (strncmp(verify, "session-", 8) == 0) gnutls_session_set_verify_cert(session, NULL, flags_named(verify + 8));

    /* GNUTLS_E_AGAIN also says that a message, such as a long list of certificates, goes on in the next record. */
    do status = gnutls_handshake(session);
    while (status < 0 && !gnutls_error_is_fatal(status));
    bool is_connected = status == 0, is_allowed = is_connected;
    if (!is_connected) {
        result.handshake = gnutls_strerror_name(status);
        /* GnuTLS leaves the alert to the application, and an attached session sends its own. */
        if (!does_attach() || status != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
            gnutls_alert_send_appropriate(session, status);
    }
    const char *version = gnutls_protocol_get_name(gnutls_protocol_get_version(session));
    result.version = version != NULL ? version : "none";
    result.resumed = is_connected && gnutls_session_is_resumed(session);
    result.own_callback_ran = own_callback_ran;
    result.was_told = pinverdict_gnutls_verdict(session, &result.told);
    if (does_check()) {
        result.is_checked = true; /* after a failed handshake too: it has to refuse */
        if (pinverdict_gnutls_check_path(checker, session, host, &result.verdict, count_path, &result.path) !=
            PINVERDICT_ALLOW)
            is_allowed = false;
    }
    result.pointer_kept = gnutls_session_get_ptr(session) == (void *)&pointer;
    if (is_connected && is_allowed) result.sent = (int)gnutls_record_send(session, request, REQUEST_SIZE);
    if (is_connected && !is_last) {
        /* Under TLS 1.3 the ticket comes after the handshake. */
        char rest[64];
        gnutls_record_set_timeout(session, 50);
        for (int tries = 0; tries < 40 && gnutls_protocol_get_version(session) == GNUTLS_TLS1_3 &&
             !(gnutls_session_get_flags(session) & GNUTLS_SFLAGS_SESSION_TICKET);
             tries++)
            gnutls_record_recv(session, rest, sizeof rest);
        gnutls_record_set_timeout(session, PATIENCE * 1000);
        if (gnutls_session_get_data2(session, &data) != 0) fail("session data");
    }
    if (is_connected) gnutls_bye(session, GNUTLS_SHUT_WR);
    hang_up(descriptor);
    gnutls_deinit(session);
    print_outcome(&result);
    return data;
}

int main(int argc, char **argv)
{
    (void)argc;
    begin(argv);
    pinverdict_checker *checker = make_checker();
    gnutls_certificate_credentials_t credentials;
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_trust_file(credentials, option("trust", ""), GNUTLS_X509_FMT_PEM) <= 0)
        fail("trust");
    if (option_is("verify", "peer", "credentials")) gnutls_certificate_set_verify_function(credentials, look_on);
    if (option_is("verify", "peer", "deep")) gnutls_certificate_set_verify_limits(credentials, 16384, 64);
    gnutls_certificate_set_verify_flags(credentials, flags_named(option("verify", "peer")));
    bool is_resuming = option_is("connections", "1", "2");
    gnutls_datum_t data = connect_once(credentials, checker, (gnutls_datum_t){ NULL, 0 }, !is_resuming);
    if (is_resuming) {
        change_policy(checker);
        data = connect_once(credentials, checker, data, true);
    }
    if (option_is("again", "0", "1")) {
        gnutls_datum_t none = { NULL, 0 };
        if (!is_resuming) data = connect_once(credentials, checker, none, true);
        switch_policy_off(checker);
        data = connect_once(credentials, checker, none, !is_resuming);
        if (is_resuming) data = connect_once(credentials, checker, data, true);
    }
    gnutls_free(data.data);
    gnutls_certificate_free_credentials(credentials);
    pinverdict_checker_free(checker);
    return 0;
}
