// SPDX-License-Identifier: Apache-2.0
/* Arguments that cannot be: NULL for each pointer, sizes and counts at their limits, sizes of structs, values
   outside their enum. Each is an error or a refusal, and writes nothing that it should not. */
#include "fixtures.h"

#include <limits.h>

static const char *const template =
    "[policy]\nserial = 7\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n";
static const char *const path = "arguments.policy";
static char *text;
static pinverdict_policy *policy;
static pinverdict_config *small; /* with a small trust file */
static pinverdict_checker *checker;
static pinverdict_bytes chain[CHAIN_ROOM];
static const size_t count = 3;

/* A pointer that is not NULL, so that a call which leaves *out alone is noticed. */
static char poison;

/* The call fails with this status, and leaves NULL in *out, which is the variable `made`. */
#define MAKES_NOTHING(call, status)    \
    do {                               \
        made = (void *)&poison;        \
        CHECK_EQUAL((call), (status)); \
        CHECK((void *)made == NULL);   \
    } while (0)

/* The error tells of an argument in these words. */
#define CHECK_ARGUMENT(error, words)                       \
    do {                                                   \
        CHECK_ERROR((error), PINVERDICT_INVALID_ARGUMENT); \
        CHECK_STRING((error)->message, (words));           \
    } while (0)

