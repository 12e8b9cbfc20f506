// SPDX-License-Identifier: Apache-2.0
/* policy-model.h - policies made from the bytes of an input, as text for the library and as a structure for a second
 * implementation of what DESIGN says of a verdict: predict(). Where the two differ, one of them is wrong. */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "host-model.h"
#include "world.h"

/* -------------------------------------------------------------------------------------------- certificates -- */

/* One certificate of a chain, as the model sees it. */
typedef struct {
    pinverdict_bytes bytes;
    certificate_parts parts;
    bool is_readable, has_key_pin;
    uint8_t digests[LAST_PIN_KIND + 1][32]; /* by pinverdict_pin_kind */
} view;

/* Whether our reader takes a certificate is its own business (the target "certificate" asks that); what it reads is
   found here by the independent walk. */
static inline view view_of(pinverdict_bytes bytes)
{
    view seen = { .bytes = bytes };
    uint8_t unused[32];
    seen.is_readable = pin(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, bytes, unused) == PINVERDICT_OK;
    if (!seen.is_readable) return seen;
    REQUIRE(find_parts(bytes, &seen.parts));
    seen.has_key_pin = kind_of_key(seen.parts.algorithm) != OTHER_KEY;
    digest(seen.parts.spki.data, seen.parts.spki.size, seen.digests[PINVERDICT_PIN_SPKI]);
    digest(seen.parts.key.data, seen.parts.key.size, seen.digests[PINVERDICT_PIN_KEY]);
    digest(bytes.data, bytes.size, seen.digests[PINVERDICT_PIN_CERTIFICATE]);
    return seen;
}

