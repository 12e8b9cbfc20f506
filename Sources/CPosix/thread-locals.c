// SPDX-License-Identifier: Apache-2.0
#include "CPosix.h"

#include <stdatomic.h>

__thread unsigned cposix_number_of_thread;
__thread void *cposix_slot_of_thread;

__attribute__((visibility("hidden"))) unsigned cposix_next_thread_number(void)
{
    static atomic_uint last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}
