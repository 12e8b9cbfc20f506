/* world.h - the certificates that chains in the fuzzing targets are made of: authorities and servers, honest and not.
 * Keys are Ed25519 and come from their names, so that the world is the same at every start and in every corpus; an
 * input can also bring bytes of its own and have them signed by any of the keys, as an authority that was stolen or
 * forced would. Rows are only ever added at the end: an input names them by number. */
#ifndef WORLD_H
#define WORLD_H

#include "../Differential/readers.h"
#include "fuzz.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

/* When everything is valid but what is said not to be: 2030-01-01 00:00:00 UTC. */
enum { WORLD_NOW = 1893456000 };

#define API_NAMES "DNS:api.example.com,DNS:*.cdn.example.com,DNS:example.org,DNS:printer,IP:192.0.2.7,IP:2001:db8::7"

typedef struct {
    const char *key, *subject; /* labels */
    int issuer;                /* a row's number; -1 for itself */
    const char *constraints, *names, *purpose, *until; /* NULL: no such extension; until: VALID */
} world_row;

#define CA "critical,CA:TRUE"
#define SERVER "serverAuth"
#define VALID "20450101000000Z"
#define EXPIRED "20291231235959Z"

static const world_row world_rows[] = {
    /* 0 */ { "root", "root", -1, CA, NULL, NULL, VALID },
    /* 1 */ { "intermediate", "intermediate", 0, CA, NULL, NULL, VALID },
    /* 2 */ { "leaf", "leaf", 1, NULL, API_NAMES, SERVER, VALID },
    /* 3 */ { "sub", "sub", 1, CA, NULL, NULL, VALID },
    /* 4 */ { "deep-leaf", "deep-leaf", 3, NULL, API_NAMES, SERVER, VALID },
    /* 5 */ { "other-root", "other-root", -1, CA, NULL, NULL, VALID },
    /* 6 */ { "other-leaf", "other-leaf", 5, NULL, API_NAMES, SERVER, VALID },
    /* 7 */ { "new-root", "new-root", -1, CA, NULL, NULL, VALID },
    /* 8 */ { "new-root", "new-root", 0, CA, NULL, NULL, VALID }, /* cross-signed */
    /* 9 */ { "new-intermediate", "new-intermediate", 7, CA, NULL, NULL, VALID },
    /* 10 */ { "new-leaf", "new-leaf", 9, NULL, API_NAMES, SERVER, VALID },
    /* 11 */ { "leaf", "leaf", 1, NULL, API_NAMES, SERVER, EXPIRED },
    /* 12 */ { "intermediate", "intermediate", 0, CA, NULL, NULL, EXPIRED },
    /* 13 */ { "leaf", "leaf", 1, NULL, API_NAMES, "clientAuth", VALID },
    /* 14 */ { "leaf", "leaf", 1, NULL, "DNS:www.example.org", SERVER, VALID },
    /* 15 */ { "self", "self", -1, NULL, API_NAMES, SERVER, VALID },
    /* 16 */ { "root", "root", -1, CA, NULL, NULL, "20440101000000Z" },    /* renewed */
    /* 17 */ { "impostor", "intermediate", 5, CA, NULL, NULL, VALID },     /* another authority's, of a name that */
    /* 18 */ { "impostor-leaf", "leaf", 17, NULL, API_NAMES, SERVER, VALID }, /* is not its own */
    /* 19 */ { "impostor-root", "root", -1, CA, NULL, NULL, VALID },
    /* 20 */ { "circle-a", "circle-a", 0, CA, NULL, NULL, VALID },
    /* 21 */ { "circle-b", "circle-b", 20, CA, NULL, NULL, VALID },
    /* 22 */ { "circle-a", "circle-a", 21, CA, NULL, NULL, VALID },
    /* 23 */ { "circle-leaf", "circle-leaf", 22, NULL, API_NAMES, SERVER, VALID },
    /* 24 */ { "short", "short", 0, CA ",pathlen:0", NULL, NULL, VALID },
    /* 25 */ { "below-short", "below-short", 24, CA, NULL, NULL, VALID },
    /* 26 */ { "below-short-leaf", "below-short-leaf", 25, NULL, API_NAMES, SERVER, VALID },
    /* 27 */ { "child-of-leaf", "child-of-leaf", 2, NULL, API_NAMES, SERVER, VALID },
    /* 28 */ { "root", "root", 7, CA, NULL, NULL, VALID }, /* cross-signed, the other way round */
    /* 29 */ { "leaf", "leaf", 1, NULL, "DNS:*.example.com,DNS:*.com,DNS:*", SERVER, VALID },
    /* 30 */ { "leaf", "leaf", 1, NULL, NULL, SERVER, VALID },
};
enum { WORLD_SIZE = sizeof world_rows / sizeof world_rows[0] };