static void policies(void)
{
    pinverdict_policy *made;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    MAKES_NOTHING(pinverdict_policy_parse(NULL, strlen(text), &made, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "text is NULL");
    MAKES_NOTHING(pinverdict_policy_parse(NULL, strlen(text), &made, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_policy_parse(text, strlen(text), NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "out is NULL");
    CHECK_EQUAL(pinverdict_policy_parse(NULL, 0, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    MAKES_NOTHING(pinverdict_policy_parse(text, SIZE_MAX, &made, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "size is larger than memory");
    MAKES_NOTHING(pinverdict_policy_parse(text, (size_t)SSIZE_MAX + 1, &made, &error), PINVERDICT_INVALID_ARGUMENT);

    // Which of two errors is open here: an empty text is no policy, one over 256 MiB is too large.
    static const size_t sizes[] = { 0, 1, ((size_t)256 << 20) + 1, SSIZE_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_case("policy of %zu bytes", sizes[i]);
        made = (void *)&poison;
        pinverdict_status status = pinverdict_policy_parse(text, sizes[i], &made, &error);
        CHECK(status == PINVERDICT_INVALID_POLICY || status == PINVERDICT_INVALID_ARGUMENT);
        CHECK(made == NULL);
        CHECK_EQUAL(error.status, status);
        CHECK(error.message[0] != 0);
    }
    check_case("%s", "");

    MAKES_NOTHING(pinverdict_policy_load(NULL, &made, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "path is NULL");
    MAKES_NOTHING(pinverdict_policy_load(NULL, &made, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_policy_load(path, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "out is NULL");
    CHECK_EQUAL(pinverdict_policy_load(NULL, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);

    made = NULL;
    CHECK_EQUAL(pinverdict_policy_parse(text, strlen(text), &made, NULL), PINVERDICT_OK);
    CHECK(made != NULL);
    pinverdict_policy_free(made);
    CHECK_EQUAL(pinverdict_policy_load(path, &made, NULL), PINVERDICT_OK);
    CHECK(made != NULL);
    pinverdict_policy_free(made);
}

static int64_t fixed_clock(void *argument)
{
    (void)argument;
    return 0;
}

/* Any text is taken for a path; that it leads nowhere shows when a checker is made. */
static void trust_file_names(pinverdict_config *config)
{
    static char name[100001];
    static const size_t sizes[] = { 0, 1, 255, 256, 4095, 4096, 100000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pinverdict_checker *made;
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        check_case("a trust file with a name of %zu letters", sizes[i]);
        memset(name, 'f', sizes[i]);
        name[sizes[i]] = 0;
        CHECK_EQUAL(pinverdict_config_set_trust_file(config, name), PINVERDICT_OK);
        MAKES_NOTHING(pinverdict_checker_create(policy, config, &made, &error), PINVERDICT_FILE_ERROR);
        CHECK_ERROR(&error, PINVERDICT_FILE_ERROR);
        MAKES_NOTHING(pinverdict_checker_create(policy, config, &made, NULL), PINVERDICT_FILE_ERROR);
    }
    check_case("%s", "");
}

static void configs(void)
{
    char name[66];
    uint8_t id[257] = { 0 };
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK(config != NULL);

    CHECK_EQUAL(pinverdict_config_set_backend(NULL, PINVERDICT_BACKEND_AUTO), PINVERDICT_INVALID_ARGUMENT);
    static const int no_backends[] = { 3, -1, 100, INT_MAX, INT_MIN };
    for (size_t i = 0; i < sizeof no_backends / sizeof no_backends[0]; i++) {
        check_case("backend %d", no_backends[i]);
        CHECK_EQUAL(pinverdict_config_set_backend(config, (pinverdict_backend)no_backends[i]),
                    PINVERDICT_INVALID_ARGUMENT);
    }
    for (int i = 0; i < BACKEND_COUNT; i++) {
        check_case("backend %s", backends[i].name);
        CHECK_EQUAL(pinverdict_config_set_backend(config, backends[i].backend),
                    backends[i].built_in ? PINVERDICT_OK : PINVERDICT_BACKEND_UNAVAILABLE);
    }
    check_case("%s", "");

    CHECK_EQUAL(pinverdict_config_set_cross_check(NULL, true), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_cross_check(config, true), PINVERDICT_OK);

    memset(name, 'e', sizeof name);
    name[64] = 0;
    CHECK_EQUAL(pinverdict_config_set_environment(NULL, "staging"), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_environment(NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_environment(config, name), PINVERDICT_INVALID_ARGUMENT);
    name[63] = 0;
    CHECK_EQUAL(pinverdict_config_set_environment(config, name), PINVERDICT_OK);
    static const char *const no_names[] = { "", " ", "a b", "a\n", "a=b", "a#b", "\xc3\xa9", "a/b" };
    for (size_t i = 0; i < sizeof no_names / sizeof no_names[0]; i++) {
        check_case("environment \"%s\"", no_names[i]);
        CHECK_EQUAL(pinverdict_config_set_environment(config, no_names[i]), PINVERDICT_INVALID_ARGUMENT);
    }
    check_case("%s", "");
    CHECK_EQUAL(pinverdict_config_set_environment(config, "A.z-0_9"), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_environment(config, NULL), PINVERDICT_OK);

    CHECK_EQUAL(pinverdict_config_set_install_id(NULL, id, 16), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_install_id(NULL, NULL, 0), PINVERDICT_INVALID_ARGUMENT);
    static const struct {
        size_t size;
        pinverdict_status status;
    } ids[] = {
        { 0, PINVERDICT_INVALID_ARGUMENT },
        { 1, PINVERDICT_OK },
        { 256, PINVERDICT_OK },
        { 257, PINVERDICT_INVALID_ARGUMENT },
        { SSIZE_MAX, PINVERDICT_INVALID_ARGUMENT },
        { SIZE_MAX, PINVERDICT_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        check_case("install id of %zu bytes", ids[i].size);
        CHECK_EQUAL(pinverdict_config_set_install_id(config, id, ids[i].size), ids[i].status);
        CHECK_EQUAL(pinverdict_config_set_install_id(config, NULL, ids[i].size),
                    ids[i].size == 0 ? PINVERDICT_OK : PINVERDICT_INVALID_ARGUMENT);
    }
    check_case("%s", "");

    CHECK_EQUAL(pinverdict_config_set_clock(NULL, fixed_clock, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_clock(NULL, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_clock(config, fixed_clock, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_clock(config, NULL, id), PINVERDICT_OK);

    CHECK_EQUAL(pinverdict_config_set_trust_file(NULL, path), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_trust_file(NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, path), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, path), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, NULL), PINVERDICT_OK);
    trust_file_names(config);
    pinverdict_config_free(config);
}

/* A checker that takes no presented chains looks at no trust file, and answers as ever of validated ones. */
static void without_presented(void)
{
    pinverdict_config *config = NULL;
    pinverdict_checker *made = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_presented(NULL, false), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, "there is no such file"), PINVERDICT_OK);
    for (int i = 0; i < BACKEND_COUNT; i++) {
        if (!backends[i].built_in) continue;
        check_case("no presented chains, %s", backends[i].name);
        CHECK_EQUAL(pinverdict_config_set_backend(config, backends[i].backend), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_checker_create(policy, config, &made, NULL), PINVERDICT_OK);
        static const char *const hosts[] = { "api.example.com", "not a host" };
        for (size_t h = 0; h < sizeof hosts / sizeof hosts[0]; h++) {
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            CHECK_EQUAL(pinverdict_check_presented(made, hosts[h], chain, count, &verdict), PINVERDICT_REFUSE);
            CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_INVALID_ARGUMENT);
        }
        CHECK_EQUAL(pinverdict_check_validated(made, "api.example.com", chain, count, NULL), PINVERDICT_ALLOW);
        pinverdict_checker_free(made);
        CHECK_EQUAL(pinverdict_config_set_presented(config, true), PINVERDICT_OK);
        MAKES_NOTHING(pinverdict_checker_create(policy, config, &made, NULL), PINVERDICT_FILE_ERROR);
    }
    check_case("%s", "");
    pinverdict_config_free(config);
}

static void checkers(void)
{
    pinverdict_checker *made;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    MAKES_NOTHING(pinverdict_checker_create(NULL, NULL, &made, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "policy is NULL");
    MAKES_NOTHING(pinverdict_checker_create(NULL, NULL, &made, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_create(policy, NULL, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "out is NULL");
    CHECK_EQUAL(pinverdict_checker_create(NULL, NULL, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    // NULL stands for the defaults; the system's store takes long to load.
    CHECK_EQUAL(pinverdict_checker_create(policy, check_slowly() ? small : NULL, &made, NULL), PINVERDICT_OK);
    CHECK(made != NULL);

    CHECK_EQUAL(pinverdict_checker_set_policy(NULL, policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "checker is NULL");
    CHECK_EQUAL(pinverdict_checker_set_policy(made, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ARGUMENT(&error, "policy is NULL");
    CHECK_EQUAL(pinverdict_checker_set_policy(NULL, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_set_policy(made, policy, NULL), PINVERDICT_OK);
    pinverdict_checker_free(made);
}

/* Both kinds of checks take the same arguments. */
typedef pinverdict_decision check_call(const pinverdict_checker *, const char *, const pinverdict_bytes *, size_t,
                                       pinverdict_verdict *);
static check_call *check;

/* One check: its reason, and that it refuses with nothing matched, with and without a verdict. */
static pinverdict_reason refusal(const pinverdict_checker *by, const char *host, const pinverdict_bytes *certificates,
                                 size_t size)
{
    pinverdict_verdict verdict;
    memset(&verdict, 0xff, sizeof verdict);
    verdict.struct_size = sizeof verdict;
    CHECK_EQUAL(check(by, host, certificates, size, &verdict), PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.decision, PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.matched_depth, -1);
    CHECK_EQUAL(verdict.matched_kind, 0);
    CHECK(!verdict.backup);
    CHECK_EQUAL(check(by, host, certificates, size, NULL), PINVERDICT_REFUSE);
    return verdict.reason;
}

static void checks(check_call *call, const char *name)
{
    const char *host = "api.example.com";
    check = call;
    check_case("%s", name);
    CHECK_EQUAL(check(checker, host, chain, count, NULL), PINVERDICT_ALLOW);
    CHECK_EQUAL(refusal(NULL, host, chain, count), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, NULL, chain, count), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, host, NULL, count), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, host, NULL, SIZE_MAX), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, host, NULL, 0), PINVERDICT_REASON_EMPTY_CHAIN);
    CHECK_EQUAL(refusal(checker, host, chain, 0), PINVERDICT_REASON_EMPTY_CHAIN);
    CHECK_EQUAL(refusal(NULL, NULL, NULL, 0), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(check(NULL, NULL, NULL, 0, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(refusal(checker, host, chain, SIZE_MAX), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, host, chain, (size_t)SSIZE_MAX + 1), PINVERDICT_REASON_INVALID_ARGUMENT);
    CHECK_EQUAL(refusal(checker, host, chain, SSIZE_MAX), PINVERDICT_REASON_MALFORMED_CERTIFICATE);
    CHECK_EQUAL(refusal(checker, host, chain, 33), PINVERDICT_REASON_MALFORMED_CERTIFICATE);

    // A bad element at each place of the path.
    static const struct {
        const char *name;
        bool null;
        size_t size;
        pinverdict_reason reason;
    } elements[] = {
        { "NULL", true, 100, PINVERDICT_REASON_INVALID_ARGUMENT },
        { "NULL and 0", true, 0, PINVERDICT_REASON_INVALID_ARGUMENT },
        { "0 bytes", false, 0, PINVERDICT_REASON_MALFORMED_CERTIFICATE },
        { "1 byte", false, 1, PINVERDICT_REASON_MALFORMED_CERTIFICATE },
        { "SSIZE_MAX bytes", false, SSIZE_MAX, PINVERDICT_REASON_MALFORMED_CERTIFICATE },
        { "SSIZE_MAX + 1 bytes", false, (size_t)SSIZE_MAX + 1, PINVERDICT_REASON_INVALID_ARGUMENT },
        { "SIZE_MAX bytes", false, SIZE_MAX, PINVERDICT_REASON_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        for (size_t place = 0; place < count; place++) {
            check_case("%s: certificate %zu is %s", name, place, elements[i].name);
            pinverdict_bytes bad[3] = { chain[0], chain[1], chain[2] };
            bad[place] = (pinverdict_bytes){ elements[i].null ? NULL : chain[place].data, elements[i].size };
            bool is_unreadable = elements[i].reason == PINVERDICT_REASON_MALFORMED_CERTIFICATE;
            // Of what a peer sent, what cannot be read behind the leaf has not been sent. The root is in the trust
            // file.
            if (call != pinverdict_check_presented || !is_unreadable || place == 0)
                CHECK_EQUAL(refusal(checker, host, bad, count), elements[i].reason);
            else if (place == 1) CHECK_EQUAL(refusal(checker, host, bad, count), PINVERDICT_REASON_UNTRUSTED_CHAIN);
            else CHECK_EQUAL(check(checker, host, bad, count, NULL), PINVERDICT_ALLOW);
        }
    }
    check_case("%s", name);
    CHECK_EQUAL(check(checker, host, chain, count, NULL), PINVERDICT_ALLOW);
    check_case("%s", "");
}

static void single_pins(void)
{
    static const struct {
        const char *name;
        bool null;
        size_t size;
        pinverdict_status status;
    } certificates[] = {
        { "NULL", true, 100, PINVERDICT_INVALID_ARGUMENT },
        { "NULL and 0", true, 0, PINVERDICT_INVALID_ARGUMENT },
        { "0 bytes", false, 0, PINVERDICT_MALFORMED_CERTIFICATE },
        { "1 byte", false, 1, PINVERDICT_MALFORMED_CERTIFICATE },
        { "SSIZE_MAX bytes", false, SSIZE_MAX, PINVERDICT_MALFORMED_CERTIFICATE },
        { "SSIZE_MAX + 1 bytes", false, (size_t)SSIZE_MAX + 1, PINVERDICT_INVALID_ARGUMENT },
        { "SIZE_MAX bytes", false, SIZE_MAX, PINVERDICT_INVALID_ARGUMENT },
    };
    static const uint8_t zeros[32];
    uint8_t out[32];
    for (int b = 0; b < BACKEND_COUNT; b++) {
        for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
            if (!backends[b].built_in) continue;
            check_case("pin by %s of a certificate that is %s", backends[b].name, certificates[i].name);
            pinverdict_bytes bad = { certificates[i].null ? NULL : chain[0].data, certificates[i].size };
            memset(out, 0xff, sizeof out);
            CHECK_EQUAL(pinverdict_pin_of_certificate(backends[b].backend, PINVERDICT_PIN_SPKI, bad, out),
                        certificates[i].status);
            CHECK(memcmp(out, zeros, sizeof out) == 0);
        }
        check_case("pin by %s", backends[b].name);
        CHECK_EQUAL(pinverdict_pin_of_certificate(backends[b].backend, PINVERDICT_PIN_SPKI, chain[0], NULL),
                    PINVERDICT_INVALID_ARGUMENT);
    }
    CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI,
                                              (pinverdict_bytes){ NULL, 0 }, NULL),
                PINVERDICT_INVALID_ARGUMENT);
    static const struct {
        int backend, kind;
    } values[] = {
        { 0, 0 },       { 0, LAST_PIN_KIND + 1 /* else a kind is not in the header */ },
        { 0, -1 },      { 0, INT_MAX },
        { 0, INT_MIN }, { 3, 1 },
        { -1, 1 },      { INT_MAX, 1 },
        { INT_MIN, 1 }, { -1, -1 },
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        check_case("pin by backend %d of kind %d", values[i].backend, values[i].kind);
        memset(out, 0xff, sizeof out);
        CHECK_EQUAL(pinverdict_pin_of_certificate((pinverdict_backend)values[i].backend,
                                                  (pinverdict_pin_kind)values[i].kind, chain[0], out),
                    PINVERDICT_INVALID_ARGUMENT);
        CHECK(memcmp(out, zeros, sizeof out) == 0);
    }
    check_case("%s", "");
}

static void listed_pins(void)
{
    enum { ROOM_FOR = 4 };
    static const char no_room[] = "pins is NULL, and capacity is not 0";
    static const char too_large[] = "capacity is larger than memory";
    static const char no_host[] = "host is neither a host name nor an IP address";
    static const struct {
        const char *name;
        bool no_checker, no_pins, no_count;
        const char *host;
        size_t capacity;
        const char *words;
    } rows[] = {
        { "no checker", true, false, false, "api.example.com", ROOM_FOR, "checker is NULL" },
        { "no host", false, false, false, NULL, ROOM_FOR, "host is NULL" },
        { "no pins with a capacity", false, true, false, "api.example.com", ROOM_FOR, no_room },
        { "no pins with a capacity of one", false, true, false, "api.example.com", 1, no_room },
        { "no count", false, false, true, "api.example.com", ROOM_FOR, "count is NULL" },
        { "a capacity of SIZE_MAX", false, false, false, "api.example.com", SIZE_MAX, too_large },
        { "a capacity of SSIZE_MAX + 1", false, false, false, "api.example.com", (size_t)SSIZE_MAX + 1, too_large },
        { "no pins with a capacity of SIZE_MAX", false, true, false, "api.example.com", SIZE_MAX, too_large },
        { "no host, as the text says", false, false, false, "not a host", ROOM_FOR, no_host },
        { "an empty host", false, false, false, "", ROOM_FOR, no_host },
        { "nothing at all", true, true, true, NULL, 0, "checker is NULL" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pinverdict_pin pins[ROOM_FOR], untouched[ROOM_FOR];
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        size_t listed = 99;
        uint64_t serial = 99;
        check_case("pins: %s", rows[i].name);
        memset(pins, 0xa5, sizeof pins);
        memcpy(untouched, pins, sizeof pins);
        for (int with_all = 1; with_all >= 0; with_all--) {
            CHECK_EQUAL(pinverdict_checker_pins(rows[i].no_checker ? NULL : checker, rows[i].host,
                                                rows[i].no_pins ? NULL : pins, rows[i].capacity,
                                                rows[i].no_count ? NULL : &listed, with_all ? &serial : NULL,
                                                with_all ? &error : NULL),
                        PINVERDICT_INVALID_ARGUMENT);
            CHECK_EQUAL(listed, rows[i].no_count ? 99 : 0);
            CHECK_EQUAL(serial, 0);
            CHECK_ARGUMENT(&error, rows[i].words);
            CHECK(memcmp(pins, untouched, sizeof pins) == 0);
        }
    }
    check_case("%s", "");
}

/* The calls that fill in a pinverdict_error; `bad` chooses input that they refuse by themselves. */
static pinverdict_status parse(bool bad, pinverdict_error *error)
{
    pinverdict_policy *made = (void *)&poison;
    pinverdict_status status = pinverdict_policy_parse(text, strlen(text) - (bad ? 1 : 0), &made, error);
    CHECK((status == PINVERDICT_OK) == (made != NULL));
    pinverdict_policy_free(made);
    return status;
}

static pinverdict_status load(bool bad, pinverdict_error *error)
{
    pinverdict_policy *made = (void *)&poison;
    pinverdict_status status = pinverdict_policy_load(bad ? "/no such file" : path, &made, error);
    CHECK((status == PINVERDICT_OK) == (made != NULL));
    pinverdict_policy_free(made);
    return status;
}

static pinverdict_status create(bool bad, pinverdict_error *error)
{
    pinverdict_checker *made = (void *)&poison;
    pinverdict_status status = pinverdict_checker_create(bad ? NULL : policy, small, &made, error);
    CHECK((status == PINVERDICT_OK) == (made != NULL));
    pinverdict_checker_free(made);
    return status;
}

static pinverdict_status set(bool bad, pinverdict_error *error)
{
    return pinverdict_checker_set_policy(checker, bad ? NULL : policy, error);
}

static pinverdict_status list(bool bad, pinverdict_error *error)
{
    pinverdict_pin pins[2];
    size_t listed = 99;
    uint64_t serial = 99;
    pinverdict_status status = pinverdict_checker_pins(checker, bad ? "not a host" : "api.example.com", pins, 2,
                                                       &listed, &serial, error);
    CHECK_EQUAL(listed, status == PINVERDICT_OK ? 2 : 0);
    CHECK_EQUAL(serial, status == PINVERDICT_OK ? 7 : 0);
    return status;
}

enum { LARGEST_STRUCT = 4096, ROOM = 8192, CANARY = 0xa5 };

/* The size of a struct to try after this one: every size, or, for what takes long, some and all that matter. */
static size_t next_size(size_t size, size_t smallest, size_t stride)
{
    bool matters = size < 20 || size - (smallest - stride) < stride + 4 ||
        size - (LARGEST_STRUCT - stride) < stride + 4;
    return matters ? size + 1 : size + stride;
}

static bool all(const uint8_t *bytes, size_t from, size_t to, uint8_t value)
{
    for (size_t i = from; i < to; i++)
        if (bytes[i] != value) return false;
    return true;
}

/* Canary bytes with a struct_size in front, as the caller of a later or an earlier release would have them. */
static size_t *room_for(size_t struct_size)
{
    static size_t room[ROOM / sizeof(size_t)];
    memset(room, CANARY, ROOM);
    room[0] = struct_size;
    return room;
}

static void error_sizes(void)
{
    static const struct {
        const char *name;
        pinverdict_status (*call)(bool bad, pinverdict_error *error);
        bool bad;
        pinverdict_status status;
    } calls[] = {
        { "policy_parse", parse, false, PINVERDICT_OK },
        { "policy_parse of bad text", parse, true, PINVERDICT_INVALID_POLICY },
        { "policy_load", load, false, PINVERDICT_OK },
        { "policy_load of no file", load, true, PINVERDICT_FILE_ERROR },
        { "checker_create", create, false, PINVERDICT_OK },
        { "checker_create of NULL", create, true, PINVERDICT_INVALID_ARGUMENT },
        { "checker_set_policy", set, false, PINVERDICT_OK },
        { "checker_set_policy of NULL", set, true, PINVERDICT_INVALID_ARGUMENT },
        { "checker_pins", list, false, PINVERDICT_OK },
        { "checker_pins of no host", list, true, PINVERDICT_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        size_t stride = !check_slowly() ? 1 : calls[i].call == create ? 128 : 16;
        for (size_t size = 0; size <= 5000; size = next_size(size, sizeof(pinverdict_error), stride)) {
            check_case("%s, error of %zu bytes", calls[i].name, size);
            size_t *room = room_for(size);
            const uint8_t *bytes = (const uint8_t *)room;
            pinverdict_error *error = (pinverdict_error *)room;
            pinverdict_status status = calls[i].call(calls[i].bad, error);
            CHECK_EQUAL(room[0], size);
            if (size < sizeof *error || size > LARGEST_STRUCT) {
                CHECK_EQUAL(status, PINVERDICT_INVALID_ARGUMENT);
                CHECK(all(bytes, sizeof(size_t), ROOM, CANARY));
                continue;
            }
            CHECK_EQUAL(status, calls[i].status);
            CHECK_EQUAL(error->status, calls[i].status);
            CHECK(memchr(error->message, 0, sizeof error->message) != NULL);
            CHECK(all(bytes, sizeof *error, size, 0));
            CHECK(all(bytes, size, ROOM, CANARY));
        }
    }
    check_case("%s", "");
}

static void verdict_sizes(check_call *call, const char *name)
{
    static const struct {
        const char *host;
        pinverdict_reason validated, presented;
    } rows[] = {
        { "api.example.com", PINVERDICT_REASON_MATCHED, PINVERDICT_REASON_MATCHED },
        { "other.example.com", PINVERDICT_REASON_NOT_PINNED, PINVERDICT_REASON_HOSTNAME_MISMATCH },
        { "not a host", PINVERDICT_REASON_MALFORMED_HOSTNAME, PINVERDICT_REASON_MALFORMED_HOSTNAME },
        { NULL, PINVERDICT_REASON_INVALID_ARGUMENT, PINVERDICT_REASON_INVALID_ARGUMENT },
    };
    bool presented = call == pinverdict_check_presented;
    size_t first = offsetof(pinverdict_verdict, failed_depth); // where it ended at first
    size_t second = offsetof(pinverdict_verdict, scts);        // and then
    size_t stride = presented ? (check_slowly() ? 512 : 8) : check_slowly() ? 16 : 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pinverdict_reason reason = presented ? rows[i].presented : rows[i].validated;
        pinverdict_decision allowed = reason == PINVERDICT_REASON_MATCHED || reason == PINVERDICT_REASON_NOT_PINNED
            ? PINVERDICT_ALLOW
            : PINVERDICT_REFUSE;
        for (size_t size = 0; size <= 5000; size = next_size(size, first, stride)) {
            check_case("%s: host %s, verdict of %zu bytes", name, rows[i].host != NULL ? rows[i].host : "NULL", size);
            size_t *room = room_for(size);
            const uint8_t *bytes = (const uint8_t *)room;
            pinverdict_verdict *verdict = (pinverdict_verdict *)room;
            pinverdict_decision decision = call(checker, rows[i].host, chain, count, verdict);
            CHECK_EQUAL(room[0], size);
            if (size < first || size > LARGEST_STRUCT) {
                CHECK_EQUAL(decision, PINVERDICT_REFUSE);
                CHECK(all(bytes, sizeof(size_t), ROOM, CANARY));
                continue;
            }
            CHECK_EQUAL(decision, allowed);
            CHECK_EQUAL(verdict->decision, allowed);
            CHECK_EQUAL(verdict->reason, reason);
            bool whole = size >= sizeof *verdict, detailed = size >= second;
            if (detailed) CHECK_EQUAL(verdict->failed_depth, reason == PINVERDICT_REASON_HOSTNAME_MISMATCH ? 0 : -1);
            if (detailed) CHECK(memchr(verdict->detail, 0, sizeof verdict->detail) != NULL);
            if (whole) CHECK_EQUAL(verdict->scts, -1);
            CHECK(all(bytes, whole ? sizeof *verdict : detailed ? second : first, size, 0));
            CHECK(all(bytes, size, ROOM, CANARY));
        }
    }
    check_case("%s", "");
}

/* A call that is refused for its error's size changes nothing. */
static void refused_set_changes_nothing(void)
{
    pinverdict_policy *next = policy_of(
        "[policy]\nserial = 8\n[host api.example.com]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n");
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    error.struct_size = 5;
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, next, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_check_validated(checker, "api.example.com", chain, count, NULL), PINVERDICT_ALLOW);
    pinverdict_policy_free(next);
}

typedef struct {
    int value;
    const char *name;
} named;

static const char *name_in(const named *names, size_t size, int value)
{
    for (size_t i = 0; i < size; i++)
        if (names[i].value == value) return names[i].name;
    return "unknown";
}

static void names(void)
{
    static const named reasons[] = {
        { PINVERDICT_REASON_NONE, "none" },
        { PINVERDICT_REASON_MATCHED, "matched" },
        { PINVERDICT_REASON_NOT_PINNED, "not-pinned" },
        { PINVERDICT_REASON_ENFORCEMENT_OFF, "enforcement-off" },
        { PINVERDICT_REASON_PINS_EXPIRED, "pins-expired" },
        { PINVERDICT_REASON_NO_MATCH, "no-match" },
        { PINVERDICT_REASON_REJECTED_KEY, "rejected-key" },
        { PINVERDICT_REASON_TOO_FEW_SCTS, "too-few-scts" },
        { PINVERDICT_REASON_CT_LOGS_STALE, "ct-logs-stale" },
        { PINVERDICT_REASON_UNTRUSTED_CHAIN, "untrusted-chain" },
        { PINVERDICT_REASON_HOSTNAME_MISMATCH, "hostname-mismatch" },
        { PINVERDICT_REASON_CERTIFICATE_EXPIRED, "certificate-expired" },
        { PINVERDICT_REASON_NO_VALIDATED_PATH, "no-validated-path" },
        { PINVERDICT_REASON_NOT_A_PATH, "not-a-path" },
        { PINVERDICT_REASON_MALFORMED_CERTIFICATE, "malformed-certificate" },
        { PINVERDICT_REASON_MALFORMED_HOSTNAME, "malformed-hostname" },
        { PINVERDICT_REASON_EMPTY_CHAIN, "empty-chain" },
        { PINVERDICT_REASON_EXTRACTORS_DISAGREE, "extractors-disagree" },
        { PINVERDICT_REASON_INVALID_ARGUMENT, "invalid-argument" },
        { PINVERDICT_REASON_BACKEND_FAILURE, "backend-failure" },
    };
    static const named statuses[] = {
        { PINVERDICT_OK, "ok" },
        { PINVERDICT_INVALID_ARGUMENT, "invalid-argument" },
        { PINVERDICT_OUT_OF_MEMORY, "out-of-memory" },
        { PINVERDICT_FILE_ERROR, "file-error" },
        { PINVERDICT_INVALID_POLICY, "invalid-policy" },
        { PINVERDICT_MALFORMED_CERTIFICATE, "malformed-certificate" },
        { PINVERDICT_UNSUPPORTED_KEY, "unsupported-key" },
        { PINVERDICT_OUTDATED_POLICY, "outdated-policy" },
        { PINVERDICT_SETTING_REQUIRED, "setting-required" },
        { PINVERDICT_BACKEND_UNAVAILABLE, "backend-unavailable" },
        { PINVERDICT_BACKEND_FAILURE, "backend-failure" },
        { PINVERDICT_BAD_SIGNATURE, "bad-signature" },
        { PINVERDICT_UNKNOWN_KEY, "unknown-key" },
        { PINVERDICT_STALE_POLICY, "stale-policy" },
        { PINVERDICT_UNSIGNED_POLICY, "unsigned-policy" },
    };
    static const int far[] = { INT_MIN, INT_MIN + 1, -65536, 65536, 65537, INT_MAX - 1, INT_MAX };
    for (int i = -300; i < 1000 + (int)(sizeof far / sizeof far[0]); i++) {
        int value = i < 1000 ? i : far[i - 1000];
        check_case("value %d", value);
        CHECK_STRING(pinverdict_reason_name((pinverdict_reason)value),
                     name_in(reasons, sizeof reasons / sizeof reasons[0], value));
        CHECK_STRING(pinverdict_status_name((pinverdict_status)value),
                     name_in(statuses, sizeof statuses / sizeof statuses[0], value));
    }
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    chain_of("leaf intermediate root*62", chain);
    text = policy_text(template);
    write_file(path, text, strlen(text));
    policy = policy_of(template);
    small = config_with(PINVERDICT_BACKEND_AUTO);
    checker = checker_of(template, small);

    pinverdict_policy_free(NULL);
    pinverdict_config_free(NULL);
    pinverdict_checker_free(NULL);
    policies();
    configs();
    without_presented();
    checkers();
    checks(pinverdict_check_validated, "check_validated");
    checks(pinverdict_check_presented, "check_presented");
    single_pins();
    listed_pins();
    error_sizes();
    verdict_sizes(pinverdict_check_validated, "check_validated");
    verdict_sizes(pinverdict_check_presented, "check_presented");
    refused_set_changes_nothing();
    names();

    pinverdict_checker_free(checker);
    pinverdict_config_free(small);
    pinverdict_policy_free(policy);
    free(text);
    return check_end();
}
