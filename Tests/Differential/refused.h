// SPDX-License-Identifier: Apache-2.0
/* refused.h - certificates as they are, not mutated: ours accepts all that both libraries accept, but for these, each
 * of which breaks a rule. */
#ifndef REFUSED_H
#define REFUSED_H

#include "../ABI/check.h"
#include "readers.h"

typedef struct {
    const char *name; /* the file's, of which others may begin with a number */
    const char *rule; /* of rules.h */
} refused_source;

static const refused_source refused_vectors[] = {
    /* of cryptography_vectors */
    { "BadSignedCACert.crt.der", UNUSED_BITS },
    { "InvalidDSASignatureTest6EE.crt.der", UNUSED_BITS },
    { "invalid_version.pem.der", BAD_VERSION },
};

static const refused_source refused_fixtures[] = {
    /* of make-fixtures.py */
    { "skeleton-extensions-long-length.der", LONG_LENGTH },
    { "skeleton-long-length.der", LONG_LENGTH },
    { "skeleton-over-1-mib.der", TOO_LARGE },
    { "skeleton-subject-long-length.der", LONG_LENGTH },
    { "skeleton-tbs-long-length.der", LONG_LENGTH },
    { "skeleton-validity-long-length.der", LONG_LENGTH },
    { "skeleton-version-1-written.der", BAD_VERSION },
    { "skeleton-version-4.der", BAD_VERSION },
    { "skeleton-version-long-length.der", LONG_LENGTH },
    { "spki-algorithm-long-length.der", LONG_LENGTH },
    { "spki-key-long-length.der", LONG_LENGTH },
    { "spki-key-unused-bits.der", UNUSED_BITS },
    { "spki-long-length.der", LONG_LENGTH },
    { "spki-oid-long-length.der", LONG_LENGTH },
    { "spki-parameters-boolean.der", BAD_PARAMETERS },
    { "spki-parameters-inside-long-length.der", LONG_LENGTH },
    { "spki-parameters-long-length.der", LONG_LENGTH },
    { "spki-parameters-too-deep.der", TOO_DEEP },
};

/* Whether a certificate is refused that is not listed, or that is listed not by its rule; whether it is listed. */
static inline bool check_source(const char *path, const comparison *compared, const refused_source list[], size_t count)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name + (strspn(name, "0123456789-") == 5 ? 5 : 0), list[i].name) != 0) continue;
        return CHECK(compared->rule == list[i].rule);
    }
    CHECK(compared->in_place || !compared->openssl || !compared->gnutls);
    return false;
}

#endif
