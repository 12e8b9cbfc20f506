// SPDX-License-Identifier: Apache-2.0
/* bindings/c/pinverdict-text.h: what it writes, to the letter, into any room that there is, whatever the strings. */
#include "../../bindings/c/pinverdict-text.h"
#include "fixtures.h"

static pinverdict_numbers numbers;

/* The text that a function of the header makes, in memory that the caller frees. The same function is seen to write
   as much of it as there is room for, and nothing behind that. */
static char *text_of(size_t (*write)(const void *, char *, size_t), const void *what)
{
    size_t length = write(what, NULL, 0);
    char *whole = malloc(length + 1);
    if (whole == NULL) give_up("no memory for", "a text");
    CHECK_EQUAL(write(what, whole, length + 1), length);
    CHECK_EQUAL(strlen(whole), length);
    char *end = (char *)check_guarded(length + 1);
    size_t step = length < 4000 && !check_slowly() ? 1 : length / 200 + 1;
    for (size_t room = 1; room <= length; room += step) {
        bool same = write(what, end - room, room) == length && memcmp(end - room, whole, room - 1) == 0 && end[-1] == 0;
        if (!same) check_case("room for %zu of %zu", room, length);
        CHECK(same);
    }
    return whole;
}

static size_t metrics(const void *what, char *text, size_t capacity)
{
    return pinverdict_text_metrics((const pinverdict_numbers *)what, text, capacity);
}

static pinverdict_rule_count row(const char *rule, uint64_t first)
{
    pinverdict_rule_count row = { first, first + 1, first + 2, first + 3, (int64_t)first + 4, { 0 }, { 0 } };
    memcpy(row.rule, rule, strlen(rule));
    return row;
}

static const char expected[] =
    "# HELP pinverdict_checks_total Checks, by what they ended with.\n"
    "# TYPE pinverdict_checks_total counter\n"
    "pinverdict_checks_total{reason=\"matched\",decision=\"allow\",enforced=\"true\",backup=\"true\"} 0\n"
    "pinverdict_checks_total{reason=\"no-match\",decision=\"refuse\",enforced=\"true\",backup=\"false\"} "
    "18446744073709551615\n"
    "pinverdict_checks_total{reason=\"rejected-key\",decision=\"allow\",enforced=\"false\",backup=\"false\"} 7\n"
    "# HELP pinverdict_rule_checks_total Checks that looked for the pins of a rule, by outcome.\n"
    "# TYPE pinverdict_rule_checks_total counter\n"
    "pinverdict_rule_checks_total{rule=\"*.example.com\",outcome=\"matched\"} 1\n"
    "pinverdict_rule_checks_total{rule=\"*.example.com\",outcome=\"backup\"} 2\n"
    "pinverdict_rule_checks_total{rule=\"*.example.com\",outcome=\"softened\"} 3\n"
    "pinverdict_rule_checks_total{rule=\"*.example.com\",outcome=\"refused\"} 4\n"
    "pinverdict_rule_checks_total{rule=\"\",outcome=\"matched\"} 0\n"
    "pinverdict_rule_checks_total{rule=\"\",outcome=\"backup\"} 1\n"
    "pinverdict_rule_checks_total{rule=\"\",outcome=\"softened\"} 2\n"
    "pinverdict_rule_checks_total{rule=\"\",outcome=\"refused\"} 3\n"
    "# HELP pinverdict_last_failure_timestamp_seconds When a check was last refused or softened for a rule's pins; 0 = "
    "never.\n"
    "# TYPE pinverdict_last_failure_timestamp_seconds gauge\n"
    "pinverdict_last_failure_timestamp_seconds{rule=\"*.example.com\"} 5\n"
    "pinverdict_last_failure_timestamp_seconds{rule=\"\"} 4\n"
    "# HELP pinverdict_first_expiry_timestamp_seconds When the first pins expire.\n"
    "# TYPE pinverdict_first_expiry_timestamp_seconds gauge\n"
    "pinverdict_first_expiry_timestamp_seconds -1\n"
    "# HELP pinverdict_policy_serial The serial of the policy in force.\n"
    "# TYPE pinverdict_policy_serial gauge\n"
    "pinverdict_policy_serial 20261128\n"
    "# HELP pinverdict_policy_loaded_timestamp_seconds When the policy in force was set.\n"
    "# TYPE pinverdict_policy_loaded_timestamp_seconds gauge\n"
    "pinverdict_policy_loaded_timestamp_seconds 1795824000\n"
    "# HELP pinverdict_policy_valid_until_timestamp_seconds When the policy in force is stale.\n"
    "# TYPE pinverdict_policy_valid_until_timestamp_seconds gauge\n"
    "pinverdict_policy_valid_until_timestamp_seconds 1811635200\n"
    "# HELP pinverdict_policy_enforcement What the policy as a whole does: 0 off, 1 report-only, 2 enforce.\n"
    "# TYPE pinverdict_policy_enforcement gauge\n"
    "pinverdict_policy_enforcement 1\n"
    "# HELP pinverdict_events_total Ends of checks that are events, by what became of them.\n"
    "# TYPE pinverdict_events_total counter\n"
    "pinverdict_events_total{outcome=\"queued\"} 6\n"
    "pinverdict_events_total{outcome=\"repeated\"} 5\n"
    "pinverdict_events_total{outcome=\"lost\"} 4\n"
    "# HELP pinverdict_policy_updates_total Policies that were offered to a process, by what became of them.\n"
    "# TYPE pinverdict_policy_updates_total counter\n"
    "pinverdict_policy_updates_total{result=\"set\"} 3\n"
    "pinverdict_policy_updates_total{result=\"outdated\"} 2\n"
    "pinverdict_policy_updates_total{result=\"rejected\"} 1\n";

