// SPDX-License-Identifier: Apache-2.0
/* replay FILE...: runs a target on each of the files, without a fuzzer. */
#include "../ABI/check.h"
#include "fuzz.h"

/* For the mutators, which do not run here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
    (void)data, (void)most;
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t buffer[1 << 20];
    check_begin();
    check_case("%s", "the start");
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        check_case("%s", argv[i]);
        if (!CHECK(file != NULL)) continue;
        size_t size = fread(buffer, 1, sizeof buffer, file);
        fclose(file);
        CHECK(LLVMFuzzerTestOneInput(buffer, size) <= 0); /* -1: not one to go on from */
    }
    CHECK(argc > 1);
    return check_end();
}
