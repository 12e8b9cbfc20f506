/* The checker in a process that forks, has threads, and replaces its policy under way. */
#include "fixtures.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static pinverdict_checker *checker;
static pinverdict_bytes chain[CHAIN_ROOM];
static const size_t count = 3;
static uint8_t digests[2][32]; /* what policies of even and of odd serials pin */
static atomic_bool stop;

/* Even serials pin the path, odd ones pin something else. */
static pinverdict_policy *policy_with(uint64_t serial)
{
    char template[200];
    snprintf(template, sizeof template, "[policy]\nserial = %llu\n[host api.example.com]\npin-sha256 = {%s}\n"
             "backup-pin-sha256 = {1}\n", (unsigned long long)serial, serial % 2 == 0 ? "leaf" : "2");
    return policy_of(template);
}

/* The pins that are listed are those of one policy, and of none older than `*last`. */
static bool consistent_pins(uint64_t *last)
{
    static const pinverdict_pin zeros;
    pinverdict_pin pins[2] = { zeros, zeros };
    size_t listed = 0;
    uint64_t serial = 0;
    if (pinverdict_checker_pins(checker, "api.example.com", pins, 2, &listed, &serial, NULL) != PINVERDICT_OK ||
        listed != 2 || serial < *last)
        return false;
    *last = serial;
    return memcmp(pins[0].digest, digests[serial % 2], 32) == 0 && !pins[0].backup && pins[1].backup;
}

/* A check's verdict is that of one policy, whole, and never of one older than `*last`, a serial seen before. */
static bool consistent(uint64_t *last)
{
    if (!consistent_pins(last)) return false;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, "api.example.com", chain, count, &verdict);
    bool matches = verdict.policy_serial % 2 == 0, newer = verdict.policy_serial >= *last;
    *last = verdict.policy_serial;
    return newer && decision == (matches ? PINVERDICT_ALLOW : PINVERDICT_REFUSE) &&
        verdict.reason == (matches ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH) &&
        strcmp(verdict.rule, "api.example.com") == 0;
}

typedef struct {
    pthread_t thread;
    long checks, inconsistent;
} checking;

static void *check_until_stopped(void *of)
{
    checking *own = of;
    uint64_t last = 0;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        own->checks++;
        own->inconsistent += !consistent(&last);
    }
    return NULL;
}

static void start(checking threads[2])
{
    atomic_store(&stop, false);
    for (int i = 0; i < 2; i++) {
        threads[i] = (checking) { 0 };
        if (pthread_create(&threads[i].thread, NULL, check_until_stopped, &threads[i]) != 0)
            give_up("cannot start", "threads");
    }
}

static void join(checking threads[2])
{
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i].thread, NULL);
        CHECK(threads[i].checks > 0);
        CHECK_EQUAL(threads[i].inconsistent, 0);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The child of a fork has the checker as its parent left it, though other threads were in the middle of checks. */
static int in_the_child(pinverdict_policy *next)
{
    uint64_t last = 0;
    if (!consistent(&last)) return 1;
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
    enum { FORKS = 40 };
    checking threads[2];
    start(threads);
    for (int i = 0; i < FORKS; i++) {
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

static atomic_uint_fast64_t next_serial;

static void *set_until_stopped(void *of)
{
    checking *own = of;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        pinverdict_policy *policy = policy_with(atomic_fetch_add(&next_serial, 1));
        pinverdict_status status = pinverdict_checker_set_policy(checker, policy, NULL);
        own->checks += status == PINVERDICT_OK;
        own->inconsistent += status != PINVERDICT_OK && status != PINVERDICT_OUTDATED_POLICY;
        pinverdict_policy_free(policy);
    }
    return NULL;
}

/* Forks while another thread may be in the middle of a replacement: the child goes on to check, and to replace. */
static void forks_during_replacements(void)
{
    enum { FORKS = 60 };
    pinverdict_policy *last_one = policy_with(UINT64_MAX - 1);
    checking setter = { 0 };
    atomic_store(&stop, false);
    atomic_store(&next_serial, 1000);
    if (pthread_create(&setter.thread, NULL, set_until_stopped, &setter) != 0) give_up("cannot start", "a thread");
    for (int i = 0; i < FORKS; i++) {
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

/* Two threads check while two others replace the policy: a serial that lost the race is refused. */
static void replacements(void)
{
    checking threads[2], setters[2] = { { 0 }, { 0 } };
    check_case("%s", "checks during replacements");
    atomic_store(&next_serial, 1000000);
    start(threads);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&setters[i].thread, NULL, set_until_stopped, &setters[i]) != 0)
            give_up("cannot start", "threads");
    for (double begun = seconds(); seconds() - begun < 1.5;) {
        struct timespec moment = { 0, 10000000 };
        nanosleep(&moment, NULL);
    }
    join(threads);
    for (int i = 0; i < 2; i++) {
        pthread_join(setters[i].thread, NULL);
        CHECK_EQUAL(setters[i].inconsistent, 0);
    }
    CHECK(setters[0].checks + setters[1].checks > 100);
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
    chain_of("leaf intermediate root", chain);
    digest_of("leaf", 4, digests[0]);
    digest_of("2", 1, digests[1]);
    checker = checker_of("[policy]\nserial = 10\n[host api.example.com]\npin-sha256 = {leaf}\n"
                         "backup-pin-sha256 = {1}\n", NULL);
    forks();
    forks_during_replacements();
    replacements();
    small_stack();
    pinverdict_checker_free(checker);
    return check_end();
}