static void to_the_letter(void)
{
    check_case("%s", "metrics to the letter");
    memset(&numbers, 0, sizeof numbers);
    numbers.ends = 3;
    numbers.end[0] = (pinverdict_count){ PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, true, { 0 }, 0 };
    numbers.end[1] = (pinverdict_count){
        PINVERDICT_REASON_NO_MATCH, PINVERDICT_REFUSE, true, false, { 0 }, UINT64_MAX
    };
    numbers.end[2] = (pinverdict_count){ PINVERDICT_REASON_REJECTED_KEY, PINVERDICT_ALLOW, false, false, { 0 }, 7 };
    numbers.rules = 2;
    numbers.rule[0] = row("*.example.com", 1);
    numbers.rule[1] = row("", 0);
    numbers.policy.first_expiry = -1;
    numbers.policy.serial = 20261128;
    numbers.policy.since = 1795824000;
    numbers.policy.valid_until = 1811635200;
    numbers.policy.enforcement = 1;
    numbers.totals.queued = 6;
    numbers.totals.repeated = 5;
    numbers.totals.lost = 4;
    numbers.totals.sets = 3;
    numbers.totals.outdated = 2;
    numbers.totals.rejected = 1;
    char *text = text_of(metrics, &numbers);
    CHECK_STRING(text, expected);
    free(text);

    check_case("%s", "a time that there is none of has no sample");
    numbers.policy.first_expiry = 0;
    text = text_of(metrics, &numbers);
    CHECK(strstr(text, "\n# TYPE pinverdict_first_expiry_timestamp_seconds gauge\n# HELP ") != NULL);
    free(text);
}

/* Every byte that a name can have, and one that fills its room to the end. */
static void names(void)
{
    memset(&numbers, 0, sizeof numbers);
    numbers.rules = 2;
    for (int i = 0; i < 255; i++) numbers.rule[0].rule[i] = (char)(i + 1);
    memset(numbers.rule[1].rule, '"', sizeof numbers.rule[1].rule);
    char *text = text_of(metrics, &numbers), *name = strstr(text, "{rule=\"");
    check_case("%s", "every byte in a name");
    CHECK(name != NULL);
    if (name == NULL) return;
    name += strlen("{rule=\"");
    for (int byte = 1; byte < 256; byte++) {
        char spelt[8];
        bool is_plain = byte >= ' ' && byte <= '~' && byte != '\\' && byte != '"';
        snprintf(spelt, sizeof spelt, is_plain ? "%c" : byte == '"' ? "\\\"" : "\\\\x%02x", byte);
        CHECK(strncmp(name, spelt, strlen(spelt)) == 0);
        name += strlen(spelt);
    }
    check_case("%s", "a name that no NUL ends");
    CHECK(strncmp(name, "\",outcome=\"matched\"} 0\n", 23) == 0);
    name = strstr(strstr(name, "outcome=\"refused\"} 0\n"), "{rule=\"");
    CHECK(name != NULL && strspn(name + strlen("{rule=\""), "\\\"") == 513);
    free(text);
}

/* All rows there can be, with names as long as they can be. */
static void most(void)
{
    check_case("%s", "255 rules with long names");
    memset(&numbers, 0, sizeof numbers);
    numbers.rules = 256;
    for (int i = 0; i < 255; i++) memset(numbers.rule[i].rule, 'a' + i % 26, 253);
    char *text = text_of(metrics, &numbers);
    CHECK(strlen(text) < 512 * 1024);
    free(text);
}

