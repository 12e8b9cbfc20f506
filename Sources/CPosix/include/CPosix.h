// SPDX-License-Identifier: Apache-2.0
/* libc for Embedded Swift, which has no Glibc module, and what Swift cannot say: thread-locals, errno and
   atomics on memory that C owns. */
#ifndef PINVERDICT_CPOSIX_H
#define PINVERDICT_CPOSIX_H

/* Without _GNU_SOURCE: with it, types are not the ones that Swift's own Glibc module has seen. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static inline int cposix_errno(void) { return errno; }

/* The message for an errno value, into a zeroed buffer. */
static inline void cposix_error_text(int error, void *buffer, size_t size) { strerror_r(error, (char *)buffer, size); }

/* Opens for reading, without waiting for the other end of a FIFO. */
static inline int cposix_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }

static inline _Bool cposix_is_regular(mode_t mode) { return S_ISREG(mode); }

static inline _Bool cposix_is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The system's trust anchors: the first bundle that there is, readable or not, of those that OpenSSL and the
   distributions keep; NULL where there is none. */
static inline const char *cposix_system_bundle(void)
{
    static const char *const bundles[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, Red Hat */
        "/etc/ssl/ca-bundle.pem",             /* SUSE */
    };
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        struct stat status;
        if (stat(bundles[i], &status) == 0 || (errno != ENOENT && errno != ENOTDIR)) return bundles[i];
    }
    return NULL;
}

/* Whether a program has capabilities that it brings to who runs it. */
static inline _Bool cposix_has_capabilities(const char *path)
{
    return getxattr(path, "security.capability", NULL, 0) > 0;
}

/* Whether there is something at a path, or may be. */
static inline _Bool cposix_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || errno != ENOENT;
}

/* Of state-file.c. Opens a file, which it makes where there is none, and locks it against other processes and threads,
   for which it waits five seconds at most. -1, with errno, where it cannot. */
int cposix_open_locked(const char *path);
/* Writes a file that was opened so, and puts it in another's place; all of it is on the disk afterwards. */
int cposix_replace(int descriptor, const char *path, const char *place, const void *text, size_t size);

static inline void *cposix_map_failed(void) { return MAP_FAILED; }

/* Begins to fetch memory that is read in a moment. No address does harm. */
static inline void cposix_prefetch(const void *memory) { __builtin_prefetch(memory); }

/* Thread-locals live in thread-locals.c, once: every Swift module that inlines an accessor of a static variable
   would bring its own. Initial-exec, since another model may allocate at the first use in a thread. */
#define CPOSIX_THREAD_LOCAL extern __thread __attribute__((visibility("hidden"), tls_model("initial-exec")))
CPOSIX_THREAD_LOCAL unsigned cposix_number_of_thread;
CPOSIX_THREAD_LOCAL void *cposix_slot_of_thread;

/* A number for the calling thread: 1, 2, 3 and so on, in the order in which threads first ask. */
unsigned cposix_next_thread_number(void);
static inline unsigned cposix_thread_number(void)
{
    if (cposix_number_of_thread == 0) cposix_number_of_thread = cposix_next_thread_number();
    return cposix_number_of_thread;
}

/* What a callback without an argument of ours finds on its thread. */
static inline void *cposix_thread_slot(void) { return cposix_slot_of_thread; }
static inline void cposix_set_thread_slot(void *value) { cposix_slot_of_thread = value; }

#endif
