// SPDX-License-Identifier: Apache-2.0
/* preload.h - what `pinverdict run` puts into the programs that it starts. In front of libssl and libgnutls it takes a
 * few of their functions, and has our hooks look at each client connection. It is linked with libc alone: the library
 * that has the hooks is loaded where a program uses the TLS library. */
#ifndef PINVERDICT_PRELOAD_H
#define PINVERDICT_PRELOAD_H

#include <stdbool.h>

#include "../../include/pinverdict.h"

/* What `pinverdict run` says to the programs that it starts, and to theirs. */
#define PRELOAD_POLICY "PINVERDICT_RUN_POLICY"
#define PRELOAD_STRICT "PINVERDICT_RUN_STRICT"
#define PRELOAD_ENVIRONMENT "PINVERDICT_RUN_ENVIRONMENT"
#define PRELOAD_INSTALL_ID "PINVERDICT_RUN_INSTALL_ID"

/* A flavour of our library, and a checker under the policy. */
typedef struct {
    void *library;               /* NULL where it could not be loaded */
    pinverdict_checker *checker; /* NULL: every client connection is to be refused; that has been said */
} preload_pins;

/* Those of this process: a flavour, which lies beside the folder of this library, and the policy are loaded when they
   are first asked for. Without a lock, as loading waits for the loader's, and who holds that may wait for us: a
   library's constructor that makes a connection. Two threads may both load, and then one's work is thrown away. */
typedef _Atomic(const preload_pins *) preload_slot;
const preload_pins *preload_load(preload_slot *slot, const char *flavour);

/* Of a flavour, or of a TLS library that it is linked with; without it the process ends, as only a damaged library
   lacks one. */
void *preload_symbol(const preload_pins *pins, const char *name);

/* The function that would have been called without us, by who returns there: programs and libraries may use different
   TLS libraries. NULL where there is none. */
void *preload_next(const char *name, const void *caller);

/* Whether two functions are of one library. */
bool preload_is_one_object(const void *function, const void *other);

/* Whether it is that of the TLS library which the flavour is linked with. If not, connections cannot be looked at,
   which is said once; true then without --strict alone. */
bool preload_is_ours(const preload_pins *pins, const char *name, const void *next);

/* As it was when the program began. */
bool preload_is_strict(void);

/* Says that a connection is refused, or that one is not looked at: "pinverdict: HOST: WHAT". Nothing, where
   standard error is not what it was when the program began. */
void preload_say(const char *host, const char *what, const char *more);

/* Says why a connection to a host is refused. */
void preload_say_verdict(const preload_pins *pins, const char *host, const pinverdict_verdict *verdict);

/* Says that the program gave no host name; true where that is a refusal. */
bool preload_refuses_nameless(void);

#endif
