// SPDX-License-Identifier: Apache-2.0
/* What a peer presents, validated by either backend: the bypasses that were real elsewhere, what honest servers
   send, and what no library should be given. Both backends reach the same decision for the same reason, or the row
   says why they do not. Writes table.txt: the rows, and what each backend answered.
   Argument: the directory that make-bypasses.py wrote. */
#include "fixtures.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define R(name) PINVERDICT_REASON_##name
#define API "api.example.com"

enum { NOW = 1893456000 }; /* 2030-01-01 00:00:00, when the fixtures are valid */

typedef struct {
    pinverdict_reason reason;
    int depth; /* of the match; -1 for none */
} answer;

typedef struct {
    const char *name, *origin; /* the CVE or the lesson, "" where there is none */
    const char *host, *chain, *trust, *pin;
    answer expected;
    const char *why; /* where the backends differ; then GnuTLS gives the other answer */
    answer gnutls;
    int64_t clock; /* seconds after NOW */
    bool today;    /* the same by the system's clock */
} row;

#define MATCHED(depth) { R(MATCHED), depth }
#define NO_MATCH { R(NO_MATCH), -1 }
#define UNTRUSTED { R(UNTRUSTED_CHAIN), -1 }
#define MISMATCH { R(HOSTNAME_MISMATCH), -1 }
#define EXPIRED { R(CERTIFICATE_EXPIRED), -1 }
#define MALFORMED { R(MALFORMED_CERTIFICATE), -1 }
#define CA_14 "ca-14 ca-13 ca-12 ca-11 ca-10 ca-9 ca-8 ca-7 ca-6 ca-5 ca-4 ca-3 ca-2 ca-1"
#define CA_30 "ca-30 ca-29 ca-28 ca-27 ca-26 ca-25 ca-24 ca-23 ca-22 ca-21 ca-20 ca-19 ca-18 ca-17 ca-16 ca-15 " CA_14
#define CROWD                                                                                    \
    "crowd-29 crowd-28 crowd-27 crowd-26 crowd-25 crowd-24 crowd-23 crowd-22 crowd-21 crowd-20 " \
    "crowd-19 crowd-18 crowd-17 crowd-16 crowd-15 crowd-14 crowd-13 crowd-12 crowd-11 crowd-10 " \
    "crowd-9 crowd-8 crowd-7 crowd-6 crowd-5 crowd-4 crowd-3 crowd-2 crowd-1 crowd-0"
#define ANY_ANCHOR "GnuTLS takes every certificate of the trust file for an anchor, OpenSSL self-issued ones alone"
#define FIRST_SENT "GnuTLS takes the first of two that it was sent, OpenSSL one that is valid"
#define FALLS_BACK_BY_ONE "GnuTLS falls back by one certificate, at the end of what was sent; OpenSSL anywhere"
#define STAYS_AMONG_ANCHORS "OpenSSL goes on from an anchor in the trust file alone; GnuTLS falls back at the end alone"
#define NOT_GIVEN "GnuTLS is not given what takes it too long: its time grows with the square of a Name's parts"
#define ONE_CANDIDATE "each library tries one of them: OpenSSL the first, GnuTLS the last"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // most rows have neither a reason why nor a clock

