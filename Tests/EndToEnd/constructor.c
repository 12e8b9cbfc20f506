// SPDX-License-Identifier: Apache-2.0
/* constructor LIBRARY: loads a library whose constructor uses the TLS library, while a thread is the first to do so;
 * compiled with LIBRARY that library. Ends where neither waits for the other. */
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <unistd.h>

#ifdef LIBRARY
__attribute__((constructor)) static void construct(void)
{
    usleep(500000); /* the thread has read the policy by then, and the loader is ours */
    SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
}
#else
static void *use(void *none)
{
    SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
    return none;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 2 || pthread_create(&thread, NULL, use, NULL) != 0) return 2;
    usleep(30000); /* it reads the policy, a long one */
    return dlopen(argv[1], RTLD_NOW) == NULL || pthread_join(thread, NULL) != 0;
}
#endif
