// SPDX-License-Identifier: Apache-2.0
/* The policy parser: the input is a policy's text. What is refused names its line. What is accepted stays accepted with
   a comment more, with other line ends and with its sections in another order, and is refused once it is cut short or
   has something unknown in it. A checker under it skips no rule: each [host] that a reader sees who knows nothing but
   lines decides for its host; no pin matches that does not stand in the text; and where nothing in the text softens, a
   path none of whose pins stand there is refused. */
#include "host-model.h"
#include "mutate-policy.h"
#include "world.h"

enum { LONGEST = 1 << 14, MOST_HOSTS = 64 };

static char trust_file[64];
static pinverdict_bytes paths[2][3]; /* of two authorities */
static uint8_t pins[2][3][4][32];    /* by path, depth and kind */

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static const int rows[2][3] = { { 2, 1, 0 }, { 10, 9, 7 } };
    (void)count, (void)arguments;
    make_world();
    make_trust_file((const int[]){ 0, -1 }, trust_file);
    for (int i = 0; i < 6; i++) {
        certificate_parts parts;
        pinverdict_bytes bytes = world[rows[i / 3][i % 3]].bytes;
        paths[i / 3][i % 3] = bytes;
        REQUIRE(find_parts(bytes, &parts));
        digest(parts.spki.data, parts.spki.size, pins[i / 3][i % 3][PINVERDICT_PIN_SPKI]);
        digest(parts.key.data, parts.key.size, pins[i / 3][i % 3][PINVERDICT_PIN_KEY]);
        digest(bytes.data, bytes.size, pins[i / 3][i % 3][PINVERDICT_PIN_CERTIFICATE]);
    }
    return 0;
}

/* ---------------------------------------------------------------------------- what a reader of lines alone sees -- */

typedef struct {
    char hosts[MOST_HOSTS][256]; /* the patterns of [host ...] */
    bool has_environments[MOST_HOSTS];
    int count;
    char environment[64]; /* the first that [policy] declares, or "" */
    bool is_off, softens; /* the policy; something in it may turn a refusal into an allow */
    size_t last_section;  /* where that begins */
} outline;

static const char *skip_spaces(const char *at) { return at + strspn(at, " \t"); }

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* A line without its comment and the white space around it. */
static void trim(char *line)
{
    size_t size = 0;
    for (; line[size] != 0; size++)
        if (line[size] == '#' && (size == 0 || strchr(" \t", line[size - 1]) != NULL)) break;
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL) size--;
    line[size] = 0;
    const char *start = skip_spaces(line);
    memmove(line, start, strlen(start) + 1);
}

static void read_setting(outline *seen, const char *line, bool is_policy)
{
    const char *value = strchr(line, '=');
    value = value != NULL ? skip_spaces(value + 1) : "";
    if (begins(line, "environments")) {
        if (is_policy) sscanf(value, "%63[^ \t]", seen->environment);
        else if (seen->count > 0) seen->has_environments[seen->count - 1] = true;
    }
    seen->is_off |= is_policy && begins(line, "enforcement") && begins(value, "off");
    seen->softens |= (begins(line, "enforcement") && !begins(value, "enforce")) || begins(line, "rollout-percent") ||
        begins(line, "environments") || (begins(line, "on-expiry") && begins(value, "allow"));
}

/* False for more hosts than are kept. */
static bool read_outline(outline *seen, const char *text)
{
    static char line[5000];
    bool is_policy = false;
    *seen = (outline){ .count = 0 };
    for (const char *at = text; *at != 0;) {
        size_t size = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)size, at);
        trim(line);
        if (line[0] == '[') {
            seen->last_section = (size_t)(at - text);
            line[strlen(line) - 1] = 0;
            trim(line);
            const char *name = skip_spaces(line + 1);
            is_policy = begins(name, "policy");
            if (begins(name, "host")) {
                if (seen->count == MOST_HOSTS) return false;
                snprintf(seen->hosts[seen->count++], 256, "%.255s", skip_spaces(name + 4));
            }
        } else {
            read_setting(seen, line, is_policy);
        }
        at += size + (at[size] != 0);
    }
    return true;
}

/* Whether a pin stands in the text: as base64, or as hex digits with or without colons. */
static bool contains_pin(const char *text, const uint8_t pin[32])
{
    static char bare[LONGEST + 1];
    char encoded[48], hex[65], *end = bare;
    EVP_EncodeBlock((unsigned char *)encoded, pin, 32);
    if (strstr(text, encoded) != NULL) return true;
    for (int i = 0; i < 32; i++) sprintf(hex + 2 * i, "%02x", pin[i]);
    for (; *text != 0; text++)
        if (*text != ':') *end++ = (char)tolower((unsigned char)*text);
    *end = 0;
    return strstr(bare, hex) != NULL;
}

