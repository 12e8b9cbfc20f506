// SPDX-License-Identifier: Apache-2.0
/* A checker without a trust file: the system's store is loaded, or the checker is not made. */
#include "fixtures.h"
#include "system_bundle.h"

static const struct {
    const char *name, *first, *second; /* a fixture's PEM file each; of the second, half */
    pinverdict_status status;
    bool validates;
} rows[] = {
    { "the root alone", "root", NULL, PINVERDICT_OK, true },
    { "another root", "other-root", NULL, PINVERDICT_OK, false },
    { "a root and half of one", "root", "other-root", PINVERDICT_FILE_ERROR, false },
    { "half a root", NULL, "root", PINVERDICT_FILE_ERROR, false },
    { "an empty file", NULL, NULL, PINVERDICT_FILE_ERROR, false },
};

static char bundle[] = "bundle.pem";

/* What a checker with the system's store answers. */
static void with_system_store(pinverdict_backend backend, pinverdict_status expected, bool validates)
{
    pinverdict_bytes chain[CHAIN_ROOM];
    size_t count = chain_of("leaf intermediate", chain);
    pinverdict_policy *policy = policy_of(
        "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n");
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_checker *checker = NULL;
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_backend(config, backend), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, &error), expected);
    CHECK_ERROR(&error, expected);
    CHECK((checker != NULL) == (expected == PINVERDICT_OK));
    if (expected == PINVERDICT_FILE_ERROR)
        CHECK(strstr(error.message, "the system's trust store cannot be read") != NULL);
    if (checker != NULL) {
        pinverdict_decision decision = pinverdict_check_presented(checker, "api.example.com", chain, count, &verdict);
        CHECK_EQUAL(decision, validates ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
        CHECK_EQUAL(verdict.reason, validates ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_UNTRUSTED_CHAIN);
    }
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
}

/* A fixture's certificate in PEM form. */
static pinverdict_bytes pem(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.pem", fixture_directory, name);
    return file_bytes(path);
}

static void write_bundle(const char *first, const char *second)
{
    char text[16384];
    size_t size = 0;
    if (first != NULL) {
        pinverdict_bytes whole = pem(first);
        memcpy(text, whole.data, size = whole.size);
        free((void *)whole.data);
    }
    if (second != NULL) {
        pinverdict_bytes cut = pem(second);
        memcpy(text + size, cut.data, cut.size / 2);
        size += cut.size / 2;
        free((void *)cut.data);
    }
    write_file(bundle, text, size);
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    for (int b = 0; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            check_case("%s: %s", backends[b].name, rows[i].name);
            write_bundle(rows[i].first, rows[i].second);
            system_bundle = bundle;
            with_system_store(backends[b].backend, rows[i].status, rows[i].validates);
        }
        check_case("%s: a folder", backends[b].name);
        system_bundle = ".";
        with_system_store(backends[b].backend, PINVERDICT_FILE_ERROR, false);
        check_case("%s: a system that has none", backends[b].name);
        system_bundle = NULL;
        with_system_store(backends[b].backend, PINVERDICT_OK, false);
    }
    check_case("%s", "");
    return check_end();
}
