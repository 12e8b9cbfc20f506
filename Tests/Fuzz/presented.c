// SPDX-License-Identifier: Apache-2.0
/* pinverdict_check_presented as a whole, by either backend: the input is a policy, a host, a chain and which anchors
   are trusted (chain-input.h). By OpenSSL the verdict is what the model says of the path that OpenSSL's verifier, asked
   here once more, builds over the same store, and a refusal where it builds none. GnuTLS does not tell its path: there
   the verdict is what the model says of some path whose signatures, names and dates hold, from the leaf to an anchor,
   and GnuTLS, asked once more, trusts the chain. A pin beside the path never counts. */
#include "chain-input.h"
#include "policy-model.h"

enum { MOST_NODES = MOST_CERTIFICATES + 8 };

/* Which certificates of the world are trusted, ended by -1. */
static const int anchor_sets[][4] = {
    { 0, -1 }, { 0, 7, -1 },  { 7, -1 },  { 5, -1 },       { 15, -1 }, { 19, 0, -1 },
    { 1, -1 }, { 16, 0, -1 }, { 20, -1 }, { 0, 5, 7, -1 }, { 2, -1 },  { 24, -1 },
};
enum { SETS = sizeof anchor_sets / sizeof anchor_sets[0] };

static view world_views[WORLD_SIZE];
static struct {
    X509_STORE *store;
    gnutls_x509_trust_list_t list;
    pinverdict_checker *checkers[2]; /* by OpenSSL, by GnuTLS */
} trusts[SETS];

static void make_trust(int set)
{
    char path[64];
    trusts[set].store = X509_STORE_new();
    for (const int *anchor = anchor_sets[set]; *anchor >= 0; anchor++)
        X509_STORE_add_cert(trusts[set].store, world[*anchor].certificate);
    make_trust_file(anchor_sets[set], path);
    if (gnutls_x509_trust_list_init(&trusts[set].list, 0) != GNUTLS_E_SUCCESS ||
        gnutls_x509_trust_list_add_trust_file(trusts[set].list, path, NULL, GNUTLS_X509_FMT_PEM, 0, 0) < 1)
        fuzz_give_up("GnuTLS takes no anchors");
    trusts[set].checkers[0] = model_checker(PINVERDICT_BACKEND_OPENSSL, false, path);
    trusts[set].checkers[1] = model_checker(PINVERDICT_BACKEND_GNUTLS, false, path);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    make_world();
    view_world(world_views);
    for (int i = 0; i < SETS; i++) make_trust(i);
    return 0;
}

static bool is_refused_by_validation(const pinverdict_verdict *verdict)
{
    return verdict->decision == PINVERDICT_REFUSE && verdict->rule[0] == 0 && verdict->policy_serial == 0 &&
        (verdict->reason == PINVERDICT_REASON_UNTRUSTED_CHAIN ||
         verdict->reason == PINVERDICT_REASON_HOSTNAME_MISMATCH ||
         verdict->reason == PINVERDICT_REASON_CERTIFICATE_EXPIRED);
}

/* ------------------------------------------------------------------------------------------------- by OpenSSL -- */

/* The path that OpenSSL builds, leaf first, encoded; how many certificates it has, 0 for none. */
static size_t openssl_path(X509_STORE *store, const input_chain *chain, const canonical_host *host,
                           pinverdict_bytes path[32])
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    size_t count = 0;
    for (size_t i = 0; i < chain->count; i++) {
        const uint8_t *data = chain->certificates[i].data;
        X509 *certificate = d2i_X509(NULL, &data, (long)chain->certificates[i].size);
        if (certificate != NULL) sk_X509_push(sent, certificate);
        else if (i == 0) goto end;
    }
    X509_STORE_CTX_init(context, store, sk_X509_value(sent, 0), sent);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM *settings = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(settings, WORLD_NOW);
    X509_VERIFY_PARAM_set_depth(settings, 30);
    X509_VERIFY_PARAM_set_auth_level(settings, 2);
    X509_VERIFY_PARAM_set_hostflags(settings,
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (host->is_address) X509_VERIFY_PARAM_set1_ip_asc(settings, host->text);
    else X509_VERIFY_PARAM_set1_host(settings, host->text, 0);
    if (X509_verify_cert(context) == 1) {
        STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(context);
        for (; count < (size_t)sk_X509_num(built) && count < 32; count++) {
            uint8_t *encoded = NULL;
            int size = i2d_X509(sk_X509_value(built, (int)count), &encoded);
            path[count] = (pinverdict_bytes){ encoded, size > 0 ? (size_t)size : 0 };
        }
    }
end:
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(sent, X509_free);
    ERR_clear_error();
    return count;
}

