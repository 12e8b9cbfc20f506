// SPDX-License-Identifier: Apache-2.0
/* Signed policies: keys and signatures of signify's and minisign's, whole and broken in every way that
   ../Kit/make-signatures.py knows, with each backend; and what a checker takes whose config has keys.
   Argument: the directory that make-signatures.py wrote. */
#include "fixtures.h"

static const char *directory;

static const pinverdict_backend verifiers[] = {
    PINVERDICT_BACKEND_AUTO,
#if HAS_OPENSSL
    PINVERDICT_BACKEND_OPENSSL,
#endif
#if HAS_GNUTLS
    PINVERDICT_BACKEND_GNUTLS,
#endif
};
enum { VERIFIERS = sizeof verifiers / sizeof verifiers[0] };

static pinverdict_bytes read_made(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return file_bytes(path);
}

static pinverdict_status add_key(pinverdict_config *config, const char *name)
{
    pinverdict_bytes text = read_made(name);
    pinverdict_status status = pinverdict_config_add_policy_key(config, (const char *)text.data, text.size);
    free((void *)text.data);
    return status;
}

/* A config with the keys of a list with commas. */
static pinverdict_config *config_for(pinverdict_backend backend, const char *keys)
{
    char list[256], *rest = NULL;
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_backend(config, backend), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    snprintf(list, sizeof list, "%s", strcmp(keys, "-") == 0 ? "" : keys);
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
        CHECK_EQUAL(add_key(config, name), PINVERDICT_OK);
    return config;
}

static pinverdict_policy *parse_signed(const pinverdict_config *config, const char *text, const char *signature,
                                       pinverdict_status expected)
{
    pinverdict_bytes whole = read_made(text), alone = { NULL, 0 };
    pinverdict_policy *policy = NULL;
    if (signature != NULL) alone = read_made(signature);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, (const char *)whole.data, whole.size, (const char *)alone.data,
                                               alone.size, &policy, NULL),
                expected);
    free((void *)whole.data);
    free((void *)alone.data);
    return policy;
}

static pinverdict_policy *parse(const char *text)
{
    pinverdict_policy *policy = NULL;
    CHECK_EQUAL(pinverdict_policy_parse(text, strlen(text), &policy, NULL), PINVERDICT_OK);
    return policy;
}

/* Each key by itself: those that are none leave the config as it was. */
static void keys(void)
{
    char path[4096], name[64];
    int expected, count = 0;
    snprintf(path, sizeof path, "%s/keys.txt", directory);
    FILE *list = fopen(path, "r");
    if (list == NULL) give_up("no file", path);
    while (fscanf(list, "%d %63s", &expected, name) == 2) {
        pinverdict_config *config = config_for(PINVERDICT_BACKEND_AUTO, "-");
        check_case("key %s", name);
        CHECK_EQUAL(add_key(config, name), expected);
        if (expected != PINVERDICT_OK) {
            pinverdict_policy_free(parse_signed(config, "policy", "policy.sig", PINVERDICT_UNKNOWN_KEY));
        }
        pinverdict_config_free(config);
        count++;
    }
    fclose(list);
    check_case("%s", "keys");
    CHECK(count > 50);
}

/* What one backend answers to one case. The bytes end at a page that cannot be read. */
static void try_case(pinverdict_backend backend, int expected, const char *keys, const char *text,
                     const char *signature, const char *words)
{
    static uint8_t *end_of_text, *end_of_signature;
    enum { MOST = 1 << 16 };
    if (end_of_text == NULL) end_of_text = check_guarded(MOST);
    if (end_of_signature == NULL) end_of_signature = check_guarded(MOST);
    pinverdict_config *config = config_for(backend, keys);
    pinverdict_bytes whole = read_made(text);
    uint8_t *start = memcpy(end_of_text - whole.size, whole.data, whole.size), *alone = NULL;
    pinverdict_bytes other = { NULL, 0 };
    if (strcmp(signature, "-") != 0) {
        other = read_made(signature);
        alone = memcpy(end_of_signature - other.size, other.data, other.size);
    }
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = (pinverdict_policy *)&error;
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, (const char *)start, whole.size, (const char *)alone, other.size,
                                               &policy, &error),
                expected);
    CHECK_EQUAL(error.status, expected);
    CHECK((policy != NULL) == (expected == PINVERDICT_OK));
    CHECK((error.line != 0) == (expected == PINVERDICT_INVALID_POLICY));
    CHECK((error.message[0] != 0) == (expected != PINVERDICT_OK));
    if (strcmp(words, "-") != 0 && !CHECK(strstr(error.message, words) != NULL)) printf("    %s\n", error.message);
    free((void *)whole.data);
    free((void *)other.data);
    pinverdict_policy_free(policy);
    pinverdict_config_free(config);
}