static struct {
    EVP_PKEY *key;
    X509 *certificate;
    pinverdict_bytes bytes;
} world[WORLD_SIZE];

static inline EVP_PKEY *world_key(const char *label)
{
    uint8_t seed[32];
    digest(label, strlen(label), seed);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    if (key == NULL) fuzz_give_up("OpenSSL makes no key");
    return key;
}

static inline void world_name(X509_NAME *name, const char *label)
{
    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)label, -1, -1, 0) != 1)
        fuzz_give_up("OpenSSL makes no name");
}

static inline void world_extension(X509 *certificate, X509V3_CTX *context, int type, const char *value)
{
    X509_EXTENSION *extension = value != NULL ? X509V3_EXT_conf_nid(NULL, context, type, value) : NULL;
    if (extension != NULL) X509_add_ext(certificate, extension, -1);
    else if (value != NULL) fuzz_give_up(value);
    X509_EXTENSION_free(extension);
}

static inline void make_world_certificate(int number)
{
    const world_row *row = &world_rows[number];
    X509 *made = X509_new();
    world[number].key = world_key(row->key);
    world[number].certificate = made;
    const int signer = row->issuer < 0 ? number : row->issuer;
    X509V3_CTX context;
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1000 + number);
    world_name(X509_get_subject_name(made), row->subject);
    world_name(X509_get_issuer_name(made), world_rows[signer].subject);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(made), "20250101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(made), row->until);
    X509_set_pubkey(made, world[number].key);
    X509V3_set_ctx(&context, world[signer].certificate, made, NULL, NULL, 0);
    world_extension(made, &context, NID_basic_constraints, row->constraints);
    world_extension(made, &context, NID_subject_key_identifier, "hash");
    world_extension(made, &context, NID_authority_key_identifier, "keyid");
    world_extension(made, &context, NID_subject_alt_name, row->names);
    world_extension(made, &context, NID_ext_key_usage, row->purpose);
    uint8_t *encoded = NULL;
    int size = X509_sign(made, world[signer].key, NULL) > 0 ? i2d_X509(made, &encoded) : 0;
    if (size <= 0) fuzz_give_up("OpenSSL makes no certificate");
    /* Read again, so that OpenSSL treats it as one that came from outside. */
    const uint8_t *data = encoded;
    X509_free(made);
    world[number].certificate = d2i_X509(NULL, &data, size);
    world[number].bytes = (pinverdict_bytes) { encoded, (size_t)size };
}

static inline void make_world(void)
{
    for (int i = 0; i < WORLD_SIZE; i++) make_world_certificate(i);
}

/* A trust file of certificates of the world, ended by -1: in memory, its path good while the program runs. */
static inline void make_trust_file(const int anchors[], char path[64])
{
    char *encoded = NULL;
    BIO *pem = BIO_new(BIO_s_mem());
    for (; *anchors >= 0; anchors++) PEM_write_bio_X509(pem, world[*anchors].certificate);
    long size = BIO_get_mem_data(pem, &encoded);
    int file = memfd_create("anchors", 0);
    if (file < 0 || write(file, encoded, (size_t)size) != size) fuzz_give_up("there is no file in memory");
    BIO_free(pem);
    snprintf(path, 64, "/proc/self/fd/%d", file);
}

/* Any bytes as the signed part of a certificate, signed by a key of the world. The caller frees them. */
static inline pinverdict_bytes sign_certificate(pinverdict_bytes to_be_signed, int signer)
{
    static const uint8_t algorithm[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
    uint8_t signature[65] = { 0 };
    size_t size = 64;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(context, NULL, NULL, NULL, world[signer].key) != 1 ||
        EVP_DigestSign(context, signature + 1, &size, to_be_signed.data, to_be_signed.size) != 1)
        fuzz_give_up("OpenSSL does not sign");
    EVP_MD_CTX_free(context);
    uint8_t *contents = malloc(to_be_signed.size + 128), *whole = malloc(to_be_signed.size + 160);
    memcpy(contents, to_be_signed.data, to_be_signed.size);
    memcpy(contents + to_be_signed.size, algorithm, sizeof algorithm);
    uint8_t *end = put_element(contents + to_be_signed.size + sizeof algorithm, 0x03, signature, sizeof signature);
    size = (size_t)(put_element(whole, 0x30, contents, (size_t)(end - contents)) - whole);
    free(contents);
    return (pinverdict_bytes) { whole, size };
}

#endif
