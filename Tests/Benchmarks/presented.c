// SPDX-License-Identifier: Apache-2.0
/* What pins add to a library's own validation: presented ROUNDS NANOSECONDS HOST TRUST LEAF INTERMEDIATE ROOT
   The server sends leaf and intermediate; TRUST is a PEM file that has the root. */
#include "bench.h"

#include <gnutls/x509.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { SENT = 2 };

static pinverdict_bytes chain[SENT];
static const char *host;

static bool check(const struct contender *self)
{
    return pinverdict_check_presented(self->checker, host, chain, SENT, NULL) == PINVERDICT_ALLOW;
}

/* ---------------------------------------------------------------------------------------------------- OpenSSL -- */

static X509_STORE *store;

static void parse_by_openssl(X509 *certificates[SENT])
{
    for (int i = 0; i < SENT; i++) {
        const unsigned char *data = chain[i].data;
        certificates[i] = d2i_X509(NULL, &data, (long)chain[i].size);
    }
}

static bool validate_by_openssl(X509 *certificates[SENT])
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    sk_X509_push(others, certificates[1]);
    X509_STORE_CTX_init(context, store, certificates[0], others);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host, 0);
    bool right = X509_verify_cert(context) == 1;
    sk_X509_free(others);
    X509_STORE_CTX_free(context);
    return right;
}

static bool openssl_from_der(const struct contender *self)
{
    (void)self;
    X509 *certificates[SENT];
    parse_by_openssl(certificates);
    bool right = validate_by_openssl(certificates);
    for (int i = 0; i < SENT; i++) X509_free(certificates[i]);
    return right;
}

static X509 *openssl_certificates[SENT];

static bool openssl_parsed(const struct contender *self)
{
    (void)self;
    return validate_by_openssl(openssl_certificates);
}

/* ----------------------------------------------------------------------------------------------------- GnuTLS -- */

static gnutls_x509_trust_list_t trust_list;

static void parse_by_gnutls(gnutls_x509_crt_t certificates[SENT])
{
    for (int i = 0; i < SENT; i++) {
        gnutls_datum_t datum = { (unsigned char *)chain[i].data, (unsigned)chain[i].size };
        gnutls_x509_crt_init(&certificates[i]);
        gnutls_x509_crt_import(certificates[i], &datum, GNUTLS_X509_FMT_DER);
    }
}

static bool validate_by_gnutls(gnutls_x509_crt_t certificates[SENT])
{
    gnutls_typed_vdata_st data[] = {
        { GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)host, 0 },
        { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 },
    };
    unsigned status = 1;
    return gnutls_x509_trust_list_verify_crt2(trust_list, certificates, SENT, data, 2, 0, &status, NULL) == 0 &&
        status == 0;
}

static bool gnutls_from_der(const struct contender *self)
{
    (void)self;
    gnutls_x509_crt_t certificates[SENT];
    parse_by_gnutls(certificates);
    bool right = validate_by_gnutls(certificates);
    for (int i = 0; i < SENT; i++) gnutls_x509_crt_deinit(certificates[i]);
    return right;
}

static gnutls_x509_crt_t gnutls_certificates[SENT];

static bool gnutls_parsed(const struct contender *self)
{
    (void)self;
    return validate_by_gnutls(gnutls_certificates);
}

/* A checker remembers what it has validated, so that each of these checks has a checker of its own, whose making is not
   timed. */
static void time_first_checks(const char *library, pinverdict_backend backend, const pinverdict_policy *policy,
                              const char *trust_file, int rounds)
{
    double *times = calloc((size_t)rounds, sizeof(double));
    for (int round = 0; round < rounds; round++) {
        pinverdict_checker *checker = make_checker(policy, backend, trust_file, false);
        double start = nanoseconds();
        bool right = pinverdict_check_presented(checker, host, chain, SENT, NULL) == PINVERDICT_ALLOW;
        times[round] = nanoseconds() - start;
        if (!right) give_up("a first check is wrong");
        pinverdict_checker_free(checker);
    }
    print_quantiles(library, "check_presented, a chain not seen before", times, rounds);
    free(times);
}

/* Of checkers for connections alone: no trust store is loaded. */
static void time_making(const char *library, pinverdict_backend backend, const pinverdict_policy *policy, int rounds)
{
    double *times = calloc((size_t)rounds, sizeof(double));
    for (int round = 0; round < rounds; round++) {
        double start = nanoseconds();
        pinverdict_checker *checker = make_checker(policy, backend, NULL, false);
        times[round] = nanoseconds() - start;
        pinverdict_checker_free(checker);
    }
    print_quantiles(library, "a checker without presented chains is made", times, rounds);
    free(times);
}

int main(int argc, char **argv)
{
    if (argc != 8) give_up("usage: presented ROUNDS NANOSECONDS HOST TRUST LEAF INTERMEDIATE ROOT");
    host = argv[3];
    for (int i = 0; i < SENT; i++) chain[i] = read_certificate(argv[5 + i]);
    store = X509_STORE_new();
    parse_by_openssl(openssl_certificates);
    parse_by_gnutls(gnutls_certificates);
    if (X509_STORE_load_file(store, argv[4]) != 1 || gnutls_x509_trust_list_init(&trust_list, 0) != 0 ||
        gnutls_x509_trust_list_add_trust_file(trust_list, argv[4], NULL, GNUTLS_X509_FMT_PEM, 0, 0) != 1)
        give_up("%s is no trust file", argv[4]);

    char leaf[65], text[512];
    pin_of(chain[0], leaf);
    int size = snprintf(text, sizeof text,
                        "[policy]\nserial = 1\n[host %s]\npin-sha256 = %s\n"
                        "backup-pin-sha256 = %064x\n",
                        host, leaf, 1);
    const pinverdict_policy *policy = parse_policy(text, (size_t)size);
    const char *by_pinverdict = "check_presented", *by_hand = "validation alone, from DER",
               *of_parsed = "validation alone, of parsed certificates";
    struct contender contenders[] = {
        { .library = "OpenSSL",
          .what = by_pinverdict,
          .run = check,
          .checker = make_checker(policy, PINVERDICT_BACKEND_OPENSSL, argv[4], false) },
        { .library = "OpenSSL", .what = by_hand, .run = openssl_from_der },
        { .library = "OpenSSL", .what = of_parsed, .run = openssl_parsed },
        { .library = "GnuTLS",
          .what = by_pinverdict,
          .run = check,
          .checker = make_checker(policy, PINVERDICT_BACKEND_GNUTLS, argv[4], false) },
        { .library = "GnuTLS", .what = by_hand, .run = gnutls_from_der },
        { .library = "GnuTLS", .what = of_parsed, .run = gnutls_parsed },
    };
    time_in_turns(contenders, sizeof contenders / sizeof contenders[0], atoi(argv[1]), atof(argv[2]));
    time_first_checks("OpenSSL", PINVERDICT_BACKEND_OPENSSL, policy, argv[4], atoi(argv[1]));
    time_first_checks("GnuTLS", PINVERDICT_BACKEND_GNUTLS, policy, argv[4], atoi(argv[1]));
    time_making("OpenSSL", PINVERDICT_BACKEND_OPENSSL, policy, atoi(argv[1]));
    time_making("GnuTLS", PINVERDICT_BACKEND_GNUTLS, policy, atoi(argv[1]));
    return 0;
}
