// SPDX-License-Identifier: Apache-2.0
/* Host names, in a policy and in a check: the input is a pattern, a line end, and a host. Which hosts a rule covers is
   what a second reading of the names says (host-model.h); case and a trailing dot change nothing; and what the C
   library would connect to as an address is that address here, or no host at all. */
#include "host-model.h"
#include "world.h"

#include <netdb.h>

enum { LONGEST = 4000 }; /* so that the pattern fits on one line of a policy */

static pinverdict_checker *checker;
static pinverdict_bytes path;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static uint8_t certificate[256];
    static const uint8_t name[] = { 0x30, 0x00 };
    const pinverdict_bytes empty = { name, sizeof name };
    static const char text[] = "[policy]\nserial = 1\nenforcement = off\n";
    pinverdict_policy *policy = NULL;
    (void)count, (void)arguments;
    path = (pinverdict_bytes){ certificate, make_neighbour(certificate, empty, empty) };
    if (pinverdict_policy_parse(text, sizeof text - 1, &policy, NULL) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, NULL, &checker, NULL) != PINVERDICT_OK)
        fuzz_give_up("there is no checker");
    pinverdict_policy_free(policy);
    return 0;
}

/* Puts a policy with one rule, whose pin no certificate has, into the checker; false where it does not parse. */
static bool set_rule(const char *pattern, bool includes_subdomains)
{
    static char text[8192];
    static unsigned long long serial = 1;
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    int size = snprintf(text, sizeof text,
                        "[policy]\nserial = %llu\n[host %s]\n%sallow-single-pin = yes\n"
                        "pin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n",
                        ++serial, pattern, includes_subdomains ? "include-subdomains = yes\n" : "");
    REQUIRE(size < (int)sizeof text);
    fuzz_policy = text;
    pinverdict_status status = pinverdict_policy_parse(text, (size_t)size, &policy, &error);
    require_error(&error, status, 6);
    if (status != PINVERDICT_OK) {
        REQUIRE(status == PINVERDICT_INVALID_POLICY && policy == NULL && error.line >= 3 && error.line <= 4);
        return false;
    }
    REQUIRE(pinverdict_checker_set_policy(checker, policy, NULL) == PINVERDICT_OK);
    pinverdict_policy_free(policy);
    return true;
}

static pinverdict_verdict ask(const char *host)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, host, &path, 1, &verdict);
    require_consistent(&verdict, decision);
    return verdict;
}

/* The host in capitals and in small letters; with a dot at its end, unless it has one or is IPv6. */
static void require_same_for_spellings(const char *host, const pinverdict_verdict *expected)
{
    char spelling[600];
    size_t size = strlen(host);
    if (size > 500) return;
    for (int way = 0; way < 4; way++) {
        for (size_t i = 0; i <= size; i++)
            spelling[i] = (char)((way & 1) != 0 ? toupper((unsigned char)host[i]) : tolower((unsigned char)host[i]));
        if ((way & 2) != 0) {
            if (size == 0 || strchr(host, ':') != NULL || host[size - 1] == '.' || size > 253) continue;
            strcpy(spelling + size, ".");
        }
        pinverdict_verdict verdict = ask(spelling);
        REQUIRE(same_verdict(&verdict, expected));
    }
}

/* What getaddrinfo takes for an address without asking anybody is covered by a rule for that address. */
static void require_addresses_are_seen(const char *host)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char address[INET6_ADDRSTRLEN];
    if (ask(host).reason == PINVERDICT_REASON_MALFORMED_HOSTNAME) return;
    if (getaddrinfo(host, NULL, &hints, &found) != 0) return;
    const void *octets = &((struct sockaddr_in *)found->ai_addr)->sin_addr;
    if (found->ai_family == AF_INET6) octets = &((struct sockaddr_in6 *)found->ai_addr)->sin6_addr;
    REQUIRE(inet_ntop(found->ai_family, octets, address, sizeof address) != NULL);
    freeaddrinfo(found);
    REQUIRE(set_rule(address, false));
    REQUIRE(ask(host).reason == PINVERDICT_REASON_NO_MATCH);
}

static void check_pattern(const char *pattern, const char *host)
{
    canonical_host name, meant;
    bool is_wildcard = strncmp(pattern, "*.", 2) == 0;
    bool is_pattern = canonical(pattern + (is_wildcard ? 2 : 0), &name) && !(is_wildcard && name.is_address);
    bool is_host = canonical(host, &meant);
    for (int includes_subdomains = 0; includes_subdomains < 2; includes_subdomains++) {
        bool is_rule = is_pattern && !(includes_subdomains && (is_wildcard || name.is_address));
        REQUIRE(set_rule(pattern, includes_subdomains) == is_rule);
        if (!is_rule) continue;
        pinverdict_verdict verdict = ask(host);
        bool is_covered = is_host && covers(name.text, is_wildcard, includes_subdomains, &meant) > 0;
        REQUIRE(verdict.reason ==
                (!is_host         ? PINVERDICT_REASON_MALFORMED_HOSTNAME
                     : is_covered ? PINVERDICT_REASON_NO_MATCH
                                  : PINVERDICT_REASON_NOT_PINNED));
        if (is_covered) REQUIRE(strncmp(verdict.rule, pattern, is_wildcard ? 2 : 0) == 0);
        if (is_covered) REQUIRE(strcmp(verdict.rule + (is_wildcard ? 2 : 0), name.text) == 0);
        require_same_for_spellings(host, &verdict);
    }
}

/* Whether a pattern stands in a section's header as it is: no white space, no comment, no line end. */
static bool is_plain(const char *text)
{
    for (; *text != 0; text++)
        if (*text <= 0x20 || *text >= 0x7f) return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char pattern[LONGEST + 1];
    if (size > LONGEST) return -1;
    memcpy(pattern, data, size);
    pattern[size] = 0;
    char *end = strchr(pattern, '\n');
    char *host = strdup(end != NULL ? end + 1 : pattern);
    if (end != NULL) *end = 0;
    fuzz_host = host;
    if (is_plain(pattern)) check_pattern(pattern, host);
    require_addresses_are_seen(host);
    free(host);
    fuzz_host = fuzz_policy = NULL;
    return 0;
}
