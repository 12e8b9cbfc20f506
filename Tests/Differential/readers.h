// SPDX-License-Identifier: Apache-2.0
/* readers.h - one certificate through the three readers: ours, in place; OpenSSL; GnuTLS.
 *
 * A pin is worth what it stands for: wherever ours accepts a certificate and a library does too, both have to find the
 * same SubjectPublicKeyInfo, the same issuer and the same subject in it. A certificate in which they differ could be
 * pinned by one key and speak for another. And ours accepts what breaks no rule of DER, no less and no more (rules.h).
 * compare_readers() says who accepts it, and what is wrong. */
#ifndef READERS_H
#define READERS_H

#include "rules.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------------- an independent walk -- */

/* Where the parts of a certificate lie. */
typedef struct {
    pinverdict_bytes to_be_signed, issuer, validity, subject, spki;
    pinverdict_bytes algorithm, key; /* of the key: its AlgorithmIdentifier, and the contents of its bit string */
    pinverdict_bytes signature;      /* the contents of the bit string; empty where there is none */
} certificate_parts;

/* Takes one element off the front: whole, and what it contains. Definite lengths in any form. */
static inline bool take_element(pinverdict_bytes *rest, pinverdict_bytes *whole, pinverdict_bytes *contents)
{
    if (rest->size < 2) return false;
    size_t header = 2, length = rest->data[1];
    if (length >= 0x80) {
        size_t octets = length & 0x7f;
        if (octets == 0 || octets > 4 || rest->size < 2 + octets) return false;
        for (length = 0; header < 2 + octets; header++) length = length << 8 | rest->data[header];
    }
    if (length > rest->size - header) return false;
    *whole = (pinverdict_bytes){ rest->data, header + length };
    *contents = (pinverdict_bytes){ rest->data + header, length };
    *rest = (pinverdict_bytes){ rest->data + header + length, rest->size - header - length };
    return true;
}

/* The contents of a bit string at the front, without the octet that counts unused bits; false where it has none. */
static inline bool take_bits(pinverdict_bytes *rest, pinverdict_bytes *bits)
{
    pinverdict_bytes whole;
    if (!take_element(rest, &whole, bits) || bits->size == 0) return false;
    *bits = (pinverdict_bytes){ bits->data + 1, bits->size - 1 };
    return true;
}

/* By the order of the elements alone (RFC 5280, section 4.1); false where there are too few. */
static inline bool find_parts(pinverdict_bytes certificate, certificate_parts *parts)
{
    pinverdict_bytes outer, inner, fields[6], whole, contents;
    if (!take_element(&certificate, &whole, &outer)) return false;
    if (!take_element(&outer, &parts->to_be_signed, &inner)) return false;
    if (inner.size > 0 && inner.data[0] == 0xa0 && !take_element(&inner, &whole, &contents)) return false;
    for (int i = 0; i < 6; i++) /* serial, signature, issuer, validity, subject, key */
        if (!take_element(&inner, &fields[i], &contents)) return false;
    parts->issuer = fields[2];
    parts->validity = fields[3];
    parts->subject = fields[4];
    parts->spki = fields[5];
    if (!take_element(&outer, &whole, &inner) || !take_bits(&outer, &parts->signature))
        parts->signature = (pinverdict_bytes){ NULL, 0 };
    return take_element(&contents, &parts->algorithm, &whole) && take_bits(&contents, &parts->key);
}

typedef enum { RSA_KEY, ED25519_KEY, ED448_KEY, P256_KEY, P384_KEY, P521_KEY, OTHER_KEY } key_kind;

/* What an AlgorithmIdentifier of the kind contains, but for parameters of RSA; and the size of a key that is not
   compressed, 0 for RSA. */
