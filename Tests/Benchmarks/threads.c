// SPDX-License-Identifier: Apache-2.0
/* How much more two threads do than one, beside a control loop that shares nothing:
   threads ROUNDS NANOSECONDS LEAF INTERMEDIATE ROOT
   The threads check by one checker. The control makes the same checks in processes, which share nothing that is
   written, so that what is left between the two is what sharing costs, whatever the processors share themselves. */
#include "contenders.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 2 };

static struct {
    const struct contender *contender;
    long calls; /* of each worker */
    atomic_int not_ready;
    struct {
        double start, end;
    } spans[WORKERS];
} *job; /* in memory that threads and processes share */

static void *work(void *number)
{
    int own = (int)(intptr_t)number;
    atomic_fetch_sub(&job->not_ready, 1);
    while (atomic_load(&job->not_ready) > 0) {}
    double start = nanoseconds();
    time_calls(job->contender, job->calls);
    job->spans[own].start = start;
    job->spans[own].end = nanoseconds();
    return NULL;
}

static void run_threads(int count)
{
    pthread_t ids[WORKERS];
    for (int i = 0; i < count; i++)
        if (pthread_create(&ids[i], NULL, work, (void *)(intptr_t)i) != 0) give_up("no thread");
    for (int i = 0; i < count; i++) pthread_join(ids[i], NULL);
}

static void run_processes(int count)
{
    int status, failed = 0;
    fflush(stdout);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) give_up("no process");
        if (child == 0) {
            work((void *)(intptr_t)i);
            _exit(0);
        }
    }
    for (int i = 0; i < count; i++) failed += wait(&status) < 0 || status != 0;
    if (failed != 0) give_up("a process failed");
}

/* Calls in a nanosecond, of so many workers together. */
static double rate(void (*run)(int), int workers)
{
    atomic_store(&job->not_ready, workers);
    run(workers);
    double start = job->spans[0].start, end = job->spans[0].end;
    for (int i = 1; i < workers; i++) {
        if (job->spans[i].start < start) start = job->spans[i].start;
        if (job->spans[i].end > end) end = job->spans[i].end;
    }
    return (double)job->calls * workers / (end - start);
}

int main(int argc, char **argv)
{
    if (argc != 6) give_up("usage: threads ROUNDS NANOSECONDS LEAF INTERMEDIATE ROOT");
    int rounds = atoi(argv[1]);
    double *controls = calloc((size_t)rounds, sizeof(double)), *threads = calloc((size_t)rounds, sizeof(double)),
           *ratios = calloc((size_t)rounds, sizeof(double));
    job = mmap(NULL, sizeof *job, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (job == MAP_FAILED) give_up("no memory");
    make_contenders(argv + 3);
    static const char *const libraries[] = { "OpenSSL", "GnuTLS" };
    for (int i = 0; i < 2; i++) {
        job->contender = contender(libraries[i], CHECK_LEAF_PIN);
        job->calls = calls_in(atof(argv[2]), job->contender);
        for (int round = 0; round < rounds; round++) {
            double one_process = rate(run_processes, 1), two_processes = rate(run_processes, 2);
            double one_thread = rate(run_threads, 1), two_threads = rate(run_threads, 2);
            controls[round] = two_processes / one_process;
            threads[round] = two_threads / one_thread;
            ratios[round] = threads[round] / controls[round];
        }
        print_quantiles(libraries[i], "two processes, of one", controls, rounds);
        print_quantiles(libraries[i], "two threads, of one", threads, rounds);
        print_quantiles(libraries[i], "threads, of the processes", ratios, rounds);
    }
    return 0;
}
