// SPDX-License-Identifier: Apache-2.0
#ifndef PINVERDICT_CGNUTLS_H
#define PINVERDICT_CGNUTLS_H

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

/* gnutls_free is a variable, which Swift takes for shared mutable state. */
static inline void cgnutls_free(void *memory) { gnutls_free(memory); }

/* For keys and signatures of at least 112 bits. */
enum { CGNUTLS_FLAGS = GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM) };

/* The flags of a validation that looks at no list of what is revoked. */
static inline unsigned cgnutls_without_crls(unsigned flags) { return flags | GNUTLS_VERIFY_DISABLE_CRL_CHECKS; }

/* 0 where GnuTLS builds a path from the first certificate to the list for a TLS server, and where it is asked to, one
   that is valid now, by its own clock; else what it has against it. The steps go to the function. Of an anchor GnuTLS
   demands neither version 3 nor basicConstraints, of what was sent both, unless flags say otherwise. */
static inline unsigned cgnutls_status_of(gnutls_x509_trust_list_t list, gnutls_x509_crt_t *chain, unsigned count,
                                         unsigned flags, bool looks_at_times, gnutls_verify_output_function *steps)
{
    gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 };
    if (!looks_at_times) flags |= GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
    unsigned status = ~0u;
    int result = gnutls_x509_trust_list_verify_crt2(list, chain, count, &purpose, 1, flags, &status, steps);
    return result == GNUTLS_E_SUCCESS ? status : GNUTLS_CERT_INVALID;
}

/* When a certificate is valid, in seconds since 1970, both ends included; never, where GnuTLS cannot tell. */
typedef struct {
    long long from, until;
} cgnutls_validity;

static inline cgnutls_validity cgnutls_validity_of(gnutls_x509_crt_t certificate)
{
    time_t from = gnutls_x509_crt_get_activation_time(certificate);
    time_t until = gnutls_x509_crt_get_expiration_time(certificate);
    if (from == (time_t)-1 || until == (time_t)-1) return (cgnutls_validity){ 1, 0 };
    return (cgnutls_validity){ from, until };
}

static inline bool cgnutls_is_valid_at(gnutls_x509_crt_t certificate, long long time)
{
    cgnutls_validity validity = cgnutls_validity_of(certificate);
    return validity.from <= time && time <= validity.until;
}

/* Whether a certificate is valid by GnuTLS's clock, which nobody can read: of a certificate that is trusted itself
   GnuTLS looks at nothing else. */
static inline bool cgnutls_is_valid_now(gnutls_x509_crt_t certificate)
{
    unsigned status = ~0u;
    return gnutls_x509_crt_list_verify(&certificate, 1, &certificate, 1, NULL, 0, 0, &status) == GNUTLS_E_SUCCESS &&
        (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) == 0;
}

static inline bool cgnutls_has_bytes(gnutls_x509_crt_t certificate, const unsigned char *data, unsigned size)
{
    gnutls_datum_t encoded = { (unsigned char *)data, size };
    return certificate != NULL && gnutls_x509_crt_equals2(certificate, &encoded) != 0;
}

/* Whether a certificate was taken out of a list (gnutls_x509_trust_list_remove_cas), and is not to be on any path. */
static inline bool cgnutls_is_distrusted(gnutls_x509_trust_list_t list, gnutls_x509_crt_t certificate)
{
    unsigned status = ~0u;
    return gnutls_x509_trust_list_verify_named_crt(list, certificate, "", 0, GNUTLS_VERIFY_DISABLE_CRL_CHECKS, &status,
                                                   NULL) != GNUTLS_E_SUCCESS ||
        (status & GNUTLS_CERT_REVOKED) != 0;
}

/* Whether a list trusts a certificate for a name (gnutls_x509_trust_list_add_named_crt). */
static inline bool cgnutls_is_named(gnutls_x509_trust_list_t list, gnutls_x509_crt_t certificate, const char *name,
                                    unsigned flags)
{
    unsigned status = ~0u;
    return gnutls_x509_trust_list_verify_named_crt(list, certificate, name, strlen(name), flags, &status, NULL) ==
        GNUTLS_E_SUCCESS &&
        status == 0;
}

/* Whether a list has an issuer of a certificate. */
static inline bool cgnutls_has_issuer(gnutls_x509_trust_list_t list, gnutls_x509_crt_t certificate)
{
    gnutls_x509_crt_t issuer;
    if (gnutls_x509_trust_list_get_issuer(list, certificate, &issuer, GNUTLS_TL_GET_COPY) != GNUTLS_E_SUCCESS)
        return false;
    gnutls_x509_crt_deinit(issuer);
    return true;
}

