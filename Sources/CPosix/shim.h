/* libc for Embedded Swift, which has no Glibc module, and what Swift cannot say: thread-locals, errno and
   atomics on memory that C owns. */
#ifndef PINVERDICT_CPOSIX_H
#define PINVERDICT_CPOSIX_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline int cposix_errno(void) { return errno; }

/* The message for an errno value, into a zeroed buffer. */
static inline void cposix_error_text(int error, void *buffer, size_t size) {
    const char *text = strerror_r(error, (char *)buffer, size);
    if (text != buffer) memcpy(buffer, text, strnlen(text, size - 1));
}

/* Opens for reading, without waiting for the other end of a FIFO. */
static inline int cposix_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }

static inline _Bool cposix_is_regular(mode_t mode) { return S_ISREG(mode); }

static inline void *cposix_map_failed(void) { return MAP_FAILED; }

/* A number for the calling thread: 1, 2, 3 … in the order in which threads first ask. Initial-exec, since
   another model may allocate at the first use in a thread. */
static inline unsigned cposix_thread_number(void) {
    static atomic_uint last;
    static __thread unsigned number __attribute__((tls_model("initial-exec")));
    if (number == 0) number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    return number;
}

#endif
