// SPDX-License-Identifier: Apache-2.0
/* corpus FILE...: DER certificates from the world, through our reader and both libraries: compare_readers() says what
   has to hold of each, refused.h which of them ours alone may refuse. What is refused is printed. */
#include "../Differential/refused.h"

int main(int argc, char **argv)
{
    static uint8_t buffer[1 << 20];
    const size_t known = sizeof refused_vectors / sizeof refused_vectors[0];
    unsigned tried = 0, listed = 0, refused = 0, openssl_refused = 0, gnutls_refused = 0;
    check_begin();
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) continue;
        pinverdict_bytes bytes = { buffer, fread(buffer, 1, sizeof buffer, file) };
        fclose(file);
        const char *name = strrchr(argv[i], '/') != NULL ? strrchr(argv[i], '/') + 1 : argv[i];
        check_case("%s", name);
        comparison compared = compare_readers(bytes);
        check_that(compared.disagreement == NULL, compared.disagreement, __FILE__, __LINE__);
        listed += check_source(name, &compared, refused_vectors, known);
        tried++;
        if (!compared.in_place) {
            refused++;
            printf("refused in place, %s (OpenSSL %s, GnuTLS %s): %s\n", compared.rule,
                   compared.openssl ? "accepts" : "refuses", compared.gnutls ? "accepts" : "refuses", name);
            continue;
        }
        openssl_refused += !compared.openssl;
        gnutls_refused += !compared.gnutls;
        if (!compared.openssl) printf("refused by OpenSSL: %s\n", name);
        if (!compared.gnutls) printf("refused by GnuTLS: %s\n", name);
    }
    check_case("%s", "the end");
    CHECK(tried > 100);
    CHECK_EQUAL(listed, known);
    printf("%u certificates: %u refused in place; of the others %u by OpenSSL, %u by GnuTLS\n", tried, refused,
           openssl_refused, gnutls_refused);
    return check_end();
}
