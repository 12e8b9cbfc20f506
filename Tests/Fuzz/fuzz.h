// SPDX-License-Identifier: Apache-2.0
/* fuzz.h - what every fuzzing target has: an oracle that ends the program where something that must hold does not, and
 * the checks of a verdict and of an error that hold for all of them. */
#ifndef FUZZ_H
#define FUZZ_H

#include "../Kit/pin-kinds.h"
#include "pinverdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer calls, and what it has for mutators. */
int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* What a violation's report shows beside the input, where a target has set them; and the last verdict. */
static const char *fuzz_host, *fuzz_policy;
static pinverdict_verdict fuzz_verdict;

static inline _Noreturn void fuzz_violation(const char *what, const char *file, int line)
{
    fprintf(stderr, "\n%s:%d: VIOLATED: %s\n", file, line, what);
    if (fuzz_host != NULL) fprintf(stderr, "host: \"%s\"\n", fuzz_host);
    if (fuzz_policy != NULL) fprintf(stderr, "policy:\n%s\n", fuzz_policy);
    if (fuzz_verdict.struct_size != 0)
        fprintf(stderr, "last verdict: %s, %s,%s%s depth %d, rule \"%.255s\"\n",
                fuzz_verdict.decision == PINVERDICT_ALLOW ? "allow" : "refuse",
                pinverdict_reason_name(fuzz_verdict.reason), fuzz_verdict.enforced ? " enforced," : "",
                fuzz_verdict.backup ? " by backup pins," : "", (int)fuzz_verdict.matched_depth, fuzz_verdict.rule);
    abort();
}

#define REQUIRE(condition) ((condition) ? (void)0 : fuzz_violation(#condition, __FILE__, __LINE__))

static inline _Noreturn void fuzz_give_up(const char *what)
{
    fprintf(stderr, "cannot go on: %s\n", what);
    exit(3);
}

/* A copy of which not one byte more can be read without a sanitizer's seeing it. The caller frees it. */
static inline uint8_t *exact_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) fuzz_give_up("no memory");
    if (size > 0) memcpy(copy, data, size);
    return copy;
}

static inline bool is_empty_digest(const uint8_t digest[32])
{
    static const uint8_t zeros[32];
    return memcmp(digest, zeros, 32) == 0;
}

/* Whether pins have matched, and a rule with require-scts refuses for what it asks beside them. */
static inline bool is_for_scts(pinverdict_reason reason)
{
    return reason == PINVERDICT_REASON_TOO_FEW_SCTS || reason == PINVERDICT_REASON_CT_LOGS_STALE;
}

/* Whether a reason is one that a policy which does not enforce turns into an allow. */
static inline bool is_softened(pinverdict_reason reason)
{
    return is_for_scts(reason) || reason == PINVERDICT_REASON_NO_MATCH || reason == PINVERDICT_REASON_REJECTED_KEY ||
        reason == PINVERDICT_REASON_NOT_A_PATH || reason == PINVERDICT_REASON_MALFORMED_CERTIFICATE ||
        reason == PINVERDICT_REASON_NOT_PINNED || reason == PINVERDICT_REASON_PINS_EXPIRED;
}

/* What holds of every verdict, whatever was asked: above all that it allows for a reason to allow alone. */
static inline void require_consistent(const pinverdict_verdict *verdict, pinverdict_decision decision)
{
    pinverdict_reason reason = verdict->reason;
    fuzz_verdict = *verdict;
    REQUIRE(verdict->struct_size == sizeof *verdict);
    REQUIRE(decision == PINVERDICT_ALLOW || decision == PINVERDICT_REFUSE);
    REQUIRE(verdict->decision == decision);
    REQUIRE(strcmp(pinverdict_reason_name(reason), "unknown") != 0 && reason != PINVERDICT_REASON_NONE);
    bool always = reason == PINVERDICT_REASON_MATCHED || reason == PINVERDICT_REASON_ENFORCEMENT_OFF;
    bool maybe = reason == PINVERDICT_REASON_NOT_PINNED || reason == PINVERDICT_REASON_PINS_EXPIRED;
    if (decision == PINVERDICT_ALLOW) REQUIRE(always || maybe || (is_softened(reason) && !verdict->enforced));
    if (decision == PINVERDICT_REFUSE) REQUIRE(!always && (verdict->enforced || !is_softened(reason)));
    bool has_match = verdict->matched_depth >= 0;
    REQUIRE(verdict->matched_depth >= -1 && verdict->matched_depth < 32);
    REQUIRE(has_match == (verdict->matched_kind != 0) && has_match == !is_empty_digest(verdict->matched_digest));
    REQUIRE((int)verdict->matched_kind >= 0 && verdict->matched_kind <= LAST_PIN_KIND);
    bool has_matched = reason == PINVERDICT_REASON_MATCHED || is_for_scts(reason);
    if (has_matched || reason == PINVERDICT_REASON_REJECTED_KEY) REQUIRE(has_match);
    else if (reason != PINVERDICT_REASON_NO_MATCH) REQUIRE(!has_match);
    if (verdict->backup) REQUIRE(has_matched);
    REQUIRE(memchr(verdict->rule, 0, sizeof verdict->rule) != NULL);
    if (verdict->rule[0] != 0) REQUIRE(verdict->policy_serial != 0);
}

static inline bool same_verdict(const pinverdict_verdict *one, const pinverdict_verdict *other)
{
    return one->decision == other->decision && one->reason == other->reason && one->enforced == other->enforced &&
        one->backup == other->backup && one->matched_depth == other->matched_depth &&
        one->matched_kind == other->matched_kind && memcmp(one->matched_digest, other->matched_digest, 32) == 0 &&
        one->policy_serial == other->policy_serial && strcmp(one->rule, other->rule) == 0;
}

/* What holds of every error: on success nothing, else a status and a message of printable text, and of a policy's
   mistake a line of the text. */
static inline void require_error(const pinverdict_error *error, pinverdict_status status, size_t lines)
{
    const char *end = memchr(error->message, 0, sizeof error->message);
    REQUIRE(error->struct_size == sizeof *error && error->status == status && end != NULL);
    REQUIRE((status == PINVERDICT_OK) == (error->message[0] == 0));
    for (const char *at = error->message; at < end; at++) REQUIRE((unsigned char)*at >= 0x20 && *at != 0x7f);
    if (status == PINVERDICT_INVALID_POLICY) REQUIRE(error->line >= 1 && error->line <= lines);
    else REQUIRE(error->line == 0);
}

#endif