static const struct {
    uint8_t size;
    const char *bytes;
    size_t key_size;
} key_kinds[OTHER_KEY] = {
    { 11, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 0 },
    { 5, "\x06\x03\x2b\x65\x70", 32 },
    { 5, "\x06\x03\x2b\x65\x71", 57 },
    { 19, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 65 },
    { 16, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\0\x22", 97 },
    { 16, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\0\x23", 133 },
};

/* The kind of a key, by the bytes that its AlgorithmIdentifier begins with: whether it has a KEY pin. */
static inline key_kind kind_of_key(pinverdict_bytes algorithm)
{
    pinverdict_bytes whole, contents;
    if (!take_element(&algorithm, &whole, &contents)) return OTHER_KEY;
    key_kind kind = RSA_KEY;
    while (kind < OTHER_KEY &&
           (contents.size < key_kinds[kind].size ||
            memcmp(contents.data, key_kinds[kind].bytes, key_kinds[kind].size) != 0))
        kind++;
    return kind;
}

/* Whether GnuTLS's own encoding of a key is compared with what stands there, by its backend: that of a curve, but for
   points in another form. */
static inline bool is_compared_key(const certificate_parts *parts)
{
    key_kind kind = kind_of_key(parts->algorithm);
    bool has_other_form = kind >= P256_KEY && (parts->key.size == 0 || parts->key.data[0] != 4);
    return kind != RSA_KEY && kind != OTHER_KEY && !has_other_form;
}

/* Whether a key can be encoded in this way alone, whoever does it. */
static inline bool has_one_encoding(const certificate_parts *parts)
{
    key_kind kind = kind_of_key(parts->algorithm);
    if (kind == OTHER_KEY) return false;
    size_t header = 2, size = parts->algorithm.size - header; /* of DER below 128 octets */
    if (kind != RSA_KEY)
        return is_compared_key(parts) && size == key_kinds[kind].size && parts->key.size == key_kinds[kind].key_size;
    const char *broken = NULL;
    const uint8_t *parameters = parts->algorithm.data + header + key_kinds[kind].size;
    der_rest rest = { parts->key.data, parts->key.data + parts->key.size, &broken }, key = der_take(&rest, 0x30);
    for (int i = 0; i < 2; i++) {
        der_rest number = der_take(&key, 0x02);
        der_require_integer(number);
        if (broken == NULL && *number.at >= 0x80) return false;
    }
    return broken == NULL && rest.at == rest.end && key.at == key.end && size == key_kinds[kind].size + 2u &&
        parameters[0] == 0x05 && parameters[1] == 0;
}

/* ---------------------------------------------------------------------------------------- what a reader finds -- */

typedef struct {
    bool accepts;
    uint8_t spki[32], issuer[32], subject[32]; /* digests of the encodings; GnuTLS does not give the first */
    bool has_key;                              /* it can use the key */
    bool is_common;                            /* which is of a type that both libraries encode alike */
    uint8_t key[32];                           /* digest of that key, encoded anew */
} reading;

static inline void digest(const void *data, size_t size, uint8_t out[32]) { SHA256(data, size, out); }

static inline bool is_digest(pinverdict_bytes bytes, const uint8_t expected[32])
{
    uint8_t found[32];
    digest(bytes.data, bytes.size, found);
    return memcmp(found, expected, 32) == 0;
}

static inline void digest_of_name(const X509_NAME *name, uint8_t out[32])
{
    const unsigned char *encoded = NULL;
    size_t size = 0;
    if (X509_NAME_get0_der(name, &encoded, &size) != 1) abort();
    digest(encoded, size, out);
}

static inline reading read_by_openssl(pinverdict_bytes bytes)
{
    reading found = { .accepts = false };
    const unsigned char *data = bytes.data;
    unsigned char *encoded = NULL;
    X509 *certificate = d2i_X509(NULL, &data, (long)bytes.size);
    if (certificate != NULL && data == bytes.data + bytes.size) {
        found.accepts = true;
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
        if (size <= 0) abort();
        digest(encoded, (size_t)size, found.spki);
        OPENSSL_free(encoded);
        encoded = NULL;
        digest_of_name(X509_get_issuer_name(certificate), found.issuer);
        digest_of_name(X509_get_subject_name(certificate), found.subject);
        EVP_PKEY *key = X509_get0_pubkey(certificate);
        size = key != NULL ? i2d_PUBKEY(key, &encoded) : 0;
        if (size > 0) {
            int type = EVP_PKEY_get_base_id(key);
            found.has_key = true;
            found.is_common = type == EVP_PKEY_RSA || type == EVP_PKEY_ED25519 || type == EVP_PKEY_EC;
            digest(encoded, (size_t)size, found.key);
            OPENSSL_free(encoded);
        }
    }
    X509_free(certificate);
    ERR_clear_error();
    return found;
}

static inline void digest_and_free(gnutls_datum_t *datum, int status, uint8_t out[32])
{
    if (status != GNUTLS_E_SUCCESS) abort();
    digest(datum->data, datum->size, out);
    gnutls_free(datum->data);
}

static inline reading read_by_gnutls(pinverdict_bytes bytes)
{
    reading found = { .accepts = false };
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = { (unsigned char *)bytes.data, (unsigned)bytes.size };
    if (gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS) abort();
    if (gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS) {
        found.accepts = true;
        digest_and_free(&datum, gnutls_x509_crt_get_raw_issuer_dn(certificate, &datum), found.issuer);
        digest_and_free(&datum, gnutls_x509_crt_get_raw_dn(certificate, &datum), found.subject);
        int type = gnutls_x509_crt_get_pk_algorithm(certificate, NULL);
        size_t size = sizeof found.key;
        found.has_key = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, found.key, &size) ==
            GNUTLS_E_SUCCESS;
        found.is_common = type == GNUTLS_PK_RSA || type == GNUTLS_PK_ECDSA || type == GNUTLS_PK_EDDSA_ED25519;
    }
    gnutls_x509_crt_deinit(certificate);
    return found;
}

/* ----------------------------------------------------------------------------------- where ours finds the names -- */

/* Appends one element. */
static inline uint8_t *put_element(uint8_t *at, uint8_t tag, const uint8_t *contents, size_t size)
{
    *at++ = tag;
    if (size >= 0x10000) {
        *at++ = 0x83;
        *at++ = (uint8_t)(size >> 16);
        *at++ = (uint8_t)(size >> 8);
    } else if (size >= 0x100) {
        *at++ = 0x82;
        *at++ = (uint8_t)(size >> 8);
    } else if (size >= 0x80) {
        *at++ = 0x81;
    }
    *at++ = (uint8_t)size;
    memmove(at, contents, size);
    return at + size;
}

/* The least certificate of these two names. */
static inline size_t make_neighbour(uint8_t *out, pinverdict_bytes issuer, pinverdict_bytes subject)
{
    static const uint8_t serial[] = { 0x02, 0x01, 0x01 }, empty[] = { 0x30, 0x00 }, signature[] = { 0x03, 0x01, 0x00 },
                         spki[] = { 0x30, 0x08, 0x30, 0x03, 0x06, 0x01, 0x2a, 0x03, 0x01, 0x00 };
    const pinverdict_bytes fields[] = {
        { serial, sizeof serial }, { empty, sizeof empty }, issuer, { empty, sizeof empty }, subject,
        { spki, sizeof spki },
    };
    uint8_t *to_be_signed = malloc(issuer.size + subject.size + 64), *end = to_be_signed;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        memcpy(end, fields[i].data, fields[i].size);
        end += fields[i].size;
    }
    uint8_t *whole = malloc((size_t)(end - to_be_signed) + 64);
    uint8_t *at = put_element(whole, 0x30, to_be_signed, (size_t)(end - to_be_signed));
    memcpy(at, empty, sizeof empty);
    memcpy(at + sizeof empty, signature, sizeof signature);
    size_t size = (size_t)(put_element(out, 0x30, whole, (size_t)(at - whole) + 5) - out);
    free(to_be_signed);
    free(whole);
    return size;
}

