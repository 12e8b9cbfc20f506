// SPDX-License-Identifier: Apache-2.0
/* Events: which ends of checks are taken up, and that each is taken, held back or lost, to one: by threads, forked
   processes, two readers, readers that never come and readers that are killed. Hooks are in Tests/EndToEnd/misuse-*.c.
   With -v it prints what a queue takes of memory. */
#include "fixtures.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

enum {
    FAILED = PINVERDICT_EVENT_FAILED,
    BACKUP = PINVERDICT_EVENT_BACKUP,
    NOT_PINNED = PINVERDICT_EVENT_NOT_PINNED,
    MATCHED = PINVERDICT_EVENT_MATCHED,
    ALL = FAILED | BACKUP | NOT_PINNED | MATCHED,
    SMALLEST = 64 << 10,
    LARGEST = 64 << 20,
};

static const char template[] = "[policy]\nserial = 5\nrejected-pin-sha256 = {other-root}\n"
                               "[pin-set p]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n"
                               "[host matched.example]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
                               "[host backup.example]\npin-sha256 = {2}\nbackup-pin-sha256 = {root}\n"
                               "[host refused.example]\npin-set = p\ninclude-subdomains = yes\n"
                               "[host softened.example]\npin-set = p\nenforcement = report-only\n"
                               "[host off.example]\nenforcement = off\n"
                               "[host expired.example]\npin-set = p\nexpires = 1975-01-01\non-expiry = allow\n"
                               "[host late.example]\npin-set = p\nexpires = 1975-01-01\non-expiry = refuse\n"
                               "[host *.wild.example]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n";

static pinverdict_bytes chain[CHAIN_ROOM];
static size_t chain_size;
static _Atomic int64_t now = 1000000000;
static bool is_verbose;

static int64_t the_time(void *unused)
{
    (void)unused;
    return atomic_load_explicit(&now, memory_order_relaxed);
}

static pinverdict_config *config_for(uint32_t kinds, size_t memory, uint32_t repeat_after)
{
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_clock(config, the_time, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_events(config, kinds, memory, repeat_after), PINVERDICT_OK);
    return config;
}

static pinverdict_checker *checker_for(uint32_t kinds, size_t memory, uint32_t repeat_after)
{
    pinverdict_config *config = config_for(kinds, memory, repeat_after);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of(template, config);
    pinverdict_config_free(config);
    return checker;
}

static void check(const pinverdict_checker *checker, const char *host)
{
    pinverdict_decision ignored = pinverdict_check_validated(checker, host, chain, chain_size, NULL);
    (void)ignored;
}

typedef struct {
    pinverdict_event event;
    uint8_t der[PINVERDICT_EVENT_CHAIN];
} taken;

static bool take(pinverdict_checker *checker, taken *into)
{
    into->event = (pinverdict_event)PINVERDICT_EVENT_INIT;
    int result = pinverdict_checker_next_event(checker, &into->event, into->der, sizeof into->der);
    if (result != 0 && result != 1) CHECK_EQUAL(result, 1);
    return result == 1;
}

/* How many there are; takes them all. */
static uint64_t take_all(pinverdict_checker *checker, uint64_t *repeats)
{
    static __thread taken one;
    uint64_t count = 0;
    for (; take(checker, &one); count++)
        if (repeats != NULL) *repeats += one.event.repeats;
    return count;
}

static pinverdict_totals totals_of(const pinverdict_checker *checker)
{
    pinverdict_totals totals = PINVERDICT_TOTALS_INIT;
    CHECK_EQUAL(pinverdict_checker_totals(checker, &totals), PINVERDICT_OK);
    return totals;
}

static void check_totals(const pinverdict_checker *checker, uint64_t queued, uint64_t repeated, uint64_t lost)
{
    pinverdict_totals totals = totals_of(checker);
    CHECK_EQUAL(totals.queued, queued);
    CHECK_EQUAL(totals.repeated, repeated);
    CHECK_EQUAL(totals.lost, lost);
}

