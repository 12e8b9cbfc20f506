// SPDX-License-Identifier: Apache-2.0
/* The DER reader, through the pins of one certificate: the input is the certificate. Every kind of pin is that of the
   bytes which stand in its place, whichever backend reads them, and no library that accepts the certificate finds
   another key or other names in it. */
#include "mutate-certificate.h"
#include "world.h"

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    make_world();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);
    comparison first = compare_readers((pinverdict_bytes){ copy, size });
    if (first.disagreement != NULL) fuzz_violation(first.disagreement, __FILE__, __LINE__);
    free(copy);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint64_t random = seed;
    if (der_random(&random, 4) == 0) return LLVMFuzzerMutate(data, size, most);
    pinverdict_bytes others[4];
    for (int i = 0; i < 4; i++) others[i] = world[der_random(&random, WORLD_SIZE)].bytes;
    der_buffer buffer = { data, size, most };
    mutate_certificate(&buffer, others, 4, &random);
    return buffer.size > 0 ? buffer.size : size;
}

/* An element of one certificate in another one. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t most, unsigned seed)
{
    static der_tree tree;
    uint64_t random = seed;
    der_buffer buffer = { out, one_size < most ? one_size : most, most };
    memcpy(out, one, buffer.size);
    der_parse(&tree, out, buffer.size);
    if (tree.count > 0)
        der_splice(&buffer, &tree, der_choose(&tree, out, &random), true, (pinverdict_bytes){ other, other_size },
                   &random);
    return buffer.size;
}