/* A checker that enforces a pin which no certificate has: for a host of "h", a path is NO_MATCH, what is none
   NOT_A_PATH. */
static inline const pinverdict_checker *make_checker(const pinverdict_config *config)
{
    pinverdict_checker *checker = NULL;
    static const char text[] = "[policy]\nserial = 1\n[host h]\nallow-single-pin = yes\n"
                               "pin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n";
    pinverdict_policy *policy = NULL;
    if (pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, config, &checker, NULL) != PINVERDICT_OK)
        abort();
    pinverdict_policy_free(policy);
    return checker;
}

static inline pinverdict_reason reason_by(const pinverdict_checker *checker, const pinverdict_bytes path[], size_t size)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    if (pinverdict_check_validated(checker, "h", path, size, &verdict) != PINVERDICT_REFUSE) abort();
    return verdict.reason;
}

/* Whether a check refuses the certificate that has GnuTLS find every key too. */
static inline bool cross_check_refuses(pinverdict_bytes certificate)
{
    static const pinverdict_checker *checker;
    if (checker == NULL) {
        pinverdict_config *config = NULL;
        if (pinverdict_config_create(&config) != PINVERDICT_OK ||
            pinverdict_config_set_backend(config, PINVERDICT_BACKEND_GNUTLS) != PINVERDICT_OK ||
            pinverdict_config_set_cross_check(config, true) != PINVERDICT_OK)
            abort();
        checker = make_checker(config);
        pinverdict_config_free(config);
    }
    return reason_by(checker, &certificate, 1) == PINVERDICT_REASON_EXTRACTORS_DISAGREE;
}