static inline bool same_bytes(pinverdict_bytes one, pinverdict_bytes other)
{
    return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

/* ------------------------------------------------------------------------------------------------ policies -- */

enum { ANY_LIST, LEAF_LIST, CA_LIST };
enum { MATCH_ANY, MATCH_LEAF, MATCH_CA, MATCH_ROOT };
enum { OFF, REPORT_ONLY, ENFORCE };
enum { MODEL_PINS = 8, MODEL_RULES = 4, MODEL_SETS = 2 };

typedef struct {
    pinverdict_pin_kind kind;
    int list;
    bool is_backup, is_rejected;
    uint8_t digest[32];
} model_pin;

typedef struct {
    model_pin pins[MODEL_PINS];
    int count;
} model_pins;

typedef struct {
    const char *pattern;
    canonical_host name; /* without "*." */
    bool is_wildcard, includes_subdomains, refuses_on_expiry, is_ours, is_theirs, names_set[MODEL_SETS];
    int enforcement, match, max_depth, rollout;
    const char *expires; /* NULL: never */
    bool is_expired;
    model_pins own;
} model_rule;

typedef struct {
    uint64_t serial;
    int enforcement;
    bool refuses_unpinned;
    model_pins rejected, sets[MODEL_SETS];
    model_rule rules[MODEL_RULES];
    int rule_count;
} model_policy;

/* What every checker of these policies is set to. */
#define MODEL_ENVIRONMENT "ours"
#define MODEL_INSTALL_ID "an installation"

static const char *const model_patterns[] = {
    "api.example.com",     "*.example.com",     "example.com",      "example.org", "*.cdn.example.com",
    "www.cdn.example.com", "192.0.2.7",         "2001:db8::7",      "printer",     "com",
    "API.Example.COM.",    "[2001:DB8:0:0::7]", "::ffff:192.0.2.7", "*.COM",       "xn--bcher-kva.example",
    "a.b.example.com",
};
static const char *const enforcement_names[] = { "off", "report-only", "enforce" };
static const char *const match_names[] = { "any", "leaf", "ca", "root" };

/* The bytes that a policy is made of; zeros behind their end. */
typedef struct {
    const uint8_t *data;
    size_t size;
} program;

static inline unsigned next(program *rest)
{
    if (rest->size == 0) return 0;
    rest->size--;
    return *rest->data++;
}

/* A pin: of a certificate of the world or of the chain, or of none. */
static inline void digest_named(unsigned name, pinverdict_pin_kind kind, const view chain[], size_t count,
                                const view world_views[], uint8_t out[32])
{
    if (name < 0x40) memcpy(out, world_views[name % WORLD_SIZE].digests[kind], 32);
    else if (name >= 0x80 && (name & 7) < count) memcpy(out, chain[name & 7].digests[kind], 32);
    else memset(out, (int)name | 1, 32);
    /* What cannot be read has no digest, and 32 equal bytes are a placeholder. */
    if (memcmp(out, out + 1, 31) == 0) out[31] ^= 1;
}

/* Whether the parser would refuse the second of two pins of one section. */
static inline bool contradicts(const model_pin *one, const model_pin *other)
{
    return one->is_rejected == other->is_rejected && one->kind == other->kind &&
        memcmp(one->digest, other->digest, 32) == 0 && (one->list == other->list || one->is_backup != other->is_backup);
}

/* Whether a rule can have a pin of a list, going by its match and its max-depth. */
static inline bool takes_list(const model_rule *rule, int list)
{
    if (list == LEAF_LIST) return rule->match == MATCH_ANY || rule->match == MATCH_LEAF;
    return list == ANY_LIST || (rule->match != MATCH_LEAF && rule->max_depth != 1);
}

static inline void add_pin(model_pins *pins, const model_pin *added)
{
    for (int i = 0; i < pins->count; i++)
        if (contradicts(&pins->pins[i], added)) return;
    pins->pins[pins->count++] = *added;
}

/* The pins of a section; rule is NULL for a set, and for the keys that [policy] rejects. */
static inline void make_pins(model_pins *pins, program *from, const model_rule *rule, bool rejects_only,
                             const view chain[], size_t count, const view world_views[])
{
    unsigned wanted = next(from) % MODEL_PINS;
    for (unsigned i = 0; i < wanted; i++) {
        unsigned name = next(from), how = next(from);
        model_pin made = { .kind = (pinverdict_pin_kind)(PINVERDICT_PIN_SPKI + how % PIN_KINDS),
                           .list = (int)(how / 4 % 4) % 3,
                           .is_backup = (how & 0x10) != 0,
                           .is_rejected = rejects_only || (how & 0xe0) == 0xe0 };
        if (made.is_rejected) made = (model_pin){ .kind = PINVERDICT_PIN_SPKI, .is_rejected = true };
        if (rule != NULL && !takes_list(rule, made.list)) made.list = ANY_LIST;
        digest_named(name, made.kind, chain, count, world_views, made.digest);
        uint8_t of_nothing[32]; /* as of a key without octets; a policy refuses it */
        digest((const uint8_t *)"", 0, of_nothing);
        if (memcmp(made.digest, of_nothing, sizeof of_nothing) == 0) continue;
        add_pin(pins, &made);
    }
}

/* Whether a rule can name a set: none of the set's pins is one that the rule cannot have beside its own. */
static inline bool takes_set(const model_policy *policy, const model_rule *rule, int set)
{
    const model_pins *pins = &policy->sets[set];
    for (int i = 0; i < pins->count; i++) {
        if (!takes_list(rule, pins->pins[i].list)) return false;
        for (int other = -1; other < set; other++) {
            const model_pins *beside = other < 0 ? &rule->own : &policy->sets[other];
            if (other >= 0 && !rule->names_set[other]) continue;
            for (int j = 0; j < beside->count; j++) {
                const model_pin *one = &pins->pins[i], *another = &beside->pins[j];
                if (one->is_backup != another->is_backup && contradicts(one, another)) return false;
            }
        }
    }
    return pins->count > 0;
}

static inline bool has_pins_in_use(const model_policy *policy, const model_rule *rule)
{
    for (int i = 0; i < rule->own.count; i++)
        if (!rule->own.pins[i].is_rejected) return true;
    for (int set = 0; set < MODEL_SETS; set++)
        for (int i = 0; rule->names_set[set] && i < policy->sets[set].count; i++)
            if (!policy->sets[set].pins[i].is_rejected) return true;
    return false;
}

static inline void make_rule(model_policy *policy, program *from, const view chain[], size_t count,
                             const view world_views[])
{
    static const struct {
        const char *day;
        bool is_expired;
    } days[] = {
        { NULL, false },
        { "2029-12-31", true },
        { "2030-01-01", false },
        { "1970-01-01", true },
    };
    static const int rollouts[] = { 100, 100, 0, 1, 50, 99, 100, 100 };
    const model_pin spare = { .kind = PINVERDICT_PIN_SPKI, .digest = { 1, 2, 3 } };
    model_rule *rule = &policy->rules[policy->rule_count];
    unsigned pattern = next(from), how = next(from), limits = next(from), sets = next(from);
    unsigned patterns = sizeof model_patterns / sizeof model_patterns[0];
    *rule = (model_rule){ .pattern = model_patterns[pattern % (pattern < 0x80 ? 3 : patterns)] }; /* often the host's */
    rule->is_wildcard = rule->pattern[0] == '*';
    REQUIRE(canonical(rule->pattern + (rule->is_wildcard ? 2 : 0), &rule->name));
    rule->includes_subdomains = (how & 1) != 0 && !rule->is_wildcard && !rule->name.is_address;
    rule->enforcement = (how & 6) == 2 ? OFF : (how & 6) == 4 ? REPORT_ONLY : ENFORCE;
    rule->match = (int)(how >> 3 & 3);
    rule->expires = days[how >> 5 & 3].day;
    rule->is_expired = days[how >> 5 & 3].is_expired;
    rule->refuses_on_expiry = rule->expires != NULL && (how & 0x80) != 0;
    rule->max_depth = limits & 7;
    if (rule->max_depth == 1 && (rule->match == MATCH_CA || rule->match == MATCH_ROOT)) rule->max_depth = 2;
    rule->rollout = rollouts[limits >> 3 & 7];
    rule->is_ours = (limits & 0x40) != 0;
    rule->is_theirs = (limits & 0x80) != 0;
    make_pins(&rule->own, from, rule, false, chain, count, world_views);
    for (int i = 0; i < MODEL_SETS; i++) rule->names_set[i] = (sets >> i & 1) != 0 && takes_set(policy, rule, i);
    if (!has_pins_in_use(policy, rule)) add_pin(&rule->own, &spare);
    for (int i = 0; i < policy->rule_count; i++) {
        const model_rule *other = &policy->rules[i];
        bool is_apart = (rule->is_ours || rule->is_theirs) && (other->is_ours || other->is_theirs) &&
            !(rule->is_ours && other->is_ours) && !(rule->is_theirs && other->is_theirs);
        if (other->is_wildcard != rule->is_wildcard || strcmp(other->name.text, rule->name.text) != 0) continue;
        if (!is_apart) return;
    }
    policy->rule_count++;
}

static inline void make_policy(model_policy *policy, program from, const view chain[], size_t count,
                               const view world_views[])
{
    static uint64_t serial = 1; /* higher each time, as a checker wants it */
    unsigned how = next(&from), rules = 1 + next(&from) % MODEL_RULES;
    memset(policy, 0, sizeof *policy);
    policy->serial = ++serial;
    policy->enforcement = (how & 3) == 1 ? REPORT_ONLY : (how & 15) == 2 ? OFF : ENFORCE;
    policy->refuses_unpinned = (how & 0x10) != 0;
    if ((how & 0x20) != 0) make_pins(&policy->rejected, &from, NULL, true, chain, count, world_views);
    for (int i = 0; i < MODEL_SETS; i++)
        if ((how & 0x40 << i) != 0) make_pins(&policy->sets[i], &from, NULL, false, chain, count, world_views);
    while (rules-- > 0) make_rule(policy, &from, chain, count, world_views);
}

/* ------------------------------------------------------------------------------------------ policies as text -- */

static char policy_text[1 << 15];
static size_t policy_size;

__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    policy_size += (size_t)vsnprintf(policy_text + policy_size, sizeof policy_text - policy_size, format, arguments);
    va_end(arguments);
    REQUIRE(policy_size < sizeof policy_text);
}

