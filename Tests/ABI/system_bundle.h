// SPDX-License-Identifier: Apache-2.0
/* system_bundle.h - the system's trust anchors are those of a test: whoever opens or looks for one of the bundles that
 * systems keep finds the file `system_bundle` in place of Debian's, or none at all where that is NULL. */
#ifndef SYSTEM_BUNDLE_H
#define SYSTEM_BUNDLE_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *system_bundle;

/* The path to use in place of `path`; NULL where there is nothing at it. */
static const char *redirected(const char *path)
{
    if (strcmp(path, "/etc/ssl/certs/ca-certificates.crt") == 0) return system_bundle;
    if (strcmp(path, "/etc/pki/tls/certs/ca-bundle.crt") == 0) return NULL;
    return strcmp(path, "/etc/ssl/ca-bundle.pem") == 0 ? NULL : path;
}

FILE *fopen(const char *path, const char *mode)
{
    static FILE *(*next)(const char *, const char *);
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "fopen");
    const char *there = redirected(path);
    if (there != NULL) return next(there, mode);
    errno = ENOENT;
    return NULL;
}

FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

int stat(const char *path, struct stat *status)
{
    const char *there = redirected(path);
    if (there != NULL) return fstatat(AT_FDCWD, there, status, 0);
    errno = ENOENT;
    return -1;
}

#endif