static inline bool links(pinverdict_bytes certificate, pinverdict_bytes issuer)
{
    static const pinverdict_checker *checker;
    if (checker == NULL) checker = make_checker(NULL);
    pinverdict_bytes path[2] = { certificate, issuer };
    pinverdict_reason reason = reason_by(checker, path, 2);
    if (reason != PINVERDICT_REASON_NO_MATCH && reason != PINVERDICT_REASON_NOT_A_PATH) abort();
    return reason == PINVERDICT_REASON_NO_MATCH;
}

/* Whether ours takes exactly these bytes for the certificate's names: seen by what it links to. */
static inline bool links_by_its_names(pinverdict_bytes certificate, const certificate_parts *parts)
{
    static uint8_t buffer[(1 << 20) + 256];
    static const uint8_t other_name[] = { 0x30, 0x04, 0x31, 0x02, 0x30, 0x00 };
    const pinverdict_bytes other = { other_name, sizeof other_name };
    pinverdict_bytes neighbour = { buffer, make_neighbour(buffer, other, parts->issuer) };
    bool is_right = links(certificate, neighbour);
    neighbour.size = make_neighbour(buffer, parts->subject, other);
    is_right = is_right && links(neighbour, certificate);
    neighbour.size = make_neighbour(buffer, other, other);
    bool is_other = parts->issuer.size == other.size && memcmp(parts->issuer.data, other.data, other.size) == 0;
    return is_right && links(certificate, neighbour) == is_other;
}

/* ------------------------------------------------------------------------------------------------- comparison -- */

typedef struct {
    bool in_place, openssl, gnutls; /* who accepts the certificate */
    bool is_reencoded;              /* GnuTLS encodes its key otherwise, for which the backend refuses it */
    const char *rule;               /* that it breaks; NULL for none */
    const char *disagreement;       /* what is wrong; NULL for nothing */
} comparison;

static inline pinverdict_status pin(pinverdict_backend backend, pinverdict_pin_kind kind, pinverdict_bytes bytes,
                                    uint8_t out[32])
{
    return pinverdict_pin_of_certificate(backend, kind, bytes, out);
}

/* The pin by a backend's own reader: that of ours, or none. */
static inline bool backend_agrees(pinverdict_backend backend, pinverdict_bytes bytes, bool in_place,
                                  const uint8_t spki[32], pinverdict_status *status)
{
    static const uint8_t zeros[32];
    uint8_t found[32];
    *status = pin(backend, PINVERDICT_PIN_SPKI, bytes, found);
    if (*status == PINVERDICT_OK) return in_place && memcmp(found, spki, 32) == 0;
    return *status == PINVERDICT_MALFORMED_CERTIFICATE && memcmp(found, zeros, 32) == 0;
}

/* GnuTLS gives no key as it stands there, only the digest of its own encoding: that is the pin where the key has no
   other encoding. Where it is not, or GnuTLS cannot use the key, its backend refuses a key that it compares, and no
   other one. */
static inline const char *find_reencoded(pinverdict_bytes bytes, const reading *gnutls, const certificate_parts *parts,
                                         const uint8_t spki[32], bool is_refused)
{
    bool is_same = gnutls->has_key && memcmp(gnutls->key, spki, 32) == 0;
    bool must_refuse = is_compared_key(parts) && !is_same;
    if (!is_same && has_one_encoding(parts)) return "GnuTLS finds another SubjectPublicKeyInfo";
    if (is_refused && !must_refuse) return "GnuTLS accepts, but the GnuTLS backend gives no pin";
    if (!is_refused && must_refuse) return "the GnuTLS backend takes a key that GnuTLS encodes otherwise";
    if (is_refused && !cross_check_refuses(bytes)) return "a cross-check takes what the GnuTLS backend refuses";
    return NULL;
}