/* Whether a list has these bytes as the issuer of a certificate, and does not distrust them. Without a copy of the
   issuer it is quicker, but a list that asks PKCS #11 would keep the issuer each time, and have no lock for that. */
static inline bool cgnutls_has_anchor(gnutls_x509_trust_list_t list, gnutls_x509_crt_t certificate,
                                      const unsigned char *data, unsigned size, bool copies)
{
    gnutls_x509_crt_t issuer;
    if (gnutls_x509_trust_list_get_issuer(list, certificate, &issuer, copies ? GNUTLS_TL_GET_COPY : 0) !=
        GNUTLS_E_SUCCESS)
        return false;
    bool has = cgnutls_has_bytes(issuer, data, size) && !cgnutls_is_distrusted(list, issuer);
    if (copies) gnutls_x509_crt_deinit(issuer);
    return has;
}

/* A new list of the anchors in a list that are valid at a time; NULL where there is no memory. */
static inline gnutls_x509_trust_list_t cgnutls_anchors_at(gnutls_x509_trust_list_t list, long long time)
{
    gnutls_x509_trust_list_t anchors;
    gnutls_x509_trust_list_iter_t place = NULL;
    gnutls_x509_crt_t anchor;
    if (gnutls_x509_trust_list_init(&anchors, 0) != GNUTLS_E_SUCCESS) return NULL;
    while (gnutls_x509_trust_list_iter_get_ca(list, &place, &anchor) == GNUTLS_E_SUCCESS) {
        if (!cgnutls_is_valid_at(anchor, time) || gnutls_x509_trust_list_add_cas(anchors, &anchor, 1, 0) != 1)
            gnutls_x509_crt_deinit(anchor);
    }
    gnutls_x509_trust_list_iter_deinit(place);
    return anchors;
}

static inline bool cgnutls_has_dns_name(gnutls_x509_crt_t certificate)
{
    for (unsigned index = 0;; index++) {
        unsigned char name[1];
        size_t size = sizeof name;
        unsigned type = 0;
        int result = gnutls_x509_crt_get_subject_alt_name2(certificate, index, name, &size, &type, NULL);
        if (result >= 0 || result == GNUTLS_E_SHORT_MEMORY_BUFFER) {
            if (result == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_DNSNAME) return true;
        } else {
            return false;
        }
    }
}

/* Whether a certificate's subjectAltNames contain a host in canonical form. GnuTLS alone would fall back on the
   common name where there is no dNSName, and compare an address with dNSNames. */
static inline bool cgnutls_names_host(gnutls_x509_crt_t certificate, const char *host, bool is_address)
{
    unsigned char address[16];
    if (!is_address) {
        return cgnutls_has_dns_name(certificate) && gnutls_x509_crt_check_hostname2(certificate, host, 0) != 0;
    }
    if (inet_pton(AF_INET, host, address) == 1) return gnutls_x509_crt_check_ip(certificate, address, 4, 0) != 0;
    if (inet_pton(AF_INET6, host, address) == 1) return gnutls_x509_crt_check_ip(certificate, address, 16, 0) != 0;
    return false;
}

/* The trust list and the flags by which a session's credentials verify an X.509 peer in full; NULL where there is no
   such peer, or something is switched off. */
static inline gnutls_x509_trust_list_t cgnutls_trust_list(gnutls_session_t session, unsigned *flags)
{
    gnutls_certificate_credentials_t credentials = NULL;
    gnutls_x509_trust_list_t list = NULL;
    const unsigned off = GNUTLS_VERIFY_DISABLE_CA_SIGN | GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
        GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS | GNUTLS_VERIFY_ALLOW_ANY_X509_V1_CA_CRT |
        GNUTLS_VERIFY_ALLOW_BROKEN | GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS;
    if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_X509 ||
        gnutls_credentials_get(session, GNUTLS_CRD_CERTIFICATE, (void **)&credentials) != GNUTLS_E_SUCCESS ||
        !credentials)
        return NULL;
    *flags = gnutls_certificate_get_verify_flags(credentials);
    if ((*flags & off) != 0) return NULL;
    gnutls_certificate_get_trust_list(credentials, &list);
    return list;
}

/* Whether a handshake is complete: GnuTLS describes no other session. After a false start, where the application sends
   before the server's Finished has come, the server has shown that it has the certificate's key. */
static inline bool cgnutls_is_after_handshake(gnutls_session_t session)
{
    if ((gnutls_session_get_flags(session) & GNUTLS_SFLAGS_FALSE_START) != 0) return true;
    char *description = gnutls_session_get_desc(session);
    gnutls_free(description);
    return description != NULL;
}

