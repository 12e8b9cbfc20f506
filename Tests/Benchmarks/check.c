/* One check beside what a program would do instead: check FIXTURES.
   Every figure is the median of rounds that take turns, so that a slow moment of the machine meets all of them. */
#include "bench.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { ROUNDS = 31, PATH = 3 };

static pinverdict_checker *checker;
static pinverdict_bytes path[PATH];
static uint8_t spki[PATH][1024];
static size_t spki_size[PATH];
static char expected[64];
static volatile unsigned sink;

static void check_validated(void) {
    sink += pinverdict_check_validated(checker, "api.example.com", path, PATH, NULL);
}

/* The floor: the leaf's SPKI hashed by the fastest call that the library has. */
static void hash_leaf(void) {
    uint8_t digest[32];
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, spki[0], spki_size[0]);
    SHA256_Final(digest, &context);
    sink += digest[0];
}

static void hash_all(void) {
    for (int i = 0; i < PATH; i++) {
        uint8_t digest[32];
        SHA256_CTX context;
        SHA256_Init(&context);
        SHA256_Update(&context, spki[i], spki_size[i]);
        SHA256_Final(digest, &context);
        sink += digest[0];
    }
}

/* Three certificates read in place, and their SPKIs hashed: less hash_all, three walks. */
static void read_and_hash_all(void) {
    for (int i = 0; i < PATH; i++) {
        uint8_t digest[32];
        sink += pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, path[i], digest);
    }
}

static void openssl_from_der(void) {
    for (int i = 0; i < PATH; i++) {
        const unsigned char *data = path[i].data;
        unsigned char *key = NULL, digest[32], text[64];
        X509 *certificate = d2i_X509(NULL, &data, (long)path[i].size);
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
        SHA256(key, (size_t)size, digest);
        EVP_EncodeBlock(text, digest, 32);
        sink += strcmp((char *)text, expected) == 0;
        OPENSSL_free(key);
        X509_free(certificate);
    }
}

static X509 *parsed[PATH];

static void openssl_parsed(void) {
    for (int i = 0; i < PATH; i++) {
        unsigned char *key = NULL, digest[32], text[64];
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed[i]), &key);
        SHA256(key, (size_t)size, digest);
        EVP_EncodeBlock(text, digest, 32);
        sink += strcmp((char *)text, expected) == 0;
        OPENSSL_free(key);
    }
}

static void gnutls_from_der(void) {
    for (int i = 0; i < PATH; i++) {
        gnutls_x509_crt_t certificate;
        gnutls_datum_t datum = {(unsigned char *)path[i].data, (unsigned)path[i].size};
        unsigned char digest[32];
        size_t size = sizeof digest;
        gnutls_x509_crt_init(&certificate);
        gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER);
        gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, digest, &size);
        sink += digest[0];
        gnutls_x509_crt_deinit(certificate);
    }
}

static struct contender {
    const char *name;
    void (*run)(void);
    int calls;
    double rounds[ROUNDS], median;
} contenders[] = {
    {"pinverdict_check_validated, three certificates, leaf pin", check_validated, 20000, {0}, 0},
    {"SHA-256 of the leaf's SPKI, fastest call", hash_leaf, 50000, {0}, 0},
    {"SHA-256 of three SPKIs", hash_all, 20000, {0}, 0},
    {"three certificates read in place, and hashed", read_and_hash_all, 20000, {0}, 0},
    {"OpenSSL: d2i_X509, i2d_X509_PUBKEY, SHA-256, base64", openssl_from_der, 20, {0}, 0},
    {"OpenSSL: the same on X509s already parsed", openssl_parsed, 2000, {0}, 0},
    {"GnuTLS: import, get_key_id", gnutls_from_der, 50, {0}, 0},
};
enum { CHECK, HASH_LEAF, HASH_ALL, READ, OPENSSL, PARSED, GNUTLS, CONTENDERS };

/* Threads: how much more two of them do than one, beside a loop in which they share nothing at all. */
enum { THREAD_CALLS = 400000 };
static atomic_int ready;

static void control_loop(void) {
    uint8_t digest[32];
    SHA256_CTX context;
    for (int i = 0; i < 4; i++) {
        SHA256_Init(&context);
        SHA256_Update(&context, spki[0], spki_size[0]);
        SHA256_Final(digest, &context);
    }
}