static const row rows[] = {
    // What honest servers send.
    { "leaf and intermediate, the leaf pinned", "", API, "leaf intermediate", "root", "leaf", MATCHED(0) },
    { "the intermediate pinned", "curl #1025", API, "leaf intermediate", "root", "intermediate", MATCHED(1) },
    { "a root that was not sent, pinned", "curl #7507", API, "leaf intermediate", "root", "root", MATCHED(2) },
    { "the root sent too", "", API, "leaf intermediate root", "root", "root", MATCHED(2) },
    { "another key pinned", "", API, "leaf intermediate root", "root", "2", NO_MATCH },
    { "one of several roots", "", API, "leaf intermediate", "other-root root new-root", "root", MATCHED(2) },
    { "two intermediates", "", API, "deep-leaf sub intermediate", "root", "root", MATCHED(3) },
    { "intermediates in the wrong order", "", API, "deep-leaf intermediate sub", "root", "sub", MATCHED(1) },
    { "the root before the intermediates", "", API, "deep-leaf root intermediate sub", "root", "root", MATCHED(3) },
    { "everything twice", "", API, "leaf leaf intermediate intermediate root root", "root", "root", MATCHED(2) },
    { "no intermediate", "", API, "leaf", "root", "root", UNTRUSTED },
    { "a gap", "", API, "deep-leaf intermediate", "root", "root", UNTRUSTED },
    { "no trusted root", "", API, "leaf intermediate root", "other-root", "root", UNTRUSTED },
    { "issued by the root itself", "", API, "other-leaf", "other-root", "other-root", MATCHED(1) },
    { "a trusted certificate of the server's own", "TrustKit #341", API, "self", "self", "self", MATCHED(0) },
    { "the same, for another host", "", "www.example.com", "self", "self", "self", MISMATCH },
    { "the same, expired", "", API, "self-expired", "self-expired", "self", EXPIRED },
    { "the same, for clients", "", API, "self-client", "self-client", "self", UNTRUSTED },
    { "RSA", "", API, "rsa-leaf rsa-intermediate", "root", "rsa-intermediate", MATCHED(1) },
    { "an RSA root", "", API, "rsa-root-leaf", "rsa-root", "rsa-root", MATCHED(1) },
    { "RSA-PSS signature", "http-extensions #2808", API, "pss-leaf rsa-intermediate", "root", "root", MATCHED(2) },
    { "P-384", "", API, "p384-leaf p384-intermediate", "root", "p384-intermediate", MATCHED(1) },
    { "Ed25519", "", API, "ed25519-leaf ed25519-intermediate", "root", "ed25519-intermediate", MATCHED(1) },
    { "an Ed25519 root", "", API, "ed25519-root-leaf", "ed25519-root", "ed25519-root", MATCHED(1) },
    { "Ed448", "", API, "ed448-leaf intermediate", "root", "ed448-leaf", MATCHED(0) },
    { "brainpool", "", API, "brainpool-leaf intermediate", "root", "root", MATCHED(2),
      "GnuTLS reads no key on this curve", UNTRUSTED },
    { "a compressed key", "", API, "compressed-leaf intermediate", "root", "root", MATCHED(2),
      "GnuTLS reads no compressed keys", UNTRUSTED },
    { "valid until the end of time", "", API, "forever-leaf intermediate", "root", "root", MATCHED(2) },
    { "valid since before 1970", "", API, "old-leaf intermediate", "root", "root", MATCHED(2) },
    { "no extended key usage", "", API, "no-purpose-leaf intermediate", "root", "root", MATCHED(2) },
    { "a CA for servers", "", API, "server-ca-leaf server-ca", "root", "root", MATCHED(2) },
    { "a root that signed itself with SHA-1", "", API, "sha1-root-leaf sha1-root", "sha1-root", "sha1-root",
      MATCHED(1) },
    { "a root whose own signature is broken", "", API, "broken-root-leaf", "broken-root", "broken-root", MATCHED(1) },

    // A cross-signed root. The key of the new one is in either path; the old one is in one of them.
    { "a cross-signed root, both trusted, the new one pinned", "", API, "new-leaf new-intermediate new-root-by-root",
      "root new-root", "new-root", MATCHED(2) },
    { "a cross-signed root, both trusted, the old one pinned", "", API, "new-leaf new-intermediate new-root-by-root",
      "root new-root", "root", NO_MATCH,
      "OpenSSL stops at the first trusted root, GnuTLS goes on to the one that the peer's list leads to", MATCHED(3) },
    { "a cross-signed root, the old one trusted", "", API, "new-leaf new-intermediate new-root-by-root", "root", "root",
      MATCHED(3) },
    { "a cross-signed root, the new one trusted", "", API, "new-leaf new-intermediate new-root-by-root", "new-root",
      "new-root", MATCHED(2) },
    { "a cross-signed root, neither trusted", "", API, "new-leaf new-intermediate new-root-by-root", "other-root",
      "new-root", UNTRUSTED },

    { "a cross-signed root, the old one expired (2021)", "", API, "new-leaf new-intermediate new-root-by-old-root",
      "old-root new-root", "new-root", MATCHED(2) },
    { "the same, the old one sent too", "", API, "new-leaf new-intermediate new-root-by-old-root old-root",
      "old-root new-root", "new-root", MATCHED(2) },
    { "a cross-signed root, the old one expired and alone trusted", "", API,
      "new-leaf new-intermediate new-root-by-old-root", "old-root", "new-root", EXPIRED },
    { "a renewed root", "", API, "leaf intermediate", "root-expired root", "root", MATCHED(2) },
    { "a renewed root, the other way round", "", API, "leaf intermediate", "root root-expired", "root", MATCHED(2) },
    { "a renewed root, both valid", "", API, "leaf intermediate", "root renewed-root", "root", MATCHED(2) },
    { "a renewed root, the expired one sent", "", API, "leaf intermediate root-expired", "root", "root", MATCHED(2) },
    { "a renewed intermediate", "", API, "leaf intermediate-expired intermediate", "root", "root", MATCHED(2),
      FIRST_SENT, EXPIRED },
    { "a renewed intermediate, the other way round", "", API, "leaf intermediate intermediate-expired", "root", "root",
      MATCHED(2) },
    { "two roots of one name", "", API, "leaf intermediate", "root root-namesake", "root", MATCHED(2) },
    { "two roots of one name, the other way round", "", API, "leaf intermediate", "root-namesake root", "root",
      MATCHED(2) },
    { "two roots of one name and key identifier", "", API, "leaf intermediate", "root impostor-root", "root",
      MATCHED(2), ONE_CANDIDATE, UNTRUSTED },
    { "the same, the other way round", "", API, "leaf intermediate", "impostor-root root", "root", UNTRUSTED,
      ONE_CANDIDATE, MATCHED(2) },
    { "two roots of one name, without key identifiers", "", API, "nameless-leaf", "nameless namesake", "nameless",
      MATCHED(1), ONE_CANDIDATE, UNTRUSTED },
    { "the same, the other way round", "", API, "nameless-leaf", "namesake nameless", "nameless", UNTRUSTED,
      ONE_CANDIDATE, MATCHED(1) },

    // Something on the path has expired, by the system's clock too, and there is a way around it.
    { "an expired cross-signer, which is trusted (DST Root CA X3)", "", API,
      "new-leaf new-intermediate new-root-by-past-root", "past-root new-root", "new-root", MATCHED(2), .today = true },
    { "the same, the expired root sent too", "", API, "new-leaf new-intermediate new-root-by-past-root past-root",
      "new-root past-root", "new-root", MATCHED(2), .today = true },
    { "an expired cross-certificate by an expired root (AddTrust)", "", API,
      "new-leaf new-intermediate past-new-root-by-past-root", "past-root new-root", "new-root", MATCHED(2),
      .today = true },
    { "the same, the expired root sent too (AddTrust)", "", API,
      "new-leaf new-intermediate past-new-root-by-past-root past-root", "past-root new-root", "new-root", MATCHED(2),
      .today = true },
    { "an expired cross-signer, alone trusted", "", API, "new-leaf new-intermediate new-root-by-past-root", "past-root",
      "new-root", EXPIRED, .today = true },
    { "an expired anchor with the cross-signer's name and another key", "", API,
      "new-leaf new-intermediate new-root-by-root", "impostor-past new-root", "new-root", MATCHED(2), .today = true },
    { "an expired root and its renewal", "", API, "leaf intermediate", "root-past root", "root", MATCHED(2),
      .today = true },
    { "an expired root and its renewal, the other way round", "", API, "leaf intermediate", "root root-past", "root",
      MATCHED(2), .today = true },
    { "an expired intermediate sent, the renewed one trusted", "", API, "leaf intermediate-past", "root intermediate",
      "intermediate", MATCHED(1), .today = true },
    { "an expired intermediate sent, no renewed one", "", API, "leaf intermediate-past", "root", "intermediate",
      EXPIRED, .today = true },
    { "of two intermediates the upper one sent expired, and trusted", "", API, "deep-leaf sub intermediate-past",
      "root intermediate", "intermediate", MATCHED(2), .today = true },
    { "of two intermediates the lower one sent expired, and trusted", "", API, "deep-leaf sub-past intermediate",
      "root sub", "sub", UNTRUSTED, STAYS_AMONG_ANCHORS, EXPIRED, .today = true },
    { "two intermediates sent expired, and trusted", "", API, "deep-leaf sub-past intermediate-past",
      "root sub intermediate", "sub", MATCHED(1), FALLS_BACK_BY_ONE, EXPIRED, .today = true },
    { "an expired leaf, by any clock", "", API, "past-leaf intermediate", "root", "leaf", EXPIRED, .today = true },
    { "an expired leaf, and an expired intermediate", "", API, "past-leaf intermediate-past", "root intermediate",
      "leaf", EXPIRED, .today = true },
    { "an expired leaf, its signature broken", "", API, "broken-past-leaf intermediate", "root", "leaf", UNTRUSTED,
      .today = true },
    { "an expired leaf of another host", "", "www.example.com", "past-leaf intermediate", "root", "leaf", MISMATCH,
      .today = true },
    { "an expired way and a valid one, of another host", "", "www.example.com",
      "new-leaf new-intermediate new-root-by-past-root", "past-root new-root", "new-root", MISMATCH, .today = true },
    { "an expired way and a valid one, untrusted", "", API, "new-leaf new-intermediate new-root-by-past-root",
      "other-root", "new-root", UNTRUSTED, .today = true },
    { "an expired way and a valid one, another key pinned", "", API, "new-leaf new-intermediate new-root-by-past-root",
      "past-root new-root", "past-root", NO_MATCH, .today = true },
    { "an intermediate by two roots", "", API, "leaf intermediate intermediate-by-other-root", "root other-root",
      "root", MATCHED(2), .today = true },
    { "an intermediate by two roots, the other way round", "", API, "leaf intermediate-by-other-root intermediate",
      "root other-root", "other-root", MATCHED(2), .today = true },

    // More certificates than the path has.
    { "an unrelated pinned certificate appended", "CVE-2016-2402", API, "leaf intermediate other-root", "root",
      "other-root", NO_MATCH },
    { "an unrelated pinned certificate in the middle", "CVE-2016-2402", API, "leaf other-root intermediate", "root",
      "other-root", NO_MATCH },
    { "an unrelated pinned certificate prepended", "CVE-2016-2402", API, "other-root leaf intermediate", "root",
      "other-root", UNTRUSTED },
    { "an unrelated pinned leaf prepended", "CVE-2016-2402", API, "other-leaf leaf intermediate", "root", "other-leaf",
      UNTRUSTED },
    { "an unrelated pinned root that is trusted, appended", "CVE-2016-2402", API, "leaf intermediate other-root",
      "root other-root", "other-root", NO_MATCH },
    { "an unrelated pinned root that is trusted, in the middle", "CVE-2016-2402", API, "leaf other-root intermediate",
      "root other-root", "other-root", NO_MATCH },
    { "a whole pinned path of another server appended", "CVE-2016-2402", API, "leaf intermediate other-leaf other-root",
      "root other-root", "other-leaf", NO_MATCH },
    { "an unrelated certificate does no harm at the end", "", API, "leaf intermediate other-root", "root", "root",
      MATCHED(2) },
    { "an unrelated certificate does no harm in the middle", "", API, "leaf other-root intermediate", "root", "root",
      MATCHED(2) },
    { "an ML-DSA certificate in the middle", "TrustKit #186", API, "leaf ml-dsa-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "an ML-DSA root appended", "TrustKit #186", API, "leaf intermediate ml-dsa-root", "root", "root", MATCHED(2) },
    { "a compressed key in the middle", "TrustKit #186", API, "leaf compressed-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "a point off its curve appended", "TrustKit #186", API, "leaf intermediate off-curve-leaf", "root", "root",
      MATCHED(2) },
    { "an RSA key of garbage in the middle", "TrustKit #186", API, "leaf garbage-rsa-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "a date that is none in the middle", "TrustKit #186", API, "leaf no-date-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "a certificate that no library reads, in the middle", "TrustKit #186", API, "leaf odd-name-leaf intermediate",
      "root", "root", MATCHED(2) },
    { "nearly 1 MiB in the middle", "", API, "leaf large-leaf intermediate", "root", "root", MATCHED(2) },
    { "an ML-DSA leaf", "", API, "ml-dsa-leaf intermediate", "root", "root", UNTRUSTED },
    { "a leaf whose key is off its curve", "", API, "off-curve-leaf intermediate", "root", "root", UNTRUSTED,
      "GnuTLS does not look whether the point lies on the curve; no handshake can use such a key", MATCHED(2) },
    { "a leaf whose key is garbage", "", API, "garbage-rsa-leaf intermediate", "root", "root", UNTRUSTED },
    { "a leaf with a date that is none", "", API, "no-date-leaf intermediate", "root", "root", UNTRUSTED },
    { "a leaf of nearly 1 MiB", "", API, "large-leaf intermediate", "root", "root", MATCHED(2) },
    { "a Name of 1,024 bytes", "", API, "long-name-leaf long-name-ca", "root", "root", MATCHED(2) },
    { "a Name of 1,025 bytes", "", API, "too-long-name-leaf too-long-name-ca", "root", "root", MATCHED(2), NOT_GIVEN,
      UNTRUSTED },
    { "a Name of 1,025 bytes beside the path", "", API, "leaf too-long-name-ca intermediate", "root", "root",
      MATCHED(2) },
    { "a CA with an RSA key of 25,600 bits", "", API, "large-rsa-leaf large-rsa-ca", "root", "root", UNTRUSTED },
    { "15 intermediates", "", API, "leaf-14 " CA_14, "root", "root", MATCHED(15) },
    { "16 intermediates", "", API, "leaf-15 ca-15 " CA_14, "root", "root", MATCHED(16) },
    { "30 intermediates: a path of 32", "", API, "leaf-30 " CA_30, "root", "root", MATCHED(31) },
    { "31 intermediates: a path of 33", "", API, "leaf-31 ca-31 " CA_30, "root", "root", UNTRUSTED },
    { "30 CAs of one name", "CVE-2024-28835", API, "crowd-leaf " CROWD, "root", "root", UNTRUSTED },
    { "30 CAs of one name, the last one trusted", "", API, "crowd-leaf " CROWD, "crowd-0", "crowd-0", UNTRUSTED },
    { "CAs that certify each other", "CVE-2024-0567", API, "circle-leaf circle-a-by-b circle-b-by-a", "root", "root",
      UNTRUSTED },
    { "CAs that certify each other, with a way out", "CVE-2024-0567", API,
      "circle-leaf circle-a-by-b circle-b-by-root circle-b-by-a", "root", "root", MATCHED(3) },
    { "CAs that certify each other, the way out last", "CVE-2024-0567", API,
      "circle-leaf circle-a-by-b circle-b-by-a circle-b-by-root", "root", "root", UNTRUSTED },

    // Not the CA that it says it is.
    { "a self-made CA with the pinned one's name and key identifier", "", API,
      "impostor-leaf impostor-ca impostor-root", "root", "root", UNTRUSTED },
    { "the same, followed by the real ones", "CVE-2016-2402", API,
      "impostor-leaf impostor-ca impostor-root intermediate root", "root", "root", UNTRUSTED },
    { "the same, the real ones first", "CVE-2016-2402", API,
      "impostor-leaf intermediate root impostor-ca impostor-root", "root", "root", UNTRUSTED },
    { "another trusted CA's intermediate with the pinned one's name", "", API, "sly-leaf sly-ca", "root other-root",
      "intermediate", NO_MATCH },
    { "the same, followed by the real one", "CVE-2016-2402", API, "sly-leaf sly-ca intermediate", "root other-root",
      "intermediate", NO_MATCH },
    { "the same, the real one first", "CVE-2016-2402", API, "sly-leaf intermediate sly-ca", "root other-root",
      "intermediate", UNTRUSTED },
    { "the pinned root's point on a curve with a generator of one's own", "CVE-2020-0601", API,
      "own-generator-leaf own-generator-root", "root", "root:key", UNTRUSTED },
    { "the same, that root trusted", "CVE-2020-0601", API, "own-generator-leaf", "own-generator-root", "root:key",
      UNTRUSTED },
    { "a trusted root appended to a self-made leaf", "CVE-2008-4989", API, "self root", "root", "root", UNTRUSTED },
    { "a trusted path appended to a self-made leaf", "CVE-2008-4989", API, "self leaf intermediate root", "root",
      "root", UNTRUSTED },
    { "a lone pinned certificate", "", API, "self", "root", "self", UNTRUSTED },
    { "a lone pinned leaf of a trusted CA", "", API, "leaf", "root", "leaf", UNTRUSTED },
    { "a lone root, pinned and trusted", "", API, "root", "root", "root", UNTRUSTED,
      "GnuTLS takes a CA without purposes for a server, whose name is another then", MISMATCH },
    { "an intermediate in the trust file is no anchor", "", API, "leaf intermediate", "intermediate", "intermediate",
      UNTRUSTED, ANY_ANCHOR, MATCHED(1) },
    { "a leaf in the trust file is no anchor", "", API, "leaf intermediate", "leaf", "leaf", UNTRUSTED },
    { "a leaf in the trust file is no anchor, sent alone", "", API, "leaf", "leaf", "leaf", UNTRUSTED, ANY_ANCHOR,
      MATCHED(0) },
    { "the chain backwards", "", API, "intermediate leaf", "root", "root", UNTRUSTED,
      "GnuTLS takes a CA without purposes for a server, whose name is another then", MISMATCH },

    // Not a CA, or not for this.
    { "a leaf used as a CA", "CVE-2002-0862, CVE-2015-1793", API, "child-of-leaf leaf intermediate", "root", "root",
      UNTRUSTED },
    { "an issuer that says it is no CA", "CVE-2002-0862", API, "not-ca-leaf not-ca", "root", "root", UNTRUSTED },
    { "an issuer without basic constraints", "CVE-2002-0862", API, "no-basic-ca-leaf no-basic-ca", "root", "root",
      UNTRUSTED },
    { "an issuer without any constraints", "CVE-2002-0862", API, "nothing-ca-leaf nothing-ca", "root", "root",
      UNTRUSTED },
    { "a CA that may not sign certificates", "", API, "no-sign-ca-leaf no-sign-ca", "root", "root", UNTRUSTED },
    { "a v1 certificate as an issuer", "CVE-2014-1959", API, "v1-ca-leaf v1-ca", "root", "root", UNTRUSTED },
    { "a v1 root", "", API, "v1-root-leaf", "v1-root", "v1-root", MATCHED(1) },
    { "a trusted certificate that is no CA as an issuer", "CVE-2002-0862", API, "not-ca-root-leaf", "not-ca-root",
      "not-ca-root", UNTRUSTED },
    { "a v1 leaf as an issuer", "CVE-2014-1959", API, "child-of-v1-leaf v1-leaf intermediate", "root", "root",
      UNTRUSTED },
    { "a v1 leaf of a v1 root as an issuer", "CVE-2014-1959", API, "child-of-v1-leaf-by-v1-root v1-leaf-by-v1-root",
      "v1-root", "v1-root", UNTRUSTED },
    { "a v1 root, not trusted", "", API, "v1-root-leaf v1-root", "root", "v1-root", UNTRUSTED },
    { "a v1 intermediate as an anchor", "", API, "v1-ca-leaf", "v1-ca", "v1-ca", UNTRUSTED, ANY_ANCHOR, MATCHED(1) },
    { "an intermediate without basic constraints as an anchor", "", API, "no-basic-ca-leaf", "no-basic-ca",
      "no-basic-ca", UNTRUSTED },
    { "a leaf without basic constraints as an issuer", "CVE-2002-0862", API,
      "child-of-nothing-leaf nothing-leaf intermediate", "root", "root", UNTRUSTED },
    { "a trusted certificate of a server's own as an issuer", "", API, "child-of-self", "self", "self", UNTRUSTED },
    { "an intermediate past its path length", "", API, "below-short-ca-leaf below-short-ca short-ca", "root", "root",
      UNTRUSTED },
    { "an intermediate within its path length", "", API, "short-ca-leaf short-ca", "root", "root", MATCHED(2) },
    { "an intermediate past its root's path length", "", API, "below-short-root-leaf below-short-root", "short-root",
      "short-root", UNTRUSTED },
    { "a root within its path length", "", API, "short-root-leaf", "short-root", "short-root", MATCHED(1) },
    { "a CA for clients", "", API, "client-ca-leaf client-ca", "root", "root", UNTRUSTED },
    { "a CA for any purpose", "", API, "any-ca-leaf any-ca", "root", "root", UNTRUSTED },
    { "a root for clients", "", API, "client-root-leaf", "client-root", "client-root", UNTRUSTED,
      "GnuTLS does not look at the purposes of a trust anchor", MATCHED(1) },
    { "a root without basic constraints", "", API, "no-basic-root-leaf", "no-basic-root", "no-basic-root", MATCHED(1) },
    { "a root without any constraints", "", API, "nothing-root-leaf", "nothing-root", "nothing-root", UNTRUSTED,
      "GnuTLS demands no constraints of a self-issued anchor, OpenSSL at least a keyUsage", MATCHED(1) },
    { "a root that may not sign certificates", "", API, "no-sign-root-leaf", "no-sign-root", "no-sign-root",
      UNTRUSTED },
    { "a leaf for clients", "", API, "client-leaf intermediate", "root", "root", UNTRUSTED },
    { "a leaf for any purpose", "", API, "any-leaf intermediate", "root", "root", UNTRUSTED,
      "to GnuTLS anyExtendedKeyUsage includes servers, to OpenSSL it does not", MATCHED(2) },
    { "a leaf for signing revocation lists", "", API, "crl-usage-leaf intermediate", "root", "root", UNTRUSTED,
      "GnuTLS looks at a leaf's key usage in the handshake, not in the validation", MATCHED(2) },
    { "a critical extension that nobody knows, in the leaf", "", API, "critical-leaf intermediate", "root", "root",
      UNTRUSTED },
    { "a critical extension that nobody knows, in a CA", "", API, "critical-ca-leaf critical-ca", "root", "root",
      UNTRUSTED },
    { "a critical extension that nobody knows, in a root", "", API, "critical-root-leaf", "critical-root",
      "critical-root", UNTRUSTED },
    { "an extension twice", "", API, "names-twice-leaf intermediate", "root", "root", UNTRUSTED },

    // Names that link, or do not.
    { "an issuer's name as another type of string", "", API, "printable-leaf printable", "root", "root", MATCHED(2) },
    { "an anchor's name as another type of string", "", API, "printable-root-leaf", "printable-root", "printable-root",
      MATCHED(1), "GnuTLS finds an anchor by the bytes of its name", UNTRUSTED },
    { "an issuer's name in another case", "", API, "cased-leaf cased", "root", "root", MATCHED(2),
      "GnuTLS tells upper and lower case in names apart", UNTRUSTED },
    { "an issuer's name that is another", "", API, "otherwise-leaf otherwise", "root", "root", UNTRUSTED },

    // Names that a CA may not certify.
    { "within the permitted names", "", "www.example.org", "permits-org-in permits-org", "root", "root", MATCHED(2) },
    { "outside the permitted names", "", API, "permits-org-out permits-org", "root", "root", UNTRUSTED },
    { "two names, one outside", "", "www.example.org", "permits-org-both permits-org", "root", "root", UNTRUSTED },
    { "a wildcard outside the permitted names", "", API, "permits-org-wildcard permits-org", "root", "root",
      UNTRUSTED },
    { "outside, one CA further down", "", API, "below-permits-org-out below-permits-org permits-org", "root", "root",
      UNTRUSTED },
    { "an address where names are permitted", "", "192.0.2.7", "permits-org-ip permits-org", "root", "root", MATCHED(2),
      "GnuTLS holds the common name of a leaf without dNSNames to the permitted names", UNTRUSTED },
    { "within the permitted subdomains", "", "www.example.org", "permits-dot-org-in permits-dot-org", "root", "root",
      MATCHED(2) },
    { "beside the excluded names", "", "www.example.org", "excludes-com-in excludes-com", "root", "root", MATCHED(2) },
    { "among the excluded names", "", API, "excludes-com-out excludes-com", "root", "root", UNTRUSTED },
    { "within the permitted addresses", "", "10.1.2.3", "permits-ip-in permits-ip", "root", "root", MATCHED(2) },
    { "outside the permitted addresses", "", "192.0.2.7", "permits-ip-out permits-ip", "root", "root", UNTRUSTED },
    { "among the excluded addresses", "", "192.0.2.7", "excludes-ip-out excludes-ip", "root", "root", UNTRUSTED },
    { "within the permitted directory names", "", API, "permits-directory-in permits-directory", "root", "root",
      MATCHED(2) },
    { "outside the permitted directory names", "", API, "permits-elsewhere-out permits-elsewhere", "root", "root",
      UNTRUSTED, "GnuTLS checks constraints on DNS names, addresses and mail, not on directory names", MATCHED(2) },
    { "beside the excluded directory names", "", API, "excludes-elsewhere-in excludes-elsewhere", "root", "root",
      MATCHED(2), "GnuTLS cannot compare directory names, and refuses", UNTRUSTED },
    { "among the excluded directory names", "", API, "excludes-directory-out excludes-directory", "root", "root",
      UNTRUSTED },
    { "within a root's permitted names", "", "www.example.org", "permits-org-root-in", "permits-org-root",
      "permits-org-root", MATCHED(1) },
    { "outside a root's permitted names", "", API, "permits-org-root-out", "permits-org-root", "permits-org-root",
      UNTRUSTED },

    // Signatures and keys.
    { "a broken signature in the leaf", "", API, "broken-leaf intermediate", "root", "leaf", UNTRUSTED },
    { "a broken signature in the intermediate", "", API, "broken-intermediate-leaf broken-intermediate", "root", "root",
      UNTRUSTED },
    { "a signature of zeros", "CVE-2022-21449", API, "zero-signature-leaf intermediate", "root", "root", UNTRUSTED },
    { "no signature at all", "", API, "empty-signature-leaf intermediate", "root", "root", UNTRUSTED },
    { "two signature algorithms", "CVE-2014-8275", API, "two-algorithms-leaf intermediate", "root", "root", UNTRUSTED },
    { "a SHA-1 signature", "", API, "sha1-leaf intermediate", "root", "root", UNTRUSTED },
    { "a SHA-1 signature by RSA", "", API, "rsa-sha1-leaf rsa-intermediate", "root", "root", UNTRUSTED },
    { "a SHA-1 signature in the intermediate", "", API, "sha1-intermediate-leaf sha1-intermediate", "root", "root",
      UNTRUSTED },
    { "an MD5 signature", "CVE-2004-2761", API, "md5-leaf rsa-intermediate", "root", "root", UNTRUSTED },
    { "an RSA leaf of 1024 bits", "", API, "weak-key-leaf intermediate", "root", "root", UNTRUSTED },
    { "an RSA intermediate of 1024 bits", "", API, "weak-leaf weak-intermediate", "root", "root", UNTRUSTED },
    { "an RSA root of 1024 bits", "", API, "weak-root-leaf", "weak-root", "weak-root", UNTRUSTED },

    // Names in the leaf.
    { "another host of the pinned CA", "", "www.example.com", "leaf intermediate", "root", "root", MISMATCH },
    { "the name in upper case", "", "API.Example.COM", "leaf intermediate", "root", "root", MATCHED(2) },
    { "a trailing dot", "OkHttp #9724", "api.example.com.", "leaf intermediate", "root", "root", MATCHED(2) },
    { "a trailing dot, not pinned", "OkHttp #9724", "api.example.com.", "leaf intermediate", "root", "2", NO_MATCH },
    { "the certificate in upper case", "", API, "upper-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "a trailing dot in the certificate", "", API, "dot-names-leaf intermediate", "root", "root", MISMATCH },
    { "a leading dot in the certificate", "", API, "leading-dot-names-leaf intermediate", "root", "root", MISMATCH },
    { "the name as a suffix", "OkHttp #3324", "api.example.com.notexample.com", "leaf intermediate", "root", "root",
      MISMATCH },
    { "the name as an ending", "TrustKit #156", "evilapi.example.com", "leaf intermediate", "root", "root", MISMATCH },
    { "a parent", "", "example.com", "leaf intermediate", "root", "root", MISMATCH },
    { "one of several names", "", API, "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "a single label", "TrustKit #179", "printer", "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "an underscore", "", "a_b.example.com", "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "an xn-- name", "", "xn--bcher-kva.example", "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "UTF-8 in the certificate", "", "xn--bcher-kva.example", "utf8-names-leaf intermediate", "root", "root",
      MISMATCH },
    { "an empty name in the certificate", "", API, "empty-names-leaf intermediate", "root", "root", MISMATCH,
      "GnuTLS does not validate a certificate with a name that is empty", UNTRUSTED },
    { "an IPv4 address", "TrustKit #341", "192.0.2.7", "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "another IPv4 address", "", "192.0.2.8", "names-names-leaf intermediate", "root", "root", MISMATCH },
    { "an IPv6 address", "", "2001:db8::7", "names-names-leaf intermediate", "root", "root", MATCHED(2) },
    { "an IPv6 address in another spelling", "", "[2001:DB8:0:0::0:7]", "names-names-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "another IPv6 address", "", "2001:db8::8", "names-names-leaf intermediate", "root", "root", MISMATCH },
    { "an IPv4 address mapped to IPv6", "", "::ffff:192.0.2.7", "names-names-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "an IPv4 address mapped to IPv6 in the certificate", "", "192.0.2.7", "mapped-names-leaf intermediate", "root",
      "root", MISMATCH },
    { "an IPv4 address as a name", "", "192.0.2.7", "address-as-name-names-leaf intermediate", "root", "root",
      MISMATCH },
    { "an IPv6 address as a name", "", "2001:db8::7", "address-as-name-names-leaf intermediate", "root", "root",
      MISMATCH },
    { "an IPv4 address under a wildcard", "", "192.0.2.7", "wild-address-names-leaf intermediate", "root", "root",
      MISMATCH },
    { "a name as an address", "", API, "name-as-address-names-leaf intermediate", "root", "root", MISMATCH },
    { "the name in the common name alone", "", API, "common-name-leaf intermediate", "root", "root", MISMATCH },
    { "the address in the common name alone", "", "192.0.2.7", "common-address-leaf intermediate", "root", "root",
      MISMATCH },
    { "the name in the common name, another among the names", "", "www.example.com", "names-names-leaf intermediate",
      "root", "root", MISMATCH },
    { "the name as an email address", "", API, "email-names-leaf intermediate", "root", "root", MISMATCH },
    { "the name in a URI", "", API, "uri-names-leaf intermediate", "root", "root", MISMATCH },
    { "a NUL after the name", "CVE-2009-2408", API, "null-names-leaf intermediate", "root", "root", MISMATCH },
    { "a NUL before the name", "CVE-2009-2408", API, "before-null-names-leaf intermediate", "root", "root", MISMATCH },
    { "a v1 leaf", "", API, "no-extensions-leaf intermediate", "root", "root", MISMATCH },
    { "one label under a wildcard", "", "x.cdn.example.com", "names-names-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "two labels under a wildcard", "OkHttp #3324", "x.y.cdn.example.com", "names-names-leaf intermediate", "root",
      "root", MISMATCH },
    { "a wildcard's own domain", "", "cdn.example.com", "names-names-leaf intermediate", "root", "root", MISMATCH },
    { "an xn-- name under a wildcard", "", "xn--bcher-kva.example.com", "wild-names-leaf intermediate", "root", "root",
      MATCHED(2) },
    { "an underscore under a wildcard", "", "a_b.example.com", "wild-names-leaf intermediate", "root", "root", MISMATCH,
      "to OpenSSL a wildcard stands for letters, digits and hyphens", MATCHED(2) },
    { "a wildcard at the end of a label", "", API, "wild-end-names-leaf intermediate", "root", "root", MISMATCH },
    { "a wildcard at the start of a label", "", API, "wild-start-names-leaf intermediate", "root", "root", MISMATCH,
      "GnuTLS matches a wildcard that begins a label", MATCHED(2) },
    { "a wildcard in the middle", "", API, "wild-middle-names-leaf intermediate", "root", "root", MISMATCH },
    { "two wildcards", "", API, "wild-twice-names-leaf intermediate", "root", "root", MISMATCH },
    { "a wildcard for a top-level domain", "", "example.com", "wild-top-names-leaf intermediate", "root", "root",
      MISMATCH },
    { "a wildcard for everything", "", "printer", "wild-all-names-leaf intermediate", "root", "root", MISMATCH },

    // Times.
    { "an expired leaf", "", API, "expired-leaf intermediate", "root", "leaf", EXPIRED },
    { "a leaf that is not valid yet", "", API, "future-leaf intermediate", "root", "leaf", EXPIRED },
    { "an expired intermediate", "", API, "expired-ca-leaf expired-ca", "root", "leaf", EXPIRED },
    { "an expired root", "", API, "expired-root-leaf", "expired-root", "expired-root", EXPIRED },
    { "an expired certificate beside the path", "", API, "leaf expired-leaf expired-root intermediate", "root", "root",
      MATCHED(2) },
    { "the last second", "", API, "expired-leaf intermediate", "root", "leaf", EXPIRED,
      "to OpenSSL a certificate has expired in its last second, which RFC 5280 counts in", MATCHED(0), -1 },
    { "the second before the last", "", API, "expired-leaf intermediate", "root", "leaf", MATCHED(0), .clock = -2 },
    { "the first second", "", API, "future-leaf intermediate", "root", "leaf", MATCHED(0), .clock = 1 },
    { "before all of them", "", API, "leaf intermediate", "root", "leaf", EXPIRED, .clock = -NOW },
    { "before 1970", "", API, "leaf intermediate", "root", "leaf", EXPIRED, .clock = -NOW - 1 },
    { "before a leaf that is valid since before 1970", "", API, "old-leaf intermediate", "root", "leaf", EXPIRED,
      .clock = -2 * (int64_t)NOW },
    { "after all of them", "", API, "leaf intermediate", "root", "leaf", EXPIRED, .clock = 16 * 31557600 },

    // Of several things that are wrong, the one that matters most.
    { "untrusted, and another host", "", "www.example.com", "other-leaf", "root", "other-leaf", UNTRUSTED },
    { "untrusted, and expired", "", API, "other-expired-leaf", "root", "leaf", UNTRUSTED },
    { "untrusted, another host, and expired", "", "www.example.com", "other-expired-leaf", "root", "leaf", UNTRUSTED },
    { "another host, and expired", "", "www.example.com", "expired-leaf intermediate", "root", "leaf", MISMATCH },
    { "another host, and not valid yet", "", "www.example.com", "future-leaf intermediate", "root", "leaf", MISMATCH },
    { "another host, and an expired intermediate", "", "www.example.com", "expired-ca-leaf expired-ca", "root", "leaf",
      MISMATCH },
    { "a broken signature, and expired", "", API, "broken-expired-leaf intermediate", "root", "leaf", UNTRUSTED },
    { "a broken signature, another host, and expired", "", "www.example.com", "broken-expired-leaf intermediate",
      "root", "leaf", UNTRUSTED },
    { "for clients, and expired", "", API, "client-expired-leaf intermediate", "root", "leaf", UNTRUSTED },
    { "for clients, and another host", "", "www.example.com", "client-leaf intermediate", "root", "leaf", UNTRUSTED },
    { "another key, and another host", "", "www.example.com", "leaf intermediate", "root", "2", MISMATCH },
    { "another key, and expired", "", API, "expired-leaf intermediate", "root", "2", EXPIRED },
};

static pinverdict_bytes chain[CHAIN_ROOM];
static FILE *table;

static int64_t clock_of(void *seconds) { return *(const int64_t *)seconds; }

/* A config for a backend and the trust anchors that a text such as "root other-root" names, in a file written for
   it. The clock is read from `now`; NULL for the system's. */
static pinverdict_config *config_for(pinverdict_backend backend, const char *trust, int64_t *now)
{
    static const char path[] = "trust.pem";
    pinverdict_config *config = NULL;
    FILE *file = fopen(path, "wb");
    for (const char *at = trust; file != NULL && *at != 0; at += strspn(at, " ")) {
        char source[4096];
        size_t length = strcspn(at, " ");
        snprintf(source, sizeof source, "%s/%.*s.pem", fixture_directory, (int)length, at);
        pinverdict_bytes anchor = file_bytes(source);
        fwrite(anchor.data, 1, anchor.size, file);
        free((void *)anchor.data);
        at += length;
    }
    if (file == NULL || fclose(file) != 0) give_up("cannot write", path);
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_backend(config, backend), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, path), PINVERDICT_OK);
    if (now != NULL) CHECK_EQUAL(pinverdict_config_set_clock(config, clock_of, now), PINVERDICT_OK);
    return config;
}

static pinverdict_checker *checker_for(const row *r, pinverdict_backend backend, int64_t *now)
{
    char template[512];
    const char *kind = strstr(r->pin, ":key") != NULL ? "key" : "pin";
    snprintf(template, sizeof template, "[policy]\nserial = 7\n[host %s]\n%s-sha256 = {%s}\nbackup-%s-sha256 = {1}\n",
             r->host, kind, r->pin, kind);
    pinverdict_config *config = config_for(backend, r->trust, now);
    pinverdict_checker *checker = checker_of(template, config);
    pinverdict_config_free(config);
    return checker;
}

/* The answer of a check, every field of which must have been written and belong to it. */
static answer check_once(const pinverdict_checker *checker, const char *host, size_t count)
{
    pinverdict_verdict verdict;
    memset(&verdict, 0xff, sizeof verdict);
    verdict.struct_size = sizeof verdict;
    pinverdict_decision decision = pinverdict_check_presented(checker, host, chain, count, &verdict);
    CHECK_EQUAL(verdict.decision, decision);
    CHECK_EQUAL(verdict.struct_size, sizeof verdict);
    CHECK(memchr(verdict.rule, 0, sizeof verdict.rule) != NULL);
    bool validated = verdict.reason == R(MATCHED) || verdict.reason == R(NO_MATCH);
    CHECK_EQUAL(verdict.policy_serial, validated ? 7 : 0);
    CHECK_EQUAL(decision, verdict.reason == R(MATCHED) ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.matched_kind == 0, verdict.matched_depth == -1);
    if (!check_slowly()) CHECK_EQUAL(pinverdict_check_presented(checker, host, chain, count, NULL), decision);
    /* A checker that has seen it says the same. */
    pinverdict_verdict again = { .struct_size = sizeof again };
    CHECK_EQUAL(pinverdict_check_presented(checker, host, chain, count, &again), decision);
    CHECK_EQUAL(again.reason, verdict.reason);
    CHECK_EQUAL(again.matched_depth, verdict.matched_depth);
    return (answer){ verdict.reason, verdict.matched_depth };
}

static const char *text_of(answer a, char text[64])
{
    if (a.depth < 0) snprintf(text, 64, "%s", pinverdict_reason_name(a.reason));
    else snprintf(text, 64, "%s at %d", pinverdict_reason_name(a.reason), a.depth);
    return text;
}

static void every_row(void)
{
    fprintf(table, "%-66s %-24s %s\n", "presented chains", "openssl", "gnutls");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const row *r = &rows[i];
        char cells[3][64] = { "", "-", "-" }, name[128];
        size_t count = chain_of(r->chain, chain);
        for (int b = 1; b < BACKEND_COUNT; b++) {
            if (!backends[b].built_in) continue;
            int64_t now = NOW + r->clock;
            answer expected = r->why != NULL && backends[b].backend == PINVERDICT_BACKEND_GNUTLS ? r->gnutls
                                                                                                 : r->expected;
            char text[64];
            check_case("%s%s%s, by %s", r->name, r->origin[0] != 0 ? ": " : "", r->origin, backends[b].name);
            pinverdict_checker *checker = checker_for(r, backends[b].backend, &now);
            answer got = check_once(checker, r->host, count);
            CHECK_STRING(text_of(got, cells[b]), text_of(expected, text));
            check_case("%s, seen before, by %s", r->name, backends[b].name);
            got = check_once(checker, r->host, count);
            CHECK_STRING(text_of(got, cells[b]), text);
            pinverdict_checker_free(checker);
            if (!r->today) continue;
            check_case("%s, today, by %s", r->name, backends[b].name);
            checker = checker_for(r, backends[b].backend, NULL);
            CHECK_STRING(text_of(check_once(checker, r->host, count), text), text_of(expected, cells[0]));
            pinverdict_checker_free(checker);
        }
        snprintf(name, sizeof name, "%s%s%s%s", r->name, r->origin[0] != 0 ? " (" : "", r->origin,
                 r->origin[0] != 0 ? ")" : "");
        fprintf(table, "%-66s %-24s %s\n", name, cells[1], cells[2]);
        if (r->why != NULL) fprintf(table, "    %s\n", r->why);
    }
    check_case("%s", "");
}

/* Which certificate a validation refuses, and the library's own words for it. */
static void what_is_wrong(void)
{
    static const struct {
        const char *name, *host, *chain, *trust;
        struct {
            int depth;
            const char *words;
        } by[BACKEND_COUNT]; // of backends[]
    } wrong[] = {
        { "nothing", API, "leaf intermediate", "root", { { 0 }, { -1, "" }, { -1, "" } } },
        { "no intermediate",
          API,
          "leaf",
          "root",
          { { 0 }, { 0, "unable to get local issuer certificate" }, { 0, "The certificate issuer is unknown." } } },
        { "no trusted root",
          API,
          "leaf intermediate",
          "other-root",
          { { 0 }, { 1, "unable to get local issuer certificate" }, { 1, "The certificate issuer is unknown." } } },
        { "another host",
          "www.example.com",
          "leaf intermediate",
          "root",
          { { 0 }, { 0, "hostname mismatch" }, { 0, "The name in the certificate does not match the expected." } } },
        { "an expired intermediate",
          API,
          "leaf intermediate-past",
          "root",
          { { 0 }, { 1, "certificate has expired" }, { 1, "The certificate chain uses expired certificate." } } },
        { "a broken signature",
          API,
          "impostor-leaf impostor-ca impostor-root",
          "root",
          { { 0 }, { 1, "certificate signature failure" }, { 1, "The signature in the certificate is invalid." } } },
        { "a leaf as a CA",
          API,
          "child-of-leaf leaf intermediate",
          "root",
          { { 0 },
            { 1, "invalid CA certificate" },
            { 0, "The certificate issuer is not a CA. The certificate chain violates the signer's constraints." } } },
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const row as_row = { wrong[i].name, "", API, wrong[i].chain, wrong[i].trust, "leaf" };
        size_t count = chain_of(wrong[i].chain, chain);
        for (int b = 1; b < BACKEND_COUNT; b++) {
            if (!backends[b].built_in) continue;
            int64_t now = NOW;
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            check_case("what is wrong, by %s: %s", backends[b].name, wrong[i].name);
            pinverdict_checker *checker = checker_for(&as_row, backends[b].backend, &now);
            CHECK_EQUAL(pinverdict_check_presented(checker, wrong[i].host, chain, count, &verdict),
                        i == 0 ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
            CHECK_EQUAL(verdict.failed_depth, wrong[i].by[b].depth);
            CHECK_STRING(verdict.detail, wrong[i].by[b].words);
            pinverdict_checker_free(checker);
        }
    }
    check_case("%s", "");
}

static int times_seen; /* of paths that were shown */

static void see(void *argument, const pinverdict_bytes path[], size_t count)
{
    pinverdict_bytes expected[CHAIN_ROOM];
    times_seen++;
    CHECK_EQUAL(count, chain_of(argument, expected));
    for (size_t i = 0; i < count; i++)
        CHECK(path[i].size == expected[i].size && memcmp(path[i].data, expected[i].data, path[i].size) == 0);
}

/* The path is shown that was built, whatever was sent and whatever the pins say of it; and none where there is none. */
static void paths_are_shown(void)
{
    static const struct {
        const char *sent, *trust, *pin;
        char *path;
        pinverdict_reason reason;
    } lists[] = {
        { "leaf intermediate", "root", "leaf", "leaf intermediate root", R(MATCHED) },
        { "leaf other-root intermediate", "root", "leaf", "leaf intermediate root", R(MATCHED) },
        { "leaf intermediate other-root", "root", "other-root", "leaf intermediate root", R(NO_MATCH) },
        { "leaf", "root", "leaf", NULL, R(UNTRUSTED_CHAIN) },
    };
    for (size_t i = 0; i < COUNT(lists); i++) {
        const row as_row = { lists[i].sent, "", API, lists[i].sent, lists[i].trust, lists[i].pin };
        size_t count = chain_of(lists[i].sent, chain);
        for (int b = 1; b < BACKEND_COUNT; b++) {
            if (!backends[b].built_in) continue;
            int64_t now = NOW;
            check_case("the path of %s, by %s", lists[i].sent, backends[b].name);
            pinverdict_checker *checker = checker_for(&as_row, backends[b].backend, &now);
            for (int again = 0; again < 2; again++) {
                pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
                times_seen = 0;
                pinverdict_decision decision = pinverdict_check_presented_path(checker, API, chain, count, &verdict,
                                                                               see, lists[i].path);
                CHECK_EQUAL(decision, lists[i].reason == R(MATCHED) ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
                CHECK_EQUAL(verdict.reason, lists[i].reason);
                CHECK_EQUAL(times_seen, lists[i].path != NULL);
            }
            pinverdict_checker_free(checker);
        }
    }
    check_case("%s", "");
}

/* The same lists handed over as if they had been validated: no path, or no pin on it. */
static void lists_are_not_paths(void)
{
    static const struct {
        const char *name, *chain, *pin;
        pinverdict_reason reason;
    } lists[] = {
        { "an unrelated pinned certificate appended", "leaf intermediate other-root", "other-root", R(NOT_A_PATH) },
        { "an unrelated pinned certificate in the middle", "leaf other-root intermediate", "other-root",
          R(NOT_A_PATH) },
        { "an unrelated pinned certificate prepended", "other-root leaf intermediate", "other-root", R(NOT_A_PATH) },
        { "a root that is not the intermediate's", "leaf intermediate other-root", "leaf", R(NOT_A_PATH) },
        { "a path without its end", "leaf intermediate", "root", R(NO_MATCH) },
        { "the pinned CA's name and key identifier", "impostor-leaf impostor-ca impostor-root", "root", R(NO_MATCH) },
        { "the pinned CA's name, by another CA", "sly-leaf sly-ca other-root", "intermediate", R(NO_MATCH) },
        { "the pinned point on another curve", "own-generator-leaf own-generator-root", "root", R(NO_MATCH) },
        { "the pinned point on another curve, by its bare key", "own-generator-leaf own-generator-root", "root:key",
          R(NO_MATCH) },
    };
    for (size_t i = 0; i < COUNT(lists); i++) {
        const row as_row = { lists[i].name, "", API, lists[i].chain, "root", lists[i].pin };
        size_t count = chain_of(lists[i].chain, chain);
        for (int b = 1; b < BACKEND_COUNT; b++) {
            if (!backends[b].built_in) continue;
            int64_t now = NOW;
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            check_case("as a validated path, by %s: %s", backends[b].name, lists[i].name);
            pinverdict_checker *checker = checker_for(&as_row, backends[b].backend, &now);
            CHECK_EQUAL(pinverdict_check_validated(checker, API, chain, count, &verdict), PINVERDICT_REFUSE);
            CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(lists[i].reason));
            pinverdict_checker_free(checker);
        }
    }
    check_case("%s", "");
}

/* Whatever a policy says, what the validation found wrong is refused, for that reason. */
static void validation_is_never_softened(void)
{
    static const char pins[] = "pin-sha256 = {2}\nbackup-pin-sha256 = {1}\n";
    static const struct {
        const char *name, *settings, *rule;
        pinverdict_decision decision; /* of a valid chain, and why */
        answer valid;
    } policies[] = {
        { "report-only", "enforcement = report-only\n", "", PINVERDICT_ALLOW, NO_MATCH },
        { "report-only for the host", "", "enforcement = report-only\n", PINVERDICT_ALLOW, NO_MATCH },
        { "off", "enforcement = off\n", "", PINVERDICT_ALLOW, { R(ENFORCEMENT_OFF), -1 } },
        { "off for the host", "", "enforcement = off\n", PINVERDICT_ALLOW, { R(ENFORCEMENT_OFF), -1 } },
        { "outside the rollout", "", "rollout-percent = 0\n", PINVERDICT_ALLOW, NO_MATCH },
        { "expired pins", "", "expires = 2020-01-01\non-expiry = allow\n", PINVERDICT_ALLOW, { R(PINS_EXPIRED), -1 } },
        { "not pinned", "", NULL, PINVERDICT_ALLOW, { R(NOT_PINNED), -1 } },
        { "not pinned, refused", "unpinned-hosts = refuse\n", NULL, PINVERDICT_REFUSE, { R(NOT_PINNED), -1 } },
        { "a rejected root that was not sent",
          "rejected-pin-sha256 = {root}\n",
          "",
          PINVERDICT_REFUSE,
          { R(REJECTED_KEY), 2 } },
        { "a rejected root, not pinned",
          "rejected-pin-sha256 = {root}\n",
          NULL,
          PINVERDICT_REFUSE,
          { R(REJECTED_KEY), 2 } },
        { "a rejected key that is not on the path",
          "rejected-pin-sha256 = {other-root}\n",
          NULL,
          PINVERDICT_ALLOW,
          { R(NOT_PINNED), -1 } },
    };
    static const struct {
        const char *name, *host, *chain;
        pinverdict_reason reason;
    } wrong[] = {
        { "untrusted", API, "self", R(UNTRUSTED_CHAIN) },
        { "another host", "www.example.com", "leaf intermediate", R(HOSTNAME_MISMATCH) },
        { "expired", API, "expired-leaf intermediate", R(CERTIFICATE_EXPIRED) },
        { "no certificate", API, "", R(EMPTY_CHAIN) },
        { "33 certificates", API, "leaf intermediate root*31", R(MALFORMED_CERTIFICATE) },
        { "no host name", "api example com", "leaf intermediate", R(MALFORMED_HOSTNAME) },
    };
    for (int b = 1; b < BACKEND_COUNT; b++) {
        for (size_t p = 0; backends[b].built_in && p < COUNT(policies); p++) {
            char template[600];
            int64_t now = NOW;
            snprintf(template, sizeof template, "[policy]\nserial = 7\n%s[host %s]\n%s%s[host elsewhere.example]\n%s",
                     policies[p].settings, policies[p].rule != NULL ? API : "example.net", pins,
                     policies[p].rule != NULL ? policies[p].rule : "", pins);
            pinverdict_config *config = config_for(backends[b].backend, "root", &now);
            CHECK_EQUAL(pinverdict_config_set_install_id(config, (const uint8_t *)"id", 2), PINVERDICT_OK);
            pinverdict_checker *checker = checker_of(template, config);
            pinverdict_config_free(config);
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            check_case("%s, a valid chain, by %s", policies[p].name, backends[b].name);
            size_t count = chain_of("leaf intermediate other-root", chain);
            CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, count, &verdict), policies[p].decision);
            CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(policies[p].valid.reason));
            CHECK_EQUAL(verdict.matched_depth, policies[p].valid.depth);
            for (size_t w = 0; w < COUNT(wrong); w++) {
                check_case("%s, %s, by %s", policies[p].name, wrong[w].name, backends[b].name);
                count = chain_of(wrong[w].chain, chain);
                CHECK_EQUAL(pinverdict_check_presented(checker, wrong[w].host, chain, count, &verdict),
                            PINVERDICT_REFUSE);
                CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(wrong[w].reason));
                CHECK_STRING(verdict.rule, "");
            }
            check_case("%s, a leaf that is cut, by %s", policies[p].name, backends[b].name);
            count = chain_of("leaf intermediate root", chain);
            chain[0].size--;
            CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, count, &verdict), PINVERDICT_REFUSE);
            CHECK_STRING(pinverdict_reason_name(verdict.reason), "malformed-certificate");
            // Behind the leaf it is as if it had not been sent.
            check_case("%s, a certificate too many that is cut, by %s", policies[p].name, backends[b].name);
            count = chain_of("leaf intermediate root", chain);
            chain[2].size--;
            CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, count, &verdict), policies[p].decision);
            CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(policies[p].valid.reason));
            pinverdict_checker_free(checker);
        }
    }
    check_case("%s", "");
}

