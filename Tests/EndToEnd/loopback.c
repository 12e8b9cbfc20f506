// SPDX-License-Identifier: Apache-2.0
/* loopback - preloaded into a test server: whatever it asks for, it listens on 127.0.0.1 alone, on a port that the
 * kernel picks, which goes to standard error as "BOUND port". gnutls-serv has no option for either. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int bind(int descriptor, const struct sockaddr *address, socklen_t size)
{
    int (*next)(int, const struct sockaddr *, socklen_t);
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    (void)size;
    *(void **)&next = dlsym(RTLD_NEXT, "bind");
    if (address->sa_family != AF_INET) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    size = sizeof local;
    if (next(descriptor, (struct sockaddr *)&local, size) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&local, &size) != 0)
        return -1;
    fprintf(stderr, "BOUND %d\n", ntohs(local.sin_port));
    return 0;
}
