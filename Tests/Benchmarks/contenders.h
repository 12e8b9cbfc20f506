// SPDX-License-Identifier: Apache-2.0
/* A check of a validated path, what a program would write in its place, and the floor below both.
 * To add a contender: a function that answers whether it got the right answer, and its line in make_contenders. */
#ifndef CONTENDERS_H
#define CONTENDERS_H

#include "bench.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

static pinverdict_bytes path[PATH];
static struct {
    X509 *openssl;
    gnutls_x509_crt_t gnutls;
    unsigned char *spki;
    size_t spki_size;
    uint8_t digest[32];
} certificates[PATH];     /* the path's, parsed */
static char expected[64]; /* the leaf's pin, in base64 */
static uint64_t sum;      /* of the path's bytes, eight at a time */
static volatile uint64_t sink;

/* ------------------------------------------------------------------------------------------------- PinVerdict -- */

static bool check(const struct contender *self)
{
    return pinverdict_check_validated(self->checker, self->host, path, self->count, self->verdict) == self->decision;
}

/* Reads certificates in place, and hashes their SPKIs. */
static bool read_in_place(const struct contender *self)
{
    bool right = true;
    for (size_t i = 0; i < self->count; i++) {
        uint8_t digest[32];
        right &= pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, path[i], digest) ==
                PINVERDICT_OK &&
            digest[0] == certificates[i].digest[0];
    }
    return right;
}

/* The same calls, with certificates that end before there is anything to read: what the calls themselves cost. */
static bool read_nothing(const struct contender *self)
{
    bool right = true;
    for (size_t i = 0; i < self->count; i++) {
        uint8_t digest[32];
        pinverdict_bytes cut = { path[i].data, 1 };
        right &= pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, cut, digest) ==
            PINVERDICT_MALFORMED_CERTIFICATE;
    }
    return right;
}

/* ---------------------------------------------------------------------------------------------------- OpenSSL -- */

static bool openssl_has_pin(X509 *certificate)
{
    unsigned char *key = NULL, digest[32], text[64];
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    SHA256(key, (size_t)size, digest);
    EVP_EncodeBlock(text, digest, sizeof digest);
    OPENSSL_free(key);
    return strcmp((char *)text, expected) == 0;
}

static bool openssl_from_der(const struct contender *self)
{
    int matches = 0;
    for (size_t i = 0; i < self->count; i++) {
        const unsigned char *data = path[i].data;
        X509 *certificate = d2i_X509(NULL, &data, (long)path[i].size);
        matches += openssl_has_pin(certificate);
        X509_free(certificate);
    }
    return matches == 1;
}

static bool openssl_parsed(const struct contender *self)
{
    int matches = 0;
    for (size_t i = 0; i < self->count; i++) matches += openssl_has_pin(certificates[i].openssl);
    return matches == 1;
}

static bool openssl_sha256(const struct contender *self)
{
    bool right = true;
    for (size_t i = 0; i < self->count; i++) {
        uint8_t digest[32];
        SHA256_CTX context;
        SHA256_Init(&context);
        SHA256_Update(&context, certificates[i].spki, certificates[i].spki_size);
        SHA256_Final(digest, &context);
        right &= digest[0] == certificates[i].digest[0];
    }
    return right;
}

/* ----------------------------------------------------------------------------------------------------- GnuTLS -- */

static bool gnutls_has_pin(gnutls_x509_crt_t certificate)
{
    uint8_t digest[32];
    size_t size = sizeof digest;
    return gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, digest, &size) == 0 &&
        memcmp(digest, certificates[0].digest, sizeof digest) == 0;
}

static gnutls_x509_crt_t gnutls_import(pinverdict_bytes encoded)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = { (unsigned char *)encoded.data, (unsigned)encoded.size };
    if (gnutls_x509_crt_init(&certificate) != 0 ||
        gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) != 0)
        give_up("GnuTLS cannot read a certificate");
    return certificate;
}