/* A checker by a backend that pins the root. */
static pinverdict_checker *pinned_root(int b, int64_t *now)
{
    const row root = { "", "", API, "", "root", "root" };
    return checker_for(&root, backends[b].backend, now);
}

static void allows(const pinverdict_checker *checker)
{
    CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, chain_of("leaf intermediate", chain), NULL),
                PINVERDICT_ALLOW);
}

/* The reason of a refusal by a checker that allows a good chain afterwards. */
static pinverdict_reason refusal(const pinverdict_checker *checker, const pinverdict_bytes *certificates, size_t count)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    CHECK_EQUAL(pinverdict_check_presented(checker, API, certificates, count, &verdict), PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.matched_depth, -1);
    CHECK_EQUAL(verdict.policy_serial, 0);
    return verdict.reason;
}

/* One of leaf, intermediate and root cannot be read: a leaf is refused, another left out, as if it had not been sent.
   The trust file has the root. */
static void unreadable(const pinverdict_checker *checker, size_t place)
{
    if (place == 2) CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, 3, NULL), PINVERDICT_ALLOW);
    else CHECK_EQUAL(refusal(checker, chain, 3), place == 0 ? R(MALFORMED_CERTIFICATE) : R(UNTRUSTED_CHAIN));
}

/* Nothing, too many, and no certificates at each place of the list. */
static void bad_lists(void)
{
    enum { LARGE = 1 << 20 };
    uint8_t *large = malloc(LARGE + 1), cut[4096];
    if (large == NULL) give_up("no memory for", "a large certificate");
    const fixture *leaf = fixture_named("leaf", 4);
    static const struct {
        const char *name;
        int byte;
        const char *start;
        size_t start_size, size;
    } contents[] = {
        { "0 bytes", 0, "", 0, 0 },
        { "1 byte", 0x30, "", 0, 1 },
        { "1 MiB of zeros", 0, "", 0, LARGE },
        { "1 MiB of ones", 0xff, "", 0, LARGE },
        { "1 MiB of indefinite sequences", 0x80, "\x30", 1, LARGE },
        { "a sequence of 1 MiB of garbage", 0x5a, "\x30\x83\x0f\xff\xfb", 5, LARGE },
        { "a sequence of 1 MiB and a byte", 0x5a, "\x30\x83\x0f\xff\xfc", 5, LARGE + 1 },
        { "PEM", 'A', "-----BEGIN CERTIFICATE-----\n", 28, 500 },
    };
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        pinverdict_checker *checker = pinned_root(b, &now);
        static const struct {
            const char *chain;
            pinverdict_reason reason;
        } counts[] = {
            { "", R(EMPTY_CHAIN) },
            { "leaf intermediate root*31", R(MALFORMED_CERTIFICATE) },
            { "leaf intermediate root*38", R(MALFORMED_CERTIFICATE) },
            { "leaf*40", R(MALFORMED_CERTIFICATE) },
        };
        for (size_t i = 0; i < COUNT(counts); i++) {
            check_case("\"%s\", by %s", counts[i].chain, backends[b].name);
            CHECK_EQUAL(refusal(checker, chain, chain_of(counts[i].chain, chain)), counts[i].reason);
        }
        check_case("32 certificates, by %s", backends[b].name);
        CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, chain_of("leaf intermediate root*30", chain), NULL),
                    PINVERDICT_ALLOW);
        for (size_t place = 0; place < 3; place++) {
            for (size_t i = 0; i < COUNT(contents); i++) {
                check_case("certificate %zu is %s, by %s", place, contents[i].name, backends[b].name);
                memset(large, contents[i].byte, LARGE + 1);
                memcpy(large, contents[i].start, contents[i].start_size);
                chain_of("leaf intermediate root", chain);
                chain[place] = (pinverdict_bytes){ large, contents[i].size };
                unreadable(checker, place);
            }
            memcpy(cut, leaf->certificate.data, leaf->certificate.size);
            for (size_t size = 0; size < leaf->certificate.size; size++) {
                check_case("certificate %zu is cut to %zu bytes, by %s", place, size, backends[b].name);
                chain_of("leaf intermediate root", chain);
                chain[place] = (pinverdict_bytes){ cut, size };
                unreadable(checker, place);
            }
            allows(checker);
        }
        pinverdict_checker_free(checker);
    }
    free(large);
    check_case("%s", "");
}

