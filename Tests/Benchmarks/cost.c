// SPDX-License-Identifier: Apache-2.0
/* What calls cost, counted instead of timed: cost CALLS LEAF INTERMEDIATE ROOT [LIBRARY WHAT]
   Counts the allocations of each contender, or of the one named; under callgrind it also has the instructions of each
   dumped by name, and under strace the system calls stand between two that fail, of which the first tells the name. The
   contender "control" allocates once and makes one system call, so that whoever reads the figures knows that they
   count. */
#include "allocations.h"
#include "contenders.h"

#include <valgrind/callgrind.h>

/* In place of libc's, so that what is counted repeats: the hash of host names has a seed of random numbers. */
ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    uint8_t *bytes = buffer;
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(37 * i + 11);
    (void)flags;
    return (ssize_t)size;
}

/* ----------------------------------------------------------------------------------------------------------------- */

static bool control(const struct contender *self)
{
    (void)self;
    void *volatile memory = malloc(1);
    free(memory);
    return syscall(SYS_getppid) > 0;
}

static long wrong; /* answers */

/* A line in what strace writes. */
static void mark(const char *text) { syscall(SYS_write, -1, text, strlen(text)); }

/* Makes the calls, and has callgrind dump their instructions under the contender's name. */
static void call(const struct contender *contender, long calls)
{
    char name[256];
    snprintf(name, sizeof name, "%s\t%s", contender->library, contender->what);
    mark(name);
    CALLGRIND_ZERO_STATS;
    for (long i = 0; i < calls; i++) wrong += !contender->run(contender);
    CALLGRIND_DUMP_STATS_AT(name);
    mark("");
}

static void count(const struct contender *contender, long calls)
{
    call(contender, 1); /* the first call may cost what no other does; the dump of the others counts */
    long before = allocations;
    call(contender, calls);
    long counted = allocations - before;
    if (wrong != 0) give_up("%s, %s: %ld answers are wrong", contender->library, contender->what, wrong);
    print_row(contender->library, contender->what, "allocations", (double)counted / (double)calls);
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 7) give_up("usage: cost CALLS LEAF INTERMEDIATE ROOT [LIBRARY WHAT]");
    make_contenders(argv + 2);
    contend("", "control", control, 0);
    CALLGRIND_START_INSTRUMENTATION; /* what came before takes most of the time, and is nobody's figure */
    if (argc == 7) {
        count(contender(argv[5], argv[6]), atol(argv[1]));
        return 0;
    }
    for (size_t i = 0; i < contender_count; i++) count(&contenders[i], atol(argv[1]));
    return 0;
}
