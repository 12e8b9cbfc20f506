// SPDX-License-Identifier: Apache-2.0
/* What a checker counts: every check, to one, by threads, forked workers and workers that are killed; never down. */
#include "fixtures.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

/* Hosts whose checks of leaf, intermediate, root end in each way that a policy knows. */
static const char template[] = "[policy]\nserial = 5\nrejected-pin-sha256 = {other-root}\n"
                               "[pin-set p]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n"
                               "[host matched.example]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
                               "[host backup.example]\npin-sha256 = {2}\nbackup-pin-sha256 = {root}\n"
                               "[host refused.example]\npin-set = p\n"
                               "[host softened.example]\npin-set = p\nenforcement = report-only\n"
                               "[host off.example]\nenforcement = off\n"
                               "[host expired.example]\npin-set = p\nexpires = 2020-01-01\non-expiry = allow\n"
                               "[host *.wild.example]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n";

typedef struct {
    const char *host;
    pinverdict_reason reason;
    pinverdict_decision decision;
    bool enforced, backup;
    const char *rule; /* that counts it; NULL for none */
    int column;       /* matched, backup, softened, refused */
} ending;
static const ending endings[] = {
    { "matched.example", PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, false, "matched.example", 0 },
    { "backup.example", PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, true, "backup.example", 1 },
    { "softened.example", PINVERDICT_REASON_NO_MATCH, PINVERDICT_ALLOW, false, false, "softened.example", 2 },
    { "refused.example", PINVERDICT_REASON_NO_MATCH, PINVERDICT_REFUSE, true, false, "refused.example", 3 },
    { "off.example", PINVERDICT_REASON_ENFORCEMENT_OFF, PINVERDICT_ALLOW, false, false, NULL, 0 },
    { "expired.example", PINVERDICT_REASON_PINS_EXPIRED, PINVERDICT_ALLOW, true, false, NULL, 0 },
    { "a.wild.example", PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, false, "*.wild.example", 0 },
    { "nobody.example", PINVERDICT_REASON_NOT_PINNED, PINVERDICT_ALLOW, true, false, NULL, 0 },
    { "a..b", PINVERDICT_REASON_MALFORMED_HOSTNAME, PINVERDICT_REFUSE, true, false, NULL, 0 },
};
enum { ENDINGS = sizeof endings / sizeof endings[0], ROOM = 128 };

static pinverdict_bytes chain[CHAIN_ROOM];
static size_t chain_size;

static uint64_t counted(const pinverdict_checker *checker, pinverdict_reason reason, pinverdict_decision decision,
                        bool enforced, bool backup)
{
    pinverdict_count counts[ROOM];
    size_t count = 0;
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, &count, NULL), PINVERDICT_OK);
    CHECK(count <= ROOM);
    for (size_t i = 0; i < count; i++)
        if (counts[i].reason == reason && counts[i].decision == decision && counts[i].enforced == enforced &&
            counts[i].backup == backup)
            return counts[i].checks;
    return UINT64_MAX; /* there is no such line */
}

static uint64_t all_counted(const pinverdict_checker *checker)
{
    pinverdict_count counts[ROOM];
    size_t count = 0;
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, &count, NULL), PINVERDICT_OK);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += counts[i].checks;
    return sum;
}

/* The row of a rule; false for none. */
static bool row_of(const pinverdict_checker *checker, const char *rule, pinverdict_rule_count *row)
{
    static pinverdict_rule_count rows[256];
    size_t count = 0;
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, rows, 256, &count, NULL), PINVERDICT_OK);
    CHECK(count <= 256);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].rule, rule) != 0) continue;
        *row = rows[i];
        return true;
    }
    return false;
}

static uint64_t column(const pinverdict_rule_count *row, int number)
{
    return number == 0 ? row->matched : number == 1 ? row->backup : number == 2 ? row->softened : row->refused;
}

static pinverdict_checker *new_checker(void)
{
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of(template, config);
    pinverdict_config_free(config);
    return checker;
}

static void check(const pinverdict_checker *checker, const ending *end)
{
    pinverdict_decision decision = pinverdict_check_validated(checker, end->host, chain, chain_size, NULL);
    if (decision != end->decision) CHECK_EQUAL(decision, end->decision);
}

