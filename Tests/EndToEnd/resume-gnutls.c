// SPDX-License-Identifier: Apache-2.0
/* resume-gnutls PORT ROOT SESSION: a program that knows nothing of pins. It asks localhost for a page, with TLS 1.2; it
 * resumes the session that is in the file, or leaves one there, and has a handshake hook, whose calls it counts. */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int messages;

static int count(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t *data)
{
    (void)session, (void)type, (void)when, (void)incoming, (void)data;
    messages++;
    return 0;
}

int main(int argc, char **argv)
{
    static const char request[] = "GET / HTTP/1.1\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    gnutls_datum_t data = { 0 };
    char answer[4096] = "";
    if (argc != 4) return 2;
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return 2;
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_trust_file(credentials, argv[2], GNUTLS_X509_FMT_PEM);
    gnutls_init(&session, GNUTLS_CLIENT);
    gnutls_priority_set_direct(session, "NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert(session, "localhost", 0);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, count);
    gnutls_transport_set_int(session, descriptor);
    FILE *file = fopen(argv[3], "r");
    if (file != NULL) {
        static unsigned char kept[1 << 16];
        gnutls_session_set_data(session, kept, fread(kept, 1, sizeof kept, file));
        fclose(file);
    }
    int status = gnutls_handshake(session);
    printf("resumed %d, messages %d\n", gnutls_session_is_resumed(session), messages);
    if (status != GNUTLS_E_SUCCESS) {
        /* As a program does that does not look at that. */
        printf("sent %d\n", gnutls_record_send(session, request, sizeof request - 1) > 0);
        return 1;
    }
    if (gnutls_record_send(session, request, sizeof request - 1) < 0) return 1;
    gnutls_record_recv(session, answer, sizeof answer - 1);
    if (file == NULL && gnutls_session_get_data2(session, &data) == GNUTLS_E_SUCCESS) {
        file = fopen(argv[3], "w");
        if (file == NULL || fwrite(data.data, 1, data.size, file) != data.size || fclose(file) != 0) return 2;
    }
    puts(answer);
    gnutls_bye(session, GNUTLS_SHUT_WR);
    gnutls_free(data.data);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    return 0;
}
