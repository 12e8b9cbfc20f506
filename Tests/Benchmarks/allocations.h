// SPDX-License-Identifier: Apache-2.0
/* malloc and its kin, of every library in the process that a program which includes this is, counted. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static long allocations, own_allocations; /* all, and those that libpinverdict itself asks for */
static uintptr_t own_start, own_end;      /* where it lies in memory, once find_own has been called */

static void count_allocation(const void *caller)
{
    allocations++;
    own_allocations += (uintptr_t)caller >= own_start && (uintptr_t)caller < own_end;
}

#define COUNTED(call) (count_allocation(__builtin_return_address(0)), call)

void *malloc(size_t size) { return COUNTED(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return COUNTED(__libc_calloc(count, size)); }
void *realloc(void *memory, size_t size) { return COUNTED(__libc_realloc(memory, size)); }
void *memalign(size_t alignment, size_t size) { return COUNTED(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return COUNTED(__libc_memalign(alignment, size)); }
void *valloc(size_t size) { return COUNTED(__libc_memalign((size_t)getpagesize(), size)); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
    *out = COUNTED(__libc_memalign(alignment, size));
    return *out == NULL ? ENOMEM : 0;
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    return COUNTED((void *)syscall(SYS_mmap, address, size, protection, flags, file, offset));
}

static inline int find_own_in(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size, (void)data;
    if (strstr(object->dlpi_name, "libpinverdict") == NULL) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0) continue;
        own_start = object->dlpi_addr + segment->p_vaddr;
        own_end = own_start + segment->p_memsz;
    }
    return 1;
}

static inline void find_own(void) { dl_iterate_phdr(find_own_in, NULL); }

#endif