static void every_ending(void)
{
    pinverdict_checker *checker = new_checker();
    check_case("%s", "from the start");
    CHECK_EQUAL(all_counted(checker), 0);
    pinverdict_count counts[ROOM];
    size_t lines = 0, after = 0;
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, &lines, NULL), PINVERDICT_OK);
    for (size_t i = 0; i < ENDINGS; i++) {
        const ending *end = &endings[i];
        check_case("%s, before and after %zu checks", end->host, i + 1);
        uint64_t before = counted(checker, end->reason, end->decision, end->enforced, end->backup);
        CHECK(before != UINT64_MAX);
        pinverdict_rule_count row, next;
        if (end->rule != NULL) {
            CHECK(row_of(checker, end->rule, &row));
            CHECK_EQUAL(row.matched + row.backup + row.softened + row.refused, 0);
            CHECK_EQUAL(row.last_failure, 0);
        }
        time_t began = time(NULL);
        for (size_t k = 0; k <= i; k++) check(checker, end);
        CHECK_EQUAL(counted(checker, end->reason, end->decision, end->enforced, end->backup), before + i + 1);
        if (end->rule == NULL) continue;
        CHECK(row_of(checker, end->rule, &next));
        CHECK_EQUAL(column(&next, end->column), i + 1);
        CHECK_EQUAL(next.matched + next.backup + next.softened + next.refused, i + 1);
        if (end->column < 2) CHECK_EQUAL(next.last_failure, 0);
        if (end->column >= 2) CHECK(next.last_failure >= began && next.last_failure <= time(NULL));
    }
    CHECK_EQUAL(all_counted(checker), ENDINGS * (ENDINGS + 1) / 2);
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, &after, NULL), PINVERDICT_OK);
    CHECK_EQUAL(after, lines); /* the lines were all there before */

    check_case("%s", "a rejected key, a broken path, arguments that are none");
    pinverdict_bytes other[CHAIN_ROOM];
    size_t other_size = chain_of("other-leaf other-intermediate other-root", other);
    CHECK_EQUAL(pinverdict_check_validated(checker, "matched.example", other, other_size, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_REJECTED_KEY, PINVERDICT_REFUSE, true, false), 1);
    CHECK_EQUAL(pinverdict_check_validated(checker, "softened.example", other, other_size, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_REJECTED_KEY, PINVERDICT_REFUSE, true, false), 2);
    pinverdict_verdict small = PINVERDICT_VERDICT_INIT;
    small.struct_size = 3;
    CHECK_EQUAL(pinverdict_check_validated(checker, "x", chain, chain_size, &small), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_check_validated(checker, NULL, chain, chain_size, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_check_validated(checker, "x", NULL, 3, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(pinverdict_check_presented(checker, "x", chain, chain_size, NULL), PINVERDICT_REFUSE); /* takes none */
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_INVALID_ARGUMENT, PINVERDICT_REFUSE, true, false), 4);
    CHECK_EQUAL(pinverdict_check_validated(checker, "x", chain, 0, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_EMPTY_CHAIN, PINVERDICT_REFUSE, true, false), 1);
    CHECK_EQUAL(all_counted(checker), ENDINGS * (ENDINGS + 1) / 2 + 7);
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

static void see_path(void *argument, const pinverdict_bytes path[], size_t size)
{
    (void)path;
    *(size_t *)argument = size;
}

/* A presented chain that no library trusts, and one that it does: each is one check, whether its path is shown or not.
 */
static void presented(void)
{
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    const fixture *root = fixture_named("root", 4);
    char path[512];
    snprintf(path, sizeof path, "%s/root.pem", fixture_directory);
    CHECK(root != NULL);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, path), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of("[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {root}\n"
                                             "backup-pin-sha256 = {1}\n",
                                             config);
    check_case("%s", "presented chains");
    for (int times = 1; times <= 3; times++) {
        CHECK_EQUAL(pinverdict_check_presented(checker, "api.example.com", chain, chain_size - 1, NULL),
                    PINVERDICT_ALLOW);
        CHECK_EQUAL(counted(checker, PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, false), times);
        CHECK_EQUAL(pinverdict_check_presented(checker, "api.example.com", chain, 1, NULL), PINVERDICT_REFUSE);
        CHECK_EQUAL(counted(checker, PINVERDICT_REASON_UNTRUSTED_CHAIN, PINVERDICT_REFUSE, true, false), 2 * times - 1);
        CHECK_EQUAL(pinverdict_check_presented(checker, "api.example.org", chain, chain_size, NULL), PINVERDICT_REFUSE);
        CHECK_EQUAL(counted(checker, PINVERDICT_REASON_HOSTNAME_MISMATCH, PINVERDICT_REFUSE, true, false), times);
        CHECK_EQUAL(all_counted(checker), 4 * times - 1);
        CHECK_EQUAL(pinverdict_check_presented_path(checker, "api.example.com", chain, 1, NULL, see_path, NULL),
                    PINVERDICT_REFUSE);
        CHECK_EQUAL(all_counted(checker), 4 * times);
    }
    size_t shown = 0;
    CHECK_EQUAL(pinverdict_check_presented_path(checker, "api.example.com", chain, chain_size, NULL, see_path, &shown),
                PINVERDICT_ALLOW);
    CHECK_EQUAL(shown, chain_size);
    CHECK_EQUAL(all_counted(checker), 13);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    check_case("%s", "");
}