static inline const char *find_disagreement(pinverdict_bytes bytes, const reading *openssl, const reading *gnutls,
                                            comparison *found)
{
    uint8_t spki[32], key[32], whole[32];
    certificate_parts parts = { .key = { NULL, 0 } };
    pinverdict_status by_openssl, by_gnutls;
    found->in_place = pin(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, bytes, spki) == PINVERDICT_OK;
    pinverdict_status key_status = pin(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_KEY, bytes, key);
    pinverdict_status whole_status = pin(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_CERTIFICATE, bytes, whole);
    if (!backend_agrees(PINVERDICT_BACKEND_OPENSSL, bytes, found->in_place, spki, &by_openssl))
        return "the pin by the OpenSSL backend is another one, or none of ours";
    if (!backend_agrees(PINVERDICT_BACKEND_GNUTLS, bytes, found->in_place, spki, &by_gnutls))
        return "the pin by the GnuTLS backend is another one, or none of ours";
    if (by_openssl == PINVERDICT_OK && !openssl->accepts) return "the OpenSSL backend takes what OpenSSL refuses";
    if (by_gnutls == PINVERDICT_OK && !gnutls->accepts) return "the GnuTLS backend takes what GnuTLS refuses";
    found->rule = broken_rule(bytes);
    if (found->in_place && found->rule != NULL) return "accepted, although it breaks a rule";
    if (!found->in_place && found->rule == NULL) return "refused, although it breaks no rule";
    if (!found->in_place)
        return key_status == PINVERDICT_MALFORMED_CERTIFICATE && whole_status == PINVERDICT_MALFORMED_CERTIFICATE
            ? NULL
            : "one kind of pin takes what another refuses";

    if (!find_parts(bytes, &parts)) return "accepted without the parts of a certificate";
    if (!is_digest(parts.spki, spki)) return "the pin is not that of the key which stands in the key's place";
    if (openssl->accepts) {
        if (memcmp(openssl->spki, spki, 32) != 0) return "OpenSSL finds another SubjectPublicKeyInfo";
        if (!is_digest(parts.issuer, openssl->issuer)) return "OpenSSL finds another issuer";
        if (!is_digest(parts.subject, openssl->subject)) return "OpenSSL finds another subject";
        if (by_openssl != PINVERDICT_OK) return "OpenSSL accepts, but the OpenSSL backend gives no pin";
    }
    if (gnutls->accepts) {
        found->is_reencoded = by_gnutls != PINVERDICT_OK;
        const char *disagreement = find_reencoded(bytes, gnutls, &parts, spki, found->is_reencoded);
        if (disagreement != NULL) return disagreement;
        if (!is_digest(parts.issuer, gnutls->issuer)) return "GnuTLS finds another issuer";
        if (!is_digest(parts.subject, gnutls->subject)) return "GnuTLS finds another subject";
    }
    if (whole_status != PINVERDICT_OK || !is_digest(bytes, whole)) return "the CERTIFICATE pin is of other bytes";
    if (kind_of_key(parts.algorithm) != OTHER_KEY ? key_status != PINVERDICT_OK || !is_digest(parts.key, key)
                                                  : key_status != PINVERDICT_UNSUPPORTED_KEY)
        return "the KEY pin is not that of the bit string's contents, or of an algorithm that has none";
    if (!links_by_its_names(bytes, &parts)) return "links by other names than stand in the names' places";
    if (openssl->is_common && gnutls->is_common && gnutls->has_key && memcmp(openssl->key, gnutls->key, 32) != 0)
        return "OpenSSL and GnuTLS use two different keys of one accepted certificate";
    return NULL;
}

static inline comparison compare_readers(pinverdict_bytes bytes)
{
    reading openssl = read_by_openssl(bytes), gnutls = read_by_gnutls(bytes);
    comparison found = { .openssl = openssl.accepts, .gnutls = gnutls.accepts };
    found.disagreement = find_disagreement(bytes, &openssl, &gnutls, &found);
    return found;
}

#endif
