// SPDX-License-Identifier: Apache-2.0
/* What pins add to a connection: PROGRAM ROUNDS 1.2|1.3 HOST TRUST LEAF INTERMEDIATE KEY
   LEAF, INTERMEDIATE and KEY are PEM files that the server reads, TRUST is what the client trusts. Client and server
   are in one process and take turns over memory; what the client's calls take is counted, the server's not. A library's
   program includes this, and has the functions below. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include "allocations.h"
#include "bench.h"

enum way { VERIFICATION, BY_HAND, FIRST, ATTACHED, CHECKED, WAYS };

static const char *const names[WAYS] = {
    [VERIFICATION] = "verification alone", /* by the library, with the host's name */
    [BY_HAND] = "and the leaf's pin by hand",
    [FIRST] = "and attach and check, a server not seen before",
    [ATTACHED] = "and attach and check",
    [CHECKED] = "check alone", /* with GnuTLS in the place of its verification */
};

/* What the program was asked for. */
static const char *host, *trust_file, *leaf_file, *intermediate_file, *key_file;
static bool is_tls_1_3;
static uint8_t leaf_pin[32];

static double spent;   /* nanoseconds of the client's in this connection */
static long allocated; /* how often its calls have asked for memory, */
static long asked;     /* and libpinverdict itself among them */

#define CLIENT(call)                           \
    __extension__({                            \
        long before = allocations;             \
        long own_before = own_allocations;     \
        double start = nanoseconds();          \
        __typeof__(call) result = (call);      \
        spent += nanoseconds() - start;        \
        allocated += allocations - before;     \
        asked += own_allocations - own_before; \
        result;                                \
    })

static void prepare(void);
/* One connection, which adds to `spent`, `allocated` and `asked`; a resumed one takes the session of the one before it.
   Ends the program where anything but an allowed connection comes out. */
static void connect_once(enum way way, pinverdict_checker *checker, bool is_resumed);

static pinverdict_backend backend;
static const char *library;

static pinverdict_checker *new_checker(void)
{
    char pin[65], text[512];
    for (int i = 0; i < 32; i++) sprintf(pin + 2 * i, "%02x", leaf_pin[i]);
    int size = snprintf(text, sizeof text,
                        "[policy]\nserial = 1\n[host %s]\npin-sha256 = %s\nbackup-pin-sha256 = %064x\n", host, pin, 1);
    pinverdict_policy *policy = parse_policy(text, (size_t)size);
    pinverdict_checker *checker = make_checker(policy, backend, trust_file, false);
    pinverdict_policy_free(policy);
    return checker;
}

static void time_connections(int rounds)
{
    double *times[WAYS][2], *counts[WAYS][2], *own_counts[WAYS][2];
    for (int way = 0; way < WAYS; way++) {
        for (int resumed = 0; resumed < 2; resumed++) {
            times[way][resumed] = calloc((size_t)rounds, sizeof(double));
            counts[way][resumed] = calloc((size_t)rounds, sizeof(double));
            own_counts[way][resumed] = calloc((size_t)rounds, sizeof(double));
        }
    }
    pinverdict_checker *seasoned = new_checker();
    for (int round = -2; round < rounds; round++) { /* two that fill caches are not counted */
        for (enum way way = 0; way < WAYS; way++) {
            pinverdict_checker *checker = way == FIRST ? new_checker() : seasoned;
            for (int resumed = 0; resumed < 2; resumed++) {
                spent = 0;
                allocated = asked = 0;
                connect_once(way, checker, resumed);
                if (round < 0) continue;
                times[way][resumed][round] = spent;
                counts[way][resumed][round] = (double)allocated;
                own_counts[way][resumed][round] = (double)asked;
            }
            if (checker != seasoned) pinverdict_checker_free(checker);
        }
    }
    pinverdict_checker_free(seasoned);
    for (int resumed = 0; resumed < 2; resumed++) {
        for (enum way way = 0; way < WAYS; way++) {
            if (way == FIRST && resumed) continue; /* it has been seen by then */
            char what[128];
            snprintf(what, sizeof what, "TLS %s %s: %s", is_tls_1_3 ? "1.3" : "1.2", resumed ? "resumed" : "full",
                     names[way]);
            print_quantiles(library, what, times[way][resumed], rounds);
            print_row(library, what, "allocations", quantile(counts[way][resumed], rounds, 0.5));
            print_row(library, what, "own allocations", quantile(own_counts[way][resumed], rounds, 0.5));
        }
    }
}

static void read_arguments(int argc, char **argv)
{
    if (argc != 8) give_up("usage: PROGRAM ROUNDS 1.2|1.3 HOST TRUST LEAF INTERMEDIATE KEY");
    is_tls_1_3 = strcmp(argv[2], "1.3") == 0;
    host = argv[3], trust_file = argv[4], leaf_file = argv[5], intermediate_file = argv[6], key_file = argv[7];
}

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    find_own();
    prepare();
    time_connections(atoi(argv[1]));
    return 0;
}

#endif
