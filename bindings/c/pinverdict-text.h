// SPDX-License-Identifier: Apache-2.0
/* pinverdict-text.h - a checker's numbers and events in words: for Prometheus, and as JSON.
 *
 * Functions to compile into the program, C99 or C++: they are no part of the library, and may change with a release of
 * it. They allocate nothing, wait for nothing, and may be called by any thread.
 *
 *     static pinverdict_numbers numbers;
 *     if (pinverdict_text_read(checker, &numbers, NULL) == PINVERDICT_OK)
 *         length = pinverdict_text_metrics(&numbers, text, sizeof text);
 *
 *     pinverdict_event event = PINVERDICT_EVENT_INIT;
 *     uint8_t der[PINVERDICT_EVENT_CHAIN];
 *     char text[PINVERDICT_TEXT_EVENT];
 *     while (pinverdict_checker_next_event(checker, &event, der, sizeof der) == 1) {
 *         pinverdict_text_event(&event, der, sizeof der, text, sizeof text);
 *         fprintf(reports, "%s\n", text);
 *     }
 *
 * LENGTHS are as snprintf's: what is written ends in a NUL within capacity, and the answer is the length of the whole,
 * without the NUL. Where that is not less than capacity, the end is missing. text may be NULL where capacity is 0.
 *
 * STRINGS. A host may be anything that somebody typed, and a rule's name anything that a forked process wrote which has
 * been taken over. Every byte of them that is not printable ASCII, and the backslash, is spelt \xNN: what is written is
 * ASCII, keeps its lines, and tells which bytes they were.
 */
#ifndef PINVERDICT_TEXT_H
#define PINVERDICT_TEXT_H

#include <pinverdict.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All that a checker has counted, and its policy. Some 85 KB: not for the stack of a small thread. */
typedef struct {
    pinverdict_totals totals;
    pinverdict_policy_info policy;
    size_t ends, rules; /* of the elements below */
    pinverdict_count end[64];
    pinverdict_rule_count rule[256];
} pinverdict_numbers;

/* Reads them, once for as many texts as are made of them. Errors: INVALID_ARGUMENT. error may be NULL. */
PINVERDICT_MUST_USE
static inline pinverdict_status pinverdict_text_read(const pinverdict_checker *checker, pinverdict_numbers *numbers,
                                                     pinverdict_error *error)
{
    if (numbers == NULL) return PINVERDICT_INVALID_ARGUMENT;
    memset(numbers, 0, sizeof *numbers);
    numbers->totals.struct_size = sizeof numbers->totals;
    numbers->policy.struct_size = sizeof numbers->policy;
    pinverdict_status status = pinverdict_checker_counts(checker, numbers->end, 64, &numbers->ends, error);
    if (status == PINVERDICT_OK)
        status = pinverdict_checker_rule_counts(checker, numbers->rule, 256, &numbers->rules, error);
    if (status == PINVERDICT_OK) status = pinverdict_checker_totals(checker, &numbers->totals);
    if (status == PINVERDICT_OK) status = pinverdict_checker_policy_info(checker, &numbers->policy);
    /* A newer library may have more of them than there is room for. */
    if (numbers->ends > 64) numbers->ends = 64;
    if (numbers->rules > 256) numbers->rules = 256;
    return status;
}

/* ---------------------------------------------------------------------------------------- for this file alone -- */

typedef struct {
    char *text;
    size_t capacity, length;
} pinverdict_text_out;

#if defined(__GNUC__) || defined(__clang__)
__attribute__((format(printf, 2, 3)))
#endif
static inline void
pinverdict_text_print(pinverdict_text_out *out, const char *format, ...)
{
    size_t room = out->length < out->capacity ? out->capacity - out->length : 0;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(room > 0 ? out->text + out->length : NULL, room, format, arguments);
    va_end(arguments);
    if (length > 0) out->length += (size_t)length;
}

/* A string in quotes: as it is for label values, it is for JSON. */
static inline void pinverdict_text_quoted(pinverdict_text_out *out, const char *string, size_t room)
{
    pinverdict_text_print(out, "\"");
    for (size_t i = 0; i < room && string[i] != 0; i++) {
        unsigned byte = (unsigned char)string[i];
        if (byte == '"') pinverdict_text_print(out, "\\\"");
        else if (byte == '\\' || byte < ' ' || byte > '~') pinverdict_text_print(out, "\\\\x%02x", byte);
        else pinverdict_text_print(out, "%c", (int)byte);
    }
    pinverdict_text_print(out, "\"");
}

