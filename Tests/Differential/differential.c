/* differential COUNT SEED PART PARTS KEPT FOUND FILE...: mutated certificates through the three readers.
   Replays what stands in the folder KEPT; then of COUNT inputs takes every one whose number modulo PARTS is PART, makes
   it from one of the files by one to three changes, and compares the readers on it (readers.h). The same seed and the
   same files give the same inputs. A disagreement's input is written into the folder FOUND. */
#include "../ABI/check.h"
#include "../Fuzz/mutate-certificate.h"
#include "readers.h"

#include <dirent.h>

enum { MOST_SOURCES = 1000, LARGEST_SOURCE = 1 << 14, ROOM = 1 << 16 };

static pinverdict_bytes sources[MOST_SOURCES];
static size_t source_count;
static const char *found_folder;
static unsigned long inputs, in_place, by_openssl, by_gnutls, by_all, disagreements;

static pinverdict_bytes read_file(const char *path, uint8_t *buffer, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return (pinverdict_bytes) { buffer, 0 };
    size_t size = fread(buffer, 1, room, file);
    fclose(file);
    return (pinverdict_bytes) { buffer, size };
}

/* Keeps a file's bytes to make inputs of; what is too large would take most of the time. */
static void add_source(const char *path)
{
    static uint8_t buffer[LARGEST_SOURCE + 1];
    pinverdict_bytes bytes = read_file(path, buffer, sizeof buffer);
    if (bytes.size == 0 || bytes.size > LARGEST_SOURCE || source_count == MOST_SOURCES) return;
    uint8_t *copy = malloc(bytes.size);
    memcpy(copy, bytes.data, bytes.size);
    sources[source_count++] = (pinverdict_bytes) { copy, bytes.size };
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

static const char *try_certificate(pinverdict_bytes bytes)
{
    comparison compared = compare_readers(bytes);
    inputs++;
    in_place += compared.in_place;
    by_openssl += compared.openssl;
    by_gnutls += compared.gnutls;
    by_all += compared.in_place && compared.openssl && compared.gnutls;
    disagreements += compared.disagreement != NULL;
    check_that(compared.disagreement == NULL, compared.disagreement, __FILE__, __LINE__);
    return compared.disagreement;
}

static void replay(const char *folder)
{
    static uint8_t buffer[1 << 20];
    char path[4096];
    struct dirent *entry;
    DIR *directory = opendir(folder);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strstr(entry->d_name, ".der") == NULL) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        check_case("%s", path);
        try_certificate(read_file(path, buffer, sizeof buffer));
    }
    if (CHECK(directory != NULL)) closedir(directory);
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
    /* The readers have a copy of just this size, at whose end a sanitizer stops them. */
    uint8_t *copy = malloc(buffer.size > 0 ? buffer.size : 1);
    memcpy(copy, bytes, buffer.size);
    pinverdict_bytes input = { copy, buffer.size };
    if (try_certificate(input) != NULL && disagreements <= CHECK_FAILURES_SHOWN) keep(name, input);
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
    if (part == 0) replay(argv[5]);
    if (CHECK(source_count > 0))
        for (unsigned long number = part; number < count; number += parts) try_mutated(seed, number);
    printf("counts %lu %lu %lu %lu %lu %lu\n", inputs, in_place, by_openssl, by_gnutls, by_all, disagreements);
    return check_end();
}