/* In one of the spellings that a policy takes. */
static inline void say_digest(const uint8_t digest[32])
{
    char text[48];
    switch (digest[0] % 4) {
    case 0:
        for (int octet = 0; octet < 32; octet++) say("%02x", digest[octet]);
        break;
    case 1:
        for (int octet = 0; octet < 32; octet++) say("%s%02X", octet > 0 ? ":" : "", digest[octet]);
        break;
    default:
        EVP_EncodeBlock((unsigned char *)text, digest, 32);
        say("%s%s", digest[0] % 4 == 2 ? "sha256//" : "", text);
    }
    say("\n");
}

static inline void say_pins(const model_pins *pins)
{
    static const char *const kinds[] = { "", "pin", "key", "certificate" }, *const lists[] = { "", "leaf-", "ca-" };
    for (int i = 0; i < pins->count; i++) {
        const model_pin *one = &pins->pins[i];
        if (one->is_rejected) say("rejected-pin-sha256 = ");
        else say("%s%s%s-sha256 = ", one->is_backup ? "backup-" : "", lists[one->list], kinds[one->kind]);
        say_digest(one->digest);
    }
}

static inline void say_rule(const model_rule *rule)
{
    say("[host %s]\nallow-single-pin = yes\n", rule->pattern);
    if (rule->enforcement != ENFORCE) say("enforcement = %s\n", enforcement_names[rule->enforcement]);
    if (rule->match != MATCH_ANY) say("match = %s\n", match_names[rule->match]);
    if (rule->includes_subdomains) say("include-subdomains = yes\n");
    if (rule->expires != NULL)
        say("expires = %s\non-expiry = %s\n", rule->expires, rule->refuses_on_expiry ? "refuse" : "allow");
    if (rule->max_depth != 0) say("max-depth = %d\n", rule->max_depth);
    if (rule->rollout != 100) say("rollout-percent = %d\n", rule->rollout);
    if (rule->is_ours || rule->is_theirs)
        say("environments =%s%s\n", rule->is_ours ? " ours" : "", rule->is_theirs ? " theirs" : "");
    for (int i = 0; i < MODEL_SETS; i++)
        if (rule->names_set[i]) say("pin-set = set%d\n", i);
    say_pins(&rule->own);
}

