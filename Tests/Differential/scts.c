// SPDX-License-Identifier: Apache-2.0
/* scts COUNT SEED COUNTED FOUND: certificates with SCTs, changed, through ours and OpenSSL (scts.h).
   First those of Tests/Conformance/scts as they are, then COUNT that were made of them: a change or two to the list, or
   to the certificate, half of them signed anew by a log of this process; and what is wrong on purpose, in which nothing
   counts. A disagreement's input is written into the
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

/* ---------------------------------------------------------------------------------------- wrong on purpose -- */

static uint8_t wrong_bytes[SCT_LARGEST];
static const sct_path *one_good;

/* The certificate with one good SCT, and a list in its place. */
static der_buffer with_list(const uint8_t *list, size_t size)
{
    der_buffer leaf = { wrong_bytes, one_good->leaf.size, sizeof wrong_bytes };
    memcpy(wrong_bytes, one_good->leaf.data, leaf.size);
    if (list != NULL) sct_put_list(&leaf, list, size);
    return leaf;
}

static void try_wrong(der_buffer leaf)
{
    CHECK_EQUAL(try_path((pinverdict_bytes){ leaf.bytes, leaf.size }, one_good->issuer).ours, 0);
}

/* Of the list, its element, the extensions and the signature; and of each element in DER that encloses them. */
static void try_wrong_lengths(pinverdict_bytes list)
{
    static const size_t places[] = { 0, 2, 45, 49 };
    static der_tree tree;
    uint8_t changed[256];
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        unsigned right = (unsigned)list.data[places[i]] << 8 | list.data[places[i] + 1];
        for (unsigned length = 0; length < 0x10000; length += length < 300 ? 1 : 1019) {
            if (length == right) continue;
            check_case("SCTs, at %zu the length %u", places[i], length);
            memcpy(changed, list.data, list.size);
            changed[places[i]] = (uint8_t)(length >> 8);
            changed[places[i] + 1] = (uint8_t)length;
            try_wrong(with_list(changed, list.size));
        }
    }
    der_parse(&tree, one_good->leaf.data, one_good->leaf.size);
    for (int number = sct_find_list(&tree, one_good->leaf.data); number >= 0; number = tree.elements[number].parent)
        for (int by = -2; by <= 2; by++) {
            der_buffer leaf = with_list(NULL, 0);
            check_case("SCTs, the length of the element at %zu by %d", tree.elements[number].start, by);
            wrong_bytes[tree.elements[number].contents - 1] += (uint8_t)by;
            if (by != 0) try_wrong(leaf);
        }
}

static void try_two_extensions(void)
{
    static der_tree tree;
    der_buffer leaf = with_list(NULL, 0);
    check_case("two extensions with SCTs");
    der_parse(&tree, leaf.bytes, leaf.size);
    int list = sct_find_list(&tree, leaf.bytes), extension = tree.elements[tree.elements[list].parent].parent;
    const der_element *element = &tree.elements[extension];
    der_edit(&leaf, &tree, element->parent, true, element->end, element->end, one_good->leaf.data + element->start,
             element->end - element->start);
    try_wrong(leaf);
}

/* So many times the same element, and how many octets the list says it has. */
static void try_many(pinverdict_bytes element, size_t times, size_t says)
{
    static uint8_t list[SCT_LARGEST];
    size_t size = 2;
    check_case("%zu SCTs of %zu octets", times, element.size);
    list[0] = (uint8_t)(says >> 8);
    list[1] = (uint8_t)says;
    for (size_t i = 0; i < times; i++) {
        list[size] = (uint8_t)(element.size >> 8);
        list[size + 1] = (uint8_t)element.size;
        memcpy(list + size + 2, element.data, element.size);
        size += 2 + element.size;
    }
    try_wrong(with_list(list, size));
}

static void try_times(pinverdict_bytes list)
{
    uint8_t changed[512] = { 0 };
    for (int fill = 0; fill <= 0xff; fill += 0xff) {
        check_case("SCTs, a time of octets %d", fill);
        memcpy(changed, list.data, list.size);
        memset(changed + 37, fill, 8);
        try_wrong(with_list(changed, list.size));
    }
    check_case("SCTs, the last time of all, and signed");
    size_t size = sct_by_own_log(one_good->leaf, one_good->issuer, UINT64_MAX, changed + 4);
    CHECK(size > 0);
    changed[0] = changed[2] = 0;
    changed[1] = (uint8_t)(size + 2);
    changed[3] = (uint8_t)size;
    try_wrong(with_list(changed, size + 4));
}

static void try_what_is_wrong(void)
{
    static uint8_t zeros[70000];
    uint8_t bad[256] = { 0 };
    for (size_t i = 0; i < sct_path_count; i++)
        if (strcmp(sct_paths[i].name, "synthetic/one-good.der") == 0) one_good = &sct_paths[i];
    pinverdict_bytes list = sct_list_of(one_good->leaf);
    if (!CHECK(list.size > 51 && list.size < 200)) return;
    check_case("one good SCT");
    CHECK_EQUAL(try_path(one_good->leaf, one_good->issuer).ours, 1);
    try_wrong_lengths(list);
    try_two_extensions();
    try_times(list);
    try_many((pinverdict_bytes){ zeros, 65531 }, 1, 65533);
    try_many((pinverdict_bytes){ zeros, 65535 }, 1, 65535);
    try_many((pinverdict_bytes){ zeros, 4 }, 10000, 60000);
    memcpy(bad, list.data + 4, list.size - 4);
    bad[40]++; /* of the time: the log is known, and the signature bad */
    try_many((pinverdict_bytes){ bad, list.size - 4 }, 500, 500 * (list.size - 2));
    try_many((pinverdict_bytes){ list.data + 4, list.size - 4 }, 1000, (1000 * (list.size - 2)) & 0xffff);
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
    unsigned long as_they_are = inputs;
    try_what_is_wrong();
    const unsigned long wrong = inputs - as_they_are;
    for (unsigned long number = 0; number < count; number++) try_mutated(strtoull(argv[2], NULL, 10), number, argv[4]);
    check_case("SCTs of all inputs");
    CHECK(counted > (inputs - wrong) / 2); /* or the comparison is about nothing */
    if (fclose(counted_file) != 0) return 3;
    printf("inputs %lu with SCTs, logs counted %lu, by OpenSSL %lu, the same in %lu, lists that OpenSSL refuses whole "
           "%lu, certificates that it does not read %lu, disagreements %lu\n",
           inputs, counted, by_openssl, same, refused_whole, unread, disagreements);
    return check_end();
}
