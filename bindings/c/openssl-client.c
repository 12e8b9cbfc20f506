// SPDX-License-Identifier: Apache-2.0
/* openssl-client - a TLS client with pinning, by OpenSSL: a complete example, and what `make demo` runs.
 *
 *     openssl-client ADDRESS:PORT HOST TRUST.pem POLICY
 *
 * Connects to the address, expects HOST's certificate, verifies it against the trust file as any client
 * should, and then asks PinVerdict. One line of application data goes out only when the answer is allow.
 * Exit status: 0 allow, 1 refuse, 2 no verdict (bad usage, no connection, no valid chain).
 *
 *     cc openssl-client.c $(pkg-config --cflags --libs pinverdict-openssl openssl)
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>
#include <stdio.h>

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

/* A client as without pinning: TLS 1.2 or later, the chain and the host name verified in the handshake. */
static BIO *connect_verified(SSL_CTX *context, const char *address, const char *host, const char *trust_file)
{
    BIO *connection = NULL;
    SSL *ssl = NULL;

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_load_verify_file(context, trust_file) != 1 || (connection = BIO_new_ssl_connect(context)) == NULL)
        return NULL;
    BIO_get_ssl(connection, &ssl);
    if (SSL_set1_host(ssl, host) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1 ||
        BIO_set_conn_hostname(connection, address) != 1 || BIO_do_handshake(connection) != 1) {
        BIO_free_all(connection);
        return NULL;
    }
    return connection;
}

int main(int argc, char **argv)
{
    static const char request[] = "application data\n";
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_checker *checker;
    SSL_CTX *context;
    BIO *connection = NULL;
    SSL *ssl = NULL;
    int status = 2;

    if (argc != 5) {
        fprintf(stderr, "usage: openssl-client ADDRESS:PORT HOST TRUST.pem POLICY\n");
        return 2;
    }
    checker = load_checker(argv[4]);
    context = SSL_CTX_new(TLS_client_method());
    if (checker != NULL && context != NULL) connection = connect_verified(context, argv[1], argv[2], argv[3]);

    if (connection != NULL) {
        BIO_get_ssl(connection, &ssl);
        /* The part to copy: after each handshake, and before the first byte of data. (To refuse inside the handshake
           already, with an alert, call pinverdict_openssl_attach before it.) */
        status = pinverdict_openssl_check(checker, ssl, argv[2], &verdict) == PINVERDICT_ALLOW ? 0 : 1;
        printf("host=%s tls=%s sent=%d path=%d decision=%s reason=%s rule=%s depth=%d\n", argv[2], SSL_get_version(ssl),
               sk_X509_num(SSL_get_peer_cert_chain(ssl)), sk_X509_num(SSL_get0_verified_chain(ssl)),
               status == 0 ? "allow" : "refuse", pinverdict_reason_name(verdict.reason), verdict.rule,
               (int)verdict.matched_depth);
        if (status == 0 && BIO_puts(connection, request) <= 0) status = 2;
        BIO_ssl_shutdown(connection);
    } else if (checker != NULL) {
        fprintf(stderr, "%s: no TLS connection with a valid chain for %s\n", argv[1], argv[2]);
        ERR_print_errors_fp(stderr);
    }
    BIO_free_all(connection);
    SSL_CTX_free(context);
    pinverdict_checker_free(checker);
    return status;
}
