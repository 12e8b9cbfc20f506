// SPDX-License-Identifier: Apache-2.0
#ifndef PINVERDICT_COPENSSL_KEYS_H
#define PINVERDICT_COPENSSL_KEYS_H

/* What the command reads beside certificates. */
#include "shim.h"
#include <openssl/decoder.h>
#include <openssl/pkcs7.h>

/* The certificates that a PKCS #7 of signed data carries, which it keeps; NULL where it carries none. */
static inline STACK_OF(X509) *copenssl_pkcs7_certificates(const PKCS7 *pkcs7)
{
    return PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign != NULL ? pkcs7->d.sign->cert : NULL;
}

/* The words for the oldest error on this thread's queue; NULL where there are none. */
static inline const char *copenssl_first_error(void) { return ERR_reason_error_string(ERR_peek_error()); }

#endif
