// SPDX-License-Identifier: Apache-2.0
/* The checker in a process that forks while its threads check and replace its policy; and small stacks. */
#include "replaced.h"

/* The child of a fork has the checker as its parent left it, though other threads were in the middle of checks. */
static int in_the_child(pinverdict_policy *next)
{
    uint64_t last = 0;
    if (!consistent(&last) || !consistent_pins(&last)) return 1;
    if (pinverdict_checker_set_policy(checker, next, NULL) != PINVERDICT_OK) return 2;
    if (!consistent(&last)) return 3;
    pinverdict_policy_free(next);
    pinverdict_checker_free(checker);
    checker = checker_of("[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n",
                         NULL);
    last = 0;
    if (!consistent(&last) || last != 1) return 4;
    pinverdict_checker_free(checker);
    return 0;
}

static void forks(void)
{
    int most = 40 * check_effort();
    checking threads[2];
    start(threads);
    for (int i = 0; i < most; i++) {
        check_case("fork %d", i);
        pinverdict_policy *next = policy_with((uint64_t)i + 11);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(10);
            _exit(in_the_child(next));
        }
        CHECK_EQUAL(check_wait(child), 0);
        if (i % 4 == 0) CHECK_EQUAL(pinverdict_checker_set_policy(checker, next, NULL), PINVERDICT_OK);
        pinverdict_policy_free(next);
    }
    join(threads);
    check_case("%s", "");
}

/* Forks while another thread may be in the middle of a replacement: the child goes on to check, and to replace. */
static void forks_during_replacements(void)
{
    int most = 60 * check_effort();
    pinverdict_policy *last_one = policy_with(UINT64_MAX - 1);
    checking setter = { 0 };
    atomic_store(&stop, false);
    atomic_store(&next_serial, 1000000);
    start_thread(&setter.thread, set_until_stopped, &setter);
    for (int i = 0; i < most; i++) {
        check_case("fork %d during replacements", i);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            uint64_t last = 0;
            alarm(10);
            for (int j = 0; j < 100; j++)
                if (!consistent(&last)) _exit(1);
            if (pinverdict_checker_set_policy(checker, last_one, NULL) != PINVERDICT_OK) _exit(2);
            _exit(consistent(&last) && last == UINT64_MAX - 1 ? 0 : 3);
        }
        CHECK_EQUAL(check_wait(child), 0);
    }
    atomic_store(&stop, true);
    pthread_join(setter.thread, NULL);
    pinverdict_policy_free(last_one);
    CHECK(setter.checks > 0);
    CHECK_EQUAL(setter.inconsistent, 0);
    check_case("%s", "");
}

static void *check_once(void *of)
{
    pinverdict_verdict *verdict = of;
    if (pinverdict_check_validated(checker, "api.example.com", chain, count, verdict) != verdict->decision)
        verdict->reason = PINVERDICT_REASON_NONE;
    return NULL;
}

/* Daemons give their threads small stacks. */
static void small_stack(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    check_case("%s", "a thread with a stack of 64 KiB");
    pinverdict_policy *last = policy_with(UINT64_MAX - 1);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, last, NULL), PINVERDICT_OK);
    pinverdict_policy_free(last);
    pthread_attr_init(&attributes);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, 64 << 10), 0);
    CHECK_EQUAL(pthread_create(&thread, &attributes, check_once, &verdict), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    CHECK_EQUAL(verdict.reason, PINVERDICT_REASON_MATCHED);
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    make_checker();
    forks();
    forks_during_replacements();
    small_stack();
    pinverdict_checker_free(checker);
    return check_end();
}