static bool has_chain(const taken *one, const pinverdict_bytes expected[], size_t count)
{
    const uint8_t *der = one->der;
    if (one->event.count != count) return false;
    for (size_t i = 0; i < 32; i++) {
        if (one->event.sizes[i] != (i < count ? expected[i].size : 0)) return false;
        if (i < count && memcmp(der, expected[i].data, expected[i].size) != 0) return false;
        der += one->event.sizes[i];
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------ what they say */

static const struct {
    const char *host;
    uint32_t kinds; /* that it is one of */
} endings[] = {
    { "matched.example", MATCHED },
    { "backup.example", MATCHED | BACKUP },
    { "refused.example", FAILED },
    { "a.b.REFUSED.example.", FAILED },
    { "softened.example", FAILED },
    { "off.example", 0 },
    { "expired.example", 0 },
    { "late.example", FAILED },
    { "x.wild.example", FAILED },
    { "nobody.example", NOT_PINNED },
    { "a..b", FAILED },
    { "\xff\n\"", FAILED },
    { "", FAILED },
};
enum { ENDINGS = sizeof endings / sizeof endings[0] };

static void kinds(void)
{
    static taken one;
    for (uint32_t wanted = 1; wanted <= ALL; wanted++) {
        pinverdict_checker *checker = checker_for(wanted, SMALLEST, 10);
        for (size_t i = 0; i < ENDINGS; i++) {
            check_case("kinds %" PRIu32 ", %s", wanted, endings[i].host);
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            pinverdict_decision decision = pinverdict_check_validated(checker, endings[i].host, chain, chain_size,
                                                                      &verdict);
            bool is_one = take(checker, &one);
            CHECK_EQUAL(is_one, (endings[i].kinds & wanted) != 0);
            CHECK_EQUAL(one.event.struct_size, sizeof one.event);
            if (!is_one) continue;
            CHECK_EQUAL(one.event.time, now);
            CHECK_EQUAL(one.event.repeats, 0);
            CHECK_EQUAL(one.event.decision, decision);
            CHECK_EQUAL(one.event.reason, verdict.reason);
            CHECK_EQUAL(one.event.enforced, verdict.enforced);
            CHECK_EQUAL(one.event.backup, verdict.backup);
            CHECK_EQUAL(one.event.matched_depth, verdict.matched_depth);
            CHECK_EQUAL(one.event.policy_serial, verdict.policy_serial);
            CHECK_STRING(one.event.rule, verdict.rule);
            CHECK_STRING(one.event.host, i == 3 ? "a.b.refused.example" : endings[i].host);
            CHECK(!one.event.resumed && !one.event.truncated);
            CHECK(has_chain(&one, chain, chain_size));
            CHECK(!take(checker, &one));
            CHECK_EQUAL(one.event.count + one.event.time + one.event.host[0], 0);
        }
        pinverdict_checker_free(checker);
    }
    check_case("%s", "off");
    for (int with_set = 0; with_set < 2; with_set++) {
        pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
        CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
        if (with_set) {
            CHECK_EQUAL(pinverdict_config_set_events(config, ALL, SMALLEST, 10), PINVERDICT_OK);
            CHECK_EQUAL(pinverdict_config_set_events(config, 0, 0, UINT32_MAX), PINVERDICT_OK);
        }
        pinverdict_checker *checker = checker_of(template, config);
        pinverdict_config_free(config);
        for (size_t i = 0; i < ENDINGS; i++) check(checker, endings[i].host);
        CHECK(!take(checker, &one));
        check_totals(checker, 0, 0, 0);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* Refusals before a policy is asked, and presented chains: with a path only where one was validated. */
static void without_paths(void)
{
    static taken one;
    now = time(NULL);
    pinverdict_config *config = config_for(ALL, SMALLEST, 10);
    pinverdict_checker *checker = checker_of("[policy]\nserial = 7\n[host api.example.com]\npin-sha256 = {2}\n"
                                             "backup-pin-sha256 = {1}\n",
                                             config);
    pinverdict_verdict small = PINVERDICT_VERDICT_INIT;
    small.struct_size = 3;
    static char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    struct {
        const char *name;
        pinverdict_decision decision;
        pinverdict_reason reason;
        const char *host;
    } rows[] = {
        { "no host", pinverdict_check_validated(checker, NULL, chain, chain_size, NULL),
          PINVERDICT_REASON_INVALID_ARGUMENT, "" },
        { "a bad verdict", pinverdict_check_validated(checker, "a.example", chain, chain_size, &small),
          PINVERDICT_REASON_INVALID_ARGUMENT, "a.example" },
        { "no chain", pinverdict_check_validated(checker, "A.example", chain, 0, NULL), PINVERDICT_REASON_EMPTY_CHAIN,
          "a.example" },
        { "no chain presented", pinverdict_check_presented(checker, "b.example", NULL, 0, NULL),
          PINVERDICT_REASON_EMPTY_CHAIN, "b.example" },
        { "an untrusted chain", pinverdict_check_presented(checker, "api.example.com", chain, 1, NULL),
          PINVERDICT_REASON_UNTRUSTED_CHAIN, "api.example.com" },
        { "another name", pinverdict_check_presented(checker, "other.example", chain, chain_size, NULL),
          PINVERDICT_REASON_HOSTNAME_MISMATCH, "other.example" },
        { "a host that is none", pinverdict_check_presented(checker, longest, chain, chain_size, NULL),
          PINVERDICT_REASON_MALFORMED_HOSTNAME, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_case("%s", rows[i].name);
        CHECK(take(checker, &one));
        CHECK_EQUAL(one.event.decision, rows[i].decision);
        CHECK_EQUAL(one.event.decision, PINVERDICT_REFUSE);
        CHECK_EQUAL(one.event.reason, rows[i].reason);
        CHECK_EQUAL(one.event.enforced, true);
        CHECK_EQUAL(one.event.matched_depth, -1);
        CHECK_EQUAL(one.event.policy_serial, 0);
        CHECK_EQUAL(one.event.count, 0);
        CHECK(!one.event.truncated);
        if (rows[i].host != NULL) CHECK_STRING(one.event.host, rows[i].host);
        if (rows[i].host == NULL) CHECK_EQUAL(strlen(one.event.host), 255);
    }
    CHECK(!take(checker, &one));
    check_case("%s", "a presented chain that a library trusts");
    CHECK_EQUAL(pinverdict_check_presented(checker, "api.example.com", chain, chain_size - 1, NULL), PINVERDICT_REFUSE);
    CHECK(take(checker, &one));
    CHECK_EQUAL(one.event.reason, PINVERDICT_REASON_NO_MATCH);
    CHECK_STRING(one.event.rule, "api.example.com");
    CHECK(has_chain(&one, chain, chain_size));
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    now = 1000000000;
    check_case("%s", "");
}

/* Long chains, and buffers that are too small: certificates are left out from the end, and it is said. */
static void sizes(void)
{
    static taken one;
    static uint8_t bytes[1 << 20];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + i / 251);
    static const struct {
        size_t count, size, first, kept;
    } rows[] = {
        { 1, 16384, 16384, 1 }, { 1, 16385, 16385, 0 }, { 2, 1, 16384, 1 },   { 2, 1, 16383, 2 },
        { 3, 0, 0, 3 },         { 32, 512, 512, 32 },   { 32, 513, 513, 31 }, { 33, 10, 10, 32 },
        { 64, 1, 1, 32 },       { 2, 100, 1 << 20, 0 }, { 5, 7, 3, 5 },       { 4, 16381, 3, 2 },
        { 4, 16382, 3, 1 },     { 3, 8192, 8192, 2 },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        pinverdict_checker *checker = checker_for(FAILED, SMALLEST, 10);
        pinverdict_bytes long_chain[64];
        for (size_t i = 0; i < rows[row].count; i++)
            long_chain[i] = (pinverdict_bytes){ bytes + i, i == 0 ? rows[row].first : rows[row].size };
        check_case("%zu certificates of %zu, the first of %zu", rows[row].count, rows[row].size, rows[row].first);
        for (int times = 0; times < 20; times++) { /* which is more than the queue holds */
            now += 10;
            CHECK_EQUAL(pinverdict_check_validated(checker, "refused.example", long_chain, rows[row].count, NULL),
                        PINVERDICT_REFUSE);
            CHECK(take(checker, &one));
            CHECK_EQUAL(one.event.reason, PINVERDICT_REASON_MALFORMED_CERTIFICATE);
            CHECK(has_chain(&one, long_chain, rows[row].kept));
            CHECK_EQUAL(one.event.truncated, rows[row].kept < rows[row].count);
        }
        check_totals(checker, 20, 0, 0);
        pinverdict_checker_free(checker);
    }

    pinverdict_checker *checker = checker_for(FAILED, SMALLEST, 0);
    size_t whole = 0;
    for (size_t i = 0; i < chain_size; i++) whole += chain[i].size;
    uint8_t *guard = check_guarded(whole + 8);
    for (size_t capacity = 0; capacity <= whole + 1; capacity += capacity < 3 || capacity + 3 > whole ? 1 : 41) {
        check_case("room for %zu bytes", capacity);
        check(checker, "refused.example");
        pinverdict_event event = PINVERDICT_EVENT_INIT;
        CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, guard - capacity, capacity), 1);
        size_t fit = 0, end = 0;
        while (fit < chain_size && end + chain[fit].size <= capacity) end += chain[fit++].size;
        CHECK_EQUAL(event.count, fit);
        CHECK_EQUAL(event.truncated, fit < chain_size);
        size_t sum = 0;
        for (int i = 0; i < 32; i++) sum += event.sizes[i];
        CHECK_EQUAL(sum, end);
        if (fit > 0) CHECK(memcmp(guard - capacity, chain[0].data, chain[0].size) == 0);
        CHECK(!take(checker, &one));
    }
    check_case("%s", "no room at all");
    check(checker, "refused.example");
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, NULL, 0), 1);
    CHECK_EQUAL(event.count, 0);
    CHECK(event.truncated);
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

static void arguments(void)
{
    static taken one;
    pinverdict_checker *checker = checker_for(FAILED, SMALLEST, 10);
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    check(checker, "refused.example");
    check_case("%s", "arguments");
    CHECK_EQUAL(pinverdict_checker_next_event(NULL, &event, one.der, sizeof one.der), -1);
    CHECK_EQUAL(pinverdict_checker_next_event(checker, NULL, one.der, sizeof one.der), -1);
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, NULL, 1), -1);
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, one.der, SIZE_MAX), -1);
    struct {
        pinverdict_event event;
        uint8_t more[5000];
    } larger;
    for (size_t size = 0; size <= 5000; size += size < 8 ? 1 : size + 1 == sizeof event ? 1 : 37) {
        if (size >= sizeof event && size <= 4096) continue;
        larger.event.struct_size = size;
        CHECK_EQUAL(pinverdict_checker_next_event(checker, &larger.event, one.der, sizeof one.der), -1);
    }
    check_case("%s", "a struct of a later release");
    memset(&larger, 7, sizeof larger);
    larger.event.struct_size = 4096;
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &larger.event, one.der, sizeof one.der), 1);
    CHECK_EQUAL(larger.event.struct_size, 4096);
    CHECK_STRING(larger.event.host, "refused.example");
    for (size_t i = sizeof event; i < 4096; i++)
        if (((uint8_t *)&larger)[i] != 0) CHECK_EQUAL(i, 0);
    CHECK_EQUAL(((uint8_t *)&larger)[4096], 7);
    pinverdict_checker_free(checker);

    check_case("%s", "settings");
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    static const struct {
        uint32_t kinds;
        size_t memory;
        uint32_t repeat_after;
        pinverdict_status status;
    } rows[] = {
        { ALL, SMALLEST, 0, PINVERDICT_OK },
        { ALL, LARGEST, 31622400, PINVERDICT_OK },
        { ALL, SMALLEST + 1, 1, PINVERDICT_OK },
        { ALL + 1, SMALLEST, 0, PINVERDICT_INVALID_ARGUMENT },
        { 0x80000001, SMALLEST, 0, PINVERDICT_INVALID_ARGUMENT },
        { FAILED, SMALLEST - 1, 0, PINVERDICT_INVALID_ARGUMENT },
        { FAILED, LARGEST + 1, 0, PINVERDICT_INVALID_ARGUMENT },
        { FAILED, SIZE_MAX, 0, PINVERDICT_INVALID_ARGUMENT },
        { FAILED, 0, 0, PINVERDICT_INVALID_ARGUMENT },
        { FAILED, SMALLEST, 31622401, PINVERDICT_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_EQUAL(pinverdict_config_set_events(config, rows[i].kinds, rows[i].memory, rows[i].repeat_after),
                    rows[i].status);
        if (rows[i].status != PINVERDICT_OK) continue;
        checker = checker_of(template, config);
        for (int k = 0; k < 3; k++) check(checker, "refused.example");
        uint64_t found = take_all(checker, NULL);
        CHECK_EQUAL(found, rows[i].repeat_after == 0 ? 3 : 1);
        pinverdict_checker_free(checker);
    }
    CHECK_EQUAL(pinverdict_config_set_events(NULL, FAILED, SMALLEST, 0), PINVERDICT_INVALID_ARGUMENT);
    pinverdict_config_free(config);
    check_case("%s", "");
}