static inline void pinverdict_text_family(pinverdict_text_out *out, const char *name, const char *type,
                                          const char *help)
{
    pinverdict_text_print(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Of a time, 0 stands for none: there is no sample then, since one of 0 would read as long ago. */
static inline void pinverdict_text_time(pinverdict_text_out *out, const char *name, const char *help, int64_t time)
{
    pinverdict_text_family(out, name, "gauge", help);
    if (time != 0) pinverdict_text_print(out, "%s %" PRId64 "\n", name, time);
}

static inline void pinverdict_text_rules(pinverdict_text_out *out, const pinverdict_numbers *numbers)
{
    static const char *const outcomes[] = { "matched", "backup", "softened", "refused" };
    pinverdict_text_family(out, "pinverdict_rule_checks_total", "counter",
                           "Checks that looked for the pins of a rule, by outcome.");
    for (size_t i = 0; i < numbers->rules; i++) {
        const pinverdict_rule_count *row = &numbers->rule[i];
        const uint64_t checks[] = { row->matched, row->backup, row->softened, row->refused };
        for (size_t k = 0; k < 4; k++) {
            pinverdict_text_print(out, "pinverdict_rule_checks_total{rule=");
            pinverdict_text_quoted(out, row->rule, sizeof row->rule);
            pinverdict_text_print(out, ",outcome=\"%s\"} %" PRIu64 "\n", outcomes[k], checks[k]);
        }
    }
    pinverdict_text_family(out, "pinverdict_last_failure_timestamp_seconds", "gauge",
                           "When a check was last refused or softened for a rule's pins; 0 = never.");
    for (size_t i = 0; i < numbers->rules; i++) {
        pinverdict_text_print(out, "pinverdict_last_failure_timestamp_seconds{rule=");
        pinverdict_text_quoted(out, numbers->rule[i].rule, sizeof numbers->rule[i].rule);
        pinverdict_text_print(out, "} %" PRId64 "\n", numbers->rule[i].last_failure);
    }
}

static inline void pinverdict_text_policy(pinverdict_text_out *out, const pinverdict_numbers *numbers)
{
    const pinverdict_policy_info *policy = &numbers->policy;
    const pinverdict_totals *totals = &numbers->totals;
    pinverdict_text_time(out, "pinverdict_first_expiry_timestamp_seconds", "When the first pins expire.",
                         policy->first_expiry);
    pinverdict_text_family(out, "pinverdict_policy_serial", "gauge", "The serial of the policy in force.");
    pinverdict_text_print(out, "pinverdict_policy_serial %" PRIu64 "\n", policy->serial);
    pinverdict_text_time(out, "pinverdict_policy_loaded_timestamp_seconds", "When the policy in force was set.",
                         policy->since);
    pinverdict_text_time(out, "pinverdict_policy_valid_until_timestamp_seconds", "When the policy in force is stale.",
                         policy->valid_until);
    pinverdict_text_family(out, "pinverdict_policy_enforcement", "gauge",
                           "What the policy as a whole does: 0 off, 1 report-only, 2 enforce.");
    pinverdict_text_print(out, "pinverdict_policy_enforcement %" PRId32 "\n", policy->enforcement);
    pinverdict_text_family(out, "pinverdict_events_total", "counter",
                           "Ends of checks that are events, by what became of them.");
    pinverdict_text_print(out, "pinverdict_events_total{outcome=\"queued\"} %" PRIu64 "\n", totals->queued);
    pinverdict_text_print(out, "pinverdict_events_total{outcome=\"repeated\"} %" PRIu64 "\n", totals->repeated);
    pinverdict_text_print(out, "pinverdict_events_total{outcome=\"lost\"} %" PRIu64 "\n", totals->lost);
    pinverdict_text_family(out, "pinverdict_policy_updates_total", "counter",
                           "Policies that were offered to a process, by what became of them.");
    pinverdict_text_print(out, "pinverdict_policy_updates_total{result=\"set\"} %" PRIu64 "\n", totals->sets);
    pinverdict_text_print(out, "pinverdict_policy_updates_total{result=\"outdated\"} %" PRIu64 "\n", totals->outdated);
    pinverdict_text_print(out, "pinverdict_policy_updates_total{result=\"rejected\"} %" PRIu64 "\n", totals->rejected);
}

static inline void pinverdict_text_date(pinverdict_text_out *out, int64_t time)
{
    static const int months[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const int64_t first = -62135596800, last = 253402300799; /* RFC 3339's years have four digits */
    int64_t seconds = (time < first ? first : time > last ? last : time) - first;
    int days = (int)(seconds / 86400), rest = (int)(seconds % 86400), month = 0;
    /* The last century of four, and the last year of four, are the ones with a day more. */
    int year = 1 + days / 146097 * 400;
    days %= 146097;
    int centuries = days / 36524 < 3 ? days / 36524 : 3;
    days -= centuries * 36524;
    year += centuries * 100 + days / 1461 * 4;
    days %= 1461;
    int years = days / 365 < 3 ? days / 365 : 3;
    days -= years * 365;
    year += years;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int length; days >= (length = months[month] + (month == 1 && is_leap)); month++) days -= length;
    pinverdict_text_print(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month + 1, days + 1, rest / 3600, rest / 60 % 60,
                          rest % 60);
}

/* A certificate as PEM, its newlines as JSON has them. */
static inline void pinverdict_text_pem(pinverdict_text_out *out, const uint8_t *der, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    pinverdict_text_print(out, "\"-----BEGIN CERTIFICATE-----\\n");
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned three = (unsigned)der[i] << 16 | (left > 1 ? (unsigned)der[i + 1] << 8 : 0) |
            (left > 2 ? der[i + 2] : 0);
        pinverdict_text_print(out, "%c%c%c%c%s", letters[three >> 18], letters[three >> 12 & 63],
                              left > 1 ? letters[three >> 6 & 63] : '=', left > 2 ? letters[three & 63] : '=',
                              left <= 3 || i % 48 == 45 ? "\\n" : "");
    }
    pinverdict_text_print(out, "-----END CERTIFICATE-----\\n\"");
}

/* Whether the rule is that of a domain above the host, which its include-subdomains then is for. */
static inline bool pinverdict_text_is_below(const char host[256], const char rule[256])
{
    const char *end = (const char *)memchr(host, 0, 256), *rule_end = (const char *)memchr(rule, 0, 256);
    ptrdiff_t length = end != NULL ? end - host : 256, above = rule_end != NULL ? rule_end - rule : 256;
    return above > 0 && above < length && host[length - above - 1] == '.' &&
        memcmp(host + length - above, rule, (size_t)above) == 0;
}

static inline size_t pinverdict_text_end(pinverdict_text_out *out)
{
    if (out->capacity > 0) out->text[out->length < out->capacity ? out->length : out->capacity - 1] = 0;
    return out->length;
}

/* ------------------------------------------------------------------------------------------------ Prometheus -- */

/* The numbers in Prometheus' text format 0.0.4, whose content type is "text/plain; version=0.0.4". Rules that have no
   row of their own are together under rule="". Some 4 KB, and 400 bytes more for
   each rule; half a megabyte where 255 rules have names as long as they can be. */
static inline size_t pinverdict_text_metrics(const pinverdict_numbers *numbers, char *text, size_t capacity)
{
    pinverdict_text_out out = { text, capacity, 0 };
    pinverdict_text_family(&out, "pinverdict_checks_total", "counter", "Checks, by what they ended with.");
    for (size_t i = 0; i < numbers->ends; i++) {
        const pinverdict_count *end = &numbers->end[i];
        pinverdict_text_print(
            &out, "pinverdict_checks_total{reason=\"%s\",decision=\"%s\",enforced=\"%s\",backup=\"%s\"} %" PRIu64 "\n",
            pinverdict_reason_name(end->reason), end->decision == PINVERDICT_ALLOW ? "allow" : "refuse",
            end->enforced ? "true" : "false", end->backup ? "true" : "false", end->checks);
    }
    pinverdict_text_rules(&out, numbers);
    pinverdict_text_policy(&out, numbers);
    return pinverdict_text_end(&out);
}

/* ------------------------------------------------------------------------------------------------------ JSON -- */

/* Room for every event that has certificates of PINVERDICT_EVENT_CHAIN bytes at most. */
#define PINVERDICT_TEXT_EVENT 32768

/* An event as one line of JSON, without the newline: the report of RFC 7469, section 3, and what else there is to tell.
   docs/event.schema.json describes it. Port, served chain and known pins are not known: 0 and [].
   der, size   what pinverdict_checker_next_event has filled in, and the capacity that it was given. A certificate that
               does not lie there whole is left out, with those behind it. */
static inline size_t pinverdict_text_event(const pinverdict_event *event, const uint8_t der[], size_t size, char *text,
                                           size_t capacity)
{
    pinverdict_text_out out = { text, capacity, 0 };
    pinverdict_text_print(&out, "{\"date-time\":\"");
    pinverdict_text_date(&out, event->time);
    pinverdict_text_print(&out, "\",\"hostname\":");
    pinverdict_text_quoted(&out, event->host, sizeof event->host);
    pinverdict_text_print(&out, ",\"port\":0,\"include-subdomains\":%s,\"noted-hostname\":",
                          pinverdict_text_is_below(event->host, event->rule) ? "true" : "false");
    pinverdict_text_quoted(&out, event->rule, sizeof event->rule);
    pinverdict_text_print(&out, ",\"served-certificate-chain\":[],\"validated-certificate-chain\":[");
    for (size_t i = 0, start = 0; i < event->count && i < 32 && event->sizes[i] <= size - start; i++) {
        if (i > 0) pinverdict_text_print(&out, ",");
        pinverdict_text_pem(&out, der + start, event->sizes[i]);
        start += event->sizes[i];
    }
    pinverdict_text_print(
        &out,
        "],\"known-pins\":[],\"decision\":\"%s\",\"reason\":\"%s\",\"enforced\":%s,\"backup\":%s,"
        "\"resumed\":%s,\"truncated\":%s,\"matched-depth\":%" PRId32 ",\"policy-serial\":%" PRIu64
        ",\"repeats\":%" PRIu64 "}",
        event->decision == PINVERDICT_ALLOW ? "allow" : "refuse", pinverdict_reason_name(event->reason),
        event->enforced ? "true" : "false", event->backup ? "true" : "false", event->resumed ? "true" : "false",
        event->truncated ? "true" : "false", event->matched_depth, event->policy_serial, event->repeats);
    return pinverdict_text_end(&out);
}

#ifdef __cplusplus
}
#endif

#endif
