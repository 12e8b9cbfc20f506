// SPDX-License-Identifier: Apache-2.0
/* check.h - the harness of the C tests: counts what held and what did not.
 *
 * A test program calls check_begin(), any number of CHECKs, and returns check_end(), whose line
 * "N passed, N failed" is the program's last. A crash and a hang are reported with the case they came in. */
#ifndef CHECK_H
#define CHECK_H

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a sanitizer is in runs otherwise: it has a malloc of its own, and calls the kernel where we do not. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER
#endif
#endif

enum { CHECK_FAILURES_SHOWN = 40 };

static long check_passed, check_failed; /* by any thread */
static char check_case_text[400];       /* what is being tried, for the reports */

/* Under valgrind a program takes some forty times as long: what tries everything tries less. */
static inline bool check_slowly(void) { return getenv("UNDER_VALGRIND") != NULL; }

/* How many times as much a program tries of what it tries at random: `make prove` sets it. */
static inline int check_effort(void)
{
    const char *effort = getenv("CHECK_EFFORT");
    return effort != NULL && atoi(effort) > 0 ? atoi(effort) : 1;
}

/* The time that something may take which takes less than so many seconds, on a busy machine. */
static inline unsigned check_patience(unsigned seconds) { return seconds * (check_effort() > 1 ? 6 : 1); }

static inline unsigned check_seconds(void) { return check_patience(check_slowly() ? 300 : 100); }

/* Says what is being tried from here on. */
__attribute__((format(printf, 1, 2))) static inline void check_case(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check_case_text, sizeof check_case_text, format, arguments);
    va_end(arguments);
}

static inline bool check_count(bool held, const char *file, int line)
{
    if (held) {
        __atomic_fetch_add(&check_passed, 1, __ATOMIC_RELAXED);
        return true;
    }
    if (__atomic_add_fetch(&check_failed, 1, __ATOMIC_RELAXED) > CHECK_FAILURES_SHOWN) return false;
    printf("%s:%d: FAILED", file, line);
    if (check_case_text[0] != 0) printf(" [%s]", check_case_text);
    printf(": ");
    return false;
}

static inline bool check_that(bool held, const char *expression, const char *file, int line)
{
    if (!check_count(held, file, line) && check_failed <= CHECK_FAILURES_SHOWN) printf("%s\n", expression);
    return held;
}

static inline bool check_equal(long long got, long long expected, const char *expression, const char *file, int line)
{
    bool held = got == expected;
    if (!check_count(held, file, line) && check_failed <= CHECK_FAILURES_SHOWN)
        printf("%s is %lld, expected %lld\n", expression, got, expected);
    return held;
}

static inline bool check_string(const char *got, const char *expected, const char *expression, const char *file,
                                int line)
{
    bool held = got != NULL && strcmp(got, expected) == 0;
    if (!check_count(held, file, line) && check_failed <= CHECK_FAILURES_SHOWN)
        printf("%s is \"%s\", expected \"%s\"\n", expression, got != NULL ? got : "(null)", expected);
    return held;
}

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(got, expected) check_equal((long long)(got), (long long)(expected), #got, __FILE__, __LINE__)
#define CHECK_STRING(got, expected) check_string((got), (expected), #got, __FILE__, __LINE__)

static void check_write(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0) _exit(3);
}

/* Reports the case in which the program died, then dies of the same signal. */
static void check_died(int number)
{
    check_write(number == SIGALRM ? "TOOK TOO LONG in [" : "CRASHED in [");
    check_write(check_case_text);
    check_write("]\n");
    signal(number, SIG_DFL);
    raise(number);
}

static inline void check_begin(void)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGALRM };
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) signal(fatal[i], check_died);
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(check_seconds());
}

static inline int check_end(void)
{
    if (check_failed > CHECK_FAILURES_SHOWN)
        printf("(%ld more failures not shown)\n", check_failed - CHECK_FAILURES_SHOWN);
    printf("%ld passed, %ld failed\n", check_passed, check_failed);
    return check_failed == 0 ? 0 : 1;
}

/* Waits for a child; its exit status, or minus the signal that ended it. */
static inline int check_wait(pid_t child)
{
    int status = 0;
    if (waitpid(child, &status, 0) != child) return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs a part of a test in a child, so that a crash in it fails that part alone. */
static inline void check_in_child(const char *name, unsigned seconds, void (*part)(void))
{
    int counts[2];
    fflush(stdout);
    if (pipe(counts) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        check_case("%s", name);
        check_passed = check_failed = 0;
        alarm(check_patience(seconds));
        part();
        fflush(stdout);
        long both[2] = { check_passed, check_failed };
        _exit(write(counts[1], both, sizeof both) == (ssize_t)sizeof both ? 0 : 3);
    }
    close(counts[1]);
    long both[2] = { 0, 0 };
    bool whole = read(counts[0], both, sizeof both) == (ssize_t)sizeof both;
    close(counts[0]);
    int ended = check_wait(child);
    check_passed += both[0];
    check_failed += both[1];
    check_case("%s", name);
    CHECK_EQUAL(ended, 0);
    CHECK(whole);
    check_case("%s", "");
}

/* The end of `most` writable bytes, behind which an unreadable page lies: what is placed right before it
   cannot be read past its end. Never freed. */
static inline uint8_t *check_guarded(size_t most)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (most + page - 1) / page * page;
    uint8_t *start = (uint8_t *)mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + room, page, PROT_NONE) != 0) abort();
    return start + room;
}

#endif