static inline void write_policy(const model_policy *policy)
{
    policy_size = 0;
    say("[policy]\nserial = %llu\nenvironments = theirs ours\nenforcement = %s\nunpinned-hosts = %s\n",
        (unsigned long long)policy->serial, enforcement_names[policy->enforcement],
        policy->refuses_unpinned ? "refuse" : "allow");
    say_pins(&policy->rejected);
    for (int i = 0; i < policy->rule_count; i++) say_rule(&policy->rules[i]);
    for (int i = 0; i < MODEL_SETS; i++) {
        if (policy->sets[i].count == 0) continue;
        say("[pin-set set%d]\n", i);
        say_pins(&policy->sets[i]);
    }
    fuzz_policy = policy_text;
}

/* -------------------------------------------------------------------------------------- policies in a checker -- */

static inline int64_t model_clock(void *argument)
{
    (void)argument;
    return WORLD_NOW;
}

/* A checker to set these policies in: all its settings are those that the model goes by. */
static inline pinverdict_checker *model_checker(pinverdict_backend backend, bool cross_checks, const char *trust_file)
{
    static const char text[] = "[policy]\nserial = 1\nenforcement = off\n";
    pinverdict_policy *policy = NULL;
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    if (pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) != PINVERDICT_OK ||
        pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_backend(config, backend) != PINVERDICT_OK ||
        pinverdict_config_set_cross_check(config, cross_checks) != PINVERDICT_OK ||
        pinverdict_config_set_environment(config, MODEL_ENVIRONMENT) != PINVERDICT_OK ||
        pinverdict_config_set_install_id(config, (const uint8_t *)MODEL_INSTALL_ID, strlen(MODEL_INSTALL_ID)) !=
            PINVERDICT_OK ||
        pinverdict_config_set_clock(config, model_clock, NULL) != PINVERDICT_OK ||
        pinverdict_config_set_trust_file(config, trust_file) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, config, &checker, NULL) != PINVERDICT_OK)
        fuzz_give_up("there is no checker");
    pinverdict_policy_free(policy);
    pinverdict_config_free(config);
    return checker;
}