static void require_openssl(int set, const model_policy *policy, const char *text, const canonical_host *host,
                            const input_chain *chain, const pinverdict_verdict *verdict)
{
    pinverdict_bytes path[32];
    view views[32];
    size_t count = openssl_path(trusts[set].store, chain, host, path);
    if (count == 0) {
        REQUIRE(is_refused_by_validation(verdict));
        return;
    }
    for (size_t i = 0; i < count; i++) views[i] = view_of(path[i]);
    pinverdict_verdict validated = PINVERDICT_VERDICT_INIT;
    pinverdict_verdict expected = predict(policy, text, views, count, PINVERDICT_BACKEND_OPENSSL);
    REQUIRE(same_verdict(verdict, &expected));
    pinverdict_decision decision = pinverdict_check_validated(trusts[set].checkers[0], text, path, count, &validated);
    REQUIRE(decision == verdict->decision && same_verdict(verdict, &validated));
    for (size_t i = 0; i < count; i++) OPENSSL_free((void *)path[i].data);
}

/* -------------------------------------------------------------------------------------------------- by GnuTLS -- */

/* Everything that a path may be made of: what was sent, and the anchors. */
typedef struct {
    view views[MOST_NODES];
    bool is_anchor[MOST_NODES];
    int8_t is_signed[MOST_NODES][MOST_NODES]; /* by the second; -1 where nobody has looked yet */
    size_t count;
    const model_policy *policy;
    const char *host;
    const pinverdict_verdict *verdict;
    bool follows_names; /* false: signatures alone, as GnuTLS now and then does; the model then says NOT_A_PATH */
    size_t path[32];
    int tries;
} search;

static bool has_signed(search *all, size_t one, size_t issuer)
{
    int8_t *known = &all->is_signed[one][issuer];
    const certificate_parts *parts = &all->views[one].parts, *theirs = &all->views[issuer].parts;
    if (all->follows_names && !is_same_name(parts->issuer, theirs->subject, PINVERDICT_BACKEND_GNUTLS)) return false;
    if (*known >= 0) return *known;
    *known = 0;
    if (theirs->key.size == 32) {
        EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, theirs->key.data, 32);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        *known = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
            EVP_DigestVerify(context, parts->signature.data, parts->signature.size, parts->to_be_signed.data,
                             parts->to_be_signed.size) == 1;
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
        ERR_clear_error();
    }
    return *known;
}

/* Takes one of a certificate's dates: -1 where it is not after the moment, 1 where it is, and `unknown` where OpenSSL
   reads no date. GnuTLS also reads some that are none, such as one without seconds: those are not judged. */
static int order_of(pinverdict_bytes *dates, time_t moment, int unknown)
{
    pinverdict_bytes one, contents;
    if (!take_element(dates, &one, &contents)) return unknown;
    const uint8_t *data = one.data;
    ASN1_TIME *date = d2i_ASN1_TIME(NULL, &data, (long)one.size);
    int order = date != NULL ? X509_cmp_time(date, &moment) : 0;
    ASN1_TIME_free(date);
    ERR_clear_error();
    return order != 0 ? order : unknown;
}

static bool is_valid_now(const view *certificate)
{
    pinverdict_bytes whole, dates, rest = certificate->parts.validity;
    return take_element(&rest, &whole, &dates) && order_of(&dates, WORLD_NOW, -1) < 0 &&
        order_of(&dates, WORLD_NOW - 1, 1) > 0;
}

/* Whether some path that begins like this one has the verdict. */
static bool explains(search *all, size_t length)
{
    size_t last = all->path[length - 1];
    if (--all->tries < 0 || !is_valid_now(&all->views[last])) return false;
    if (all->is_anchor[last]) {
        view path[32];
        for (size_t i = 0; i < length; i++) path[i] = all->views[all->path[i]];
        pinverdict_verdict expected = predict(all->policy, all->host, path, length, PINVERDICT_BACKEND_GNUTLS);
        if (same_verdict(&expected, all->verdict)) return true;
    }
    for (size_t issuer = 0; issuer < all->count && length < 32; issuer++) {
        if (issuer == last || !has_signed(all, last, issuer)) continue;
        all->path[length] = issuer;
        if (explains(all, length + 1)) return true;
    }
    return false;
}

