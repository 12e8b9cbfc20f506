// SPDX-License-Identifier: Apache-2.0
/* world.h - the certificates that chains in the fuzzing targets are made of: Tests/Kit/make-world.py, which
 * writes world-rows.h, says what each of them is. An input can also bring bytes of its own and have them signed by any
 * of their keys, as an authority that was stolen or forced would. */
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

typedef struct {
    int issuer;       /* a row's number; -1 for itself */
    uint8_t seed[32]; /* of its key */
    pinverdict_bytes bytes;
} world_row;

#include "world-rows.h"

enum { WORLD_SIZE = sizeof world_rows / sizeof world_rows[0] };

static struct {
    EVP_PKEY *key;
    X509 *certificate;
    pinverdict_bytes bytes;
} world[WORLD_SIZE];

static inline void make_world(void)
{
    for (int i = 0; i < WORLD_SIZE; i++) {
        const world_row *row = &world_rows[i];
        const uint8_t *data = row->bytes.data;
        world[i].key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, row->seed, sizeof row->seed);
        world[i].certificate = d2i_X509(NULL, &data, (long)row->bytes.size);
        world[i].bytes = row->bytes;
        if (world[i].key == NULL || world[i].certificate == NULL) fuzz_give_up("OpenSSL does not read the world");
    }
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
    return (pinverdict_bytes){ whole, size };
}

#endif
