// SPDX-License-Identifier: Apache-2.0
/* misuse.h - what misuse-openssl.c and misuse-gnutls.c share: both ends of a connection in one process, and what an
 * application may do wrong. hooks.py runs them under valgrind: program DIRECTORY, with the directory of its keys. */
#ifndef MISUSE_H
#define MISUSE_H

#include "../ABI/check.h"

#include <pinverdict.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#define HOST "server.test"

static const char *directory;

/* One of a few buffers, used in turn. */
static const char *file(const char *name)
{
    static _Thread_local char paths[8][512];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static pinverdict_policy *policy_named(const char *name)
{
    pinverdict_policy *policy = NULL;
    CHECK_EQUAL(pinverdict_policy_load(file(name), &policy, NULL), PINVERDICT_OK);
    return policy;
}

/* A checker by a clock, NULL for the system's. One trust anchor is loaded sooner than the system's, which nothing asks
   here. */
static pinverdict_checker *checker_by(int64_t (*clock)(void *), void *data, const char *name)
{
    pinverdict_policy *policy = policy_named(name);
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, file("root.pem")), PINVERDICT_OK);
    if (clock != NULL) CHECK_EQUAL(pinverdict_config_set_clock(config, clock, data), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    return checker;
}

static pinverdict_checker *checker_under(const char *name) { return checker_by(NULL, NULL, name); }

/* How many checks a checker has counted, however they ended. */
static uint64_t checks_counted(const pinverdict_checker *checker)
{
    pinverdict_count counts[64];
    size_t count = 0;
    uint64_t sum = 0;
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, 64, &count, NULL), PINVERDICT_OK);
    CHECK(count <= 64);
    for (size_t i = 0; i < count && i < 64; i++) sum += counts[i].checks;
    return sum;
}

/* A checker that has an event of every check. */
static pinverdict_checker *checker_with_events(const char *name)
{
    pinverdict_policy *policy = policy_named(name);
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    uint32_t kinds = PINVERDICT_EVENT_FAILED | PINVERDICT_EVENT_NOT_PINNED | PINVERDICT_EVENT_MATCHED;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_events(config, kinds, 65536, 0), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
    pinverdict_config_free(config);
    pinverdict_policy_free(policy);
    return checker;
}

/* Takes the oldest event, which has the path to the root or none. */
static void expect_event(pinverdict_checker *checker, pinverdict_reason reason, bool resumed, bool has_path)
{
    static uint8_t der[PINVERDICT_EVENT_CHAIN];
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, der, sizeof der), 1);
    CHECK_EQUAL(event.reason, reason);
    CHECK_EQUAL(event.decision, reason == PINVERDICT_REASON_MATCHED ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
    CHECK_EQUAL(event.resumed, resumed);
    CHECK_EQUAL(event.truncated, false);
    CHECK_STRING(event.host, HOST);
    CHECK_EQUAL(event.count, has_path ? 3 : 0);
    if (!has_path) return;
    /* What the event shows ends as the event did. */
    pinverdict_bytes chain[3];
    const uint8_t *next = der;
    for (int i = 0; i < 3; i++) {
        chain[i] = (pinverdict_bytes){ next, event.sizes[i] };
        next += event.sizes[i];
    }
    pinverdict_decision decision = pinverdict_check_validated(checker, HOST, chain, 3, NULL);
    CHECK_EQUAL(decision, event.decision);
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, NULL, 0), 1);
    CHECK_EQUAL(event.reason, reason);
}

static void expect_no_event(pinverdict_checker *checker)
{
    pinverdict_event event = PINVERDICT_EVENT_INIT;
    CHECK_EQUAL(pinverdict_checker_next_event(checker, &event, NULL, 0), 0);
}

/* Hosts that attaching must refuse. */
static const char *const malformed_hosts[] = {
    "",
    ".",
    "..",
    "server..test",
    ".server.test",
    "server.test..",
    "server test",
    "server.test:443",
    "s\xc3\xa9.test",
    "1.2.3",
    "0x7f000001",
    "[::1",
    "*.server.test",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z."
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z."
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z",
};
enum { MALFORMED_HOSTS = sizeof malformed_hosts / sizeof malformed_hosts[0], THREADS = 2 };

/* A path that a check has shown. */
typedef struct {
    size_t count, size;
    uint8_t bytes[8192];
} shown_path;

static void see_path(void *argument, const pinverdict_bytes path[], size_t count)
{
    shown_path *shown = argument;
    CHECK_EQUAL(shown->count, 0); /* once */
    for (size_t i = 0; i < count; i++) {
        CHECK(path[i].size <= sizeof shown->bytes - shown->size);
        memcpy(shown->bytes + shown->size, path[i].data, path[i].size);
        shown->size += path[i].size;
    }
    shown->count = count;
}

/* Two threads that connect, with one checker whose policy a third one replaces meanwhile. */
static void with_threads(pinverdict_checker *checker, void *(*connect_often)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) CHECK_EQUAL(pthread_create(&threads[i], NULL, connect_often, checker), 0);
    for (int i = 0; i < 50; i++) {
        pinverdict_policy *policy = policy_named("right.conf");
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
        pinverdict_policy_free(policy);
        usleep(2000);
    }
    for (int i = 0; i < THREADS; i++) {
        void *allowed = NULL;
        CHECK_EQUAL(pthread_join(threads[i], &allowed), 0);
        CHECK((intptr_t)allowed == 1);
    }
}

#endif