/* ------------------------------------------------------------------------------------------------------ repeats */

static void repeats(void)
{
    static taken one;
    pinverdict_checker *checker = checker_for(ALL, SMALLEST, 100);
    pinverdict_bytes other[CHAIN_ROOM];
    size_t other_size = chain_of("leaf intermediate", other);
    int64_t began = now;
    check_case("%s", "one host, one reason, one path");
    for (int i = 0; i < 50; i++) check(checker, i % 2 == 0 ? "refused.example" : "Refused.Example.");
    check_totals(checker, 1, 49, 0);
    CHECK(take(checker, &one));
    CHECK_EQUAL(one.event.repeats, 0);
    CHECK(!take(checker, &one));
    now = began + 99;
    check(checker, "refused.example");
    CHECK(!take(checker, &one));
    now = began + 100;
    check(checker, "refused.example");
    CHECK(take(checker, &one));
    CHECK_EQUAL(one.event.repeats, 50);
    check(checker, "refused.example");

    check_case("%s", "another host, another path, another end");
    check(checker, "a.refused.example");
    CHECK(take(checker, &one));
    CHECK_STRING(one.event.rule, "refused.example");
    CHECK_EQUAL(one.event.repeats, 0);
    CHECK_EQUAL(pinverdict_check_validated(checker, "refused.example", other, other_size, NULL), PINVERDICT_REFUSE);
    CHECK(take(checker, &one));
    CHECK(has_chain(&one, other, other_size));
    pinverdict_policy *policy = policy_of("[policy]\nserial = 6\nenforcement = report-only\n[host refused.example]\n"
                                          "pin-sha256 = {2}\nbackup-pin-sha256 = {1}\n");
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
    pinverdict_policy_free(policy);
    check(checker, "refused.example");
    CHECK(take(checker, &one));
    CHECK_EQUAL(one.event.decision, PINVERDICT_ALLOW);
    CHECK_EQUAL(one.event.policy_serial, 6);
    CHECK(!take(checker, &one));

    check_case("%s", "the clock goes back, and jumps");
    static const int64_t jumps[] = { -1, -1000000, INT64_MIN, INT64_MAX, 0, -5, 1000000000, 999999999 };
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        now = jumps[i];
        check(checker, "nobody.example");
        CHECK(take(checker, &one));
        CHECK_EQUAL(one.event.time, jumps[i]);
        CHECK_EQUAL(one.event.repeats, i == 0 ? 0 : 1);
        check(checker, "nobody.example");
        CHECK(!take(checker, &one));
    }
    pinverdict_checker_free(checker);

    check_case("%s", "a future that is over crowds nobody out");
    checker = checker_for(ALL, SMALLEST, 100);
    char host[64];
    for (int round = 0; round < 2; round++) {
        now = round == 0 ? 5000000000 : 1000000000;
        for (int i = 0; i < 5000; i++) {
            snprintf(host, sizeof host, "h%d.example", i);
            check(checker, host);
            if (i % 20 == 0) take_all(checker, NULL);
        }
    }
    take_all(checker, NULL);
    uint64_t before = totals_of(checker).repeated;
    for (int i = 4850; i < 5000; i++) {
        snprintf(host, sizeof host, "h%d.example", i);
        check(checker, host);
    }
    CHECK(totals_of(checker).repeated > before + 100); /* of 256 that are remembered */
    pinverdict_checker_free(checker);
    now = 1000000000;
    check_case("%s", "");
}