static bool contains_pins_of(const char *text, int path)
{
    for (int depth = 0; depth < 3; depth++)
        for (int kind = PINVERDICT_PIN_SPKI; kind <= LAST_PIN_KIND; kind++)
            if (contains_pin(text, pins[path][depth][kind])) return true;
    return false;
}

/* ---------------------------------------------------------------------------------------------------- parsing -- */

static size_t lines_of(const char *text, size_t size)
{
    size_t lines = size == 0 || text[size - 1] != '\n';
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    return lines;
}

/* Parses twice, the second time without a place for the error. */
static pinverdict_policy *parse(const char *text, size_t size, pinverdict_error *error)
{
    pinverdict_policy *policy = NULL, *again = NULL;
    char *copy = (char *)exact_copy((const uint8_t *)text, size);
    *error = (pinverdict_error)PINVERDICT_ERROR_INIT;
    pinverdict_status status = pinverdict_policy_parse(copy, size, &policy, error);
    require_error(error, status, lines_of(text, size));
    REQUIRE(status == PINVERDICT_OK || status == PINVERDICT_INVALID_POLICY);
    REQUIRE((status == PINVERDICT_OK) == (policy != NULL));
    REQUIRE(pinverdict_policy_parse(copy, size, &again, NULL) == status);
    pinverdict_policy_free(again);
    free(copy);
    return policy;
}

/* Whether a text with something behind it is accepted; else the line of its mistake. */
static uint32_t mistake_with(const char *text, size_t size, const char *more, size_t more_size)
{
    static char longer[2 * LONGEST];
    pinverdict_error error;
    memcpy(longer, text, size);
    memcpy(longer + size, more, more_size);
    pinverdict_policy *policy = parse(longer, size + more_size, &error);
    pinverdict_policy_free(policy);
    return policy != NULL ? 0 : error.line;
}

static void require_edits_are_seen(const char *text, size_t size)
{
    uint32_t lines = (uint32_t)lines_of(text, size);
    REQUIRE(text[size - 1] == '\n');
    if (size > 1 && text[size - 2] != '\n') REQUIRE(mistake_with(text, size - 1, "", 0) == lines);
    REQUIRE(mistake_with(text, size, "\0", 1) == lines + 1);
    REQUIRE(mistake_with(text, size, "x\n", 2) == lines + 1);
    REQUIRE(mistake_with(text, size, "pins = 1\n", 9) == lines + 1);
    REQUIRE(mistake_with(text, size, "[polcy]\n", 8) == lines + 1);
    REQUIRE(mistake_with(text, size, "[policy]\n", 9) == lines + 1);
    REQUIRE(mistake_with(text, size, "[host nobody.invalid]\n", 22) != 0);
    REQUIRE(mistake_with(text, size, "# comment\n \t\r\n", 14) == 0);
}

/* A rule that is off for a host that has one already, in another spelling. */
static void require_hosts_stand_once(const char *text, size_t size, const outline *seen)
{
    char again[400], host[256];
    for (int i = 0; i < seen->count; i++) {
        size_t length = 0;
        for (; seen->hosts[i][length] != 0; length++)
            host[length] = (char)toupper((unsigned char)seen->hosts[i][length]);
        if (host[length - 1] == '.') length--;
        bool takes_dot = strchr(seen->hosts[i], ':') == NULL && seen->hosts[i][length] == 0;
        int written = snprintf(again, sizeof again, "[host %.*s%s]\nenforcement = off\n", (int)length, host,
                               takes_dot ? "." : "");
        REQUIRE(mistake_with(text, size, again, (size_t)written) == lines_of(text, size) + 1);
    }
}

/* The text with CRLF for LF, or with the last section first; it means the same. */
static size_t rewrite(const char *text, size_t size, size_t last_section, bool ends_lines, char out[2 * LONGEST])
{
    size_t written = 0;
    for (size_t i = 0; i < size && ends_lines; i++) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out[written++] = '\r';
        out[written++] = text[i];
    }
    if (ends_lines) return written;
    memcpy(out, text + last_section, size - last_section);
    memcpy(out + size - last_section, text, last_section);
    return size;
}

/* --------------------------------------------------------------------------------------------------- checking -- */