/* The policy as the library has it. */
static inline pinverdict_policy *parse_model(const model_policy *policy)
{
    pinverdict_policy *parsed = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    write_policy(policy);
    if (pinverdict_policy_parse(policy_text, policy_size, &parsed, &error) != PINVERDICT_OK)
        fuzz_violation(error.message, __FILE__, __LINE__);
    return parsed;
}

/* The certificates of the world as the model sees them: by OpenSSL's reading. */
static inline void view_world(view views[WORLD_SIZE])
{
    for (int i = 0; i < WORLD_SIZE; i++) {
        reading read = read_by_openssl(world[i].bytes);
        views[i] = view_of(world[i].bytes);
        REQUIRE(read.accepts && memcmp(read.spki, views[i].digests[PINVERDICT_PIN_SPKI], 32) == 0);
    }
}

/* The certificates of a chain; those of the world are copied. */
static inline void view_chain(const pinverdict_bytes chain[], size_t count, const view world_views[], view views[])
{
    for (size_t i = 0; i < count; i++) {
        int number = 0;
        while (number < WORLD_SIZE && world[number].bytes.data != chain[i].data) number++;
        views[i] = number < WORLD_SIZE ? world_views[number] : view_of(chain[i]);
    }
}

/* ---------------------------------------------------------------------------------------------- the prediction -- */

static inline const model_rule *deciding_rule(const model_policy *policy, const canonical_host *host)
{
    const model_rule *best = NULL;
    int most = 0;
    for (int i = 0; i < policy->rule_count; i++) {
        const model_rule *rule = &policy->rules[i];
        int how_well = covers(rule->name.text, rule->is_wildcard, rule->includes_subdomains, host);
        if (how_well <= most || (rule->is_theirs && !rule->is_ours)) continue;
        best = rule;
        most = how_well;
    }
    return best;
}

static inline bool is_rolled_out(const model_rule *rule)
{
    char input[300];
    uint8_t hash[32];
    int size = snprintf(input, sizeof input, "%s%c%s%s", MODEL_INSTALL_ID, 0, rule->is_wildcard ? "*." : "",
                        rule->name.text);
    digest(input, (size_t)size, hash);
    uint32_t first = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
    return (int)(first % 100) < rule->rollout;
}

/* The pins that a rule has, in the order in which the text lists them: its own, then those of its sets. */
static inline int pins_of(const model_policy *policy, const model_rule *rule, const model_pin *pins[])
{
    int count = 0;
    for (int i = 0; rule != NULL && i < rule->own.count; i++) pins[count++] = &rule->own.pins[i];
    for (int set = 0; rule != NULL && set < MODEL_SETS; set++)
        for (int i = 0; rule->names_set[set] && i < policy->sets[set].count; i++)
            pins[count++] = &policy->sets[set].pins[i];
    return count;
}

static inline void set_match(pinverdict_verdict *verdict, size_t depth, pinverdict_pin_kind kind,
                             const uint8_t digest[32])
{
    if (verdict->matched_depth >= 0) return; /* the shallowest, and of those the first */
    verdict->matched_depth = (int32_t)depth;
    verdict->matched_kind = kind;
    memcpy(verdict->matched_digest, digest, 32);
}