/* ------------------------------------------------------------------------------------------ at the same time */

enum { THREADS = 100 };
static const pinverdict_checker *shared;
static atomic_bool is_over;
static long rounds;

static void *checks_on(void *argument)
{
    const ending *end = &endings[(size_t)argument % ENDINGS];
    for (long i = 0; i < rounds; i++) check(shared, end);
    return NULL;
}

/* That no counter is ever seen lower than before. */
static void *watches(void *argument)
{
    static pinverdict_rule_count rows[2][256];
    pinverdict_count counts[2][ROOM];
    size_t count[2] = { 0, 0 }, rules[2] = { 0, 0 };
    int at = 0;
    while (!is_over) {
        at = !at;
        CHECK_EQUAL(pinverdict_checker_counts(shared, counts[at], ROOM, &count[at], NULL), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_checker_rule_counts(shared, rows[at], 256, &rules[at], NULL), PINVERDICT_OK);
        bool is_down = false;
        if (count[!at] == count[at])
            for (size_t i = 0; i < count[at]; i++) is_down |= counts[at][i].checks < counts[!at][i].checks;
        if (rules[!at] == rules[at])
            for (size_t i = 0; i < rules[at]; i++)
                is_down |= rows[at][i].matched < rows[!at][i].matched || rows[at][i].refused < rows[!at][i].refused;
        CHECK(!is_down);
    }
    return argument;
}

/* More threads than there are places to count in. */
static void threads(void)
{
    pinverdict_checker *checker = new_checker();
    shared = checker;
    rounds = check_slowly() ? 20 : 5000;
    is_over = false;
    check_case("%d threads", THREADS);
    pthread_t thread[THREADS], watcher;
    if (pthread_create(&watcher, NULL, watches, NULL) != 0) give_up("no", "thread");
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, checks_on, (void *)i) != 0) give_up("no", "thread");
    for (size_t i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    is_over = true;
    pthread_join(watcher, NULL);
    CHECK_EQUAL(all_counted(checker), THREADS * rounds);
    uint64_t expected = 0;
    for (size_t i = 0; i < THREADS; i++) expected += i % ENDINGS == 3 ? (uint64_t)rounds : 0;
    pinverdict_rule_count row;
    CHECK(row_of(checker, "refused.example", &row));
    CHECK_EQUAL(row.refused, expected);
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

static pthread_barrier_t is_numbered, together;
static void *checks_together(void *argument)
{
    check(shared, &endings[0]); /* takes the thread's number */
    pthread_barrier_wait(&is_numbered);
    pthread_barrier_wait(&together);
    return checks_on(argument);
}
static void *takes_a_number(void *argument)
{
    check(shared, &endings[0]);
    return argument;
}

/* Two threads whose numbers are 64 apart, which count in the same place, at the same time. */
static void one_place(void)
{
    enum { PLACES = 64 };
    pinverdict_checker *checker = new_checker();
    shared = checker;
    rounds = check_slowly() ? 50 : 500000;
    pthread_t first, second, other;
    pthread_barrier_init(&is_numbered, NULL, 2);
    pthread_barrier_init(&together, NULL, 2);
    if (pthread_create(&first, NULL, checks_together, NULL) != 0) give_up("no", "thread");
    pthread_barrier_wait(&is_numbered);
    for (int i = 1; i < PLACES; i++) {
        if (pthread_create(&other, NULL, takes_a_number, NULL) != 0) give_up("no", "thread");
        pthread_join(other, NULL);
    }
    if (pthread_create(&second, NULL, checks_together, NULL) != 0) give_up("no", "thread");
    pthread_barrier_wait(&is_numbered);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    check_case("%s", "two threads in one place");
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, false), 2 * rounds + PLACES + 1);
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

