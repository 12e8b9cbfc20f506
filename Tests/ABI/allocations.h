/* allocations.h - malloc and its kin in a program that includes this: counted, and failing at will. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_long allocations; /* so far */
static atomic_long outstanding; /* allocated and not freed */
static long until_failure = -1; /* how many succeed before one fails; -1: none fails */
static bool fails_on;           /* all that follow fail too */
static bool has_failed;

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

void *malloc(size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_calloc(count, size));
}

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
    if (memory != NULL) outstanding--;
    __libc_free(memory);
}

void *memalign(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *out = memory;
    return 0;
}

#endif
