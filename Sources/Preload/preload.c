// SPDX-License-Identifier: Apache-2.0
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What was there when the program began: it may change its environment, and what its descriptor 2 is. */
static struct {
    bool is_strict;
    bool has_errors;
    dev_t device;
    ino_t file;
} begun;

__attribute__((constructor)) static void begin(void)
{
    /* Constructors of other libraries, which may use TLS, can come before this one. */
    static atomic_bool is_begun;
    if (atomic_load(&is_begun)) return;
    struct stat errors;
    begun.is_strict = getenv(PRELOAD_STRICT) != NULL;
    begun.has_errors = fstat(STDERR_FILENO, &errors) == 0;
    if (begun.has_errors) begun.device = errors.st_dev, begun.file = errors.st_ino;
    atomic_store(&is_begun, true);
}

bool preload_is_strict(void)
{
    begin();
    return begun.is_strict;
}

/* Not into a file or a connection that the program has as its descriptor 2 since. In one write, so that lines of
   several processes stay whole; where nobody reads them, the program gets no signal that it would not have got. */
static void write_errors(const char *line, size_t size)
{
    struct stat errors;
    begin();
    if (!begun.has_errors || fstat(STDERR_FILENO, &errors) != 0 || errors.st_dev != begun.device ||
        errors.st_ino != begun.file)
        return;
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t written = write(STDERR_FILENO, line, size);
    if (written < 0 && errno == EPIPE && sigismember(&pending, SIGPIPE) == 0)
        sigtimedwait(&pipe, NULL, &(struct timespec){ 0 });
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void preload_say(const char *host, const char *what, const char *more)
{
    char line[1024];
    int number = errno;
    int size = snprintf(line, sizeof line, "pinverdict: %s: %s%s%s\n", host, what, more[0] != '\0' ? ": " : "", more);
    if (size >= (int)sizeof line) {
        size = sizeof line - 1;
        line[size - 1] = '\n';
    }
    if (size > 0) write_errors(line, (size_t)size);
    errno = number;
}

void preload_say_verdict(const preload_pins *pins, const char *host, const pinverdict_verdict *verdict)
{
    __typeof__(pinverdict_reason_name) *name = preload_symbol(pins, "pinverdict_reason_name");
    char what[64];
    snprintf(what, sizeof what, "connection refused: %s", name(verdict->reason));
    preload_say(host, what, verdict->detail);
}

bool preload_refuses_nameless(void)
{
    if (preload_is_strict())
        preload_say(program_invocation_short_name, "connection refused", "the program gave no host name");
    else preload_say(program_invocation_short_name, "a connection is not checked", "the program gave no host name");
    return preload_is_strict();
}

void *preload_symbol(const preload_pins *pins, const char *name)
{
    void *symbol = dlsym(pins->library, name);
    if (symbol == NULL) {
        preload_say(program_invocation_short_name, "ended, as the library of the pins is damaged", name);
        abort();
    }
    return symbol;
}

/* The path of a flavour, from that of this library: LIBDIR/pinverdict/NAME. */
static bool path_of(char path[PATH_MAX], const char *flavour)
{
    Dl_info here;
    if (dladdr((const void *)preload_load, &here) == 0 || here.dli_fname == NULL) return false;
    const char *slash = strrchr(here.dli_fname, '/');
    if (slash == NULL) return false;
    int size = snprintf(path, PATH_MAX, "%.*s/../lib%s.so.0", (int)(slash - here.dli_fname), here.dli_fname, flavour);
    return size > 0 && size < PATH_MAX;
}

static bool configure(const preload_pins *pins, pinverdict_config *config, pinverdict_error *error)
{
    __typeof__(pinverdict_config_set_presented) *set_presented = preload_symbol(pins,
                                                                                "pinverdict_config_set_presented");
    __typeof__(pinverdict_config_set_environment) *set_environment = preload_symbol(
        pins, "pinverdict_config_set_environment");
    __typeof__(pinverdict_config_set_install_id) *set_install_id = preload_symbol(pins,
                                                                                  "pinverdict_config_set_install_id");
    const char *environment = getenv(PRELOAD_ENVIRONMENT), *install_id = getenv(PRELOAD_INSTALL_ID);
    snprintf(error->message, sizeof error->message, "an environment or an install id that is none");
    return set_presented(config, false) == PINVERDICT_OK &&
        (environment == NULL || set_environment(config, environment) == PINVERDICT_OK) &&
        (install_id == NULL ||
         set_install_id(config, (const uint8_t *)install_id, strlen(install_id)) == PINVERDICT_OK);
}

static pinverdict_checker *new_checker(const preload_pins *pins, const char *path, pinverdict_error *error)
{
    __typeof__(pinverdict_policy_load) *load = preload_symbol(pins, "pinverdict_policy_load");
    __typeof__(pinverdict_policy_free) *free_policy = preload_symbol(pins, "pinverdict_policy_free");
    __typeof__(pinverdict_config_create) *new_config = preload_symbol(pins, "pinverdict_config_create");
    __typeof__(pinverdict_config_free) *free_config = preload_symbol(pins, "pinverdict_config_free");
    __typeof__(pinverdict_checker_create) *create = preload_symbol(pins, "pinverdict_checker_create");
    pinverdict_policy *policy = NULL;
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    if (load(path, &policy, error) != PINVERDICT_OK) return NULL;
    if (new_config(&config) != PINVERDICT_OK || !configure(pins, config, error) ||
        create(policy, config, &checker, error) != PINVERDICT_OK)
        checker = NULL;
    free_config(config);
    free_policy(policy);
    return checker;
}

static void load(preload_pins *pins, const char *flavour)
{
    const char *policy = getenv(PRELOAD_POLICY);
    char path[PATH_MAX];
    if (policy == NULL) {
        preload_say(PRELOAD_POLICY, "connections are refused", "the environment has no policy");
        return;
    }
    pins->library = path_of(path, flavour) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (pins->library == NULL) {
        const char *why = dlerror();
        preload_say(flavour, "connections are refused", why != NULL ? why : "its path is not known");
        return;
    }
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pins->checker = new_checker(pins, policy, &error);
    if (pins->checker == NULL) preload_say(policy, "connections are refused", error.message);
}

static void unload(preload_pins *pins)
{
    if (pins->library != NULL) {
        __typeof__(pinverdict_checker_free) *free_checker = preload_symbol(pins, "pinverdict_checker_free");
        free_checker(pins->checker);
        dlclose(pins->library);
    }
    free(pins);
}

const preload_pins *preload_load(preload_slot *slot, const char *flavour)
{
    static const preload_pins none;
    const preload_pins *pins = atomic_load(slot);
    if (pins != NULL) return pins;
    preload_pins *loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL) return &none;
    load(loaded, flavour);
    if (atomic_compare_exchange_strong(slot, &pins, loaded)) return loaded;
    unload(loaded);
    return pins;
}

