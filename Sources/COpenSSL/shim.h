#ifndef PINVERDICT_COPENSSL_H
#define PINVERDICT_COPENSSL_H

/* memmem is a GNU extension; the SHA256_* calls are deprecated in OpenSSL 3.0, and the only ones that neither
   fetch nor allocate. */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

static inline bool copenssl_contains(const void *all, size_t all_size, const void *part, size_t part_size) {
    return memmem(all, all_size, part, part_size) != NULL;
}

#endif
