/* corpus FILE...: DER certificates from the world, through the in-place reader and both libraries.
   Where the reader accepts, a library that accepts too has to find the same key, and the pin by that library's
   extractor is the same; where the reader or the library refuses, there is no pin. What is refused is listed. */
#include "../ABI/check.h"
#include "pinverdict.h"

#include <gnutls/x509.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digest of the SPKI as OpenSSL has it, or false where it does not import the certificate. */
static bool by_openssl(pinverdict_bytes bytes, unsigned char digest[32]) {
    const unsigned char *data = bytes.data;
    unsigned char *key = NULL;
    X509 *certificate = d2i_X509(NULL, &data, (long)bytes.size);
    bool is_whole = certificate && data == bytes.data + bytes.size;
    if (is_whole) {
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
        EVP_Digest(key, (size_t)size, digest, NULL, EVP_sha256(), NULL);
        OPENSSL_free(key);
    }
    X509_free(certificate);
    return is_whole;
}

static bool imported_by_gnutls(pinverdict_bytes bytes) {
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = {(unsigned char *)bytes.data, (unsigned)bytes.size};
    gnutls_x509_crt_init(&certificate);
    bool is_imported = gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS;
    gnutls_x509_crt_deinit(certificate);
    return is_imported;
}

static pinverdict_status pin(pinverdict_backend backend, pinverdict_bytes bytes, unsigned char digest[32]) {
    return pinverdict_pin_of_certificate(backend, PINVERDICT_PIN_SPKI, bytes, digest);
}

int main(int argc, char **argv) {
    check_begin();
    unsigned tried = 0, refused = 0, openssl_refused = 0, gnutls_refused = 0;
    for (int i = 1; i < argc; i++) {
        static uint8_t buffer[1 << 20];
        FILE *file = fopen(argv[i], "rb");
        if (!file) continue;
        pinverdict_bytes bytes = {buffer, fread(buffer, 1, sizeof buffer, file)};
        fclose(file);
        const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
        unsigned char in_place[32], openssl[32], other[32];
        bool openssl_imports = by_openssl(bytes, openssl), gnutls_imports = imported_by_gnutls(bytes);
        tried++;
        check_case("%s", name);
        if (pin(PINVERDICT_BACKEND_AUTO, bytes, in_place) != PINVERDICT_OK) {
            refused++;
            printf("refused in place (OpenSSL %s, GnuTLS %s): %s\n", openssl_imports ? "accepts" : "refuses",
                   gnutls_imports ? "accepts" : "refuses", name);
            CHECK(pin(PINVERDICT_BACKEND_OPENSSL, bytes, other) != PINVERDICT_OK);
            CHECK(pin(PINVERDICT_BACKEND_GNUTLS, bytes, other) != PINVERDICT_OK);
            continue;
        }
        if (openssl_imports) {
            CHECK(memcmp(in_place, openssl, 32) == 0);
            CHECK(pin(PINVERDICT_BACKEND_OPENSSL, bytes, other) == PINVERDICT_OK && !memcmp(in_place, other, 32));
        } else {
            openssl_refused++;
            printf("refused by OpenSSL: %s\n", name);
            CHECK(pin(PINVERDICT_BACKEND_OPENSSL, bytes, other) != PINVERDICT_OK);
        }
        if (gnutls_imports) {
            CHECK(pin(PINVERDICT_BACKEND_GNUTLS, bytes, other) == PINVERDICT_OK && !memcmp(in_place, other, 32));
        } else {
            gnutls_refused++;
            printf("refused by GnuTLS: %s\n", name);
            CHECK(pin(PINVERDICT_BACKEND_GNUTLS, bytes, other) != PINVERDICT_OK);
        }
    }
    CHECK(tried > 100);
    printf("%u certificates: %u refused in place; of the others %u by OpenSSL, %u by GnuTLS\n", tried, refused,
           openssl_refused, gnutls_refused);
    return check_end();
}