/* As the TLS library compares names that differ in bytes: OpenSSL by X.509's rules, GnuTLS by their text. */
static inline bool is_same_name(pinverdict_bytes one, pinverdict_bytes other, pinverdict_backend backend)
{
    if (same_bytes(one, other)) return true;
    bool is_same = false;
    if (backend == PINVERDICT_BACKEND_OPENSSL) {
        const uint8_t *data = one.data, *other_data = other.data;
        X509_NAME *name = d2i_X509_NAME(NULL, &data, (long)one.size);
        X509_NAME *other_name = d2i_X509_NAME(NULL, &other_data, (long)other.size);
        is_same = name != NULL && other_name != NULL && X509_NAME_cmp(name, other_name) == 0;
        X509_NAME_free(name);
        X509_NAME_free(other_name);
        ERR_clear_error();
    } else if (one.size <= 1024 && other.size <= 1024) {
        gnutls_datum_t name = { (unsigned char *)one.data, (unsigned)one.size }, text = { NULL, 0 };
        gnutls_datum_t other_name = { (unsigned char *)other.data, (unsigned)other.size }, other_text = { NULL, 0 };
        is_same = gnutls_x509_rdn_get2(&name, &text, 0) == GNUTLS_E_SUCCESS &&
            gnutls_x509_rdn_get2(&other_name, &other_text, 0) == GNUTLS_E_SUCCESS && text.size == other_text.size &&
            memcmp(text.data, other_text.data, text.size) == 0;
        gnutls_free(text.data);
        gnutls_free(other_text.data);
    }
    return is_same;
}

static inline bool is_path(const view path[], size_t count, pinverdict_backend backend)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (!is_same_name(path[i].parts.issuer, path[i + 1].parts.subject, backend)) return false;
    return true;
}

static inline bool is_within(const model_rule *rule, const model_pin *one, size_t depth, size_t count)
{
    if (rule->max_depth != 0 && depth >= (size_t)rule->max_depth) return false;
    if (rule->match == MATCH_LEAF && depth != 0) return false;
    if (rule->match == MATCH_CA && depth == 0) return false;
    if (rule->match == MATCH_ROOT && (depth == 0 || depth != count - 1)) return false;
    return one->list == ANY_LIST || (one->list == LEAF_LIST) == (depth == 0);
}

static inline bool has_pin(const view *certificate, const model_pin *one)
{
    return (one->kind != PINVERDICT_PIN_KEY || certificate->has_key_pin) &&
        memcmp(certificate->digests[one->kind], one->digest, 32) == 0;
}

/* What a rule's pins make of a path; fills in the match. */
static inline pinverdict_reason find_pins(const model_policy *policy, const model_rule *rule, const view path[],
                                          size_t count, pinverdict_verdict *verdict)
{
    const model_pin *pins[MODEL_PINS * (1 + MODEL_SETS)];
    bool has_list[3] = { false }, is_found[3] = { false }, is_found_in_use[3] = { false };
    int pin_count = pins_of(policy, rule, pins);
    for (int i = 0; i < pin_count; i++)
        if (!pins[i]->is_rejected) has_list[pins[i]->list] = true;
    for (size_t depth = 0; depth < count; depth++) {
        for (int i = 0; i < pin_count; i++) {
            if (pins[i]->is_rejected || !is_within(rule, pins[i], depth, count)) continue;
            if (!has_pin(&path[depth], pins[i])) continue;
            is_found[pins[i]->list] = true;
            if (!pins[i]->is_backup) is_found_in_use[pins[i]->list] = true;
            set_match(verdict, depth, pins[i]->kind, pins[i]->digest);
        }
    }
    bool is_matched = has_list[0] || has_list[1] || has_list[2], is_backup = false;
    for (int list = 0; list < 3; list++) {
        if (has_list[list] && !is_found[list]) is_matched = false;
        if (has_list[list] && !is_found_in_use[list]) is_backup = true;
    }
    verdict->backup = is_matched && is_backup;
    return is_matched ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH;
}

/* The depth of the shallowest key of a path that some pins reject, -1 for none. */
static inline int rejected_depth(const model_pins *pins, const view path[], size_t count)
{
    for (size_t depth = 0; depth < count; depth++)
        for (int i = 0; i < pins->count; i++)
            if (pins->pins[i].is_rejected && has_pin(&path[depth], &pins->pins[i])) return (int)depth;
    return -1;
}

static inline int least_depth(int one, int other) { return one < 0 || (other >= 0 && other < one) ? other : one; }

