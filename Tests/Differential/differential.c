// SPDX-License-Identifier: Apache-2.0
/* differential COUNT SEED PART PARTS KEPT FOUND FILE...: mutated certificates through the three readers.
   The first part replays what stands in the folder KEPT, and the files as they are (refused.h). Of COUNT inputs each
   takes every one whose number modulo PARTS is PART, makes it from one of the files by one to three changes, and
   compares the readers on it (readers.h). The same seed and the same files give the same inputs. A disagreement's input
   is written into the folder FOUND. */
#include "../Fuzz/mutate-certificate.h"
#include "refused.h"

#include <dirent.h>

enum { MOST_SOURCES = 1000, LARGEST_SOURCE = 1 << 14, LARGEST_FILE = 1 << 21, ROOM = 1 << 16, MOST_RULES = 32 };

static pinverdict_bytes sources[MOST_SOURCES];
static size_t source_count;
static const char *found_folder;
static unsigned long inputs, in_place, by_openssl, by_gnutls, by_all, disagreements, reencoded, kept;
static struct {
    const char *rule;
    unsigned long times;
} refused_alone[MOST_RULES];

static pinverdict_bytes read_file(const char *path, uint8_t *buffer, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return (pinverdict_bytes){ buffer, 0 };
    size_t size = fread(buffer, 1, room, file);
    fclose(file);
    return (pinverdict_bytes){ buffer, size };
}

/* Keeps a file's bytes to make inputs of; what is too large would take most of the time. */
static void add_source(const char *path)
{
    static uint8_t buffer[LARGEST_SOURCE + 1];
    pinverdict_bytes bytes = read_file(path, buffer, sizeof buffer);
    if (bytes.size == 0 || bytes.size > LARGEST_SOURCE || source_count == MOST_SOURCES) return;
    uint8_t *copy = malloc(bytes.size);
    memcpy(copy, bytes.data, bytes.size);
    sources[source_count++] = (pinverdict_bytes){ copy, bytes.size };
}

static void keep(const char *name, pinverdict_bytes bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.der", found_folder, name);
    FILE *file = fopen(path, "wb");
    if (file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size)
        printf("kept as %s; move it to Tests/Differential/kept\n", path);
    if (file != NULL) fclose(file);
}

/* Counts a certificate that both libraries accept and ours refuses, by the rule that it breaks. */
static void count_refused(const char *rule)
{
    int i = 0;
    while (refused_alone[i].rule != NULL && refused_alone[i].rule != rule) i++;
    refused_alone[i].rule = rule;
    refused_alone[i].times++;
}

static comparison try_certificate(pinverdict_bytes bytes)
{
    comparison compared = compare_readers(bytes);
    inputs++;
    in_place += compared.in_place;
    by_openssl += compared.openssl;
    by_gnutls += compared.gnutls;
    by_all += compared.in_place && compared.openssl && compared.gnutls;
    reencoded += compared.is_reencoded;
    disagreements += compared.disagreement != NULL;
    if (compared.rule != NULL && compared.openssl && compared.gnutls) count_refused(compared.rule);
    check_that(compared.disagreement == NULL, compared.disagreement, __FILE__, __LINE__);
    return compared;
}

static comparison try_file(const char *path)
{
    static uint8_t buffer[LARGEST_FILE];
    check_case("%s", path);
    return try_certificate(read_file(path, buffer, sizeof buffer));
}

static void replay(const char *folder)
{
    char path[4096];
    int replayed = 0;
    struct dirent *entry;
    DIR *directory = opendir(folder);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strstr(entry->d_name, ".der") == NULL) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        CHECK_EQUAL(try_file(path).is_reencoded, strncmp(entry->d_name, "reencoded-", 10) == 0);
        replayed++;
    }
    if (directory != NULL) closedir(directory);
    check_case("%s", folder);
    CHECK(replayed > 0);
}

/* The files as they are. */
static void try_sources(int count, char **paths)
{
    const size_t known = sizeof refused_fixtures / sizeof refused_fixtures[0];
    size_t listed = 0;
    for (int i = 0; i < count; i++) {
        comparison compared = try_file(paths[i]);
        listed += check_source(paths[i], &compared, refused_fixtures, known);
    }
    check_case("%s", "the files");
    CHECK_EQUAL(listed, known);
}

static void try_mutated(uint64_t seed, unsigned long number)
{
    static uint8_t bytes[ROOM];
    char name[64];
    uint64_t random = seed ^ (number * 0xd1342543de82ef95);
    pinverdict_bytes source = sources[der_random(&random, (uint32_t)source_count)];
    der_buffer buffer = { bytes, source.size, ROOM };
    memcpy(bytes, source.data, source.size);
    for (uint32_t changes = 1 + der_random(&random, 4) / 2 + der_random(&random, 2); changes > 0; changes--)
        mutate_certificate(&buffer, sources, source_count, &random);
    snprintf(name, sizeof name, "%llu-%lu", (unsigned long long)seed, number);
    check_case("input %s", name);
    /* A copy of just this size: one of the runs has a sanitizer in our reader, which stops it at the end. */
    uint8_t *copy = malloc(buffer.size > 0 ? buffer.size : 1);
    memcpy(copy, bytes, buffer.size);
    pinverdict_bytes input = { copy, buffer.size };
    if (try_certificate(input).disagreement != NULL) {
        if (kept < CHECK_FAILURES_SHOWN) keep(name, input);
        kept++;
    }
    free(copy);
}

int main(int argc, char **argv)
{
    check_begin();
    alarm(0); /* as many inputs as wanted */
    if (argc < 8) return 2;
    unsigned long count = strtoul(argv[1], NULL, 10);
    unsigned long part = strtoul(argv[3], NULL, 10), parts = strtoul(argv[4], NULL, 10);
    uint64_t seed = strtoull(argv[2], NULL, 10);
    found_folder = argv[6];
    for (int i = 7; i < argc; i++) add_source(argv[i]);
    if (part == 0) {
        replay(argv[5]);
        try_sources(argc - 7, argv + 7);
    }
    if (CHECK(source_count > 0))
        for (unsigned long number = part; number < count; number += parts) try_mutated(seed, number);
    for (int i = 0; i < MOST_RULES && refused_alone[i].rule != NULL; i++)
        printf("alone %lu %s\n", refused_alone[i].times, refused_alone[i].rule);
    if (kept > CHECK_FAILURES_SHOWN) printf("%lu more inputs were not kept\n", kept - CHECK_FAILURES_SHOWN);
    printf("counts %lu %lu %lu %lu %lu %lu %lu\n", inputs, in_place, by_openssl, by_gnutls, by_all, disagreements,
           reencoded);
    return check_end();
}
