// SPDX-License-Identifier: Apache-2.0
/* What the benchmarks share: contenders that are timed in turns, certificates, policies, and the rows they print:
 *     library TAB what TAB quantity TAB value
 * Figures are printed, never asserted; a wrong answer ends the program with an error. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include "pinverdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATH = 3 }; /* certificates in a path: leaf, intermediate, root */

__attribute__((format(printf, 1, 2), noreturn)) static inline void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

static inline void print_row(const char *library, const char *what, const char *quantity, double value)
{
    printf("%s\t%s\t%s\t%.10g\n", library, what, quantity, value);
}

/* -------------------------------------------------------------------------------------- certificates, policies -- */

static inline pinverdict_bytes read_certificate(const char *path)
{
    enum { ROOM = 1 << 16 };
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(ROOM);
    pinverdict_bytes bytes = { data, file != NULL && data != NULL ? fread(data, 1, ROOM, file) : 0 };
    if (bytes.size == 0) give_up("cannot read %s", path);
    fclose(file);
    return bytes;
}

static inline void pin_of(pinverdict_bytes certificate, char text[65])
{
    uint8_t digest[32];
    if (pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, certificate, digest) != 0)
        give_up("a certificate has no pin");
    for (int i = 0; i < 32; i++) sprintf(text + 2 * i, "%02x", digest[i]);
}

static inline pinverdict_policy *parse_policy(const char *text, size_t size)
{
    pinverdict_policy *policy;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (pinverdict_policy_parse(text, size, &policy, &error) != PINVERDICT_OK)
        give_up("line %u of a policy: %s", (unsigned)error.line, error.message);
    return policy;
}

/* A checker that hashes, and validates, by one library; without a trust file it takes no presented chains. */
static inline pinverdict_checker *make_checker(const pinverdict_policy *policy, pinverdict_backend backend,
                                               const char *trust_file, bool cross_check)
{
    pinverdict_config *config;
    pinverdict_checker *checker;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_backend(config, backend) != PINVERDICT_OK ||
        (trust_file == NULL ? pinverdict_config_set_presented(config, false)
                            : pinverdict_config_set_trust_file(config, trust_file)) != PINVERDICT_OK ||
        pinverdict_config_set_cross_check(config, cross_check) != PINVERDICT_OK)
        give_up("a setting was refused");
    if (pinverdict_checker_create(policy, config, &checker, &error) != PINVERDICT_OK) give_up("%s", error.message);
    pinverdict_config_free(config);
    return checker;
}

/* ------------------------------------------------------------------------------------------------- contenders -- */

struct contender {
    const char *library, *what;            /* library: "" where neither does any work */
    bool (*run)(const struct contender *); /* whether the answer was right */
    size_t count;                          /* how many certificates of the path it looks at */
    /* Of a check: */
    const pinverdict_checker *checker;
    const char *host;
    pinverdict_decision decision; /* the right one */
    pinverdict_verdict *verdict;
    /* Of the timing: */
    long calls;
    double *rounds;
};

static inline double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static inline int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The value below which that part of them lies; sorts them. */
static inline double quantile(double *values, int count, double part)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[(int)(part * (count - 1) + 0.5)];
}

static inline void print_quantiles(const char *library, const char *what, double *values, int count)
{
    print_row(library, what, "median", quantile(values, count, 0.5));
    print_row(library, what, "p10", quantile(values, count, 0.1));
    print_row(library, what, "p90", quantile(values, count, 0.9));
}

/* Nanoseconds of so many calls. */
static inline double time_calls(const struct contender *contender, long calls)
{
    long wrong = 0;
    double start = nanoseconds();
    for (long call = 0; call < calls; call++) wrong += !contender->run(contender);
    double time = nanoseconds() - start;
    if (wrong != 0) give_up("%s, %s: %ld answers of %ld are wrong", contender->library, contender->what, wrong, calls);
    return time;
}

/* How many calls take about that long. */
static inline long calls_in(double slice, const struct contender *contender)
{
    long calls = 1;
    double time = time_calls(contender, calls);
    while (time < slice / 2) time = time_calls(contender, calls *= 2);
    double calls_in_slice = (double)calls * slice / time;
    return calls_in_slice < 1 ? 1 : (long)calls_in_slice;
}

/* Times the contenders in rounds in which they take turns, each for a slice of so many nanoseconds: a slow moment of
   the machine meets all of them. */
static inline void time_in_turns(struct contender contenders[], size_t count, int rounds, double slice)
{
    for (size_t i = 0; i < count; i++) {
        contenders[i].rounds = calloc((size_t)rounds, sizeof(double));
        if (contenders[i].rounds == NULL) give_up("no memory");
        contenders[i].calls = calls_in(slice, &contenders[i]);
    }
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            long calls = contenders[i].calls;
            time_calls(&contenders[i], 1 + calls / 10); /* the one before has filled the caches with other things */
            contenders[i].rounds[round] = time_calls(&contenders[i], calls) / calls;
        }
    }
    for (size_t i = 0; i < count; i++) {
        print_quantiles(contenders[i].library, contenders[i].what, contenders[i].rounds, rounds);
        free(contenders[i].rounds);
    }
}

#endif
