// SPDX-License-Identifier: Apache-2.0
/* writes-openssl VERSION ROOT CHAIN KEY SESSION [NAME...]: a program that knows nothing of pins, with a server of its
 * own. Its client begins with SSL_write, which makes the handshake by the way; its server reads on where the client has
 * said that it ends. It says how many bytes the server has read. VERSION is 1.2, 1.3, or "fixed", 1.2 by its own
 * method; ROOT "-" verifies nothing; the first name is asked for, the others are to be found in the certificate. A
 * session in the file is resumed; else one is left there. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char answer[] = "pinned answer\n";

static void *serve(void *ssl)
{
    static int received;
    char bytes[4096];
    if (SSL_accept(ssl) == 1) {
        for (int reads = 0; reads < 8; reads++) {
            int size = SSL_read(ssl, bytes, sizeof bytes);
            if (size > 0) {
                received += size;
                SSL_write(ssl, answer, sizeof answer - 1);
            }
            if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0) SSL_set_shutdown(ssl, 0);
            else if (size <= 0) break;
        }
    }
    return &received;
}

static SSL *new_server(char **arguments, int descriptor)
{
    static unsigned char keys[80] = "the same in each run";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, arguments[3]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, arguments[4], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set_tlsext_ticket_keys(context, keys, sizeof keys) != 1)
        exit(2);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"writes", 6);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    return ssl;
}

static SSL *new_client(int count, char **arguments, int descriptor)
{
    bool is_fixed = strcmp(arguments[1], "fixed") == 0;
    int version = strcmp(arguments[1], "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX *context = SSL_CTX_new(is_fixed ? TLSv1_2_client_method() : TLS_client_method());
    if (context == NULL) exit(3);
    if (!is_fixed) SSL_CTX_set_max_proto_version(context, version);
    if (strcmp(arguments[2], "-") != 0) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_load_verify_locations(context, arguments[2], NULL) != 1) exit(2);
    }
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    if (count > 6) SSL_set_tlsext_host_name(ssl, arguments[6]);
    for (int at = 7; at < count; at++) SSL_add1_host(ssl, arguments[at]);
    return ssl;
}

#ifdef CLIENT_OF_A_PLUGIN
int plugin(int argc, char **argv)
#else
int main(int argc, char **argv)
#endif
{
    static const char request[] = "GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n";
    int ends[2];
    pthread_t thread;
    void *received = NULL;
    char bytes[4096];
    if (argc < 6 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
    signal(SIGPIPE, SIG_IGN);
    SSL *client = new_client(argc, argv, ends[0]);
    if (pthread_create(&thread, NULL, serve, new_server(argv, ends[1])) != 0) return 2;
    FILE *file = fopen(argv[5], "r");
    SSL_SESSION *session = file != NULL ? PEM_read_SSL_SESSION(file, NULL, NULL, NULL) : NULL;
    if (session != NULL) SSL_set_session(client, session);
    SSL_set_connect_state(client);
    int written = SSL_write(client, request, sizeof request - 1);
    int size = written > 0 ? SSL_read(client, bytes, sizeof bytes) : 0;
    if (size > 0) printf("%.*s", size, bytes);
    if (size > 0 && file == NULL && (file = fopen(argv[5], "w")) != NULL) {
        PEM_write_SSL_SESSION(file, SSL_get1_session(client));
        fclose(file);
    }
    /* It tries again, as some programs do. */
    if (written <= 0) SSL_write(client, request, sizeof request - 1);
    printf("resumed %d, ", SSL_session_reused(client));
    shutdown(ends[0], SHUT_WR);
    pthread_join(thread, &received);
    printf("%d bytes\n", *(int *)received);
    return 0;
}