static bool gnutls_trusts(int set, const input_chain *chain)
{
    gnutls_x509_crt_t certificates[MOST_CERTIFICATES];
    unsigned count = 0, status = ~0u;
    gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 };
    for (size_t i = 0; i < chain->count; i++) {
        gnutls_datum_t datum = { (unsigned char *)chain->certificates[i].data, (unsigned)chain->certificates[i].size };
        gnutls_x509_crt_init(&certificates[count]);
        if (gnutls_x509_crt_import(certificates[count], &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS) count++;
        else gnutls_x509_crt_deinit(certificates[count]);
    }
    /* By its own clock, which can lead it another way, and by none. */
    const unsigned no_times = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
    bool is_trusted = false;
    for (int by_clock = 0; by_clock < 2 && !is_trusted; by_clock++)
        is_trusted = gnutls_x509_trust_list_verify_crt2(trusts[set].list, certificates, count, &purpose, 1,
                                                        GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM) |
                                                            (by_clock ? 0 : no_times),
                                                        &status, NULL) == GNUTLS_E_SUCCESS &&
            status == 0;
    for (unsigned i = 0; i < count; i++) gnutls_x509_crt_deinit(certificates[i]);
    return is_trusted;
}

static void require_gnutls(int set, const model_policy *policy, const char *text, const view views[],
                           const input_chain *chain, const pinverdict_verdict *verdict)
{
    static search all;
    if (is_refused_by_validation(verdict)) return;
    REQUIRE(gnutls_trusts(set, chain));
    all = (search){
        .count = chain->count, .policy = policy, .host = text, .verdict = verdict, .follows_names = true, .tries = 10000
    };
    memcpy(all.views, views, chain->count * sizeof views[0]);
    for (const int *anchor = anchor_sets[set]; *anchor >= 0; anchor++) {
        for (size_t i = 0; i < all.count; i++)
            if (same_bytes(all.views[i].bytes, world[*anchor].bytes)) all.is_anchor[i] = true;
        all.is_anchor[all.count] = true;
        all.views[all.count++] = world_views[*anchor];
    }
    memset(all.is_signed, -1, sizeof all.is_signed);
    all.path[0] = 0;
    bool is_explained = explains(&all, 1);
    all.follows_names = false;
    REQUIRE(is_explained || explains(&all, 1) || all.tries < 0);
}

/* ----------------------------------------------------------------------------------------------------- an input -- */

static pinverdict_verdict ask(const pinverdict_checker *checker, const char *host, const input_chain *chain)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_presented(checker, host, chain->certificates, chain->count,
                                                              &verdict);
    require_consistent(&verdict, decision);
    return verdict;
}

/* What is refused before anything is validated: by its reason, NONE for nothing. */
static pinverdict_reason refused_at_once(const char *text, const view views[], size_t count, canonical_host *host)
{
    if (count == 0) return PINVERDICT_REASON_EMPTY_CHAIN;
    if (!canonical(text, host)) return PINVERDICT_REASON_MALFORMED_HOSTNAME;
    return count > 32 || !views[0].is_readable ? PINVERDICT_REASON_MALFORMED_CERTIFICATE : PINVERDICT_REASON_NONE;
}

/* Takes out what cannot be read: to the library it has not been sent. */
static void keep_readable(input_chain *chain, view views[])
{
    size_t kept = 0;
    for (size_t i = 0; i < chain->count; i++) {
        if (!views[i].is_readable) continue;
        chain->certificates[kept] = chain->certificates[i];
        views[kept++] = views[i];
    }
    chain->count = kept;
}

static bool check_chain(const chain_input *input, const input_chain *chain, const char *text)
{
    static model_policy policy;
    view views[MOST_CERTIFICATES];
    canonical_host host;
    int set = input->trust % SETS;
    view_chain(chain->certificates, chain->count, world_views, views);
    make_policy(&policy, (program){ input->policy.data, input->policy.size }, views, chain->count, world_views);
    pinverdict_policy *parsed = parse_model(&policy);
    pinverdict_reason refused = refused_at_once(text, views, chain->count, &host);
    input_chain readable = *chain;
    if (refused == PINVERDICT_REASON_NONE) keep_readable(&readable, views);
    for (int backend = 0; backend < 2; backend++) {
        pinverdict_checker *checker = trusts[set].checkers[backend];
        REQUIRE(pinverdict_checker_set_policy(checker, parsed, NULL) == PINVERDICT_OK);
        pinverdict_verdict verdict = ask(checker, text, chain);
        if (refused != PINVERDICT_REASON_NONE)
            REQUIRE(verdict.decision == PINVERDICT_REFUSE && verdict.reason == refused && verdict.policy_serial == 0);
        else if (backend == 0) require_openssl(set, &policy, text, &host, &readable, &verdict);
        else require_gnutls(set, &policy, text, views, &readable, &verdict);
    }
    pinverdict_policy_free(parsed);
    return refused == PINVERDICT_REASON_NONE;
}
