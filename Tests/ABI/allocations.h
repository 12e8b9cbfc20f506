// SPDX-License-Identifier: Apache-2.0
/* allocations.h - malloc and its kin in a program that includes this: counted, failing at will, and what is freed is
 * overwritten. Under a sanitizer, which has its own and finds leaks itself, nothing is counted and nothing fails. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include "check.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

static atomic_long allocations; /* so far */
static atomic_long outstanding; /* allocated and not freed */
static long until_failure = -1; /* how many succeed before one fails; -1: none fails */
static bool fails_on;           /* all that follow fail too */
static bool has_failed;
static bool keeps_freed; /* what is freed is not used again until free_kept; in a program with one thread */

enum { MOST_KEPT = 1 << 18 };
static void *kept[MOST_KEPT];
static int kept_count;

#ifndef UNDER_SANITIZER

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static bool allocation_fails(void)
{
    allocations++;
    if (until_failure < 0) return false;
    if (until_failure-- > 0) return false;
    has_failed = true;
    if (fails_on) until_failure = 0;
    errno = ENOMEM;
    return true;
}

static void *counted(void *memory)
{
    if (memory != NULL) outstanding++;
    return memory;
}

void *malloc(size_t size) { return allocation_fails() ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return allocation_fails() ? NULL : counted(__libc_calloc(count, size)); }

void *realloc(void *memory, size_t size)
{
    if (allocation_fails()) return NULL;
    void *moved = __libc_realloc(memory, size);
    if (memory == NULL) return counted(moved);
    if (moved == NULL && size == 0) outstanding--;
    return moved;
}

void free(void *memory)
{
    if (memory == NULL) return;
    outstanding--;
    memset(memory, 0xdd, malloc_usable_size(memory)); // so that who reads it still will be found out
    if (keeps_freed && kept_count < MOST_KEPT) kept[kept_count++] = memory;
    else __libc_free(memory);
}

void *memalign(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

static inline void free_kept(void)
{
    keeps_freed = false;
    while (kept_count > 0) __libc_free(kept[--kept_count]);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *out = memory;
    return 0;
}

#else

static inline void free_kept(void) {}

#endif

#endif