/* In C, as the compiler cannot import the comparison of this enumeration into another module. */
static inline bool cgnutls_is_before_handshake(gnutls_session_t session)
{
    return gnutls_cipher_get(session) == GNUTLS_CIPHER_NULL;
}

/* Whether a session is a client's: the one question about names that GnuTLS answers to servers alone. */
static inline bool cgnutls_is_client(gnutls_session_t session)
{
    char name[1];
    size_t size = sizeof name;
    unsigned type = 0;
    return gnutls_server_name_get(session, name, &size, &type, 0) == GNUTLS_E_INVALID_REQUEST;
}

/* Whether a server has been authenticated by something else than a certificate, or not at all, as both ends wanted. */
static inline bool cgnutls_needs_no_certificate(gnutls_session_t session)
{
    return gnutls_auth_server_get_type(session) != GNUTLS_CRD_CERTIFICATE;
}

typedef struct {
    bool is_untrusted;
    bool is_outside_validity;
    unsigned all;
} cgnutls_status;

/* Verifies the peer's certificates for a TLS server, under all the settings of the session, stapled OCSP included. */
static inline cgnutls_status cgnutls_verify(gnutls_session_t session)
{
    const unsigned times = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED;
    gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 };
    unsigned status = ~0u;
    int result = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
    cgnutls_status answer = { true, false, GNUTLS_CERT_INVALID };
    if (result != GNUTLS_E_SUCCESS) return answer;
    answer.is_untrusted = (status & ~(times | GNUTLS_CERT_INVALID)) != 0 || status == GNUTLS_CERT_INVALID;
    answer.is_outside_validity = (status & times) != 0;
    answer.all = status;
    return answer;
}

/* What GnuTLS says of a status, in English whatever the locale; for gnutls_free. NULL where there is no memory. */
static inline char *cgnutls_words(unsigned status)
{
    gnutls_datum_t words = { NULL, 0 };
    locale_t locale = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); // glibc has that one and makes no other
    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0);
    uselocale(locale);
    char *text = (char *)words.data, *rest = text ? strstr(text, ". ") : NULL;
    // The first sentence says that something is wrong, the others what.
    if (rest && rest[2] != 0) memmove(text, rest + 2, strlen(rest + 2) + 1);
    if (text) text[strlen(text) - (text[0] != 0)] = 0; // a space
    return text;
}

/* Whether GnuTLS's own function (gnutls_session_set_verify_cert) has verified in the handshake under way or just over:
   each handshake begins with no status. */
static inline bool cgnutls_has_verified_itself(gnutls_session_t session)
{
    return gnutls_session_get_verify_cert_status(session) == 0;
}

/* GnuTLS lets nobody but extensions keep data with a session and free it with the session. This one is never
   sent: it has no function that would. */
enum { CGNUTLS_EXTENSION = 0xfe50 }; /* of the range for private use (RFC 8446, section 11) */

static inline int cgnutls_keep(gnutls_session_t session, void *data, gnutls_ext_deinit_data_func release)
{
    int status = gnutls_session_ext_register(session, "pinverdict", CGNUTLS_EXTENSION, GNUTLS_EXT_NONE, NULL, NULL,
                                             release, NULL, NULL, GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS);
    if (status == GNUTLS_E_SUCCESS) gnutls_ext_set_data(session, CGNUTLS_EXTENSION, data);
    return status;
}

static inline void *cgnutls_kept(gnutls_session_t session)
{
    gnutls_ext_priv_data_t data = NULL;
    return gnutls_ext_get_data(session, CGNUTLS_EXTENSION, &data) == GNUTLS_E_SUCCESS ? data : NULL;
}

/* Has a function see each message of a handshake before GnuTLS reads it. Of these a session has one. */
static inline void cgnutls_set_hook(gnutls_session_t session, gnutls_handshake_hook_func function)
{
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, function);
}

static inline bool cgnutls_begins_handshake(unsigned message) { return message == GNUTLS_HANDSHAKE_SERVER_HELLO; }

static inline bool cgnutls_brings_certificate(unsigned message)
{
    return message == GNUTLS_HANDSHAKE_CERTIFICATE_PKT || message == GNUTLS_HANDSHAKE_COMPRESSED_CERTIFICATE_PKT;
}

/* Whether a server's message comes after its certificate, and the signature by the certificate's key, and before a
   client sends anything in answer: ServerHelloDone until TLS 1.2, Finished since. */
static inline bool cgnutls_ends_flight(unsigned message)
{
    return message == GNUTLS_HANDSHAKE_SERVER_HELLO_DONE || message == GNUTLS_HANDSHAKE_FINISHED;
}

#endif