static bool gnutls_from_der(const struct contender *self)
{
    int matches = 0;
    for (size_t i = 0; i < self->count; i++) {
        gnutls_x509_crt_t certificate = gnutls_import(path[i]);
        matches += gnutls_has_pin(certificate);
        gnutls_x509_crt_deinit(certificate);
    }
    return matches == 1;
}

static bool gnutls_parsed(const struct contender *self)
{
    int matches = 0;
    for (size_t i = 0; i < self->count; i++) matches += gnutls_has_pin(certificates[i].gnutls);
    return matches == 1;
}

static bool gnutls_sha256(const struct contender *self)
{
    bool right = true;
    for (size_t i = 0; i < self->count; i++) {
        uint8_t digest[32];
        gnutls_hash_fast(GNUTLS_DIG_SHA256, certificates[i].spki, certificates[i].spki_size, digest);
        right &= digest[0] == certificates[i].digest[0];
    }
    return right;
}

/* -------------------------------------------------------------------------------------------------- the floor -- */

static uint64_t sum_of_bytes(size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t offset = 0;
        uint64_t word = 0;
        for (; offset + sizeof word <= path[i].size; offset += sizeof word) {
            memcpy(&word, path[i].data + offset, sizeof word);
            total += word;
        }
        for (; offset < path[i].size; offset++) total += path[i].data[offset];
    }
    return total;
}

static bool read_once(const struct contender *self)
{
    sink = sum_of_bytes(self->count);
    return sink == sum;
}

/* --------------------------------------------------------------------------------------------------- the list -- */

enum { ROOM = 64 };
static struct contender contenders[ROOM];
static size_t contender_count;

static struct contender *contend(const char *library, const char *what, bool (*run)(const struct contender *),
                                 size_t count)
{
    if (contender_count == ROOM) give_up("no room for another contender");
    contenders[contender_count] = (struct contender){ .library = library, .what = what, .run = run, .count = count };
    return &contenders[contender_count++];
}

/* A check, whose verdict has to be the right one before it is timed. */
static struct contender *contend_by_check(const char *library, const char *what, const pinverdict_checker *checker,
                                          const char *host, pinverdict_reason reason)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, host, path, PATH, &verdict);
    if (verdict.reason != reason)
        give_up("%s, %s: %s where it should be %s", library, what, pinverdict_reason_name(verdict.reason),
                pinverdict_reason_name(reason));
    struct contender *self = contend(library, what, check, PATH);
    self->checker = checker;
    self->host = host;
    self->decision = decision;
    return self;
}

static const struct contender *contender(const char *library, const char *what)
{
    for (size_t i = 0; i < contender_count; i++)
        if (strcmp(contenders[i].library, library) == 0 && strcmp(contenders[i].what, what) == 0) return &contenders[i];
    give_up("there is no contender %s, %s", library, what);
}

#define CHECK_LEAF_PIN "check, leaf pin"
#define SHA256_OF_THREE "floor: SHA-256 of the three SPKIs"

static void make_checks(const char *library, pinverdict_backend backend, const pinverdict_policy *policy)
{
    static pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    const pinverdict_checker *checker = make_checker(policy, backend, NULL, false);
    const pinverdict_checker *cross_checker = make_checker(policy, backend, NULL, true);
    contend_by_check(library, CHECK_LEAF_PIN, checker, "api.example.com", PINVERDICT_REASON_MATCHED);
    contend_by_check(library, "check, leaf pin, verdict filled in", checker, "api.example.com",
                     PINVERDICT_REASON_MATCHED)
        ->verdict = &verdict;
    contend_by_check(library, "check, leaf pin, with an expiry date", checker, "exp.example.com",
                     PINVERDICT_REASON_MATCHED);
    contend_by_check(library, "check, leaf pin, wildcard rule", checker, "www.example.org", PINVERDICT_REASON_MATCHED);
    contend_by_check(library, "check, leaf pin, ancestor's rule", checker, "www.example.edu",
                     PINVERDICT_REASON_MATCHED);
    contend_by_check(library, "check, root pin", checker, "top.example.com", PINVERDICT_REASON_MATCHED);
    contend_by_check(library, "check, no match", checker, "bad.example.com", PINVERDICT_REASON_NO_MATCH);
    contend_by_check(library, "check, not pinned", checker, "www.example.net", PINVERDICT_REASON_NOT_PINNED);
    contend_by_check(library, "check, leaf pin, with cross-check", cross_checker, "api.example.com",
                     PINVERDICT_REASON_MATCHED);
}