static void cases(void)
{
    char path[4096], keys[128], text[64], signature[64], words[128];
    int expected, count = 0;
    snprintf(path, sizeof path, "%s/cases.txt", directory);
    FILE *list = fopen(path, "r");
    if (list == NULL) give_up("no file", path);
    while (fscanf(list, "%d %127s %63s %63s %127[^\n]", &expected, keys, text, signature, words) == 5) {
        for (size_t i = 0; i < VERIFIERS; i++) {
            check_case("%s with %s by backend %d", text, signature, (int)verifiers[i]);
            try_case(verifiers[i], expected, keys, text, signature, words);
        }
        count++;
    }
    fclose(list);
    check_case("%s", "cases");
    CHECK(count > 70);
}

/* A line of one file is a line of that file. */
static void lines(void)
{
    pinverdict_config *config = config_for(PINVERDICT_BACKEND_AUTO, "a.pub");
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy;
    pinverdict_bytes one = read_made("mistake.signed"), text = read_made("mistake"), alone = read_made("mistake.sig");
    check_case("%s", "lines");
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, (const char *)one.data, one.size, NULL, 0, &policy, &error),
                PINVERDICT_INVALID_POLICY);
    CHECK_EQUAL(error.line, 6);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, (const char *)text.data, text.size, (const char *)alone.data,
                                               alone.size, &policy, &error),
                PINVERDICT_INVALID_POLICY);
    CHECK_EQUAL(error.line, 4);
    free((void *)one.data);
    free((void *)text.data);
    free((void *)alone.data);
    pinverdict_config_free(config);
}

/* Every cut and every changed bit is an error, and the same one whichever library verifies. */
static void mutations(const char *text, const char *signature, const char *key)
{
    pinverdict_bytes whole = read_made(text), alone = read_made(signature);
    pinverdict_config *configs[VERIFIERS];
    size_t stride = check_slowly() ? 37 : 1;
    for (size_t i = 0; i < VERIFIERS; i++) configs[i] = config_for(verifiers[i], key);
    uint8_t *copy = malloc(alone.size);
    const char *first_line = strchr((const char *)alone.data, '\n');
    size_t two_lines = (size_t)(strchr(first_line + 1, '\n') + 1 - (const char *)alone.data);
    for (size_t at = 0; at < 9 * alone.size; at += stride) {
        size_t size = at < alone.size ? at : alone.size, bit = at - alone.size;
        memcpy(copy, alone.data, size);
        if (at >= alone.size) copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        // The untrusted comment is nobody's.
        bool counts = at < alone.size || copy[bit / 8] == '\n' || copy[bit / 8] == '\r' || copy[bit / 8] == 0 ||
            bit / 8 < strlen("untrusted comment: ") || memchr(alone.data, '\n', bit / 8 + 1) != NULL;
        // Of minisign's file the first two lines are a signature of signify's.
        if (at < alone.size && at == two_lines) counts = false;
        pinverdict_status first = PINVERDICT_OK;
        for (size_t i = 0; i < VERIFIERS; i++) {
            pinverdict_policy *policy = NULL;
            check_case("%s, mutation %zu, backend %d", signature, at, (int)verifiers[i]);
            pinverdict_status status = pinverdict_policy_parse_signed(configs[i], (const char *)whole.data, whole.size,
                                                                      (const char *)copy, size, &policy, NULL);
            if (i == 0) first = status;
            CHECK_EQUAL(status, first);
            if (counts) CHECK(status == PINVERDICT_BAD_SIGNATURE || status == PINVERDICT_UNKNOWN_KEY);
            else CHECK_EQUAL(status, PINVERDICT_OK);
            pinverdict_policy_free(policy);
        }
    }
    for (size_t i = 0; i < VERIFIERS; i++) pinverdict_config_free(configs[i]);
    free(copy);
    free((void *)whole.data);
    free((void *)alone.data);
}