static void of_a_checker(void)
{
    check_case("%s", "the numbers of a checker");
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of("[policy]\nserial = 5\n[host api.example.com]\npin-sha256 = {leaf}\n"
                                             "backup-pin-sha256 = {1}\nexpires = 2090-01-01\non-expiry = allow\n",
                                             config);
    pinverdict_config_free(config);
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK_EQUAL(pinverdict_text_read(NULL, &numbers, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_ERROR(&error, PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_text_read(checker, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_text_read(checker, &numbers, &error), PINVERDICT_OK);
    CHECK_ERROR(&error, PINVERDICT_OK);
    char *text = text_of(metrics, &numbers);
    CHECK(strstr(text, "{reason=\"no-match\",decision=\"refuse\",enforced=\"true\",backup=\"false\"} 0\n") != NULL);
    CHECK(strstr(text, "{rule=\"api.example.com\",outcome=\"matched\"} 0\n") != NULL);
    CHECK(strstr(text, "\npinverdict_first_expiry_timestamp_seconds 3786998400\n") != NULL);
    free(text);
    pinverdict_bytes chain[CHAIN_ROOM];
    size_t count = chain_of("leaf intermediate root", chain);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pinverdict_check_validated(checker, "api.example.com", chain, count, NULL), PINVERDICT_ALLOW);
    CHECK_EQUAL(pinverdict_text_read(checker, &numbers, NULL), PINVERDICT_OK);
    text = text_of(metrics, &numbers);
    CHECK(strstr(text, "{reason=\"matched\",decision=\"allow\",enforced=\"true\",backup=\"false\"} 3\n") != NULL);
    CHECK(strstr(text, "{rule=\"api.example.com\",outcome=\"matched\"} 3\n") != NULL);
    free(text);
    pinverdict_checker_free(checker);
}

/* ------------------------------------------------------------------------------------------------------ events */

static pinverdict_event event = PINVERDICT_EVENT_INIT;
static const uint8_t *der;
static size_t der_size;

static size_t json(const void *what, char *text, size_t capacity)
{
    return pinverdict_text_event((const pinverdict_event *)what, der, der_size, text, capacity);
}

static pinverdict_event new_event(const char *host, const char *rule)
{
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    memcpy(event.host, host, strlen(host));
    memcpy(event.rule, rule, strlen(rule));
    return event;
}

static const char expected_event[] =
    "{\"date-time\":\"2026-11-28T00:00:00Z\",\"hostname\":\"www.example.com\",\"port\":0,"
    "\"include-subdomains\":true,\"noted-hostname\":\"example.com\",\"served-certificate-chain\":[],"
    "\"validated-certificate-chain\":["
    "\"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\","
    "\"-----BEGIN CERTIFICATE-----\\nBw4=\\n-----END CERTIFICATE-----\\n\","
    "\"-----BEGIN CERTIFICATE-----\\nFRwj\\n-----END CERTIFICATE-----\\n\","
    "\"-----BEGIN CERTIFICATE-----\\nKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tng5+71/AMKERgfJi00O0JJUFdeZWxz\\neg==\\n"
    "-----END CERTIFICATE-----\\n\"],\"known-pins\":[],\"decision\":\"allow\",\"reason\":\"no-match\","
    "\"enforced\":false,\"backup\":false,\"resumed\":true,\"truncated\":true,\"matched-depth\":-1,"
    "\"policy-serial\":18446744073709551615,\"repeats\":9}";

static void events(void)
{
    check_case("%s", "an event to the letter");
    static uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    event = new_event("www.example.com", "example.com");
    event.time = 1795824000;
    event.repeats = 9;
    event.policy_serial = UINT64_MAX;
    event.reason = PINVERDICT_REASON_NO_MATCH;
    event.decision = PINVERDICT_ALLOW;
    event.resumed = event.truncated = true;
    event.count = 5;
    for (uint32_t i = 0; i < 5; i++) event.sizes[i] = i == 4 ? 1000 : i == 3 ? 49 : i + 1;
    der = bytes;
    der_size = sizeof bytes;
    char *text = text_of(json, &event);
    CHECK_STRING(text, expected_event);
    free(text);
}

/* Which rules are of a domain above the host. */
static void subdomains(void)
{
    static const struct {
        const char *host, *rule;
        bool is_below;
    } rows[] = {
        { "a.example.com", "example.com", true },
        { "b.a.example.com", "example.com", true },
        { "example.com", "example.com", false },
        { "badexample.com", "example.com", false },
        { "a.example.com", "*.example.com", false },
        { "a.example.com", "", false },
        { "", "", false },
        { "a.", "", false },
        { "com", "example.com", false },
        { "192.0.2.7", "192.0.2.7", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_case("%s under %s", rows[i].host, rows[i].rule);
        event = new_event(rows[i].host, rows[i].rule);
        char *text = text_of(json, &event);
        CHECK_EQUAL(strstr(text, "\"include-subdomains\":true") != NULL, rows[i].is_below);
        free(text);
    }
}

static void dates(void)
{
    static const struct {
        int64_t time;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },           { -1, "1969-12-31T23:59:59Z" },
        { 951782399, "2000-02-28T23:59:59Z" },   { 951782400, "2000-02-29T00:00:00Z" },
        { 951868800, "2000-03-01T00:00:00Z" },   { 1709251199, "2024-02-29T23:59:59Z" },
        { 1735689599, "2024-12-31T23:59:59Z" },  { 1735689600, "2025-01-01T00:00:00Z" },
        { 4107542399, "2100-02-28T23:59:59Z" },  { 4107542400, "2100-03-01T00:00:00Z" },
        { 978307199, "2000-12-31T23:59:59Z" },   { -62135596800, "0001-01-01T00:00:00Z" },
        { INT64_MIN, "0001-01-01T00:00:00Z" },   { 253402300799, "9999-12-31T23:59:59Z" },
        { INT64_MAX, "9999-12-31T23:59:59Z" },   { -2203891201, "1900-02-28T23:59:59Z" },
        { -2203891200, "1900-03-01T00:00:00Z" },
    };
    event = new_event("", "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_case("%s", rows[i].text);
        event.time = rows[i].time;
        char text[PINVERDICT_TEXT_EVENT];
        pinverdict_text_event(&event, NULL, 0, text, sizeof text);
        CHECK(strncmp(text + strlen("{\"date-time\":\""), rows[i].text, 20) == 0);
    }
}

/* As long as an event can be: 32 certificates, names of bytes that are spelt out. */
static void longest_event(void)
{
    check_case("%s", "the longest event");
    static uint8_t chain[PINVERDICT_EVENT_CHAIN];
    event = new_event("", "");
    memset(event.host, 0xff, sizeof event.host);
    memset(event.rule, 0xff, sizeof event.rule);
    event.count = UINT32_MAX; /* that nobody writes */
    for (size_t i = 0; i < 32; i++) event.sizes[i] = sizeof chain / 32;
    event.time = INT64_MAX;
    event.policy_serial = event.repeats = UINT64_MAX;
    event.matched_depth = INT32_MIN;
    event.reason = PINVERDICT_REASON_MALFORMED_CERTIFICATE;
    der = chain;
    der_size = sizeof chain;
    char *text = text_of(json, &event);
    CHECK(strlen(text) < PINVERDICT_TEXT_EVENT);
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, "-----BEGIN")) != NULL; at++) found++;
    CHECK_EQUAL(found, 32);
    free(text);
}

