// SPDX-License-Identifier: Apache-2.0
/* Connections by GnuTLS: connections.h. */
#include "connections.h"

#include "pinverdict-gnutls.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

/* What one end has sent and the other not yet read. */
struct line {
    size_t start, end;
    uint8_t bytes[1 << 17];
};

struct side {
    gnutls_session_t session;
    struct line *incoming, *outgoing;
};

static ssize_t send_bytes(gnutls_transport_ptr_t pointer, const void *bytes, size_t size)
{
    struct line *line = ((struct side *)pointer)->outgoing;
    if (size > sizeof line->bytes - line->end) give_up("a line is full");
    memcpy(line->bytes + line->end, bytes, size);
    line->end += size;
    return (ssize_t)size;
}

static ssize_t receive_bytes(gnutls_transport_ptr_t pointer, void *bytes, size_t size)
{
    struct side *side = pointer;
    struct line *line = side->incoming;
    if (line->start == line->end) {
        gnutls_transport_set_errno(side->session, EAGAIN);
        return -1;
    }
    if (size > line->end - line->start) size = line->end - line->start;
    memcpy(bytes, line->bytes + line->start, size);
    line->start += size;
    return (ssize_t)size;
}

static int has_bytes(gnutls_transport_ptr_t pointer, unsigned milliseconds)
{
    (void)milliseconds;
    struct line *line = ((struct side *)pointer)->incoming;
    return line->end > line->start;
}

static gnutls_certificate_credentials_t client_credentials, server_credentials;
static gnutls_datum_t ticket_key, session_data; /* of the client's newest session */
static struct line upstream, downstream;

static bool hash_leaf(const gnutls_datum_t *leaf, uint8_t digest[32])
{
    size_t size = 32;
    gnutls_x509_crt_t certificate;
    gnutls_x509_crt_init(&certificate);
    bool is_hashed = gnutls_x509_crt_import(certificate, leaf, GNUTLS_X509_FMT_DER) == 0 &&
        gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, digest, &size) == 0;
    gnutls_x509_crt_deinit(certificate);
    return is_hashed;
}

static void load_server(void)
{
    gnutls_datum_t leaf, intermediate, chain;
    if (gnutls_load_file(leaf_file, &leaf) != 0 || gnutls_load_file(intermediate_file, &intermediate) != 0)
        give_up("cannot read the server's certificates");
    chain.size = leaf.size + intermediate.size;
    chain.data = malloc(chain.size);
    memcpy(chain.data, leaf.data, leaf.size);
    memcpy(chain.data + leaf.size, intermediate.data, intermediate.size);
    gnutls_datum_t key, encoded;
    if (gnutls_load_file(key_file, &key) != 0 ||
        gnutls_certificate_set_x509_key_mem(server_credentials, &chain, &key, GNUTLS_X509_FMT_PEM) < 0 ||
        gnutls_pem_base64_decode2("CERTIFICATE", &leaf, &encoded) != 0 || !hash_leaf(&encoded, leaf_pin))
        give_up("GnuTLS cannot serve these certificates");
    gnutls_free(encoded.data), gnutls_free(key.data), gnutls_free(leaf.data), gnutls_free(intermediate.data);
    free(chain.data);
}

static void prepare(void)
{
    backend = PINVERDICT_BACKEND_GNUTLS;
    library = "GnuTLS";
    gnutls_certificate_allocate_credentials(&client_credentials);
    gnutls_certificate_allocate_credentials(&server_credentials);
    gnutls_session_ticket_key_generate(&ticket_key);
    if (gnutls_certificate_set_x509_trust_file(client_credentials, trust_file, GNUTLS_X509_FMT_PEM) < 1)
        give_up("%s is no trust file", trust_file);
    load_server();
}

static void set_up(struct side *side, unsigned flags, gnutls_certificate_credentials_t credentials,
                   struct line *incoming, struct line *outgoing)
{
    gnutls_init(&side->session, flags | GNUTLS_NONBLOCK);
    side->incoming = incoming, side->outgoing = outgoing;
    gnutls_priority_set_direct(side->session,
                               is_tls_1_3 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" : "NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL);
    gnutls_credentials_set(side->session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_ptr(side->session, side);
    gnutls_transport_set_push_function(side->session, send_bytes);
    gnutls_transport_set_pull_function(side->session, receive_bytes);
    gnutls_transport_set_pull_timeout_function(side->session, has_bytes);
}

static bool has_finished(int status)
{
    if (status != 0 && gnutls_error_is_fatal(status))
        give_up("a handshake failed where it should be allowed: %s", gnutls_strerror(status));
    return status == 0;
}

static bool is_pinned_by_hand(gnutls_session_t session)
{
    unsigned count = 0;
    uint8_t digest[32];
    const gnutls_datum_t *peers = gnutls_certificate_get_peers(session, &count);
    return count > 0 && hash_leaf(peers, digest) && memcmp(digest, leaf_pin, sizeof digest) == 0;
}

static void connect_once(enum way way, pinverdict_checker *checker, bool is_resumed)
{
    struct side client, server;
    upstream.start = upstream.end = downstream.start = downstream.end = 0;
    set_up(&client, GNUTLS_CLIENT, client_credentials, &downstream, &upstream);
    set_up(&server, GNUTLS_SERVER, server_credentials, &upstream, &downstream);
    gnutls_session_ticket_enable_server(server.session, &ticket_key);
    gnutls_server_name_set(client.session, GNUTLS_NAME_DNS, host, strlen(host));
    if (way != CHECKED) gnutls_session_set_verify_cert(client.session, host, 0);
    if (is_resumed) gnutls_session_set_data(client.session, session_data.data, session_data.size);

    if ((way == FIRST || way == ATTACHED) && CLIENT(pinverdict_gnutls_attach(client.session, checker, host)) != 0)
        give_up("attaching was refused");
    for (bool is_client_done = false, is_server_done = false; !is_client_done || !is_server_done;) {
        if (!is_client_done) is_client_done = has_finished(CLIENT(gnutls_handshake(client.session)));
        if (!is_server_done) is_server_done = has_finished(gnutls_handshake(server.session));
    }
    if (way == BY_HAND && !CLIENT(is_pinned_by_hand(client.session))) give_up("a pin by hand is wrong");
    if (way >= FIRST && CLIENT(pinverdict_gnutls_check(checker, client.session, host, NULL)) != PINVERDICT_ALLOW)
        give_up("a connection was refused");
    if ((gnutls_session_is_resumed(client.session) != 0) != is_resumed) give_up("a session is wrong");

    /* A byte brings the tickets of TLS 1.3 along. */
    char byte;
    ssize_t size = GNUTLS_E_AGAIN;
    gnutls_record_send(server.session, "x", 1);
    for (int turn = 0; turn < 8 && size < 0; turn++) size = gnutls_record_recv(client.session, &byte, 1);
    if (size != 1) give_up("a byte did not arrive");
    if (!is_resumed) {
        gnutls_free(session_data.data);
        if (gnutls_session_get_data2(client.session, &session_data) != 0) give_up("there is no session to keep");
    }
    gnutls_deinit(client.session);
    gnutls_deinit(server.session);
}