static void arguments(void)
{
    pinverdict_config *config = config_for(PINVERDICT_BACKEND_AUTO, "a.pub");
    pinverdict_policy *policy = (pinverdict_policy *)config;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    check_case("%s", "arguments");
    CHECK_EQUAL(pinverdict_policy_parse_signed(NULL, "x", 1, NULL, 0, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(policy == NULL && strstr(error.message, "config is NULL") != NULL);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, NULL, 0, NULL, 0, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, "x", 1, NULL, 1, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(strstr(error.message, "signature is NULL") != NULL);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, "x", SIZE_MAX, NULL, 0, &policy, &error),
                PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, "x", 1, "x", SIZE_MAX, &policy, &error),
                PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, "x", 1, NULL, 0, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    error.struct_size = 1;
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, "x", 1, NULL, 0, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_add_policy_key(NULL, "x", 1), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_add_policy_key(config, NULL, 0), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_add_policy_key(config, "x", SIZE_MAX), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_config_set_minimum_serial(NULL, 1), PINVERDICT_INVALID_ARGUMENT);

    // Eight keys, of which one that is there already is none.
    char text[128];
    for (int number = 1; number < 8; number++) {
        pinverdict_bytes key = read_made("b.pub");
        memcpy(text, key.data, key.size);
        strchr(text, '\n')[1 + 4] = (char)('A' + number); // of the id
        CHECK_EQUAL(pinverdict_config_add_policy_key(config, text, key.size), PINVERDICT_OK);
        free((void *)key.data);
    }
    CHECK_EQUAL(add_key(config, "m.pub"), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(add_key(config, "a.pub"), PINVERDICT_OK);
    pinverdict_policy_free(parse_signed(config, "policy.signed", NULL, PINVERDICT_OK));
    pinverdict_config_free(config);
}

/* Which policies a checker takes whose config has keys, or a minimum. */
static void checkers(void)
{
    pinverdict_config *plain = config_for(PINVERDICT_BACKEND_AUTO, "-");
    pinverdict_config *config = config_for(PINVERDICT_BACKEND_AUTO, "a.pub");
    pinverdict_config *other = config_for(PINVERDICT_BACKEND_AUTO, "b.pub");
    pinverdict_policy *unsigned_one = parse("[policy]\nserial = 20270101\nenforcement = off\n");
    pinverdict_policy *by_a = parse_signed(config, "policy.signed", NULL, PINVERDICT_OK);
    pinverdict_policy *later_by_a = parse_signed(config, "other.signed", NULL, PINVERDICT_OK);
    pinverdict_policy *by_b = parse_signed(other, "by-b.signed", NULL, PINVERDICT_OK);
    pinverdict_checker *checker = NULL, *of_plain = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_totals totals = PINVERDICT_TOTALS_INIT;
    check_case("%s", "checkers");

    CHECK_EQUAL(pinverdict_checker_create(unsigned_one, config, &checker, &error), PINVERDICT_UNSIGNED_POLICY);
    CHECK(checker == NULL && strstr(error.message, "not signed") != NULL);
    CHECK_EQUAL(pinverdict_checker_create(by_b, config, &checker, &error), PINVERDICT_UNKNOWN_KEY);
    CHECK(strstr(error.message, "none of the checker's") != NULL);
    CHECK_EQUAL(pinverdict_checker_create(by_a, config, &checker, &error), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, unsigned_one, &error), PINVERDICT_UNSIGNED_POLICY);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, by_b, &error), PINVERDICT_UNKNOWN_KEY);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, later_by_a, &error), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, by_a, &error), PINVERDICT_OUTDATED_POLICY);
    CHECK_EQUAL(pinverdict_checker_totals(checker, &totals), PINVERDICT_OK);
    CHECK_EQUAL(totals.sets, 1);
    CHECK_EQUAL(totals.outdated, 1);
    CHECK_EQUAL(totals.rejected, 2);

    // Without keys a signature is nothing that counts.
    CHECK_EQUAL(pinverdict_checker_create(by_b, plain, &of_plain, &error), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_set_policy(of_plain, unsigned_one, &error), PINVERDICT_OK);
    pinverdict_checker_free(of_plain);
    pinverdict_checker_free(checker);

    check_case("%s", "minimum serial");
    CHECK_EQUAL(pinverdict_config_set_minimum_serial(config, 20260102), PINVERDICT_OK);
    CHECK(parse_signed(config, "policy.signed", NULL, PINVERDICT_OUTDATED_POLICY) == NULL);
    CHECK_EQUAL(pinverdict_checker_create(by_a, config, &checker, &error), PINVERDICT_OUTDATED_POLICY);
    CHECK(strstr(error.message, "lowest") != NULL);
    CHECK_EQUAL(pinverdict_checker_create(later_by_a, config, &checker, &error), PINVERDICT_OK);
    pinverdict_checker_free(checker);
    CHECK_EQUAL(pinverdict_config_set_minimum_serial(plain, UINT64_MAX), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(unsigned_one, plain, &of_plain, &error), PINVERDICT_OUTDATED_POLICY);
    CHECK_EQUAL(pinverdict_config_set_minimum_serial(plain, 0), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(unsigned_one, plain, &of_plain, &error), PINVERDICT_OK);
    pinverdict_checker_free(of_plain);

    pinverdict_policy_free(by_a);
    pinverdict_policy_free(later_by_a);
    pinverdict_policy_free(by_b);
    pinverdict_policy_free(unsigned_one);
    pinverdict_config_free(plain);
    pinverdict_config_free(config);
    pinverdict_config_free(other);
}