/* Workers that are forked after the checker was made, of which one forks another, and one is killed. */
static void workers(void)
{
    enum { WORKERS = 8 };
    pinverdict_checker *checker = new_checker();
    shared = checker;
    rounds = check_slowly() ? 50 : 20000;
    check(checker, &endings[0]); /* so that the parent has a place of its own before */
    pid_t pids[WORKERS], killed;
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] != 0) continue;
        checks_on((void *)0);
        pid_t child = i == 0 ? fork() : -1;
        if (child == 0) {
            checks_on((void *)3);
            _exit(0);
        }
        if (child > 0) waitpid(child, NULL, 0);
        pinverdict_checker_free(checker); /* its own */
        _exit(0);
    }
    int pipes[2];
    if (pipe(pipes) != 0) give_up("no", "pipe");
    killed = fork();
    if (killed == 0) {
        for (uint64_t done = 1;; done++) {
            check(checker, &endings[1]);
            if (done == 1000 && write(pipes[1], "x", 1) != 1) _exit(1);
        }
    }
    char byte;
    CHECK_EQUAL(read(pipes[0], &byte, 1), 1);
    kill(killed, SIGKILL);
    waitpid(killed, NULL, 0);
    for (int i = 0; i < WORKERS; i++) {
        int status = 1;
        waitpid(pids[i], &status, 0);
        CHECK_EQUAL(status, 0);
    }
    check_case("%d workers, a worker's child, and one that was killed", WORKERS);
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, false), WORKERS * rounds + 1);
    CHECK_EQUAL(counted(checker, PINVERDICT_REASON_NO_MATCH, PINVERDICT_REFUSE, true, false), rounds);
    CHECK(counted(checker, PINVERDICT_REASON_MATCHED, PINVERDICT_ALLOW, true, true) >= 1000);
    pinverdict_checker_free(checker);
    close(pipes[0]);
    close(pipes[1]);
    check_case("%s", "");
}

/* -------------------------------------------------------------------------------------------------- policies */

static char *many_rules(int first, int count, int serial)
{
    char *text = malloc((size_t)count * 200 + 200), *end = text;
    if (text == NULL) give_up("no memory for", "the policy");
    end += sprintf(end, "[policy]\nserial = %d\n[pin-set p]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n", serial);
    for (int i = first; i < first + count; i++) end += sprintf(end, "[host h%d.example]\npin-set = p\n", i);
    return text;
}

