// SPDX-License-Identifier: Apache-2.0
/* two-flavours.c - two flavours of the library in one process: two-flavours PLUGIN OTHER
   The program is linked with the OpenSSL flavour. PLUGIN is this file as a shared object (-DPLUGIN), linked with the
   GnuTLS one; OTHER is that library itself. Prints what went wrong; exits 1 if anything did. */
#include <dlfcn.h>
#include <pinverdict.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition) \
    ((condition) ? (void)0 : (void)(failures++, printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition)))

static const char text[] = "[policy]\nserial = 1\nunpinned-hosts = refuse\n";

/* Whether the library that this file is linked with has the backend and makes checkers that check. */
static bool works_with(pinverdict_backend backend)
{
    pinverdict_config *config = NULL;
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_bytes certificate = { (const uint8_t *)"", 0 };
    bool works = pinverdict_config_create(&config) == PINVERDICT_OK &&
        pinverdict_config_set_backend(config, backend) == PINVERDICT_OK &&
        pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) == PINVERDICT_OK &&
        pinverdict_checker_create(policy, config, &checker, NULL) == PINVERDICT_OK &&
        pinverdict_check_validated(checker, "a", &certificate, 1, &verdict) == PINVERDICT_REFUSE &&
        verdict.reason == PINVERDICT_REASON_NOT_PINNED;
    pinverdict_checker_free(checker);
    pinverdict_policy_free(policy);
    pinverdict_config_free(config);
    return works;
}

#ifdef PLUGIN
int plugin(void);
int plugin(void)
{
    CHECK(works_with(PINVERDICT_BACKEND_GNUTLS));
    CHECK(!works_with(PINVERDICT_BACKEND_OPENSSL));
    return failures;
}
#else
static void *function_of(void *library, const char *name)
{
    void *function = dlsym(library, name);
    if (function == NULL) printf("%s\n", dlerror()), exit(1);
    return function;
}

/* The error says that a handle is of another flavour. */
static bool is_foreign(const pinverdict_error *error, const char *handle)
{
    char words[100];
    snprintf(words, sizeof words, "%s was made by another flavour of the library", handle);
    return error->status == PINVERDICT_INVALID_ARGUMENT && strcmp(error->message, words) == 0;
}

/* A checker of one flavour is none to the other. */
static void mix(void *other)
{
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_bytes certificate = { (const uint8_t *)"", 0 };
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_pin pins[1];
    size_t count;
    CHECK(pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) == PINVERDICT_OK);
    CHECK(pinverdict_checker_create(policy, NULL, &checker, NULL) == PINVERDICT_OK);
    const char *checks[] = { "pinverdict_check_validated", "pinverdict_check_presented" };
    for (int i = 0; i < 2; i++) {
        __typeof__(&pinverdict_check_validated) check = function_of(other, checks[i]);
        CHECK(check(checker, "a", &certificate, 1, &verdict) == PINVERDICT_REFUSE);
        CHECK(verdict.reason == PINVERDICT_REASON_INVALID_ARGUMENT);
    }
    __typeof__(&pinverdict_checker_set_policy) set_policy = function_of(other, "pinverdict_checker_set_policy");
    CHECK(set_policy(checker, policy, &error) == PINVERDICT_INVALID_ARGUMENT);
    CHECK(is_foreign(&error, "checker"));
    __typeof__(&pinverdict_checker_pins) list = function_of(other, "pinverdict_checker_pins");
    CHECK(list(checker, "a", pins, 1, &count, NULL, &error) == PINVERDICT_INVALID_ARGUMENT);
    CHECK(is_foreign(&error, "checker"));
    __typeof__(&pinverdict_checker_free) free_checker = function_of(other, "pinverdict_checker_free");
    free_checker(checker);
    CHECK(pinverdict_check_validated(checker, "a", &certificate, 1, &verdict) == PINVERDICT_REFUSE);
    CHECK(verdict.reason == PINVERDICT_REASON_NOT_PINNED);
    pinverdict_checker_free(checker);
    pinverdict_policy_free(policy);
}

/* Nor is a config: none of the other's calls takes it, and none changes it. */
static void mix_configs(void *other)
{
    pinverdict_policy *policy = NULL;
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK(pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) == PINVERDICT_OK);
    CHECK(pinverdict_config_create(&config) == PINVERDICT_OK);
    __typeof__(&pinverdict_config_set_backend) set_backend = function_of(other, "pinverdict_config_set_backend");
    CHECK(set_backend(config, PINVERDICT_BACKEND_AUTO) == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_config_set_cross_check) set_cross_check = function_of(other,
                                                                                 "pinverdict_config_set_cross_check");
    CHECK(set_cross_check(config, true) == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_config_set_environment) set_environment = function_of(other,
                                                                                 "pinverdict_config_set_environment");
    CHECK(set_environment(config, "staging") == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_config_set_install_id) set_id = function_of(other, "pinverdict_config_set_install_id");
    CHECK(set_id(config, (const uint8_t *)"id", 2) == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_config_set_clock) set_clock = function_of(other, "pinverdict_config_set_clock");
    CHECK(set_clock(config, NULL, NULL) == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_config_set_trust_file) set_trust_file = function_of(other,
                                                                               "pinverdict_config_set_trust_file");
    CHECK(set_trust_file(config, "/nowhere") == PINVERDICT_INVALID_ARGUMENT);
    __typeof__(&pinverdict_checker_create) create = function_of(other, "pinverdict_checker_create");
    CHECK(create(policy, config, &checker, &error) == PINVERDICT_INVALID_ARGUMENT);
    CHECK(is_foreign(&error, "config"));
    CHECK(checker == NULL);
    __typeof__(&pinverdict_config_free) free_config = function_of(other, "pinverdict_config_free");
    free_config(config);
    CHECK(pinverdict_checker_create(policy, config, &checker, NULL) == PINVERDICT_OK);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    CHECK(works_with(PINVERDICT_BACKEND_OPENSSL));
    CHECK(!works_with(PINVERDICT_BACKEND_GNUTLS));
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) printf("%s\n", dlerror()), exit(1);
    int (*plugin)(void) = function_of(library, "plugin");
    failures += plugin();
    CHECK(works_with(PINVERDICT_BACKEND_OPENSSL));
    void *other = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
    if (other == NULL) printf("%s\n", dlerror()), exit(1);
    mix(other);
    mix_configs(other);
    return failures != 0;
}
#endif
