// SPDX-License-Identifier: Apache-2.0
/* A policy is replaced, instruction by instruction: at each of them a check answers as ever, and a child that is forked
   there can check and replace. A check, instruction by instruction: at each of them the policy is replaced, and the
   check, which takes no instruction more for that, answers by one that was in force. So nobody waits for anybody,
   wherever the kernel stops a thread, and nothing is freed that is being read. */
#include "allocations.h"
#include "replaced.h"

#include <link.h>
#include <ucontext.h>

#ifdef __x86_64__

enum { TRAP_FLAG = 0x100 };

static uintptr_t code_begin, code_end; /* of the library */
static volatile bool steps;            /* the processor traps after each instruction */
static volatile long stops;            /* traps in the library so far */
static long stride, phase;             /* something happens at each so many of them, from that one on */
static void (*at_stops)(void);

static void trapped(int number, siginfo_t *information, void *of)
{
    ucontext_t *context = of;
    greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];
    (void)number, (void)information;
    if (!steps) {
        *flags &= ~TRAP_FLAG;
        return;
    }
    *flags |= TRAP_FLAG;
    // Not inside of libc, whose malloc cannot be entered twice.
    uintptr_t at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    if (at < code_begin || at >= code_end) return;
    if (++stops % stride == phase) at_stops();
}

/* From here to stop_stepping the function is called before instructions of the library. */
static void step(void (*function)(void))
{
    at_stops = function;
    stops = 0;
    steps = true;
    raise(SIGTRAP);
}

static void stop_stepping(void) { steps = false; }

static int find_library(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t call = (uintptr_t)pinverdict_check_validated;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || call < begin || call >= begin + segment->p_memsz) continue;
        code_begin = begin;
        code_end = begin + segment->p_memsz;
    }
    return 0;
}

static long failed, inconsistent;
static uint64_t last;
static pinverdict_policy *spare; /* of a serial that is higher than all others */

static void check(void) { inconsistent += !consistent(&last); }

static void replace(void)
{
    pinverdict_policy *policy = policy_with(atomic_fetch_add(&next_serial, 2)); // all alike, so that checks are
    failed += pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK;
    pinverdict_policy_free(policy);
}

static void replace_and_check(void)
{
    for (int i = 0; i < 2; i++) {
        replace();
        inconsistent += !consistent(&last) || last != atomic_load(&next_serial) - 2;
    }
}

/* The child of a fork in the middle of anything. */
static void fork_here(void)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        if (!consistent(&last)) _exit(1);
        for (int i = 0; i < 2; i++) replace();
        if (pinverdict_checker_set_policy(checker, spare, NULL) != PINVERDICT_OK || failed != 0) _exit(2);
        if (!consistent(&last) || last != UINT64_MAX - 1) _exit(3);
        pinverdict_checker_free(checker);
        _exit(0);
    }
    int ended = check_wait(child);
    if (ended != 0 && failed++ == 0) printf("the child of instruction %ld ended with %d\n", stops, ended);
}

/* Four times: what the cell has retired differs, and which of its counters is in use. */
enum { TIMES = 4 };

/* A check, or a set, at each of whose instructions something happens, or at each so many, other ones each time. What
   is freed meanwhile is not used again, so that nobody who reads it takes it for what it was. */
static void at_instructions(const char *what, bool of_a_check, long every, void (*function)(void), long counts[TIMES])
{
    long begun = outstanding;
    check_case("%s", what);
    failed = inconsistent = 0;
    last = 0;
    stride = every;
    for (int times = 0; times < TIMES; times++) {
        pinverdict_policy *next = of_a_check ? NULL : policy_with(atomic_fetch_add(&next_serial, 2));
        uint64_t seen = 0;
        bool right;
        phase = times % stride;
        fflush(stdout);
        keeps_freed = true;
        step(function);
        if (of_a_check) right = consistent(&seen);
        else right = pinverdict_checker_set_policy(checker, next, NULL) == PINVERDICT_OK;
        stop_stepping();
        free_kept();
        CHECK(right);
        CHECK(stops > 100);
        counts[times] = stops;
        pinverdict_policy_free(next);
        replace_and_check();
    }
    CHECK_EQUAL(failed, 0);
    CHECK_EQUAL(inconsistent, 0);
    CHECK_EQUAL(outstanding, begun);
    printf("%s: at %ld of %ld instructions, %d times\n", what, counts[0] / stride, counts[0], TIMES);
}

static void nothing(void) {}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER };
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    make_checker();
    dl_iterate_phdr(find_library, NULL);
    sigaction(SIGTRAP, &action, NULL);
    atomic_store(&next_serial, 1000);
    spare = policy_with(UINT64_MAX - 1);
    replace();
    printf("%s", ""); // what stdio allocates once
    long undisturbed[TIMES], disturbed[TIMES], others[TIMES];
    at_instructions("checks during a set", false, 1, check, others);
    at_instructions("forks during a set", false, check_effort() > 1 ? 1 : TIMES, fork_here, others);
    at_instructions("forks during a check", true, check_effort() > 1 ? 1 : 17 * TIMES, fork_here, others);
    at_instructions("nothing during a check", true, 1, nothing, undisturbed);
    at_instructions("sets during a check", true, 1, replace_and_check, disturbed);
    check_case("%s", "instructions of a check");
#ifndef UNDER_SANITIZER // what a sanitizer does in between is its own
    for (int times = 0; times < TIMES; times++) CHECK_EQUAL(disturbed[times], undisturbed[times]);
#else
    (void)undisturbed, (void)disturbed;
#endif
    pinverdict_policy_free(spare);
    pinverdict_checker_free(checker);
    return check_end();
}

#else

int main(void)
{
    printf("no single steps on this processor: this is not tested\n0 passed, 0 failed\n");
    return 0;
}

#endif
