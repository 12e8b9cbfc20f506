// SPDX-License-Identifier: Apache-2.0
/* A policy that is replaced while threads check: no check sees half a policy, none calls the kernel, no memory is
   lost. How long checks take is for Tests/Benchmarks; nothing here depends on it. */
#include "allocations.h"
#include "replaced.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { ALLOCATIONS_OF_A_POLICY = 2 }; /* itself, and the cell's entry for it */

static void replace(pinverdict_policy *policy, long *failed)
{
    *failed += pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK;
    pinverdict_policy_free(policy);
}

static void replace_by_next(long *failed) { replace(policy_with(atomic_fetch_add(&next_serial, 1)), failed); }

/* As fast as can be. A reader that the kernel has stopped keeps what was retired meanwhile, and no longer. */
static void many_replacements(void)
{
    long times = 20000L * check_effort(), failed = 0, begun = outstanding, most = begun;
    checking threads[2];
    check_case("%ld replacements under two readers", times);
    start(threads);
    for (long i = 0; i < times; i++) {
        replace_by_next(&failed);
        if (outstanding > most) most = outstanding;
    }
    join(threads);
    replace_by_next(&failed);
    CHECK_EQUAL(failed, 0);
    CHECK_EQUAL(outstanding, begun);
    printf("%ld replacements, %ld checks meanwhile\n", times, threads[0].checks + threads[1].checks);
#ifndef UNDER_SANITIZER
    printf("%ld policies alive at most\n", (most - begun) / ALLOCATIONS_OF_A_POLICY + 1);
#endif
}

/* Where the checks under way at one set are over at the next, two policies are alive after each, not more, though
   the readers never pause. */
static void retired_policies_do_not_gather(void)
{
    int times = 100 * check_effort();
    long failed = 0, begun = outstanding, most = begun;
    checking threads[2];
    check_case("%s", "replacements that let checks end");
    start(threads);
    for (int i = 0; i < times; i++) {
        replace_by_next(&failed);
        if (outstanding > most) most = outstanding;
        for (int t = 0; t < 2; t++)
            for (long under_way = threads[t].begun; threads[t].checks < under_way;) sched_yield();
    }
    join(threads);
    replace_by_next(&failed);
    CHECK_EQUAL(failed, 0);
    CHECK(most <= begun + ALLOCATIONS_OF_A_POLICY);
    CHECK_EQUAL(outstanding, begun);
}

/* Of two setters one may come too late; of two readers none sees an older policy than it has seen. */
static void two_setters(void)
{
    checking threads[2], setters[2] = { { 0 }, { 0 } };
    long begun = outstanding, failed = 0, most = 200000L * check_effort();
    check_case("%s", "two setters");
    start(threads);
    for (int i = 0; i < 2; i++) start_thread(&setters[i].thread, set_until_stopped, &setters[i]);
    while (threads[0].checks + threads[1].checks < most || setters[0].checks + setters[1].checks < 1000) sched_yield();
    join(threads);
    for (int i = 0; i < 2; i++) {
        pthread_join(setters[i].thread, NULL);
        CHECK_EQUAL(setters[i].inconsistent, 0);
    }
    replace_by_next(&failed);
    CHECK_EQUAL(failed, 0);
    CHECK_EQUAL(outstanding, begun);
}

#ifndef UNDER_SANITIZER

static atomic_bool has_no_seccomp, came_to_its_end;

/* In seccomp's strict mode the kernel ends a thread at its first system call but read, write and exit. */
static void *check_without_system_calls(void *of)
{
    checking *own = of;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        atomic_store(&has_no_seccomp, true);
        return NULL;
    }
    check_until_stopped(own);
    atomic_store(&came_to_its_end, true);
    syscall(SYS_exit, 0);
    return NULL;
}

/* A lock that is held makes a thread call the kernel, to wait; a reader never does. */
static void readers_make_no_system_call(void)
{
    long failed = 0;
    checking reader = { 0 };
    check_case("%s", "system calls of a reader under replacements");
    atomic_store(&stop, false);
    start_thread(&reader.thread, check_without_system_calls, &reader);
    bool has_ended = false;
    while (!has_ended && !has_no_seccomp && reader.checks < 20000L * check_effort()) {
        replace_by_next(&failed);
        has_ended = pthread_tryjoin_np(reader.thread, NULL) == 0;
    }
    atomic_store(&stop, true);
    if (!has_ended) pthread_join(reader.thread, NULL);
    CHECK_EQUAL(failed, 0);
    if (atomic_load(&has_no_seccomp)) {
        printf("no seccomp on this machine: system calls of a reader are not counted\n");
        return;
    }
    CHECK(atomic_load(&came_to_its_end));
    CHECK_EQUAL(reader.inconsistent, 0);
}

#endif

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    make_checker();
    atomic_store(&next_serial, 1000);
    checking once[4];
    start(once); // what is allocated for threads is kept for the next ones
    start(once + 2);
    join(once + 2);
    join(once);
    many_replacements();
    retired_policies_do_not_gather();
    two_setters();
#ifndef UNDER_SANITIZER
    readers_make_no_system_call();
#endif
    pinverdict_checker_free(checker);
    return check_end();
}
