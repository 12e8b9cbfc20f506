// SPDX-License-Identifier: Apache-2.0
/* SCTs, through the verdict: the input is the number of a certificate of Conformance/scts, a letter and bytes. "l" is
   for its list, "c" for a whole certificate of the same issuer, and "L" and "C" for such that a log of this process
   signs anew. No SCT counts that OpenSSL does not find good, and both backends count the same. */
#include "../Differential/scts.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    sct_begin();
    return 0;
}

/* The certificate that the input stands for; false for an input that is none. */
static bool read_leaf(const uint8_t *data, size_t size, der_buffer *leaf)
{
    if (size < 2 || data[0] >= sct_path_count || data[1] == 0 || strchr("lLcC", data[1]) == NULL) return false;
    pinverdict_bytes base = sct_paths[data[0]].leaf, rest = { data + 2, size - 2 };
    bool is_list = data[1] == 'l' || data[1] == 'L';
    if (rest.size > SCT_LARGEST / 2) return false;
    if (!is_list) base = rest;
    if (base.size > 0) memcpy(leaf->bytes, base.data, base.size);
    leaf->size = base.size;
    if (is_list) sct_put_list(leaf, rest.data, rest.size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[SCT_LARGEST];
    der_buffer leaf = { bytes, 0, sizeof bytes };
    if (!read_leaf(data, size, &leaf)) return -1;
    pinverdict_bytes issuer = sct_paths[data[0]].issuer;
    if (data[1] == 'L' || data[1] == 'C') sct_sign(&leaf, issuer);
    uint8_t *copy = exact_copy(leaf.bytes, leaf.size);
    sct_comparison compared = compare_scts((pinverdict_bytes){ copy, leaf.size }, issuer, false);
    if (compared.disagreement != NULL) fuzz_violation(compared.disagreement, __FILE__, __LINE__);
    free(copy);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t bytes[SCT_LARGEST];
    uint64_t random = seed;
    der_buffer leaf = { bytes, 0, sizeof bytes };
    uint32_t kind = der_random(&random, 8);
    if (kind == 0 || !read_leaf(data, size, &leaf)) return LLVMFuzzerMutate(data, size, most);
    bool is_list = data[1] == 'l' || data[1] == 'L';
    if (kind == 1) data[1] ^= 'l' ^ 'L';
    else if (kind == 2) data[0] = (uint8_t)der_random(&random, (uint32_t)sct_path_count);
    else if (is_list || kind == 3) mutate_list(&leaf, &random);
    else mutate_certificate(&leaf, &sct_paths[der_random(&random, (uint32_t)sct_path_count)].leaf, 1, &random);
    pinverdict_bytes result = { leaf.bytes, leaf.size };
    if (is_list) result = sct_list_of(result);
    if (kind <= 2 || result.size == 0 || result.size + 2 > most) return size;
    memcpy(data + 2, result.data, result.size);
    return result.size + 2;
}