/* Of what is signed and of the signature, no bit can be changed. */
static void bits_changed(void)
{
    static const uint8_t flips[] = { 0x01, 0x20, 0x80 };
    static const char *const labels[] = { "leaf", "intermediate" };
    uint8_t bytes[4096];
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        pinverdict_checker *checker = pinned_root(b, &now);
        allows(checker); /* so that what is changed has been seen */
        for (size_t place = 0; place < COUNT(labels); place++) {
            pinverdict_bytes good = fixture_named(labels[place], strlen(labels[place]))->certificate;
            memcpy(bytes, good.data, good.size);
            for (size_t at = 0; at < good.size; at++) {
                for (size_t i = 0; i < COUNT(flips); i++) {
                    check_case("%s, byte %zu ^ %02x, by %s", labels[place], at, flips[i], backends[b].name);
                    chain_of("leaf intermediate", chain);
                    chain[place] = (pinverdict_bytes){ bytes, good.size };
                    bytes[at] ^= flips[i];
                    pinverdict_reason reason = refusal(checker, chain, 2);
                    CHECK(reason == R(UNTRUSTED_CHAIN) || reason == R(MALFORMED_CERTIFICATE));
                    bytes[at] = good.data[at];
                }
            }
            allows(checker);
        }
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* A clock may say anything. */
static void clocks(void)
{
    static const struct {
        int64_t now;
        bool valid;
    } times[] = {
        { INT64_MIN, false },
        { INT64_MIN + 1, false },
        { -62167219201, false },
        { -62167219200, false }, // the beginning of the year 0
        { INT32_MIN, false },
        { -1, false },
        { 0, false },
        { INT32_MAX, true },
        { (int64_t)INT32_MAX + 1, true }, // in 2038
        { UINT32_MAX, false },
        { (int64_t)UINT32_MAX + 1, false },
        { 253402300799, false },
        { 253402300800, false }, // the end of the year 9999
        { INT64_MAX - 1, false },
        { INT64_MAX, false },
    };
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        pinverdict_checker *checker = pinned_root(b, &now);
        for (size_t i = 0; i < COUNT(times); i++) {
            now = times[i].now;
            check_case("clock at %lld, by %s", (long long)now, backends[b].name);
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            size_t count = chain_of("leaf intermediate", chain);
            CHECK_EQUAL(pinverdict_check_presented(checker, API, chain, count, &verdict),
                        times[i].valid ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
            CHECK_STRING(pinverdict_reason_name(verdict.reason), times[i].valid ? "matched" : "certificate-expired");
        }
        now = NOW;
        allows(checker);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* ---------------------------------------------------------------------------------------------- trust files -- */

static const char trust_path[] = "trust-file";

static pinverdict_bytes source(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", fixture_directory, name);
    return file_bytes(path);
}

/* Loads a trust file and, where it loads, validates with it. */
static pinverdict_status trust_status(const char *path, int b)
{
    int64_t now = NOW;
    char copy[64];
    pinverdict_checker *checker = (void *)&now;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = policy_of("[policy]\nserial = 7\n[host api.example.com]\npin-sha256 = {root}\n"
                                          "backup-pin-sha256 = {1}\n");
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_backend(config, backends[b].backend), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_clock(config, clock_of, &now), PINVERDICT_OK);
    snprintf(copy, sizeof copy, "%s", path);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, copy), PINVERDICT_OK);
    memset(copy, 'x', sizeof copy); // the config has its own
    alarm(20);                      // it must not wait for the other end of a FIFO
    pinverdict_status status = pinverdict_checker_create(policy, config, &checker, &error);
    alarm(check_seconds());
    CHECK_ERROR(&error, status);
    CHECK((checker != NULL) == (status == PINVERDICT_OK));
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    if (status == PINVERDICT_OK) allows(checker);
    pinverdict_checker_free(checker);
    return status;
}

