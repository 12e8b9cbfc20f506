// SPDX-License-Identifier: Apache-2.0
/* A library that is loaded with RTLD_DEEPBIND finds its TLS library before it finds us: it gets loaded without. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

typedef void *opener(const char *file, int mode);

#ifndef __has_attribute
#define __has_attribute(name) 0
#endif
#if __has_attribute(musttail)
#define JUMP __attribute__((musttail)) return
#else
#define JUMP return /* a jump with -O2, as `programs.py` makes sure */
#endif

static void *nothing(const char *file, int mode)
{
    (void)file, (void)mode;
    return NULL;
}

__attribute__((noinline)) static opener *next_opener(void)
{
    static _Atomic(opener *) found;
    opener *next = atomic_load_explicit(&found, memory_order_relaxed);
    if (next != NULL) return next;
    next = (opener *)dlsym(RTLD_NEXT, "dlopen");
    if (next == NULL) return nothing;
    atomic_store_explicit(&found, next, memory_order_relaxed);
    return next;
}

/* The loader asks where its caller returns to, for the caller's RUNPATH and $ORIGIN: that must not be here. */
void *dlopen(const char *file, int mode)
{
    opener *next = next_opener();
    JUMP next(file, mode & ~RTLD_DEEPBIND);
}