static void *thread(void *work) {
    void (*run)(void) = *(void (**)(void))work;
    atomic_fetch_sub(&ready, 1);
    while (atomic_load(&ready) > 0) {}
    for (int i = 0; i < THREAD_CALLS; i++) run();
    return NULL;
}

static void check_alone(void) {
    pinverdict_decision decision = pinverdict_check_validated(checker, "api.example.com", path, PATH, NULL);
    if (decision != PINVERDICT_ALLOW) abort();
}

static double calls_per_second(void (*run)(void), int threads) {
    pthread_t ids[2];
    atomic_store(&ready, threads);
    double start = nanoseconds();
    for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, thread, &run);
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    return (double)threads * THREAD_CALLS / (nanoseconds() - start) * 1e9;
}

static double scaling(void (*run)(void)) {
    double rounds[7];
    for (int i = 0; i < 7; i++) rounds[i] = calls_per_second(run, 2) / calls_per_second(run, 1);
    return median(rounds, 7);
}

static void goal(const char *what, const char *target, double figure, bool is_met) {
    printf("| %s | %s | %.2f | %s |\n", what, target, figure, is_met ? "yes" : "no");
}

static void measure(const char *folder, const char *kind, const char *names[PATH]) {
    char pin[65], text[512];
    for (int i = 0; i < PATH; i++) {
        path[i] = read_certificate(folder, names[i]);
        const unsigned char *data = path[i].data;
        unsigned char *key = NULL;
        parsed[i] = d2i_X509(NULL, &data, (long)path[i].size);
        spki_size[i] = (size_t)i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed[i]), &key);
        memcpy(spki[i], key, spki_size[i]);
        OPENSSL_free(key);
    }
    pin_of(path[0], pin);
    int size = sprintf(text, "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = %s\nbackup-pin-sha256 = %064x\n",
                       pin, 1);
    pinverdict_policy *policy = parse_policy(text, (size_t)size);
    checker = make_checker(policy);
    if (pinverdict_check_validated(checker, "api.example.com", path, PATH, NULL) != PINVERDICT_ALLOW) exit(2);

    for (int round = -1; round < ROUNDS; round++) {  /* the first warms up */
        for (int i = 0; i < CONTENDERS; i++) {
            double start = nanoseconds();
            for (int call = 0; call < contenders[i].calls; call++) contenders[i].run();
            if (round >= 0) contenders[i].rounds[round] = (nanoseconds() - start) / contenders[i].calls;
        }
    }
    printf("\n%s path\n", kind);
    for (int i = 0; i < CONTENDERS; i++) {
        contenders[i].median = median(contenders[i].rounds, ROUNDS);
        printf("%12.1f ns  %s\n", contenders[i].median, contenders[i].name);
    }
    double check = contenders[CHECK].median;
    double walks = contenders[READ].median - contenders[HASH_ALL].median;
    double allowed = 1.25 * contenders[HASH_LEAF].median + walks + 60;
    double one = scaling(control_loop), two = scaling(check_alone);
    printf("\n| %s path | goal | figure | met |\n|---|---|---|---|\n", kind);
    goal("check, of 1.25 SHA-256 of the leaf's SPKI + three walks + 60 ns", "at most 1", check / allowed,
         check <= allowed);
    goal("against OpenSSL, three certificates", "1000 x", contenders[OPENSSL].median / check,
         contenders[OPENSSL].median >= 1000 * check);
    goal("against GnuTLS, three certificates", "400 x", contenders[GNUTLS].median / check,
         contenders[GNUTLS].median >= 400 * check);
    goal("two threads, of the scaling of a loop that shares nothing", "0.95", two / one, two >= 0.95 * one);
    pinverdict_checker_free(checker);
    pinverdict_policy_free(policy);
    for (int i = 0; i < PATH; i++) {
        X509_free(parsed[i]);
        free((void *)path[i].data);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    measure(argv[1], "EC P-256", (const char *[]){"leaf", "intermediate", "root"});
    measure(argv[1], "RSA 2048", (const char *[]){"rsa-leaf", "rsa-intermediate", "rsa-root"});
    return 0;
}