static void trust_files(void)
{
    static const struct {
        const char *name;
        pinverdict_status status;
        const char *parts[4];
    } contents[] = {
        { "a root", PINVERDICT_OK, { "@root.pem" } },
        { "a root twice", PINVERDICT_OK, { "@root.pem", "@root.pem" } },
        { "text around it", PINVERDICT_OK, { "# The root:\n\n", "@root.pem", "\nand no end of line" } },
        { "its private key too", PINVERDICT_OK, { "@root.key", "@root.pem" } },
        { "a revocation list too", PINVERDICT_OK, { "@root.pem", "@root.crl" } },
        { "a root of a kind that nobody knows too", PINVERDICT_OK, { "@ml-dsa-root.pem", "@root.pem" } },
        { "nothing", PINVERDICT_FILE_ERROR, { "" } },
        { "an empty line", PINVERDICT_FILE_ERROR, { "\n" } },
        { "text", PINVERDICT_FILE_ERROR, { "There is no certificate here.\n" } },
        { "garbage", PINVERDICT_FILE_ERROR, { "\xff\xfe\x30\x82\x80\n\x01\x7f-----BEGIN\n" } },
        { "DER", PINVERDICT_FILE_ERROR, { "@root.der" } },
        { "a private key", PINVERDICT_FILE_ERROR, { "@root.key" } },
        { "a revocation list", PINVERDICT_FILE_ERROR, { "@root.crl" } },
        { "PEM of garbage", PINVERDICT_FILE_ERROR, { "@garbage.pem" } },
        { "a root and PEM of garbage", PINVERDICT_FILE_ERROR, { "@root.pem", "@garbage.pem" } },
        { "PEM without a certificate",
          PINVERDICT_FILE_ERROR,
          { "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" } },
        { "a root behind a byte-order mark", PINVERDICT_FILE_ERROR, { "\xef\xbb\xbf", "@root.pem" } },
        { "a root and PKCS #7",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n" } },
        { "a root and a TRUSTED CERTIFICATE",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN TRUSTED CERTIFICATE-----\nMAA=\n-----END TRUSTED CERTIFICATE-----\n" } },
        { "a root and an END alone", PINVERDICT_FILE_ERROR, { "@root.pem", "-----END CERTIFICATE-----\n" } },
        { "a root and another that is cut",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" } },
        { "a root and one with a colon in it",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN CERTIFICATE-----\nM:AA\n-----END CERTIFICATE-----\n" } },
        { "a root and an END of another kind",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END X509 CRL-----\n" } },
        { "a root behind text on its line", PINVERDICT_FILE_ERROR, { "x", "@root.pem" } },
        { "the beginning of a certificate", PINVERDICT_FILE_ERROR, { "-----BEGIN CERTIFICATE-----\n" } },
        { "a root and the beginning of another",
          PINVERDICT_FILE_ERROR,
          { "@root.pem", "-----BEGIN CERTIFICATE-----\nMIIBmzCCAUGgAwIBAgIIWq3x\n" } },
    };
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        for (size_t i = 0; i < COUNT(contents); i++) {
            check_case("a trust file with %s, by %s", contents[i].name, backends[b].name);
            FILE *file = fopen(trust_path, "wb");
            if (file == NULL) give_up("cannot write", trust_path);
            for (size_t part = 0; part < COUNT(contents[i].parts) && contents[i].parts[part] != NULL; part++) {
                const char *text = contents[i].parts[part];
                pinverdict_bytes bytes = text[0] == '@' ? source(text + 1)
                                                        : (pinverdict_bytes){ (const uint8_t *)text, strlen(text) };
                fwrite(bytes.data, 1, bytes.size, file);
                if (text[0] == '@') free((void *)bytes.data);
            }
            fclose(file);
            CHECK_STRING(pinverdict_status_name(trust_status(trust_path, b)),
                         pinverdict_status_name(contents[i].status));
        }
    }
    check_case("%s", "");
}

static void trust_paths(void)
{
    static const struct {
        const char *path;
        pinverdict_status status;
    } paths[] = {
        { "no-such-file", PINVERDICT_FILE_ERROR },
        { "", PINVERDICT_FILE_ERROR },
        { ".", PINVERDICT_FILE_ERROR },
        { "trust-fifo", PINVERDICT_FILE_ERROR },
        { "/dev/null", PINVERDICT_FILE_ERROR },
        { "/dev/zero", PINVERDICT_FILE_ERROR },
        { "trust-dangling-link", PINVERDICT_FILE_ERROR },
        { "trust-link", PINVERDICT_OK },
        { "trust file \xc3\xa9", PINVERDICT_OK },
        { "file:trust", PINVERDICT_OK }, // a file, though OpenSSL has another use for such names
    };
    pinverdict_bytes root = source("root.pem");
    for (size_t i = 8; i < COUNT(paths); i++) write_file(paths[i].path, root.data, root.size);
    free((void *)root.data);
    unlink("trust-fifo"), unlink("trust-link"), unlink("trust-dangling-link");
    CHECK_EQUAL(mkfifo("trust-fifo", 0600), 0);
    CHECK_EQUAL(symlink("no-such-file", "trust-dangling-link"), 0);
    CHECK_EQUAL(symlink("trust file \xc3\xa9", "trust-link"), 0);
    for (int b = 1; b < BACKEND_COUNT; b++) {
        for (size_t i = 0; backends[b].built_in && i < COUNT(paths); i++) {
            check_case("the trust file \"%s\", by %s", paths[i].path, backends[b].name);
            CHECK_STRING(pinverdict_status_name(trust_status(paths[i].path, b)),
                         pinverdict_status_name(paths[i].status));
        }
    }
    check_case("%s", "");
}

/* A checker has read its trust file when it is made; NULL takes the file back, and nothing but the system's store
   is left: no variable of the environment adds to it. */
static void trust_is_read_once(void)
{
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        check_case("a trust file that changes, by %s", backends[b].name);
        pinverdict_checker *checker = pinned_root(b, &now);
        unlink("trust.pem");
        allows(checker);
        pinverdict_checker_free(checker);

        check_case("no trust file, by %s", backends[b].name);
        pinverdict_config *config = config_for(backends[b].backend, "root", &now);
        setenv("SSL_CERT_FILE", "trust.pem", 1);
        setenv("SSL_CERT_DIR", ".", 1);
        CHECK_EQUAL(pinverdict_config_set_trust_file(config, NULL), PINVERDICT_OK);
        checker = checker_of("[policy]\nserial = 7\nenforcement = off\n", config);
        CHECK_EQUAL(refusal(checker, chain, chain_of("leaf intermediate", chain)), R(UNTRUSTED_CHAIN));
        pinverdict_checker_free(checker);
        pinverdict_config_free(config);
        unsetenv("SSL_CERT_FILE");
        unsetenv("SSL_CERT_DIR");
    }
    check_case("%s", "");
}

/* The next certificate of a PEM file, as DER in the place of its own text; none where there are no more. */
static pinverdict_bytes next_certificate(char **at)
{
    static const char header[] = "-----BEGIN CERTIFICATE-----";
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *start = strstr(*at, header);
    if (start == NULL) return (pinverdict_bytes){ NULL, 0 };
    uint8_t *data = (uint8_t *)start, *end = data;
    uint32_t bits = 0, count = 0;
    for (*at = start + sizeof header - 1; **at != '-' && **at != 0; ++*at) {
        const char *letter = strchr(letters, **at);
        if (letter == NULL) continue;
        bits = bits << 6 | (uint32_t)(letter - letters);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        *end++ = (uint8_t)(bits >> count);
    }
    return (pinverdict_bytes){ data, (size_t)(end - data) };
}

/* Without a trust file the anchors are the system's: a root of its store is trusted, and only not the host's. A root
   that may sign nothing but certificates is no server's; enough of them may sign more. */
static void system_store(void)
{
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        pinverdict_config *config = NULL;
        CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_config_set_backend(config, backends[b].backend), PINVERDICT_OK);
        pinverdict_checker *checker = checker_of("[policy]\nserial = 7\nenforcement = off\n", config);
        pinverdict_config_free(config);
        pinverdict_bytes bundle = file_bytes("/etc/ssl/certs/ca-certificates.crt");
        char *at = (char *)bundle.data;
        int trusted = 0;
        for (pinverdict_bytes root; (root = next_certificate(&at)).size > 0;) {
            check_case("a root of the system's, by %s", backends[b].name);
            pinverdict_reason reason = refusal(checker, &root, 1);
            trusted += reason == R(HOSTNAME_MISMATCH);
            if (reason != R(HOSTNAME_MISMATCH)) CHECK_EQUAL(reason, R(UNTRUSTED_CHAIN));
        }
        CHECK(trusted >= 5);
        free((void *)bundle.data);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* --------------------------------------------------------------------------------------- threads and forks -- */

static atomic_bool stop;

typedef struct {
    pthread_t thread;
    const pinverdict_checker *checker;
    long checks, wrong;
} checking;

static void *check_until_stopped(void *of)
{
    static const struct {
        const char *host, *chain;
        pinverdict_reason reason;
    } given[] = {
        { API, "leaf intermediate", R(MATCHED) },
        { API, "deep-leaf intermediate sub", R(MATCHED) },
        { API, "leaf intermediate other-root", R(MATCHED) },
        { API, "impostor-leaf impostor-ca impostor-root", R(UNTRUSTED_CHAIN) },
        { "www.example.com", "leaf intermediate", R(HOSTNAME_MISMATCH) },
        { API, "expired-leaf intermediate", R(CERTIFICATE_EXPIRED) },
        { API, "broken-leaf intermediate", R(UNTRUSTED_CHAIN) },
    };
    checking *own = of;
    pinverdict_bytes certificates[CHAIN_ROOM];
    while (!atomic_load(&stop)) {
        size_t i = (size_t)own->checks++ % COUNT(given);
        pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
        pinverdict_decision decision = pinverdict_check_presented(own->checker, given[i].host, certificates,
                                                                  chain_of(given[i].chain, certificates), &verdict);
        own->wrong += verdict.reason != given[i].reason || decision != verdict.decision ||
            (verdict.reason == R(MATCHED)) != (decision == PINVERDICT_ALLOW);
    }
    return NULL;
}

static void start(checking two[2], const pinverdict_checker *checker)
{
    atomic_store(&stop, false);
    for (int i = 0; i < 2; i++) {
        two[i] = (checking){ .checker = checker };
        if (pthread_create(&two[i].thread, NULL, check_until_stopped, &two[i]) != 0) give_up("cannot start", "threads");
    }
}

static void join(checking two[2])
{
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(two[i].thread, NULL);
        CHECK(two[i].checks > 0);
        CHECK_EQUAL(two[i].wrong, 0);
    }
}

static void two_threads(void)
{
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        checking two[2];
        pinverdict_checker *checker = pinned_root(b, &now);
        check_case("two threads on one checker, by %s", backends[b].name);
        start(two, checker);
        usleep(1000000);
        join(two);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* The child of a fork checks with its parent's checker. With GnuTLS it does even where other threads were in the
   middle of a check; OpenSSL's own locks stay locked in such a child, and it would wait for them forever. */
static void forks(void)
{
    enum { FORKS = 40 };
    for (int b = 1; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        int64_t now = NOW;
        checking two[2];
        bool with_threads = backends[b].backend == PINVERDICT_BACKEND_GNUTLS;
        pinverdict_checker *checker = pinned_root(b, &now);
        allows(checker);
        if (with_threads) start(two, checker);
        for (int i = 0; i < FORKS; i++) {
            check_case("fork %d, by %s", i, backends[b].name);
            usleep(with_threads ? 10000 : 0);
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                alarm(10);
                size_t count = chain_of("leaf intermediate", chain);
                _exit(pinverdict_check_presented(checker, API, chain, count, NULL) != PINVERDICT_ALLOW);
            }
            CHECK_EQUAL(check_wait(child), 0);
        }
        if (with_threads) join(two);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    table = fopen("table.txt", "w");
    if (table == NULL) give_up("cannot write", "table.txt");
    every_row();
    fclose(table);
    what_is_wrong();
    paths_are_shown();
    lists_are_not_paths();
    validation_is_never_softened();
    clocks();
    trust_files();
    trust_paths();
    trust_is_read_once();
    two_threads();
    if (!check_slowly()) {
        system_store();
        bad_lists();
        bits_changed();
        forks();
    }
    return check_end();
}
