// SPDX-License-Identifier: Apache-2.0
/* The pins of every fixture, by every backend: the hash of the bytes in the certificate or an error, never
   another hash. The manifest, which another program computed, says what the bytes are. */
#include "fixtures.h"

static const struct {
    const char *name;
    pinverdict_pin_kind kind;
    const char *key;
} kinds[] = {
    { "SPKI", PINVERDICT_PIN_SPKI, "pin-sha256" },
    { "KEY", PINVERDICT_PIN_KEY, "key-sha256" },
    { "CERTIFICATE", PINVERDICT_PIN_CERTIFICATE, "certificate-sha256" },
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

/* Whether a backend must read what is DER. OpenSSL keeps the bytes of every key; GnuTLS re-encodes keys, and
   refuses those that it does not know. AUTO knows no key type. */
static bool must_read(const fixture *f, pinverdict_backend backend)
{
    return backend != PINVERDICT_BACKEND_GNUTLS || f->gnutls_reads;
}

static void pin_of(const fixture *f, int b, int k)
{
    static const uint8_t zeros[32];
    uint8_t out[32];
    memset(out, 0xff, sizeof out);
    check_case("%s, a key of type %s: %s pin by %s", f->name, f->algorithm, kinds[k].name, backends[b].name);
    pinverdict_status status = pinverdict_pin_of_certificate(backends[b].backend, kinds[k].kind, f->certificate, out);
    if (!backends[b].built_in) {
        CHECK_EQUAL(status, PINVERDICT_BACKEND_UNAVAILABLE);
    } else if (f->malformed) {
        CHECK_EQUAL(status, PINVERDICT_MALFORMED_CERTIFICATE);
    } else if (kinds[k].kind == PINVERDICT_PIN_KEY && !f->has_key_pin && must_read(f, backends[b].backend)) {
        CHECK_EQUAL(status, PINVERDICT_UNSUPPORTED_KEY);
    } else if (must_read(f, backends[b].backend)) {
        CHECK_EQUAL(status, PINVERDICT_OK);
    }
    if (status == PINVERDICT_OK) {
        CHECK(kinds[k].kind != PINVERDICT_PIN_KEY || f->has_key_pin);
        CHECK(memcmp(out, f->digests[kinds[k].kind], sizeof out) == 0);
    } else {
        CHECK(memcmp(out, zeros, sizeof out) == 0);
        CHECK(status == PINVERDICT_MALFORMED_CERTIFICATE || status == PINVERDICT_UNSUPPORTED_KEY ||
              status == PINVERDICT_BACKEND_UNAVAILABLE);
    }
}

/* A checker with cross-check, or without, by one backend, whose policy pins this certificate. */
static pinverdict_checker *checker_for(const fixture *f, int b, int k, bool cross_check)
{
    char template[256];
    const char *kind = kinds[k].kind == PINVERDICT_PIN_SPKI ? ""
        : kinds[k].kind == PINVERDICT_PIN_KEY               ? ":key"
                                                            : ":certificate";
    static const uint8_t none[32]; /* stands for a pin that there is not: the policy has some other */
    bool has_pin = memcmp(f->digests[kinds[k].kind], none, sizeof none) != 0;
    snprintf(template, sizeof template, "[policy]\nserial = 1\n[host api.example.com]\n%s = {%s%s}\nbackup-%s = {1}\n",
             kinds[k].key, has_pin ? f->name : "2", has_pin ? kind : "", kinds[k].key);
    pinverdict_config *config = config_with(backends[b].backend);
    CHECK_EQUAL(pinverdict_config_set_cross_check(config, cross_check), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of(template, config);
    pinverdict_config_free(config);
    return checker;
}

/* A check finds the same pin; with cross-check it is refused where, and only where, the backend cannot read
   the certificate. */
static void check_of(const fixture *f, int b, int k, bool cross_check)
{
    uint8_t out[32];
    check_case("%s, a key of type %s: %s pin in a check by %s%s", f->name, f->algorithm, kinds[k].name,
               backends[b].name, cross_check ? " with cross-check" : "");
    pinverdict_backend reader = backends[b].backend != PINVERDICT_BACKEND_AUTO ? backends[b].backend
        : HAS_OPENSSL                                                          ? PINVERDICT_BACKEND_OPENSSL
                                                                               : PINVERDICT_BACKEND_GNUTLS;
    bool readable = !cross_check ||
        pinverdict_pin_of_certificate(reader, PINVERDICT_PIN_SPKI, f->certificate, out) == PINVERDICT_OK;
    bool pinned = kinds[k].kind != PINVERDICT_PIN_KEY || f->has_key_pin;
    pinverdict_reason reason = f->malformed ? PINVERDICT_REASON_MALFORMED_CERTIFICATE
        : !readable                         ? PINVERDICT_REASON_EXTRACTORS_DISAGREE
        : pinned                            ? PINVERDICT_REASON_MATCHED
                                            : PINVERDICT_REASON_NO_MATCH;
    pinverdict_checker *checker = checker_for(f, b, k, cross_check);
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    CHECK_EQUAL(pinverdict_check_validated(checker, "api.example.com", &f->certificate, 1, &verdict),
                reason == PINVERDICT_REASON_MATCHED ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
    CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(reason));
    if (reason == PINVERDICT_REASON_MATCHED) {
        CHECK_EQUAL(verdict.matched_kind, kinds[k].kind);
        CHECK(memcmp(verdict.matched_digest, f->digests[kinds[k].kind], 32) == 0);
    }
    pinverdict_checker_free(checker);
}

/* KEY pins exist for six algorithms. A digest of the bits of any other key must not match as one. */
static void bare_bits_of_other_keys_do_not_match(void)
{
    static const uint8_t zeros[32];
    int without = 0;
    for (size_t i = 0; i < fixture_count; i++) {
        const fixture *f = &fixtures[i];
        if (f->malformed) continue;
        bool listed = strcmp(f->algorithm, "other") != 0;
        check_case("%s", f->name);
        CHECK_EQUAL(f->has_key_pin, listed);
        CHECK(listed == (memcmp(f->digests[PINVERDICT_PIN_KEY], zeros, 32) != 0));
        without += !listed;
    }
    check_case("%s", "");
    CHECK(without >= 12);
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    bare_bits_of_other_keys_do_not_match();
    for (size_t i = 0; i < fixture_count; i++) {
        for (int b = 0; b < BACKEND_COUNT; b++) {
            for (int k = 0; k < KIND_COUNT; k++) {
                pin_of(&fixtures[i], b, k);
                if (!backends[b].built_in) continue;
                check_of(&fixtures[i], b, k, false);
                check_of(&fixtures[i], b, k, true);
            }
        }
    }
    check_case("%s", "");
    return check_end();
}
