// SPDX-License-Identifier: Apache-2.0
/* Certificates cut short at every byte and with every byte changed, right before an unreadable page: an answer, an
   error or a refusal, never a crash, never the pin of bytes that are no longer there. */
#include "fixtures.h"

static uint8_t *guard;
static pinverdict_checker *checkers[3];   /* by the fixture that is pinned; the last one with cross-check */
static pinverdict_bytes path[CHAIN_ROOM]; /* three certificates */

static const char *const pinned_leaf =
    "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
    "[host rsa.example.com]\nkey-sha256 = {rsa-leaf:key}\nbackup-key-sha256 = {1}\n";

static bool refuses_for_its_bytes(pinverdict_reason reason)
{
    return reason == PINVERDICT_REASON_MALFORMED_CERTIFICATE || reason == PINVERDICT_REASON_NOT_A_PATH ||
        reason == PINVERDICT_REASON_NO_MATCH || reason == PINVERDICT_REASON_EXTRACTORS_DISAGREE;
}

/* The pins of changed bytes: where the change lies inside the key the pin is another one, elsewhere the same;
   a backend gives what AUTO gives, or an error. */
static void pins_of(const fixture *f, pinverdict_bytes changed, bool key_changed, bool by_backends)
{
    uint8_t in_place[32], out[32];
    pinverdict_status status = pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, changed,
                                                             in_place);
    CHECK(status == PINVERDICT_OK || status == PINVERDICT_MALFORMED_CERTIFICATE);
    if (status == PINVERDICT_OK) {
        bool same = memcmp(in_place, f->digests[PINVERDICT_PIN_SPKI], 32) == 0;
        CHECK(same != key_changed);
    }
    pinverdict_status key = pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_KEY, changed, out);
    CHECK(status == PINVERDICT_OK ? key == PINVERDICT_OK || key == PINVERDICT_UNSUPPORTED_KEY : key == status);
    CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_CERTIFICATE, changed, out),
                status);
    for (int b = 1; b < BACKEND_COUNT && by_backends; b++) {
        if (!backends[b].built_in) continue;
        pinverdict_status imported = pinverdict_pin_of_certificate(backends[b].backend, PINVERDICT_PIN_SPKI, changed,
                                                                   out);
        if (imported != PINVERDICT_OK) CHECK_EQUAL(imported, PINVERDICT_MALFORMED_CERTIFICATE);
        if (imported == PINVERDICT_OK && CHECK_EQUAL(status, PINVERDICT_OK)) CHECK(memcmp(out, in_place, 32) == 0);
    }
}

/* A check of a path one of whose certificates was changed. */
static void check_with(const pinverdict_checker *checker, pinverdict_bytes changed, int place, bool key_changed)
{
    pinverdict_bytes chain[3] = { path[0], path[1], path[2] };
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    chain[place] = changed;
    pinverdict_decision decision = pinverdict_check_validated(checker, "api.example.com", chain, 3, &verdict);
    CHECK_EQUAL(decision, verdict.decision);
    if (decision == PINVERDICT_ALLOW) {
        CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_MATCHED);
        CHECK(!key_changed || place != 0);
    } else {
        CHECK_EQUAL(decision, PINVERDICT_REFUSE);
        CHECK(refuses_for_its_bytes(verdict.reason));
    }
}

static void still_usable(void)
{
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pinverdict_check_validated(checkers[i], "api.example.com", path, 3, NULL), PINVERDICT_ALLOW);
}

static void cut_short(const fixture *f, int place)
{
    for (size_t size = 0; size < f->certificate.size; size++) {
        pinverdict_bytes cut = { guard - size, size };
        check_case("%s cut to %zu bytes", f->name, size);
        memcpy(guard - size, f->certificate.data, size);
        pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
        uint8_t out[32];
        for (int b = 0; b < BACKEND_COUNT; b++) {
            if (!backends[b].built_in) continue;
            for (int kind = PINVERDICT_PIN_SPKI; kind <= LAST_PIN_KIND; kind++)
                CHECK_EQUAL(pinverdict_pin_of_certificate(backends[b].backend, (pinverdict_pin_kind)kind, cut, out),
                            PINVERDICT_MALFORMED_CERTIFICATE);
        }
        if (place < 0) continue;
        pinverdict_bytes chain[3] = { path[0], path[1], path[2] };
        chain[place] = cut;
        for (int i = 0; i < 3; i++) {
            CHECK_EQUAL(pinverdict_check_validated(checkers[i], "api.example.com", chain, 3, &verdict),
                        PINVERDICT_REFUSE);
            CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_MALFORMED_CERTIFICATE);
        }
    }
    still_usable();
}

