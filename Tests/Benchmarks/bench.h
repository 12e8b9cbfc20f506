/* What the benchmarks share: a clock, medians, certificates from files. Figures are printed, never asserted. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include "pinverdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static inline int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static inline double median(double *values, int count) {
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

static inline pinverdict_bytes read_certificate(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.der", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 16);
    pinverdict_bytes bytes = {data, file && data ? fread(data, 1, 1 << 16, file) : 0};
    if (bytes.size == 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

static inline void hex_of(const uint8_t digest[32], char text[65]) {
    for (int i = 0; i < 32; i++) sprintf(text + 2 * i, "%02x", digest[i]);
}

static inline void pin_of(pinverdict_bytes certificate, char text[65]) {
    uint8_t digest[32];
    if (pinverdict_pin_of_certificate(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, certificate, digest)) exit(2);
    hex_of(digest, text);
}

static inline pinverdict_policy *parse_policy(const char *text, size_t size) {
    pinverdict_policy *policy;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (pinverdict_policy_parse(text, size, &policy, &error) != PINVERDICT_OK) {
        fprintf(stderr, "line %u: %s\n", error.line, error.message);
        exit(2);
    }
    return policy;
}

static inline pinverdict_checker *make_checker(const pinverdict_policy *policy) {
    pinverdict_checker *checker;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(2);
    }
    return checker;
}

#endif