/* What a checker has taken up. */
static void events_of_a_checker(void)
{
    check_case("%s", "an event of a checker");
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_events(config, PINVERDICT_EVENT_FAILED, 65536, 3600), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of("[policy]\nserial = 5\n[host Example.COM]\ninclude-subdomains = yes\n"
                                             "pin-sha256 = {2}\nbackup-pin-sha256 = {1}\n",
                                             config);
    pinverdict_config_free(config);
    pinverdict_bytes path[CHAIN_ROOM];
    size_t count = chain_of("leaf intermediate root", path);
    CHECK_EQUAL(pinverdict_check_validated(checker, "www.example.com", path, count, NULL), PINVERDICT_REFUSE);
    static uint8_t chain[PINVERDICT_EVENT_CHAIN];
    event = new_event("", "");
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, chain, sizeof chain), 1);
    der = chain;
    der_size = sizeof chain;
    char *text = text_of(json, &event);
    CHECK(strstr(text, "\"hostname\":\"www.example.com\",\"port\":0,\"include-subdomains\":true,") != NULL);
    CHECK(strstr(text, "\"decision\":\"refuse\",\"reason\":\"no-match\",\"enforced\":true,") != NULL);
    free(text);
    CHECK_EQUAL(pinverdict_text_read(checker, &numbers, NULL), PINVERDICT_OK);
    text = text_of(metrics, &numbers);
    CHECK(strstr(text, "\npinverdict_events_total{outcome=\"queued\"} 1\n") != NULL);
    free(text);
    pinverdict_checker_free(checker);
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    to_the_letter();
    names();
    most();
    of_a_checker();
    events();
    subdomains();
    dates();
    longest_event();
    events_of_a_checker();
    return check_end();
}