/* Every byte becomes every other value for the in-place reader, and a few values for the libraries, which take a
   thousand times as long. */
static void one_byte_changed(const fixture *f, int place)
{
    static const uint8_t telling[] = { 0x01, 0x80, 0xff, 0x20 };
    size_t size = f->certificate.size;
    uint8_t *bytes = guard - size;
    pinverdict_bytes changed = { bytes, size };
    memcpy(bytes, f->certificate.data, size);
    for (size_t at = 0; at < size; at++) {
        bool in_key = at >= f->spki_offset && at < f->spki_offset + f->spki_size;
        for (int flip = 1; flip < 256; flip++) {
            bytes[at] = f->certificate.data[at] ^ (uint8_t)flip;
            bool by_backends = memchr(telling, flip, sizeof telling) != NULL;
            check_case("%s, byte %zu is %02x", f->name, at, bytes[at]);
            pins_of(f, changed, in_key, by_backends);
            if (place < 0) continue;
            check_with(checkers[0], changed, place, in_key);
            check_with(checkers[1], changed, place, in_key);
            if (flip == 0x01) check_with(checkers[2], changed, place, in_key);
        }
        bytes[at] = f->certificate.data[at];
        if (at % 16 == 0) still_usable();
    }
    still_usable();
}

/* One byte taken out, one put in twice: lengths that no longer agree with each other. */
static void one_byte_more_or_less(const fixture *f)
{
    size_t size = f->certificate.size;
    for (size_t at = 0; at < size; at++) {
        check_case("%s without byte %zu", f->name, at);
        memcpy(guard - size + 1, f->certificate.data, at);
        memcpy(guard - size + 1 + at, f->certificate.data + at + 1, size - at - 1);
        pinverdict_bytes shorter = { guard - size + 1, size - 1 };
        uint8_t out[32];
        CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, shorter, out),
                    PINVERDICT_MALFORMED_CERTIFICATE);
        check_case("%s with byte %zu twice", f->name, at);
        memcpy(guard - size - 1, f->certificate.data, at + 1);
        memcpy(guard - size + at, f->certificate.data + at, size - at);
        pinverdict_bytes longer = { guard - size - 1, size + 1 };
        CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, longer, out),
                    PINVERDICT_MALFORMED_CERTIFICATE);
    }
}

/* Every two-octet header at the place of the first element, and every header of a length in several octets. */
static void headers(void)
{
    for (int tag = 0; tag < 256; tag++) {
        for (int length = 0; length < 256; length++) {
            for (size_t size = 0; size <= 10; size++) {
                uint8_t *bytes = guard - size, out[32];
                check_case("header %02x %02x, %zu bytes", tag, length, size);
                memset(bytes, 0xff, size);
                if (size > 0) bytes[0] = (uint8_t)tag;
                if (size > 1) bytes[1] = (uint8_t)length;
                CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI,
                                                          (pinverdict_bytes){ bytes, size }, out),
                            PINVERDICT_MALFORMED_CERTIFICATE);
            }
        }
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int place;
    } rows[] = {
        { "leaf", 0 },
        { "intermediate", 1 },
        { "root", 2 },
        { "rsa-pss-trailer", -1 },
        { "ec-explicit", -1 },
        { "unknown-parameters", -1 },
        { "skeleton-unique-ids", -1 },
    };
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    guard = check_guarded(1 << 16);
    CHECK_EQUAL(chain_of("leaf intermediate root", path), 3);
    checkers[0] = checker_of(pinned_leaf, NULL);
    checkers[1] = checker_of("[policy]\nserial = 1\n[host api.example.com]\nkey-sha256 = {leaf:key}\n"
                             "backup-key-sha256 = {1}\n",
                             NULL);
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_cross_check(config, true), PINVERDICT_OK);
    checkers[2] = checker_of(pinned_leaf, config);
    pinverdict_config_free(config);

    headers();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const fixture *f = fixture_named(rows[i].name, strlen(rows[i].name));
        cut_short(f, rows[i].place);
        one_byte_changed(f, rows[i].place);
        one_byte_more_or_less(f);
    }
    check_case("%s", "");
    for (int i = 0; i < 3; i++) pinverdict_checker_free(checkers[i]);
    return check_end();
}
