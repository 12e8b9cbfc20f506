// SPDX-License-Identifier: Apache-2.0
/* Everything is made, used and freed, over and over: no memory and no mapping is left of it. Under AddressSanitizer
   it looks for leaks itself. */
#include "allocations.h"
#include "fixtures.h"

#include <time.h>

#if HAS_OPENSSL
#include "pinverdict-openssl.h"
#endif
#if HAS_GNUTLS
#include "pinverdict-gnutls.h"
#endif

static const char *const host = "api.example.com";
static const char *const policy_file = "lifetimes.policy";
static pinverdict_bytes path[CHAIN_ROOM], presented[CHAIN_ROOM], untrusted[CHAIN_ROOM], unreadable[CHAIN_ROOM];

static int64_t fixed_clock(void *moment) { return *(int64_t *)moment; }

static pinverdict_policy *new_policy(int serial, bool is_loaded)
{
    pinverdict_policy *policy = NULL;
    char template[300];
    snprintf(template, sizeof template,
             "[policy]\nserial = %d\nenvironments = dev production\n[pin-set api]\npin-sha256 = {leaf}\n"
             "backup-pin-sha256 = {1}\n[host %s]\npin-set = api\nenvironments = dev\nrollout-percent = 100\n",
             serial, host);
    char *text = policy_text(template);
    if (is_loaded) write_file(policy_file, text, strlen(text));
    CHECK_EQUAL(is_loaded ? pinverdict_policy_load(policy_file, &policy, NULL)
                          : pinverdict_policy_parse(text, strlen(text), &policy, NULL),
                PINVERDICT_OK);
    free(text);
    return policy;
}

/* What is wrong leaves nothing behind either. */
static void failures(void)
{
    static const char wrong[] = "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = short\n";
    uint8_t digest[32];
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_policy_parse(wrong, strlen(wrong), &policy, &error), PINVERDICT_INVALID_POLICY);
    CHECK_EQUAL(pinverdict_policy_load("there is no such file", &policy, &error), PINVERDICT_FILE_ERROR);
    policy = new_policy(1, false);
    CHECK_EQUAL(pinverdict_checker_create(policy, NULL, &checker, &error), PINVERDICT_SETTING_REQUIRED);
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_environment(config, "dev"), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_install_id(config, (const uint8_t *)"id", 2), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, policy_file), PINVERDICT_OK); // there, and no PEM in it
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, &error), PINVERDICT_FILE_ERROR);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    CHECK_EQUAL(pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, unreadable[0], digest),
                PINVERDICT_MALFORMED_CERTIFICATE);
}

#if HAS_OPENSSL
/* Attached and never connected; Tests/EndToEnd has connections. */
static void openssl_hook(pinverdict_checker *checker)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *ssl = SSL_new(context);
    CHECK_EQUAL(pinverdict_openssl_attach(ssl, checker, host), 1);
    CHECK_EQUAL(pinverdict_openssl_attach(ssl, checker, host), 0);
    CHECK_EQUAL(pinverdict_openssl_check(checker, ssl, host, NULL), PINVERDICT_REFUSE);
    SSL_free(ssl);
    SSL_CTX_free(context);
}
#endif

#if HAS_GNUTLS
static void gnutls_hook(pinverdict_checker *checker)
{
    gnutls_session_t session;
    CHECK_EQUAL(gnutls_init(&session, GNUTLS_CLIENT), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(pinverdict_gnutls_attach(session, checker, host), GNUTLS_E_SUCCESS);
    CHECK_EQUAL(pinverdict_gnutls_attach(session, checker, host), GNUTLS_E_ALREADY_REGISTERED);
    CHECK_EQUAL(pinverdict_gnutls_check(checker, session, host, NULL), PINVERDICT_REFUSE);
    gnutls_deinit(session);
}
#endif

static void use(pinverdict_backend backend, bool cross_checks)
{
    int64_t now = time(NULL);
    uint8_t digest[32];
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_checker *checker = NULL;
    pinverdict_config *config = config_with(backend);
    pinverdict_policy *policy = new_policy(1, true);
    CHECK_EQUAL(pinverdict_config_set_cross_check(config, cross_checks), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_environment(config, "production"), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_environment(config, "dev"), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_install_id(config, (const uint8_t *)"id", 2), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_clock(config, fixed_clock, &now), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
    pinverdict_policy_free(policy);
    pinverdict_config_free(config);

    for (int serial = 2; serial < 6; serial++) {
        CHECK_EQUAL(pinverdict_check_validated(checker, host, path, 3, &verdict), PINVERDICT_ALLOW);
        CHECK_EQUAL(pinverdict_check_validated(checker, host, unreadable, 1, &verdict), PINVERDICT_REFUSE);
        CHECK_EQUAL(pinverdict_check_presented(checker, host, presented, 2, &verdict), PINVERDICT_ALLOW);
        CHECK_EQUAL(pinverdict_check_presented(checker, host, untrusted, 2, &verdict), PINVERDICT_REFUSE);
        CHECK_EQUAL(pinverdict_check_presented(checker, host, unreadable, 1, &verdict), PINVERDICT_REFUSE);
        policy = new_policy(serial, false);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK); // the same once more
        pinverdict_policy_free(policy);
        policy = new_policy(1, false);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OUTDATED_POLICY);
        pinverdict_policy_free(policy);
    }
    CHECK_EQUAL(pinverdict_pin_of_certificate(backend, PINVERDICT_PIN_SPKI, path[0], digest), PINVERDICT_OK);
#if HAS_OPENSSL
    openssl_hook(checker);
#endif
#if HAS_GNUTLS
    gnutls_hook(checker);
#endif
    pinverdict_checker_free(checker);
}

/* Lines of the list of what is mapped; a checker has one mapping of its own. */
static int mappings(void)
{
    int lines = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) give_up("cannot read", "/proc/self/maps");
    for (int letter; (letter = getc(maps)) != EOF;) lines += letter == '\n';
    fclose(maps);
    return lines;
}

int main(int argc, char **argv)
{
    enum { WARM_UP = 5 };
    int times = WARM_UP + 10 * check_effort(), mapped = 0;
    long allocated = 0;
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    chain_of("leaf intermediate root", path);
    chain_of("leaf intermediate", presented);
    chain_of("other-leaf other-intermediate", untrusted);
    chain_of("garbage", unreadable);
    for (int i = 0; i < times; i++) {
        check_case("round %d", i);
        for (int b = 0; b < BACKEND_COUNT; b++)
            for (int cross_checks = 0; backends[b].built_in && cross_checks <= 1; cross_checks++)
                use(backends[b].backend, cross_checks != 0);
        failures();
        if (i == WARM_UP) {
            allocated = outstanding; // what the TLS libraries keep
            mapped = mappings();
        }
    }
    CHECK_EQUAL(outstanding, allocated);
    CHECK_EQUAL(mappings(), mapped);
    printf("%d rounds, %ld allocations, %ld kept\n", times, allocations, outstanding);
    return check_end();
}
