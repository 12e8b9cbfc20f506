// SPDX-License-Identifier: Apache-2.0
/* pinverdict_check_validated as a whole: the input is a policy, a host and a chain (chain-input.h). The verdict is the
   one that a second implementation of DESIGN's sentences gives (policy-model.h), in every member; a pin that is said to
   match stands on the path by OpenSSL's reading, too. */
#include "chain-input.h"
#include "policy-model.h"

static view world_views[WORLD_SIZE];
static pinverdict_checker *checkers[4]; /* by OpenSSL and by GnuTLS; then the same with cross-check */

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    char path[64];
    (void)count, (void)arguments;
    make_world();
    view_world(world_views);
    make_trust_file((const int[]){ 0, -1 }, path);
    for (int i = 0; i < 4; i++) checkers[i] = model_checker(1 + i % 2, i >= 2, path);
    return 0;
}

/* The verdict on a chain, asked for twice, once without a place for it. */
static pinverdict_verdict ask(const pinverdict_checker *checker, const char *host, const input_chain *chain)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, host, chain->certificates, chain->count,
                                                              &verdict);
    require_consistent(&verdict, decision);
    REQUIRE(pinverdict_check_validated(checker, host, chain->certificates, chain->count, NULL) == decision);
    return verdict;
}

/* Other spellings of the host: in capitals, and with a dot at the end where that is allowed. */
static void require_same_for_spellings(const pinverdict_checker *checker, const char *host, const input_chain *chain,
                                       const pinverdict_verdict *expected)
{
    char spelling[300];
    canonical_host meant;
    size_t size = strlen(host);
    if (size > 255 || !canonical(host, &meant)) return;
    for (size_t i = 0; i <= size; i++) spelling[i] = (char)toupper((unsigned char)host[i]);
    pinverdict_verdict verdict = ask(checker, spelling, chain);
    REQUIRE(same_verdict(&verdict, expected));
    if (strchr(host, ':') != NULL || host[size - 1] == '.') return;
    strcpy(spelling + size, ".");
    verdict = ask(checker, spelling, chain);
    REQUIRE(same_verdict(&verdict, expected));
}

static void require_openssl_finds(const pinverdict_verdict *verdict, const input_chain *chain)
{
    if (verdict->matched_depth < 0 || !chain->is_own[verdict->matched_depth]) return;
    if (verdict->matched_kind != PINVERDICT_PIN_SPKI) return;
    reading read = read_by_openssl(chain->certificates[verdict->matched_depth]);
    if (read.accepts) REQUIRE(memcmp(read.spki, verdict->matched_digest, 32) == 0);
}

/* Cross-check refuses where the library's own reader finds another key, or none; else it changes nothing. */
static void require_cross_check(const pinverdict_checker *checker, const char *host, const input_chain *chain,
                                const pinverdict_verdict *expected)
{
    pinverdict_verdict verdict = ask(checker, host, chain);
    if (verdict.reason == PINVERDICT_REASON_EXTRACTORS_DISAGREE) REQUIRE(verdict.decision == PINVERDICT_REFUSE);
    else REQUIRE(same_verdict(&verdict, expected));
}

static bool check_chain(const chain_input *input, const input_chain *chain, const char *host)
{
    static model_policy policy;
    view views[MOST_CERTIFICATES];
    view_chain(chain->certificates, chain->count, world_views, views);
    make_policy(&policy, (program){ input->policy.data, input->policy.size }, views, chain->count, world_views);
    pinverdict_policy *parsed = parse_model(&policy);
    bool cross_checks = (input->trust & 0xf0) == 0xf0, is_read = false;
    for (int i = 0; i < (cross_checks ? 4 : 2); i++) {
        pinverdict_verdict expected = predict(&policy, host, views, chain->count, (pinverdict_backend)(1 + i % 2));
        is_read = expected.reason < PINVERDICT_REASON_MALFORMED_CERTIFICATE;
        REQUIRE(pinverdict_checker_set_policy(checkers[i], parsed, NULL) == PINVERDICT_OK);
        if (i >= 2) {
            require_cross_check(checkers[i], host, chain, &expected);
            continue;
        }
        pinverdict_verdict verdict = ask(checkers[i], host, chain);
        REQUIRE(same_verdict(&verdict, &expected));
        require_same_for_spellings(checkers[i], host, chain, &expected);
        require_openssl_finds(&verdict, chain);
    }
    pinverdict_policy_free(parsed);
    return is_read;
}
