// SPDX-License-Identifier: Apache-2.0
/* gnutls-client - a TLS client with pinning, by GnuTLS: a complete example.
 *
 *     gnutls-client ADDRESS:PORT HOST TRUST.pem POLICY
 *
 * Connects to an IPv4 address, expects HOST's certificate, and sends one line of application data only when the
 * answer is allow. Exit status: 0 allow, 1 refuse, 2 no verdict (bad usage, no connection).
 *
 *     cc gnutls-client.c $(pkg-config --cflags --libs pinverdict-gnutls gnutls)
 */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <pinverdict-gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pinverdict_checker *load_checker(const char *path)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;

    if (pinverdict_policy_load(path, &policy, &error) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK)
        fprintf(stderr, "%s:%u: %s\n", path, (unsigned)error.line, error.message);
    pinverdict_policy_free(policy); /* the checker keeps its own reference */
    return checker;
}

static int connect_to(const char *text)
{
    struct sockaddr_in address;
    char host[16];
    const char *colon = strchr(text, ':');
    int descriptor;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) return -1;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    address.sin_port = htons((unsigned short)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return -1;
    descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* The part to copy. Attaching has the handshake fail with an alert where the pins refuse; the check after it is the
   one that counts, as it covers resumed sessions too. */
static int handshake_with_pins(gnutls_session_t session, pinverdict_checker *checker, const char *host,
                               pinverdict_verdict *verdict)
{
    int status = pinverdict_gnutls_attach(session, checker, host);

    if (status != GNUTLS_E_SUCCESS) return status;
    do {
        status = gnutls_handshake(session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    if (status < 0) {
        if (status != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) /* which has sent its own */
            gnutls_alert_send_appropriate(session, status);
        return status;
    }
    return pinverdict_gnutls_check(checker, session, host, verdict) == PINVERDICT_ALLOW
        ? GNUTLS_E_SUCCESS
        : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

int main(int argc, char **argv)
{
    static const char request[] = "application data\n";
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_checker *checker;
    gnutls_certificate_credentials_t credentials = NULL;
    gnutls_session_t session = NULL;
    int descriptor = -1, status = 2, result;

    if (argc != 5) {
        fprintf(stderr, "usage: gnutls-client ADDRESS:PORT HOST TRUST.pem POLICY\n");
        return 2;
    }
    checker = load_checker(argv[4]);
    if (checker == NULL || gnutls_certificate_allocate_credentials(&credentials) != GNUTLS_E_SUCCESS ||
        gnutls_certificate_set_x509_trust_file(credentials, argv[3], GNUTLS_X509_FMT_PEM) <= 0 ||
        gnutls_init(&session, GNUTLS_CLIENT) != GNUTLS_E_SUCCESS ||
        gnutls_set_default_priority(session) != GNUTLS_E_SUCCESS ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials) != GNUTLS_E_SUCCESS ||
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, argv[2], strlen(argv[2])) != GNUTLS_E_SUCCESS ||
        (descriptor = connect_to(argv[1])) < 0) {
        fprintf(stderr, "no connection to %s\n", argv[1]);
    } else {
        gnutls_transport_set_int(session, descriptor);
        result = handshake_with_pins(session, checker, argv[2], &verdict);
        status = result == GNUTLS_E_SUCCESS ? 0 : result == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR ? 1 : 2;
        printf("host=%s handshake=%s decision=%s reason=%s enforced=%d\n", argv[2], gnutls_strerror_name(result),
               status == 0 ? "allow" : "refuse", pinverdict_reason_name(verdict.reason), verdict.enforced);
        if (status == 0) {
            if (gnutls_record_send(session, request, sizeof request - 1) < 0) status = 2;
            gnutls_bye(session, GNUTLS_SHUT_WR);
        }
    }
    if (session != NULL) gnutls_deinit(session);
    if (credentials != NULL) gnutls_certificate_free_credentials(credentials);
    if (descriptor >= 0) close(descriptor);
    pinverdict_checker_free(checker);
    return status;
}
