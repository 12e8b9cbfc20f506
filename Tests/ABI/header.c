// SPDX-License-Identifier: Apache-2.0
/* What a program compiled against the header has inside it for good: sizes, offsets, values. Compiled as C99 and
   as C++, with the header first and twice: it stands alone. */
#include "pinverdict.h"
#include "pinverdict.h"

#include "check.h"

#define OFFSET(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/* On every 64-bit ABI. */
static void structs(void)
{
    static const struct {
        const char *name;
        size_t got_offset, got_size, offset, size;
    } rows[] = {
        { "bytes.data", OFFSET(pinverdict_bytes, data), 0, 8 },
        { "bytes.size", OFFSET(pinverdict_bytes, size), 8, 8 },
        { "bytes", 0, sizeof(pinverdict_bytes), 0, 16 },
        { "error.struct_size", OFFSET(pinverdict_error, struct_size), 0, 8 },
        { "error.status", OFFSET(pinverdict_error, status), 8, 4 },
        { "error.line", OFFSET(pinverdict_error, line), 12, 4 },
        { "error.message", OFFSET(pinverdict_error, message), 16, 256 },
        { "error", 0, sizeof(pinverdict_error), 0, 272 },
        { "verdict.struct_size", OFFSET(pinverdict_verdict, struct_size), 0, 8 },
        { "verdict.decision", OFFSET(pinverdict_verdict, decision), 8, 4 },
        { "verdict.reason", OFFSET(pinverdict_verdict, reason), 12, 4 },
        { "verdict.enforced", OFFSET(pinverdict_verdict, enforced), 16, 1 },
        { "verdict.backup", OFFSET(pinverdict_verdict, backup), 17, 1 },
        { "verdict.matched_depth", OFFSET(pinverdict_verdict, matched_depth), 20, 4 },
        { "verdict.matched_kind", OFFSET(pinverdict_verdict, matched_kind), 24, 4 },
        { "verdict.matched_digest", OFFSET(pinverdict_verdict, matched_digest), 28, 32 },
        { "verdict.policy_serial", OFFSET(pinverdict_verdict, policy_serial), 64, 8 },
        { "verdict.rule", OFFSET(pinverdict_verdict, rule), 72, 256 },
        { "verdict.failed_depth", OFFSET(pinverdict_verdict, failed_depth), 328, 4 },
        { "verdict.detail", OFFSET(pinverdict_verdict, detail), 332, 188 },
        { "verdict.scts", OFFSET(pinverdict_verdict, scts), 520, 4 },
        { "verdict.sct_operators", OFFSET(pinverdict_verdict, sct_operators), 524, 4 },
        { "verdict.ct_logs_stale", OFFSET(pinverdict_verdict, ct_logs_stale), 528, 1 },
        { "verdict", 0, sizeof(pinverdict_verdict), 0, 536 },
        { "pin.kind", OFFSET(pinverdict_pin, kind), 0, 4 },
        { "pin.list", OFFSET(pinverdict_pin, list), 4, 4 },
        { "pin.backup", OFFSET(pinverdict_pin, backup), 8, 1 },
        { "pin.reserved", OFFSET(pinverdict_pin, reserved), 9, 7 },
        { "pin.digest", OFFSET(pinverdict_pin, digest), 16, 32 },
        { "pin", 0, sizeof(pinverdict_pin), 0, 48 },
        { "pin[2]", 0, sizeof(pinverdict_pin[2]), 0, 96 },
        { "totals.queued", OFFSET(pinverdict_totals, queued), 8, 8 },
        { "totals.rejected", OFFSET(pinverdict_totals, rejected), 48, 8 },
        { "totals", 0, sizeof(pinverdict_totals), 0, 56 },
        { "event.struct_size", OFFSET(pinverdict_event, struct_size), 0, 8 },
        { "event.time", OFFSET(pinverdict_event, time), 8, 8 },
        { "event.repeats", OFFSET(pinverdict_event, repeats), 16, 8 },
        { "event.policy_serial", OFFSET(pinverdict_event, policy_serial), 24, 8 },
        { "event.decision", OFFSET(pinverdict_event, decision), 32, 4 },
        { "event.reason", OFFSET(pinverdict_event, reason), 36, 4 },
        { "event.enforced", OFFSET(pinverdict_event, enforced), 40, 1 },
        { "event.backup", OFFSET(pinverdict_event, backup), 41, 1 },
        { "event.resumed", OFFSET(pinverdict_event, resumed), 42, 1 },
        { "event.truncated", OFFSET(pinverdict_event, truncated), 43, 1 },
        { "event.matched_depth", OFFSET(pinverdict_event, matched_depth), 44, 4 },
        { "event.count", OFFSET(pinverdict_event, count), 48, 4 },
        { "event.sizes", OFFSET(pinverdict_event, sizes), 52, 128 },
        { "event.host", OFFSET(pinverdict_event, host), 180, 256 },
        { "event.rule", OFFSET(pinverdict_event, rule), 436, 256 },
        { "event", 0, sizeof(pinverdict_event), 0, 696 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_case("%s", rows[i].name);
        CHECK_EQUAL(rows[i].got_offset, rows[i].offset);
        CHECK_EQUAL(rows[i].got_size, rows[i].size);
    }
}

static void enums(void)
{
    static const struct {
        const char *name;
        int got, value;
    } values[] = {
        { "OK", PINVERDICT_OK, 0 },
        { "INVALID_ARGUMENT", PINVERDICT_INVALID_ARGUMENT, 1 },
        { "OUT_OF_MEMORY", PINVERDICT_OUT_OF_MEMORY, 2 },
        { "FILE_ERROR", PINVERDICT_FILE_ERROR, 3 },
        { "INVALID_POLICY", PINVERDICT_INVALID_POLICY, 4 },
        { "MALFORMED_CERTIFICATE", PINVERDICT_MALFORMED_CERTIFICATE, 5 },
        { "UNSUPPORTED_KEY", PINVERDICT_UNSUPPORTED_KEY, 6 },
        { "OUTDATED_POLICY", PINVERDICT_OUTDATED_POLICY, 7 },
        { "SETTING_REQUIRED", PINVERDICT_SETTING_REQUIRED, 8 },
        { "BACKEND_UNAVAILABLE", PINVERDICT_BACKEND_UNAVAILABLE, 9 },
        { "BACKEND_FAILURE", PINVERDICT_BACKEND_FAILURE, 10 },
        { "BAD_SIGNATURE", PINVERDICT_BAD_SIGNATURE, 11 },
        { "UNKNOWN_KEY", PINVERDICT_UNKNOWN_KEY, 12 },
        { "STALE_POLICY", PINVERDICT_STALE_POLICY, 13 },
        { "UNSIGNED_POLICY", PINVERDICT_UNSIGNED_POLICY, 14 },
        { "STATUS_FORCE_32", PINVERDICT_STATUS_FORCE_32, 0x7fffffff },
        { "REFUSE", PINVERDICT_REFUSE, 0 },
        { "ALLOW", PINVERDICT_ALLOW, 1 },
        { "DECISION_FORCE_32", PINVERDICT_DECISION_FORCE_32, 0x7fffffff },
        { "REASON_NONE", PINVERDICT_REASON_NONE, 0 },
        { "REASON_MATCHED", PINVERDICT_REASON_MATCHED, 1 },
        { "REASON_NOT_PINNED", PINVERDICT_REASON_NOT_PINNED, 2 },
        { "REASON_ENFORCEMENT_OFF", PINVERDICT_REASON_ENFORCEMENT_OFF, 3 },
        { "REASON_PINS_EXPIRED", PINVERDICT_REASON_PINS_EXPIRED, 4 },
        { "REASON_NO_MATCH", PINVERDICT_REASON_NO_MATCH, 10 },
        { "REASON_REJECTED_KEY", PINVERDICT_REASON_REJECTED_KEY, 11 },
        { "REASON_TOO_FEW_SCTS", PINVERDICT_REASON_TOO_FEW_SCTS, 12 },
        { "REASON_CT_LOGS_STALE", PINVERDICT_REASON_CT_LOGS_STALE, 13 },
        { "REASON_UNTRUSTED_CHAIN", PINVERDICT_REASON_UNTRUSTED_CHAIN, 20 },
        { "REASON_HOSTNAME_MISMATCH", PINVERDICT_REASON_HOSTNAME_MISMATCH, 21 },
        { "REASON_CERTIFICATE_EXPIRED", PINVERDICT_REASON_CERTIFICATE_EXPIRED, 22 },
        { "REASON_NO_VALIDATED_PATH", PINVERDICT_REASON_NO_VALIDATED_PATH, 23 },
        { "REASON_NOT_A_PATH", PINVERDICT_REASON_NOT_A_PATH, 24 },
        { "REASON_MALFORMED_CERTIFICATE", PINVERDICT_REASON_MALFORMED_CERTIFICATE, 30 },
        { "REASON_MALFORMED_HOSTNAME", PINVERDICT_REASON_MALFORMED_HOSTNAME, 31 },
        { "REASON_EMPTY_CHAIN", PINVERDICT_REASON_EMPTY_CHAIN, 32 },
        { "REASON_EXTRACTORS_DISAGREE", PINVERDICT_REASON_EXTRACTORS_DISAGREE, 33 },
        { "REASON_INVALID_ARGUMENT", PINVERDICT_REASON_INVALID_ARGUMENT, 40 },
        { "REASON_BACKEND_FAILURE", PINVERDICT_REASON_BACKEND_FAILURE, 41 },
        { "REASON_FORCE_32", PINVERDICT_REASON_FORCE_32, 0x7fffffff },
        { "BACKEND_AUTO", PINVERDICT_BACKEND_AUTO, 0 },
        { "BACKEND_OPENSSL", PINVERDICT_BACKEND_OPENSSL, 1 },
        { "BACKEND_GNUTLS", PINVERDICT_BACKEND_GNUTLS, 2 },
        { "BACKEND_FORCE_32", PINVERDICT_BACKEND_FORCE_32, 0x7fffffff },
        { "PIN_SPKI", PINVERDICT_PIN_SPKI, 1 },
        { "PIN_KEY", PINVERDICT_PIN_KEY, 2 },
        { "PIN_CERTIFICATE", PINVERDICT_PIN_CERTIFICATE, 3 },
        { "PIN_KIND_FORCE_32", PINVERDICT_PIN_KIND_FORCE_32, 0x7fffffff },
        { "LIST_ANY", PINVERDICT_LIST_ANY, 0 },
        { "LIST_LEAF", PINVERDICT_LIST_LEAF, 1 },
        { "LIST_CA", PINVERDICT_LIST_CA, 2 },
        { "LIST_FORCE_32", PINVERDICT_LIST_FORCE_32, 0x7fffffff },
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        check_case("PINVERDICT_%s", values[i].name);
        CHECK_EQUAL(values[i].got, values[i].value);
    }
    check_case("%s", "enums have four bytes");
    CHECK_EQUAL(sizeof(pinverdict_status), 4);
    CHECK_EQUAL(sizeof(pinverdict_decision), 4);
    CHECK_EQUAL(sizeof(pinverdict_reason), 4);
    CHECK_EQUAL(sizeof(pinverdict_backend), 4);
    CHECK_EQUAL(sizeof(pinverdict_pin_kind), 4);
    CHECK_EQUAL(sizeof(pinverdict_pin_list), 4);
}

/* The initialisers refuse, and so does zeroed memory. */
static void initialisers(void)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT, zeroed;
    check_case("%s", "initialisers");
    CHECK_EQUAL(error.struct_size, sizeof error);
    CHECK_EQUAL(error.status, PINVERDICT_OK);
    CHECK_EQUAL(error.line, 0);
    CHECK_EQUAL(error.message[0], 0);
    CHECK_EQUAL(verdict.struct_size, sizeof verdict);
    CHECK_EQUAL(verdict.decision, PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_NONE);
    CHECK(!verdict.enforced && !verdict.backup);
    CHECK_EQUAL(verdict.matched_depth, -1);
    CHECK_EQUAL(verdict.matched_kind, 0);
    CHECK_EQUAL(verdict.policy_serial, 0);
    CHECK_EQUAL(verdict.rule[0], 0);
    CHECK_EQUAL(verdict.failed_depth, -1);
    CHECK_EQUAL(verdict.detail[0], 0);
    CHECK_EQUAL(verdict.scts, -1);
    CHECK(verdict.sct_operators == 0 && !verdict.ct_logs_stale);
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    CHECK_EQUAL(event.struct_size, sizeof event);
    CHECK_EQUAL(event.decision, PINVERDICT_REFUSE);
    CHECK_EQUAL(event.matched_depth, -1);
    CHECK_EQUAL(event.count + event.sizes[0] + event.sizes[31], 0);
    CHECK_EQUAL(event.host[0] + event.rule[0], 0);
    memset(&zeroed, 0, sizeof zeroed);
    CHECK(zeroed.decision != PINVERDICT_ALLOW);
    CHECK(zeroed.reason != PINVERDICT_REASON_MATCHED);
}

/* A program finds out at run time which library it met. */
static void versions(void)
{
    check_case("%s", "version");
    CHECK_STRING(pinverdict_version(), PINVERDICT_VERSION);
}

int main(void)
{
    check_begin();
    structs();
    enums();
    initialisers();
    versions();
    check_case("%s", "");
    return check_end();
}
