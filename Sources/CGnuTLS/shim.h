#ifndef PINVERDICT_CGNUTLS_H
#define PINVERDICT_CGNUTLS_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* gnutls_free is a variable, which Swift takes for shared mutable state. */
static inline void cgnutls_free(void *memory) { gnutls_free(memory); }

#endif