/* Another of us, preloaded beside this one. */
static bool is_copy(const char *path)
{
    static const char end[] = "/pinverdict/preload.so";
    size_t size = strlen(path);
    return size >= sizeof end - 1 && strcmp(path + size - (sizeof end - 1), end) == 0;
}

void *preload_next(const char *name, const void *caller)
{
    /* The scope of a library is what it is linked with; that of the program is the one that has us first. A copy's
       scope has the copy first, which would be called by us without end. */
    Dl_info info;
    struct link_map *map = NULL;
    void *next = NULL;
    if (dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) != 0 && map != NULL && map->l_name[0] != '\0' &&
        !is_copy(map->l_name)) {
        void *object = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
        if (object != NULL) {
            next = dlsym(object, name);
            dlclose(object);
        }
    }
    return next != NULL ? next : dlsym(RTLD_NEXT, name);
}

bool preload_is_one_object(const void *function, const void *other)
{
    Dl_info info, other_info;
    return dladdr(function, &info) != 0 && dladdr(other, &other_info) != 0 && info.dli_fbase == other_info.dli_fbase;
}

bool preload_is_ours(const preload_pins *pins, const char *name, const void *next)
{
    static atomic_bool is_said;
    if (pins->library == NULL || dlsym(pins->library, name) == next) return true;
    Dl_info info = { 0 };
    if (!atomic_exchange(&is_said, true)) {
        const char *path = dladdr(next, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "?";
        preload_say(path, preload_is_strict() ? "connections are refused" : "connections are not checked",
                    "not the TLS library that PinVerdict is linked with");
    }
    return false;
}
