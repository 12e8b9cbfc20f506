// SPDX-License-Identifier: Apache-2.0
/* How long a check takes while the policy is replaced a thousand times a second, beside how long while nothing happens:
   replacements SECONDS LEAF INTERMEDIATE ROOT
   The time of reading the clock is in it. A thread that the kernel stops in the middle of a check waits for its turn,
   here as anywhere: such samples (the kernel counted an involuntary switch meanwhile) stand apart. Interrupts, and what
   a hypervisor takes, nobody counts for a thread: they stay in. */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PER_SECOND = 1000, SAMPLES = 4000000, READERS = 2 };

static pinverdict_checker *checker;
static pinverdict_bytes path[PATH];
static char pin[65];
static atomic_bool stop;

static struct reader {
    pthread_t thread;
    int core; /* -1: any */
    double *samples, slowest_stopped;
    int count, stopped;
    bool is_wrong;
} readers[READERS];

static pinverdict_policy *policy_with(uint64_t serial)
{
    char text[400];
    int size = snprintf(text, sizeof text,
                        "[policy]\nserial = %llu\n[host api.example.com]\npin-sha256 = %s\n"
                        "backup-pin-sha256 = %064d\n",
                        (unsigned long long)serial, pin, 1);
    return parse_policy(text, (size_t)size);
}

/* The number of the first core that may be used, or of the one after it; -1 where there is none. */
static int core_that_may_be_used(int which)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return -1;
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &cores) && which-- == 0) return core;
    return -1;
}

static void stay_on(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) give_up("cannot stay on core %d", core);
}

static long times_stopped(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

static void *check_until_stopped(void *of)
{
    struct reader *own = of;
    if (own->core >= 0) stay_on(own->core);
    own->count = own->stopped = 0;
    own->slowest_stopped = 0;
    while (!atomic_load_explicit(&stop, memory_order_relaxed) && own->count < SAMPLES) {
        long before = times_stopped();
        double begun = nanoseconds();
        pinverdict_decision decision = pinverdict_check_validated(checker, "api.example.com", path, PATH, NULL);
        double taken = nanoseconds() - begun;
        own->is_wrong |= decision != PINVERDICT_ALLOW;
        if (times_stopped() == before) {
            own->samples[own->count++] = taken;
        } else {
            own->stopped++;
            if (taken > own->slowest_stopped) own->slowest_stopped = taken;
        }
    }
    return NULL;
}

static void print_samples(const char *what, int threads)
{
    int count = 0, stopped = 0;
    double *samples = readers[0].samples, slowest_stopped = 0;
    for (int i = 0; i < threads; i++) {
        if (readers[i].is_wrong) give_up("an answer is wrong");
        if (i > 0) memcpy(samples + count, readers[i].samples, (size_t)readers[i].count * sizeof *samples);
        count += readers[i].count;
        stopped += readers[i].stopped;
        if (readers[i].slowest_stopped > slowest_stopped) slowest_stopped = readers[i].slowest_stopped;
    }
    if (count == 0) give_up("no thread came to check");
    print_row("", what, "samples", count);
    print_row("", what, "median", quantile(samples, count, 0.5));
    print_row("", what, "p99.9", quantile(samples, count, 0.999));
    print_row("", what, "p99.99", quantile(samples, count, 0.9999));
    print_row("", what, "slowest", quantile(samples, count, 1));
    print_row("", what, "stopped", stopped);
    print_row("", what, "slowest stopped", slowest_stopped);
}

/* Some threads check, while this one replaces the policy or does nothing; with `apart` each on a core of its own. */
static void measure(const char *what, int threads, bool apart, bool replaces, double seconds)
{
    static uint64_t serial = 1;
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    atomic_store(&stop, false);
    for (int i = 0; i < threads; i++) {
        readers[i].core = apart ? core_that_may_be_used(0) : -1;
        if (pthread_create(&readers[i].thread, NULL, check_until_stopped, &readers[i]) != 0) give_up("no thread");
    }
    if (apart) stay_on(core_that_may_be_used(1));
    double begun = nanoseconds(), now = 0;
    int done = 0;
    for (; now < seconds * 1e9; now = nanoseconds() - begun) {
        for (; replaces && done < now / 1e9 * PER_SECOND; done++) {
            pinverdict_policy *policy = policy_with(++serial);
            if (pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK) give_up("a policy was refused");
            pinverdict_policy_free(policy);
        }
        usleep(200);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < threads; i++) pthread_join(readers[i].thread, NULL);
    sched_setaffinity(0, sizeof all, &all);
    print_samples(what, threads);
    print_row("", what, "sets a second", done / (now / 1e9));
}

int main(int argc, char **argv)
{
    if (argc != 2 + PATH) give_up("usage: replacements SECONDS LEAF INTERMEDIATE ROOT");
    double seconds = atof(argv[1]);
    for (int i = 0; i < PATH; i++) path[i] = read_certificate(argv[2 + i]);
    pin_of(path[0], pin);
    pinverdict_policy *policy = policy_with(1);
    checker = make_checker(policy, PINVERDICT_BACKEND_AUTO, NULL, false);
    pinverdict_policy_free(policy);
    for (int i = 0; i < READERS; i++) {
        readers[i].samples = malloc((size_t)(i == 0 ? READERS : 1) * SAMPLES * sizeof(double));
        if (readers[i].samples == NULL) give_up("no memory");
    }
    if (core_that_may_be_used(1) >= 0) {
        measure("one reader, cores apart; idle", 1, true, false, seconds);
        measure("one reader, cores apart; replaced", 1, true, true, seconds);
    }
    measure("two readers; idle", 2, false, false, seconds);
    measure("two readers; replaced", 2, false, true, seconds);
    pinverdict_checker_free(checker);
    return 0;
}
