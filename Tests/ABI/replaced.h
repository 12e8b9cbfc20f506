// SPDX-License-Identifier: Apache-2.0
/* replaced.h - one checker, whose policy is replaced while it is used, and what a check may answer then. */
#ifndef REPLACED_H
#define REPLACED_H

#include "fixtures.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pinverdict_checker *checker;
static pinverdict_bytes chain[CHAIN_ROOM];
static const size_t count = 3;
static uint8_t digests[2][32]; /* what policies of even and of odd serials pin */
static atomic_bool stop;
static atomic_uint_fast64_t next_serial;

/* Even serials pin the path, odd ones pin something else. */
static inline pinverdict_policy *policy_with(uint64_t serial)
{
    char template[200];
    snprintf(template, sizeof template,
             "[policy]\nserial = %llu\n[host api.example.com]\npin-sha256 = {%s}\n"
             "backup-pin-sha256 = {1}\n",
             (unsigned long long)serial, serial % 2 == 0 ? "leaf" : "2");
    return policy_of(template);
}

static inline void make_checker(void)
{
    chain_of("leaf intermediate root", chain);
    digest_of("leaf", 4, digests[0]);
    digest_of("2", 1, digests[1]);
    checker = checker_of("[policy]\nserial = 10\n[host api.example.com]\npin-sha256 = {leaf}\n"
                         "backup-pin-sha256 = {1}\n",
                         NULL);
}

/* A check's verdict is that of one policy, whole, and never of one older than `*last`, a serial seen before. */
static inline bool consistent(uint64_t *last)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = pinverdict_check_validated(checker, "api.example.com", chain, count, &verdict);
    bool matches = verdict.policy_serial % 2 == 0, newer = verdict.policy_serial >= *last;
    *last = verdict.policy_serial;
    return newer && decision == (matches ? PINVERDICT_ALLOW : PINVERDICT_REFUSE) &&
        verdict.reason == (matches ? PINVERDICT_REASON_MATCHED : PINVERDICT_REASON_NO_MATCH) &&
        strcmp(verdict.rule, "api.example.com") == 0;
}

/* The pins that are listed are those of one policy, and of none older than `*last`. */
static inline bool consistent_pins(uint64_t *last)
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

typedef struct {
    pthread_t thread;
    atomic_long begun, checks, inconsistent; /* a check is counted in `checks` when it is over */
} checking;

static inline void *check_until_stopped(void *of)
{
    checking *own = of;
    uint64_t last = 0;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        own->begun++;
        own->inconsistent += !consistent(&last) + !consistent_pins(&last);
        own->checks++;
    }
    return NULL;
}

static inline void start_thread(pthread_t *thread, void *(*body)(void *), void *argument)
{
    if (pthread_create(thread, NULL, body, argument) != 0) give_up("cannot start", "a thread");
}

/* Two threads, each of which has checked once when this returns. */
static inline void start(checking threads[2])
{
    atomic_store(&stop, false);
    for (int i = 0; i < 2; i++) {
        threads[i].begun = threads[i].checks = threads[i].inconsistent = 0;
        start_thread(&threads[i].thread, check_until_stopped, &threads[i]);
    }
    for (int i = 0; i < 2; i++)
        while (threads[i].checks == 0) sched_yield();
}

static inline void join(checking threads[2])
{
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i].thread, NULL);
        CHECK_EQUAL(threads[i].inconsistent, 0);
    }
}

/* Replaces the policy by ever newer ones; of two threads that do, one may come too late. */
static inline void *set_until_stopped(void *of)
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

#endif