static const pinverdict_policy *make_policy(void)
{
    char leaf[65], root[65], text[4096], *end = text;
    pin_of(path[0], leaf);
    pin_of(path[2], root);
    const struct {
        const char *host, *pin, *more;
    } rules[] = {
        { "api.example.com", leaf, "" },
        { "exp.example.com", leaf, "expires = 2999-12-31\non-expiry = refuse\n" },
        { "*.example.org", leaf, "" },
        { "example.edu", leaf, "include-subdomains = yes\n" },
        { "top.example.com", root, "" },
        { "bad.example.com", "", "pin-sha256 = 0000000000000000000000000000000000000000000000000000000000000002\n" },
    };
    end += sprintf(end, "[policy]\nserial = 1\n");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        end += sprintf(end, "[host %s]\nbackup-pin-sha256 = %064x\n%s", rules[i].host, 1, rules[i].more);
        if (rules[i].pin[0] != 0) end += sprintf(end, "pin-sha256 = %s\n", rules[i].pin);
    }
    return parse_policy(text, (size_t)(end - text));
}

/* Reads the path from the three files, and lists all that compete over it. What it makes lasts as long as the
   program. */
static void make_contenders(char *files[PATH])
{
    for (int i = 0; i < PATH; i++) {
        path[i] = read_certificate(files[i]);
        const unsigned char *data = path[i].data;
        certificates[i].openssl = d2i_X509(NULL, &data, (long)path[i].size);
        if (certificates[i].openssl == NULL) give_up("OpenSSL cannot read %s", files[i]);
        certificates[i].spki_size = (size_t)i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificates[i].openssl),
                                                            &certificates[i].spki);
        SHA256(certificates[i].spki, certificates[i].spki_size, certificates[i].digest);
        certificates[i].gnutls = gnutls_import(path[i]);
    }
    EVP_EncodeBlock((unsigned char *)expected, certificates[0].digest, 32);
    sum = sum_of_bytes(PATH);

    const pinverdict_policy *policy = make_policy();
    make_checks("OpenSSL", PINVERDICT_BACKEND_OPENSSL, policy);
    make_checks("GnuTLS", PINVERDICT_BACKEND_GNUTLS, policy);
    contend("OpenSSL", "by hand from DER, the three certificates", openssl_from_der, PATH);
    contend("GnuTLS", "by hand from DER, the three certificates", gnutls_from_der, PATH);
    contend("OpenSSL", "by hand from DER, the leaf alone", openssl_from_der, 1);
    contend("GnuTLS", "by hand from DER, the leaf alone", gnutls_from_der, 1);
    contend("OpenSSL", "by hand from parsed certificates, the three", openssl_parsed, PATH);
    contend("GnuTLS", "by hand from parsed certificates, the three", gnutls_parsed, PATH);
    contend("OpenSSL", "by hand from parsed certificates, the leaf alone", openssl_parsed, 1);
    contend("GnuTLS", "by hand from parsed certificates, the leaf alone", gnutls_parsed, 1);
    contend("OpenSSL", "floor: SHA-256 of the leaf's SPKI", openssl_sha256, 1);
    contend("GnuTLS", "floor: SHA-256 of the leaf's SPKI", gnutls_sha256, 1);
    contend("OpenSSL", SHA256_OF_THREE, openssl_sha256, PATH);
    contend("GnuTLS", SHA256_OF_THREE, gnutls_sha256, PATH);
    contend("", "floor: the certificates' bytes read once", read_once, PATH);
    contend("OpenSSL", "pin_of_certificate, the three", read_in_place, PATH);
    contend("OpenSSL", "pin_of_certificate, three cut off", read_nothing, PATH);
}

#endif