static void policies(void)
{
    pinverdict_checker *checker = new_checker();
    pinverdict_totals totals = PINVERDICT_TOTALS_INIT;
    pinverdict_policy_info info = PINVERDICT_POLICY_INFO_INIT;
    time_t now = time(NULL);
    check_case("%s", "the policy in force");
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_OK);
    CHECK_EQUAL(info.struct_size, sizeof info);
    CHECK_EQUAL(info.serial, 5);
    CHECK(info.since >= now - 60 && info.since <= now);
    CHECK_EQUAL(info.first_expiry, 1577923200); /* the end of 2020-01-01 */
    CHECK_EQUAL(info.enforcement, 2);
    CHECK_EQUAL(info.rules, 7);

    check_case("%s", "a row for each rule, which outlives the policy");
    check(checker, &endings[3]);
    size_t count = 0;
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, NULL, 0, &count, NULL), PINVERDICT_OK);
    CHECK_EQUAL(count, 7);
    pinverdict_policy *policy = policy_of("[policy]\nserial = 6\nenforcement = report-only\n[host new.example]\n"
                                          "pin-sha256 = {2}\nbackup-pin-sha256 = {1}\n");
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK); /* changes nothing */
    pinverdict_policy_free(policy);
    pinverdict_rule_count row;
    CHECK(row_of(checker, "refused.example", &row));
    CHECK_EQUAL(row.refused, 1);
    CHECK(row_of(checker, "new.example", &row));
    CHECK_EQUAL(row.softened, 0);
    CHECK_EQUAL(pinverdict_check_validated(checker, "new.example", chain, chain_size, NULL), PINVERDICT_ALLOW);
    CHECK(row_of(checker, "new.example", &row));
    CHECK_EQUAL(row.softened, 1);
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_OK);
    CHECK_EQUAL(info.serial, 6);
    CHECK_EQUAL(info.first_expiry, 0);
    CHECK_EQUAL(info.enforcement, 1);

    check_case("%s", "policies that are not taken");
    policy = policy_of("[policy]\nserial = 5\nenforcement = off\n");
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OUTDATED_POLICY);
    pinverdict_policy_free(policy);
    policy = policy_of("[policy]\nserial = 9\n[host r.example]\nrollout-percent = 5\npin-sha256 = {2}\n"
                       "backup-pin-sha256 = {1}\n");
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_SETTING_REQUIRED);
    pinverdict_policy_free(policy);
    CHECK_EQUAL(pinverdict_checker_totals(checker, &totals), PINVERDICT_OK);
    CHECK_EQUAL(totals.sets, 1);
    CHECK_EQUAL(totals.outdated, 1);
    CHECK_EQUAL(totals.rejected, 1);
    CHECK(!row_of(checker, "r.example", &row));

    check_case("%s", "more rules than rows");
    char *text = many_rules(0, 1000, 10);
    policy = policy_of(text);
    CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
    pinverdict_policy_free(policy);
    free(text);
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, NULL, 0, &count, NULL), PINVERDICT_OK);
    CHECK_EQUAL(count, 255);
    for (int i = 0; i < 1000; i++) {
        char host[40];
        snprintf(host, sizeof host, "h%d.example", i);
        CHECK_EQUAL(pinverdict_check_validated(checker, host, chain, chain_size, NULL), PINVERDICT_ALLOW);
    }
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, NULL, 0, &count, NULL), PINVERDICT_OK);
    CHECK_EQUAL(count, 256);
    CHECK(row_of(checker, "h0.example", &row));
    CHECK_EQUAL(row.matched, 1);
    CHECK(row_of(checker, "", &row));
    CHECK_EQUAL(row.matched, 1000 - (255 - 8)); /* eight names had rows before */
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

/* Hosts whose sections are for different environments share a row. */
static void environments(void)
{
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_environment(config, "test"), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of(
        "[policy]\nserial = 1\nenvironments = live test\n"
        "[host a.example]\nenvironments = live\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\n"
        "[host a.example]\nenvironments = test\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n",
        config);
    check_case("%s", "one host in two environments");
    CHECK_EQUAL(pinverdict_check_validated(checker, "a.example", chain, chain_size, NULL), PINVERDICT_ALLOW);
    size_t count = 0;
    pinverdict_rule_count row;
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, NULL, 0, &count, NULL), PINVERDICT_OK);
    CHECK_EQUAL(count, 1);
    CHECK(row_of(checker, "a.example", &row));
    CHECK_EQUAL(row.matched, 1);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    check_case("%s", "");
}

