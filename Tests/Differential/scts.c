// SPDX-License-Identifier: Apache-2.0
/* scts COUNT SEED COUNTED FOUND: certificates with SCTs, changed, through ours and OpenSSL (scts.h).
   First those of Tests/Conformance/scts as they are, then COUNT that were made of them: a change or two to the list, or
   to the certificate, half of them signed anew by a log of this process. A disagreement's input is written into the
   folder FOUND. What ours counted is written to the file COUNTED, for scts.py. */
#include "../ABI/check.h"
#include "scts.h"

static unsigned long inputs, counted, by_openssl, same, refused_whole, unread, disagreements, kept;
static FILE *counted_file;

static void write_record(FILE *file, uint32_t number, pinverdict_bytes bytes)
{
    uint32_t sizes[] = { number, (uint32_t)bytes.size };
    if (fwrite(sizes, sizeof sizes, 1, file) != 1 || fwrite(bytes.data, 1, bytes.size, file) != bytes.size) exit(3);
}

static void keep(const char *folder, const char *name, pinverdict_bytes bytes)
{
    char path[PATH_MAX];
    if (++kept > CHECK_FAILURES_SHOWN) return;
    snprintf(path, sizeof path, "%s/scts-%s.der", folder, name);
    FILE *file = fopen(path, "wb");
    if (file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size) printf("kept as %s\n", path);
    if (file != NULL) fclose(file);
}

static sct_comparison try_path(pinverdict_bytes leaf, pinverdict_bytes issuer)
{
    sct_comparison compared = compare_scts(leaf, issuer, true);
    inputs++;
    counted += (unsigned long)compared.ours;
    if (compared.openssl > 0) by_openssl += (unsigned long)compared.openssl;
    same += compared.ours == compared.openssl;
    unread += compared.openssl < 0 && compared.ours > 0;
    refused_whole += compared.is_refused_whole;
    disagreements += compared.disagreement != NULL;
    check_that(compared.disagreement == NULL, compared.disagreement, __FILE__, __LINE__);
    if (compared.ours > 0) {
        write_record(counted_file, (uint32_t)compared.ours, leaf);
        write_record(counted_file, 0, issuer);
    }
    return compared;
}

static void try_mutated(uint64_t seed, unsigned long number, const char *found)
{
    static uint8_t bytes[SCT_LARGEST];
    char name[64];
    uint64_t random = seed ^ (number * 0xd1342543de82ef95);
    const sct_path *path = &sct_paths[der_random(&random, (uint32_t)sct_path_count)];
    const sct_path *other = &sct_paths[der_random(&random, (uint32_t)sct_path_count)];
    der_buffer leaf = { bytes, path->leaf.size, sizeof bytes };
    memcpy(bytes, path->leaf.data, leaf.size);
    bool of_list = der_random(&random, 2) == 0, is_signed = der_random(&random, 2) == 0;
    if (!of_list) mutate_certificate(&leaf, &other->leaf, 1, &random);
    if (is_signed) sct_sign(&leaf, path->issuer);
    for (uint32_t changes = der_random(&random, 3); of_list && changes > 0; changes--) mutate_list(&leaf, &random);
    snprintf(name, sizeof name, "%llu-%lu", (unsigned long long)seed, number);
    check_case("SCTs, input %s, of %s", name, path->name);
    /* A copy of just this size, as of other inputs. */
    uint8_t *copy = malloc(leaf.size > 0 ? leaf.size : 1);
    memcpy(copy, bytes, leaf.size);
    pinverdict_bytes input = { copy, leaf.size };
    if (try_path(input, path->issuer).disagreement != NULL) keep(found, name, input);
    free(copy);
}

int main(int argc, char **argv)
{
    check_begin();
    alarm(0); /* as many inputs as wanted */
    if (argc != 5 || (counted_file = fopen(argv[3], "wb")) == NULL) return 2;
    unsigned long count = strtoul(argv[1], NULL, 10);
    sct_begin();
    write_record(counted_file, 0, (pinverdict_bytes){ sct_own_key, sizeof sct_own_key });
    for (size_t i = 0; i < sct_path_count; i++) {
        check_case("SCTs of %s", sct_paths[i].name);
        try_path(sct_paths[i].leaf, sct_paths[i].issuer);
    }
    check_case("SCTs of the files");
    CHECK(counted > 80 && same > sct_path_count * 9 / 10);
    for (unsigned long number = 0; number < count; number++) try_mutated(strtoull(argv[2], NULL, 10), number, argv[4]);
    check_case("SCTs of all inputs");
    CHECK(counted > inputs / 2); /* or the comparison is about nothing */
    if (fclose(counted_file) != 0) return 3;
    printf("inputs %lu with SCTs, logs counted %lu, by OpenSSL %lu, the same in %lu, lists that OpenSSL refuses whole "
           "%lu, certificates that it does not read %lu, disagreements %lu\n",
           inputs, counted, by_openssl, same, refused_whole, unread, disagreements);
    return check_end();
}