static pinverdict_checker *checker_under(const pinverdict_policy *policy, const outline *seen)
{
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    const char *environment = seen->environment[0] != 0 ? seen->environment : NULL;
    if (pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_backend(config, PINVERDICT_BACKEND_GNUTLS) != PINVERDICT_OK || /* reads anchors faster */
        pinverdict_config_set_environment(config, environment) != PINVERDICT_OK ||
        pinverdict_config_set_install_id(config, (const uint8_t *)"id", 2) != PINVERDICT_OK ||
        pinverdict_config_set_trust_file(config, trust_file) != PINVERDICT_OK)
        fuzz_give_up("there is no config");
    pinverdict_status status = pinverdict_checker_create(policy, config, &checker, &error);
    require_error(&error, status, 0);
    REQUIRE(status == PINVERDICT_OK);
    pinverdict_config_free(config);
    return checker;
}

static pinverdict_verdict ask(const pinverdict_checker *checker, const char *host, int path)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, host, paths[path], 3, &verdict);
    require_consistent(&verdict, decision);
    return verdict;
}

/* Whether the verdict is by the rule with this pattern, or by the exact one for a wildcard's host. */
static bool is_by(const pinverdict_verdict *verdict, const char *pattern, const char *host)
{
    canonical_host name, exact;
    bool is_wildcard = pattern[0] == '*';
    REQUIRE(canonical(pattern + (is_wildcard ? 2 : 0), &name) && canonical(host, &exact));
    if (is_wildcard && strcmp(verdict->rule, exact.text) == 0) return true;
    return begins(verdict->rule, "*.") == is_wildcard && strcmp(verdict->rule + (is_wildcard ? 2 : 0), name.text) == 0;
}

static void require_rules_decide(const char *text, const outline *seen, const pinverdict_checker *checker,
                                 const pinverdict_checker *others[2])
{
    bool mentions[2] = { contains_pins_of(text, 0), contains_pins_of(text, 1) };
    for (int i = 0; i < seen->count; i++) {
        char host[300];
        canonical_host meant;
        bool is_wildcard = seen->hosts[i][0] == '*';
        snprintf(host, sizeof host, "%s%s", is_wildcard ? "x." : "", seen->hosts[i] + (is_wildcard ? 2 : 0));
        if (!canonical(host, &meant)) continue; /* a wildcard's host can be too long */
        fuzz_host = host;
        for (int path = 0; path < 2; path++) {
            pinverdict_verdict verdict = ask(checker, host, path);
            if (!seen->is_off && !seen->has_environments[i]) REQUIRE(is_by(&verdict, seen->hosts[i], host));
            if (verdict.matched_depth >= 0) REQUIRE(contains_pin(text, verdict.matched_digest));
            if (!seen->softens && !mentions[path]) REQUIRE(verdict.decision == PINVERDICT_REFUSE);
            for (int other = 0; other < 2; other++) {
                pinverdict_verdict same = ask(others[other], host, path);
                REQUIRE(same_verdict(&verdict, &same));
            }
        }
    }
    fuzz_host = NULL;
}

static void check_accepted(const char *text, size_t size, const pinverdict_policy *policy)
{
    static outline seen;
    static char rewritten[2 * LONGEST];
    pinverdict_checker *others[2];
    require_edits_are_seen(text, size);
    if (!read_outline(&seen, text)) return;
    require_hosts_stand_once(text, size, &seen);
    REQUIRE(mistake_with(text, size, text + seen.last_section, size - seen.last_section) != 0);
    pinverdict_checker *checker = checker_under(policy, &seen);
    for (int i = 0; i < 2; i++) {
        pinverdict_error error;
        pinverdict_policy *same = parse(rewritten, rewrite(text, size, seen.last_section, i == 0, rewritten), &error);
        REQUIRE(same != NULL || strstr(error.message, "longer than") != NULL);
        others[i] = checker_under(same != NULL ? same : policy, &seen);
        pinverdict_policy_free(same);
    }
    require_rules_decide(text, &seen, checker, (const pinverdict_checker **)others);
    pinverdict_checker_free(checker);
    for (int i = 0; i < 2; i++) pinverdict_checker_free(others[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[LONGEST + 1];
    pinverdict_error error;
    if (size > LONGEST) return -1;
    memcpy(text, data, size);
    text[size] = 0;
    fuzz_policy = text;
    pinverdict_policy *policy = parse(text, size, &error);
    if (policy != NULL) check_accepted(text, size, policy);
    pinverdict_policy_free(policy);
    fuzz_policy = NULL;
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint64_t random = seed;
    return der_random(&random, 2) == 0 ? LLVMFuzzerMutate(data, size, most) : mutate_policy(data, size, most, &random);
}