/* Hosts that fail, three times each, while nobody takes an event. */
static void nobody_reads(void)
{
    static taken one;
    static const size_t memories[] = { SMALLEST, 256 << 10, 4 << 20, LARGEST };
    int hosts = check_slowly() ? 1000 : 10000;
    for (size_t m = 0; m < sizeof memories / sizeof memories[0]; m++) {
        check_case("%d hosts in %zu bytes", hosts, memories[m]);
        struct rusage before, after;
        pinverdict_checker *checker = checker_for(FAILED, memories[m], 3600);
        char host[64];
        getrusage(RUSAGE_SELF, &before);
        for (int i = 0; i < 3 * hosts; i++) {
            snprintf(host, sizeof host, "h%d.refused.example", i % hosts);
            check(checker, host);
        }
        getrusage(RUSAGE_SELF, &after);
        pinverdict_totals totals = totals_of(checker);
        CHECK_EQUAL(totals.queued + totals.repeated + totals.lost, 3 * hosts);
        CHECK(totals.lost == 0 || totals.queued > memories[m] / 4096);
        long more = after.ru_maxrss - before.ru_maxrss;
#ifndef UNDER_SANITIZER /* whose own memory grows */
        if (!check_slowly()) CHECK(more <= (long)(memories[m] >> 10) + 128);
#endif
        if (is_verbose)
            printf("%d hosts failing three times in %zu KiB: %ld KiB more, %" PRIu64 " queued, %" PRIu64
                   " repeated, %" PRIu64 " lost\n",
                   hosts, memories[m] >> 10, more, totals.queued, totals.repeated, totals.lost);
        /* The oldest are there, in their order; behind all of them hosts that were forgotten for others with a like
           hash, of which the checker's seed makes hardly any. */
        CHECK(totals.queued <= (uint64_t)hosts + (uint64_t)hosts / 50);
        for (uint64_t i = 0; i < totals.queued; i++) {
            snprintf(host, sizeof host, "h%" PRIu64 ".refused.example", i);
            CHECK(take(checker, &one));
            if (i < (uint64_t)hosts && (strcmp(one.event.host, host) != 0 || !has_chain(&one, chain, chain_size))) {
                CHECK_STRING(one.event.host, host);
                break;
            }
        }
        CHECK(!take(checker, &one));
        /* What was lost is tried again. */
        snprintf(host, sizeof host, "h%d.refused.example", hosts - 1);
        check(checker, host);
        CHECK_EQUAL(take(checker, &one), totals.lost > 0);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* --------------------------------------------------------------------------------------------- at the same time */

enum { PRODUCERS = 6, READERS = 2 };
static pinverdict_checker *shared;
static long rounds;
static atomic_bool is_over;
static _Atomic uint64_t taken_by_readers, repeats_told, broken;

/* What is in an event belongs together: the host says which certificates there are. */
static bool is_whole(const taken *one)
{
    int number, producer;
    if (sscanf(one->event.host, "h%d.p%d.refused.example", &number, &producer) != 2) return false;
    return has_chain(one, chain, 1 + (size_t)number % chain_size);
}

static void *produces(void *argument)
{
    char host[64];
    for (long i = 0; i < rounds; i++) {
        int number = (int)(i % 200);
        snprintf(host, sizeof host, "h%d.p%d.refused.example", number, (int)(intptr_t)argument);
        pinverdict_decision decision = pinverdict_check_validated(shared, host, chain, 1 + (size_t)number % chain_size,
                                                                  NULL);
        if (decision != PINVERDICT_REFUSE) CHECK_EQUAL(decision, PINVERDICT_REFUSE);
    }
    return NULL;
}

static void *reads(void *unused)
{
    taken one;
    for (;;) {
        bool is_last = atomic_load(&is_over);
        while (take(shared, &one)) {
            atomic_fetch_add(&taken_by_readers, 1);
            atomic_fetch_add(&repeats_told, one.event.repeats);
            if (!is_whole(&one)) atomic_fetch_add(&broken, 1);
        }
        if (is_last) break;
    }
    return unused;
}

static void threads(uint32_t repeat_after)
{
    pthread_t producers[PRODUCERS], readers[READERS];
    check_case("threads, repeats after %" PRIu32, repeat_after);
    shared = checker_for(FAILED, SMALLEST, repeat_after);
    rounds = check_slowly() ? 500 : 30000;
    taken_by_readers = repeats_told = broken = 0;
    is_over = false;
    for (int i = 0; i < READERS; i++) pthread_create(&readers[i], NULL, reads, NULL);
    for (int i = 0; i < PRODUCERS; i++) pthread_create(&producers[i], NULL, produces, (void *)(intptr_t)i);
    for (int i = 0; i < PRODUCERS; i++) pthread_join(producers[i], NULL);
    atomic_store(&is_over, true);
    for (int i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    pinverdict_totals totals = totals_of(shared);
    CHECK_EQUAL(totals.queued + totals.repeated + totals.lost, PRODUCERS * rounds);
    CHECK_EQUAL(taken_by_readers, totals.queued);
    CHECK_EQUAL(broken, 0);
    CHECK(repeats_told <= totals.repeated);
    if (repeat_after == 0) CHECK_EQUAL(totals.repeated, 0);
    if (repeat_after > 0) CHECK(totals.repeated > 0);
    pinverdict_checker_free(shared);
    check_case("%s", "");
}

/* Whoever is to be killed: takes for ever. A thread with asynchronous cancellation calls nothing else. */
static void *takes_for_ever(void *argument)
{
    taken *one = argument;
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    for (;;) {
        one->event.struct_size = sizeof one->event;
        int ignored = pinverdict_checker_next_event(shared, &one->event, one->der, sizeof one->der);
        (void)ignored;
    }
    return NULL;
}

static void killed_readers(void)
{
#ifndef UNDER_SANITIZER /* whose runtimes may hold locks where a thread is cancelled */
    static taken one;
    shared = checker_for(FAILED, SMALLEST, 0);
    int most = check_slowly() ? 20 : 300;
    rounds = 100;
    check_case("%s", "readers that are killed while they read");
    for (int i = 0; i < most; i++) {
        pthread_t reader;
        pthread_create(&reader, NULL, takes_for_ever, &one);
        produces((void *)1);
        pthread_cancel(reader);
        pthread_join(reader, NULL);
    }
    uint64_t left = take_all(shared, NULL);
    pinverdict_totals before = totals_of(shared);
    CHECK_EQUAL(before.queued + before.repeated + before.lost, most * rounds);
    CHECK(left <= before.queued);
    for (int i = 0; i < 1000; i++) {
        check(shared, "refused.example");
        CHECK(take(shared, &one));
        CHECK_STRING(one.event.host, "refused.example");
    }
    pinverdict_totals after = totals_of(shared);
    CHECK_EQUAL(after.queued, before.queued + 1000);
    pinverdict_checker_free(shared);
    check_case("%s", "");
#endif
}

/* --------------------------------------------------------------------------------------------------------- fork */

static int in_the_child(void)
{
    static taken one;
    if (take(shared, &one)) return 1;
    for (int i = 0; i < 5; i++) check(shared, "refused.example"); /* what the parent has queued is none of ours */
    check(shared, "softened.example");
    if (!take(shared, &one) || strcmp(one.event.host, "refused.example") != 0 || one.event.repeats != 0) return 2;
    if (!has_chain(&one, chain, chain_size)) return 3;
    if (!take(shared, &one) || strcmp(one.event.host, "softened.example") != 0) return 4;
    if (take(shared, &one)) return 5;
    return 0;
}

static void forks(void)
{
    static taken one;
    shared = checker_for(FAILED, SMALLEST, 100);
    check_case("%s", "a forked child begins with an empty queue");
    for (int i = 0; i < 3; i++) check(shared, "refused.example");
    for (int i = 0; i < 3; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) _exit(in_the_child());
        CHECK_EQUAL(check_wait(child), 0);
    }
    check_totals(shared, 1 + 3 * 2, 2 + 3 * 4, 0);
    CHECK(take(shared, &one));
    CHECK(!take(shared, &one));
    pinverdict_checker_free(shared);

    check_case("%s", "forked while threads put and take");
    shared = checker_for(FAILED, SMALLEST, 0);
    rounds = check_slowly() ? 500 : 20000;
    taken_by_readers = broken = 0;
    is_over = false;
    pthread_t producer, reader;
    pthread_create(&reader, NULL, reads, NULL);
    pthread_create(&producer, NULL, produces, (void *)1);
    int most = check_slowly() ? 5 : 60;
    for (int i = 0; i < most; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            if (take(shared, &one)) _exit(1);
            rounds = 50;
            produces((void *)2);
            _exit(take_all(shared, NULL) > 20 ? 0 : 2);
        }
        CHECK_EQUAL(check_wait(child), 0);
    }
    pthread_join(producer, NULL);
    atomic_store(&is_over, true);
    pthread_join(reader, NULL);
    pinverdict_totals totals = totals_of(shared);
    CHECK_EQUAL(totals.queued + totals.repeated + totals.lost, rounds + most * 50);
    CHECK_EQUAL(broken, 0);
    pinverdict_checker_free(shared);

    check_case("%s", "a process that is killed while it takes");
    shared = checker_for(FAILED, SMALLEST, 0);
    check(shared, "refused.example");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) takes_for_ever(&one);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK(take(shared, &one));
    CHECK_STRING(one.event.host, "refused.example");
    pinverdict_checker_free(shared);
    check_case("%s", "");
}

/* What a checker had of memory is given back, also with events that nobody took. */
static void lifetimes(void)
{
    struct rusage before, after;
    for (int i = 0; i < 200; i++) {
        if (i == 20) getrusage(RUSAGE_SELF, &before);
        pinverdict_checker *checker = checker_for(FAILED, 1 << 20, 0);
        for (int k = 0; k < 400; k++) check(checker, "refused.example");
        pinverdict_checker_free(checker);
    }
    getrusage(RUSAGE_SELF, &after);
    check_case("%s", "checkers one after the other");
    CHECK(after.ru_maxrss - before.ru_maxrss < 2048);
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    is_verbose = argc > 2 && strcmp(argv[2], "-v") == 0;
    chain_size = chain_of("leaf intermediate root", chain);
    nobody_reads(); /* first: it measures the most that the process ever had */
    kinds();
    without_paths();
    sizes();
    arguments();
    repeats();
    threads(0);
    threads(3600);
    killed_readers();
    forks();
    if (!check_slowly()) lifetimes();
    return check_end();
}
