// SPDX-License-Identifier: Apache-2.0
/* What require-scts costs a check: scts FOLDER, which is Tests/Conformance/scts. Of a real leaf with two and with three
   good SCTs, with its issuer: without the rule's require-scts and with it, the first check of a checker and later ones,
   in turns, by processor time. */
#include "bench.h"

enum { ROUNDS = 300, LATER = 50, COLUMNS = 5 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int by_size(const void *one, const void *other)
{
    double left = *(const double *)one, right = *(const double *)other;
    return left < right ? -1 : left > right;
}

/* The columns of a table's next row; false at its end. */
static bool next_row(FILE *table, char line[4096], char *column[COLUMNS])
{
    do {
        if (fgets(line, 4096, table) == NULL) return false;
    } while (line[0] == '#');
    for (int i = 0; i < COLUMNS; i++) column[i] = strsep(&line, "\t\n");
    return true;
}

static FILE *open_table(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *table = fopen(path, "r");
    if (table == NULL) give_up("cannot read %s", path);
    return table;
}

/* A policy that pins an issuer and has the logs of the table whose keys are on P-256. */
static pinverdict_policy *make_policy(const char *folder, const char *pin, int required)
{
    static char text[65536];
    int size = snprintf(text, sizeof text,
                        "[policy]\nserial = 1\n[host a.test]\nallow-single-pin = yes\npin-sha256 = %s\n", pin);
    if (required > 0) size += snprintf(text + size, sizeof text - (size_t)size, "require-scts = %d\n", required);
    size += snprintf(text + size, sizeof text - (size_t)size,
                     "[ct-logs]\nas-of = 2026-11-01\nmax-age = 3650\non-stale = refuse\n");
    char line[4096], *column[COLUMNS];
    FILE *table = open_table(folder, "logs.tsv");
    for (int number = 1; next_row(table, line, column); number++)
        if (strlen(column[1]) == 124)
            size += snprintf(text + size, sizeof text - (size_t)size, "[ct-log l%d]\nkey = %s\noperator = %s\n", number,
                             column[1], column[2]);
    fclose(table);
    return parse_policy(text, (size_t)size);
}

/* The microseconds of a check, of so many. */
static double check(const pinverdict_checker *checker, const pinverdict_bytes chain[2], int times)
{
    double started = now();
    for (int i = 0; i < times; i++)
        if (pinverdict_check_validated(checker, "a.test", chain, 2, NULL) != PINVERDICT_ALLOW)
            give_up("a check refuses");
    return (now() - started) / times;
}

static void measure(const char *folder, const char *library, pinverdict_backend backend, int scts,
                    const pinverdict_bytes chain[2])
{
    static const char *quantities[2][2] = { { "without, first", "without, after" },
                                            { "with, first", "with, seen before" } };
    static double first[2][ROUNDS], later[2][ROUNDS];
    char pin[65], what[64];
    pin_of(chain[1], pin);
    pinverdict_policy *policies[2] = { make_policy(folder, pin, 0), make_policy(folder, pin, 1) };
    for (int round = 0; round < ROUNDS; round++)
        for (int with = 0; with < 2; with++) {
            pinverdict_checker *checker = make_checker(policies[with], backend, NULL, false);
            first[with][round] = check(checker, chain, 1);
            later[with][round] = check(checker, chain, LATER);
            pinverdict_checker_free(checker);
        }
    snprintf(what, sizeof what, "%d SCTs, %zu bytes", scts, chain[0].size);
    for (int with = 0; with < 2; with++) {
        qsort(first[with], ROUNDS, sizeof(double), by_size);
        qsort(later[with], ROUNDS, sizeof(double), by_size);
        print_row(library, what, quantities[with][0], first[with][ROUNDS / 2]);
        print_row(library, what, quantities[with][1], later[with][ROUNDS / 2]);
        pinverdict_policy_free(policies[with]);
    }
}

int main(int argc, char **argv)
{
    const char *folder = argc == 2 ? argv[1] : "Tests/Conformance/scts";
    char line[4096], path[512], *column[COLUMNS];
    bool is_done[4] = { false };
    FILE *table = open_table(folder, "manifest.tsv");
    while (next_row(table, line, column)) {
        int scts = strcmp(column[4], "valid,valid") == 0 ? 2 : strcmp(column[4], "valid,valid,valid") == 0 ? 3 : 0;
        if (scts == 0 || is_done[scts]) continue;
        pinverdict_bytes chain[2];
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s/%s", folder, column[i]);
            chain[i] = read_certificate(path);
        }
        measure(folder, "OpenSSL", PINVERDICT_BACKEND_OPENSSL, scts, chain);
        measure(folder, "GnuTLS", PINVERDICT_BACKEND_GNUTLS, scts, chain);
        is_done[scts] = true;
    }
    fclose(table);
    return 0;
}
