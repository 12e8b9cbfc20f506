// SPDX-License-Identifier: Apache-2.0
#include "CPosix.h"

#include <stdio.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* Of Linux, by file and not by process: fcntl.h has it under _GNU_SOURCE alone. */
enum { SET_LOCK_OF_FILE = 37 };

static _Bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

HIDDEN int cposix_open_locked(const char *path)
{
    for (int tries = 0; tries < 500; tries++) {
        struct timespec pause = { 0, 10000000 };
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        struct stat opened, there;
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, S_IRUSR | S_IWUSR);
        if (file < 0) return -1;
        // Nobody else's, and under no other name.
        if (fstat(file, &opened) != 0 || !S_ISREG(opened.st_mode) || opened.st_uid != geteuid() ||
            opened.st_nlink > 1) {
            close(file);
            errno = EEXIST;
            return -1;
        }
        if (fcntl(file, SET_LOCK_OF_FILE, &lock) == 0) {
            // It may have been put in the other's place meanwhile.
            if (stat(path, &there) == 0 && is_same(&opened, &there)) return file;
        } else if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            int error = errno;
            close(file);
            errno = error;
            return -1;
        }
        close(file);
        nanosleep(&pause, NULL);
    }
    errno = EAGAIN;
    return -1;
}

/* Has the disk know the names in the folder that a path is in. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int folder = name ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int result = folder < 0 ? -1 : fsync(folder);
    int error = errno;
    if (folder >= 0) close(folder);
    free(name);
    errno = error;
    return result;
}

HIDDEN int cposix_replace(int descriptor, const char *path, const char *place, const void *text, size_t size)
{
    const char *rest = text;
    _Bool is_written = ftruncate(descriptor, 0) == 0;
    while (is_written && size > 0) {
        ssize_t count = write(descriptor, rest, size);
        if (count > 0) {
            rest += count;
            size -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            is_written = 0;
        }
    }
    if (is_written && fsync(descriptor) == 0 && rename(path, place) == 0) return sync_folder_of(place);
    int error = errno;
    unlink(path);
    errno = error;
    return -1;
}