/* Looks for a rejected key: the policy's before the rule's, which is NULL where it does not count. */
static inline bool is_rejected(const model_policy *policy, const model_rule *rule, const view path[], size_t count,
                               pinverdict_verdict *verdict)
{
    int depth = rejected_depth(&policy->rejected, path, count);
    if (depth >= 0) {
        verdict->enforced = policy->enforcement == ENFORCE;
    } else if (rule != NULL) {
        depth = rejected_depth(&rule->own, path, count);
        for (int i = 0; i < MODEL_SETS; i++)
            if (rule->names_set[i]) depth = least_depth(depth, rejected_depth(&policy->sets[i], path, count));
    }
    if (depth >= 0) set_match(verdict, (size_t)depth, PINVERDICT_PIN_SPKI, path[depth].digests[PINVERDICT_PIN_SPKI]);
    return depth >= 0;
}

static inline pinverdict_reason judge(const model_policy *policy, const model_rule *rule, const view path[],
                                      size_t count, pinverdict_backend backend, pinverdict_verdict *verdict)
{
    if (policy->enforcement == OFF) return PINVERDICT_REASON_ENFORCEMENT_OFF;
    const model_rule *counting = rule != NULL && rule->enforcement != OFF ? rule : NULL;
    if (counting != NULL || policy->rejected.count > 0) {
        if (count > 32) return PINVERDICT_REASON_MALFORMED_CERTIFICATE;
        for (size_t i = 0; i < count; i++)
            if (!path[i].is_readable) return PINVERDICT_REASON_MALFORMED_CERTIFICATE;
        if (!is_path(path, count, backend)) return PINVERDICT_REASON_NOT_A_PATH;
        if (is_rejected(policy, counting, path, count, verdict)) return PINVERDICT_REASON_REJECTED_KEY;
    }
    if (rule == NULL) return PINVERDICT_REASON_NOT_PINNED;
    if (counting == NULL) return PINVERDICT_REASON_ENFORCEMENT_OFF;
    if (rule->is_expired) return PINVERDICT_REASON_PINS_EXPIRED;
    return find_pins(policy, rule, path, count, verdict);
}

/* The verdict that a validated path has to have. */
static inline pinverdict_verdict predict(const model_policy *policy, const char *text, const view path[], size_t count,
                                         pinverdict_backend backend)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    canonical_host host;
    verdict.enforced = true;
    verdict.reason = count == 0 ? PINVERDICT_REASON_EMPTY_CHAIN : PINVERDICT_REASON_MALFORMED_HOSTNAME;
    if (count == 0 || !canonical(text, &host)) return verdict;
    const model_rule *rule = policy->enforcement == OFF ? NULL : deciding_rule(policy, &host);
    verdict.policy_serial = policy->serial;
    verdict.enforced = policy->enforcement == ENFORCE &&
        (rule == NULL || (rule->enforcement == ENFORCE && is_rolled_out(rule)));
    if (rule != NULL)
        snprintf(verdict.rule, sizeof verdict.rule, "%s%.253s", rule->is_wildcard ? "*." : "", rule->name.text);
    verdict.reason = judge(policy, rule, path, count, backend, &verdict);
    /* A key that the policy rejects may be on a path that nobody can look through. */
    if (policy->rejected.count > 0 &&
        (verdict.reason == PINVERDICT_REASON_MALFORMED_CERTIFICATE || verdict.reason == PINVERDICT_REASON_NOT_A_PATH))
        verdict.enforced = policy->enforcement == ENFORCE;
    bool refuses = verdict.reason != PINVERDICT_REASON_MATCHED && verdict.reason != PINVERDICT_REASON_ENFORCEMENT_OFF;
    if (verdict.reason == PINVERDICT_REASON_NOT_PINNED) refuses = policy->refuses_unpinned;
    if (verdict.reason == PINVERDICT_REASON_PINS_EXPIRED) refuses = rule->refuses_on_expiry;
    if (refuses && !verdict.enforced && is_softened(verdict.reason)) refuses = false;
    verdict.decision = refuses ? PINVERDICT_REFUSE : PINVERDICT_ALLOW;
    return verdict;
}

#endif
