// SPDX-License-Identifier: Apache-2.0
/* Connections by OpenSSL: connections.h. */
#include "connections.h"

#include "pinverdict-openssl.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

static SSL_CTX *client_context, *server_context;
static SSL_SESSION *session; /* the newest that the client was given */

static int keep_session(SSL *ssl, SSL_SESSION *given)
{
    (void)ssl;
    SSL_SESSION_free(session);
    session = given;
    return 1;
}

static bool hash_leaf(X509 *leaf, uint8_t digest[32])
{
    unsigned char *spki = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
    if (size <= 0) return false;
    SHA256(spki, (size_t)size, digest);
    OPENSSL_free(spki);
    return true;
}

static void prepare(void)
{
    backend = PINVERDICT_BACKEND_OPENSSL;
    library = "OpenSSL";
    client_context = SSL_CTX_new(TLS_client_method());
    server_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(client_context, is_tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(client_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client_context, keep_session);
    SSL_CTX_set_session_id_context(server_context, (const unsigned char *)"bench", 5);
    FILE *file = fopen(intermediate_file, "r");
    X509 *intermediate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (SSL_CTX_load_verify_locations(client_context, trust_file, NULL) != 1 ||
        SSL_CTX_use_certificate_file(server_context, leaf_file, SSL_FILETYPE_PEM) != 1 || intermediate == NULL ||
        SSL_CTX_add0_chain_cert(server_context, intermediate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server_context, key_file, SSL_FILETYPE_PEM) != 1 ||
        !hash_leaf(SSL_CTX_get0_certificate(server_context), leaf_pin))
        give_up("OpenSSL cannot serve these certificates");
    fclose(file);
}

static bool has_finished(SSL *ssl, int result)
{
    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) {
        ERR_print_errors_fp(stderr);
        give_up("a handshake failed where it should be allowed");
    }
    return result == 1;
}

static bool is_pinned_by_hand(SSL *ssl)
{
    uint8_t digest[32];
    return hash_leaf(SSL_get0_peer_certificate(ssl), digest) && memcmp(digest, leaf_pin, sizeof digest) == 0;
}

static void connect_once(enum way way, pinverdict_checker *checker, bool is_resumed)
{
    SSL *client = SSL_new(client_context), *server = SSL_new(server_context);
    BIO *near_end, *far_end;
    BIO_new_bio_pair(&near_end, 1 << 16, &far_end, 1 << 16);
    SSL_set_bio(client, near_end, near_end);
    SSL_set_bio(server, far_end, far_end);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    SSL_set1_host(client, host);
    if (is_resumed) SSL_set_session(client, session);

    if ((way == FIRST || way == ATTACHED) && CLIENT(pinverdict_openssl_attach(client, checker, host)) != 1)
        give_up("attaching was refused");
    for (bool is_client_done = false, is_server_done = false; !is_client_done || !is_server_done;) {
        is_client_done = has_finished(client, CLIENT(SSL_do_handshake(client)));
        is_server_done = has_finished(server, SSL_do_handshake(server));
    }
    if (way == BY_HAND && !CLIENT(is_pinned_by_hand(client))) give_up("a pin by hand is wrong");
    if (way >= FIRST && CLIENT(pinverdict_openssl_check(checker, client, host, NULL)) != PINVERDICT_ALLOW)
        give_up("a connection was refused");
    if (SSL_session_reused(client) != is_resumed) give_up("a session is wrong");

    /* A byte brings the tickets of TLS 1.3 along. */
    char byte;
    if (SSL_write(server, "x", 1) != 1 || SSL_read(client, &byte, 1) != 1) give_up("a byte did not arrive");
    SSL_shutdown(client);
    SSL_free(client);
    SSL_free(server);
}