static void arguments(void)
{
    pinverdict_checker *checker = new_checker();
    pinverdict_count counts[ROOM];
    pinverdict_rule_count rows[8];
    size_t count = 99;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    check_case("%s", "arguments");
    CHECK_EQUAL(pinverdict_checker_counts(NULL, counts, ROOM, &count, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(count, 0);
    CHECK_EQUAL(pinverdict_checker_counts(checker, NULL, 1, &count, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(strstr(error.message, "counts is NULL") != NULL);
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_counts(checker, counts, SIZE_MAX, &count, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_rule_counts(NULL, rows, 8, &count, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_rule_counts(checker, NULL, 8, &count, NULL), PINVERDICT_INVALID_ARGUMENT);
    pinverdict_totals totals = PINVERDICT_TOTALS_INIT;
    pinverdict_policy_info info = PINVERDICT_POLICY_INFO_INIT;
    CHECK_EQUAL(pinverdict_checker_totals(NULL, &totals), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_totals(checker, NULL), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_policy_info(NULL, &info), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, NULL), PINVERDICT_INVALID_ARGUMENT);
    for (size_t size = 0; size < sizeof totals; size++) {
        totals.struct_size = size;
        CHECK_EQUAL(pinverdict_checker_totals(checker, &totals), PINVERDICT_INVALID_ARGUMENT);
    }
    info.struct_size = 4097;
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_INVALID_ARGUMENT);

    check_case("%s", "capacities");
    uint8_t *guard = check_guarded(8 * sizeof(pinverdict_rule_count));
    for (size_t capacity = 0; capacity <= 7; capacity++) {
        pinverdict_rule_count *end = (pinverdict_rule_count *)guard - capacity;
        CHECK_EQUAL(pinverdict_checker_rule_counts(checker, end, capacity, &count, NULL), PINVERDICT_OK);
        CHECK_EQUAL(count, 7);
        if (capacity > 0) CHECK(strcmp(end[0].rule, "matched.example") == 0);
    }
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

/* A forked child that somebody has taken over writes what it likes into the memory that it shares. */
static void hostile_child(void)
{
#ifndef UNDER_SANITIZER
    check_case("%s", "a child that writes over the counters");
    for (int byte = 0; byte < 3; byte++) {
        pinverdict_checker *checker = new_checker();
        check(checker, &endings[0]);
        pid_t child = fork();
        if (child == 0) {
            FILE *maps = fopen("/proc/self/maps", "r");
            unsigned long start, end;
            char line[500], flags[5];
            int written = 0;
            while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
                if (sscanf(line, "%lx-%lx %4s", &start, &end, flags) == 3 && strcmp(flags, "rw-s") == 0) {
                    memset((void *)start, byte == 1 ? 0x7f : 0xff, end - start);
                    /* Each row is named: a state of 2, and a size that is none. */
                    for (int row = 0; byte > 0 && row < 255; row++) ((uint64_t *)(start + 128))[34 * row] = 2;
                    written++;
                }
            _exit(written > 0 ? 0 : 1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        CHECK_EQUAL(status, 0);
        static pinverdict_rule_count rows[256];
        pinverdict_count counts[ROOM];
        size_t count = 0;
        CHECK_EQUAL(pinverdict_checker_rule_counts(checker, rows, 256, &count, NULL), PINVERDICT_OK);
        CHECK(count <= 256);
        CHECK_EQUAL(pinverdict_checker_counts(checker, counts, ROOM, &count, NULL), PINVERDICT_OK);
        pinverdict_policy *policy = policy_of("[policy]\nserial = 6\nenforcement = off\n");
        check(checker, &endings[0]);
        check(checker, &endings[3]);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
        pinverdict_policy_free(policy);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
#endif
}

/* Counters take memory as they are used, and give it back. */
static void memory(void)
{
#ifndef UNDER_SANITIZER /* which keeps what is freed for a while */
    struct rusage before, after;
    for (int i = 0; i < 50; i++) pinverdict_checker_free(new_checker());
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 1000; i++) {
        pinverdict_checker *checker = new_checker();
        check(checker, &endings[0]);
        pinverdict_checker_free(checker);
    }
    getrusage(RUSAGE_SELF, &after);
    check_case("%s", "a thousand checkers");
    CHECK(after.ru_maxrss - before.ru_maxrss < 2048);
    check_case("%s", "");
#endif
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    chain_size = chain_of("leaf intermediate root", chain);
    every_ending();
    presented();
    threads();
    one_place();
    workers();
    policies();
    environments();
    arguments();
    if (!check_slowly()) {
        hostile_child(); /* valgrind and sanitizers may have such memory of their own */
        memory();
    }
    return check_end();
}