static int64_t now_at(void *now) { return *(int64_t *)now; }

/* valid-until counts when a policy is loaded, and changes none that is in force. */
static void staleness(void)
{
    int64_t now = 1909094400 - 1, end = 1909094400; // of 2030-06-30
    pinverdict_config *config = config_for(PINVERDICT_BACKEND_AUTO, "a.pub,m.pub");
    pinverdict_config *plain = config_for(PINVERDICT_BACKEND_AUTO, "-");
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy_info info = PINVERDICT_POLICY_INFO_INIT;
    pinverdict_checker *checker = NULL;
    pinverdict_policy *old = parse(
        "[policy]\nserial = 1\nvalid-until = 1970-01-01\non-stale = keep\nenforcement = off\n");
    pinverdict_policy *stale = parse(
        "[policy]\nserial = 20270101\nvalid-until = 2030-06-30\non-stale = refuse\nenforcement = off\n");
    pinverdict_policy *kept = parse(
        "[policy]\nserial = 20270102\nvalid-until = 2030-06-30\non-stale = keep\nenforcement = off\n");
    check_case("%s", "staleness");
    CHECK_EQUAL(pinverdict_config_set_clock(config, now_at, &now), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_clock(plain, now_at, &now), PINVERDICT_OK);

    pinverdict_policy_free(parse_signed(config, "pins.signed", NULL, PINVERDICT_OK));
    CHECK_EQUAL(pinverdict_checker_create(old, plain, &checker, &error), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_OK);
    CHECK_EQUAL(info.valid_until, 86400);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, stale, &error), PINVERDICT_OK);
    now = end;
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_OK);
    CHECK_EQUAL(info.serial, 20270101);
    CHECK_EQUAL(info.valid_until, end);
    CHECK(parse_signed(config, "pins.signed", NULL, PINVERDICT_STALE_POLICY) == NULL);
    CHECK(parse_signed(config, "pins", "pins.minisig", PINVERDICT_STALE_POLICY) == NULL);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, stale, &error), PINVERDICT_STALE_POLICY);
    CHECK(strstr(error.message, "valid-until") != NULL);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, kept, &error), PINVERDICT_OK);
    pinverdict_checker_free(checker);
    CHECK_EQUAL(pinverdict_checker_create(stale, plain, &checker, &error), PINVERDICT_STALE_POLICY);
    now = INT64_MIN;
    CHECK_EQUAL(pinverdict_checker_create(stale, plain, &checker, &error), PINVERDICT_OK);
    pinverdict_checker_free(checker);
    now = INT64_MAX;
    CHECK_EQUAL(pinverdict_checker_create(stale, plain, &checker, &error), PINVERDICT_STALE_POLICY);
    CHECK_EQUAL(pinverdict_checker_create(kept, plain, &checker, &error), PINVERDICT_OK);
    pinverdict_checker_free(checker);

    pinverdict_policy_free(old);
    pinverdict_policy_free(stale);
    pinverdict_policy_free(kept);
    pinverdict_config_free(config);
    pinverdict_config_free(plain);
}

int main(int argc, char **argv)
{
    check_begin();
    if (argc < 2) give_up("the directory of the signatures", "is the first argument");
    directory = argv[1];
    keys();
    cases();
    lines();
    mutations("policy", "policy.sig", "a.pub");
    mutations("policy", "policy.minisig", "m.pub");
    arguments();
    checkers();
    staleness();
    return check_end();
}
