// SPDX-License-Identifier: Apache-2.0
/* rollout CLIENTS FOLDER: so many checkers, each with an install id of its own, go through the policies stage-0.conf,
 * stage-1.conf, ... of FOLDER, which are one rule at rising percentages; twenty.conf has twenty rules at 10 %. To 9 %
 * of them the server shows a key that is not pinned. Prints what an operator would see at each stage: the sums of the
 * clients' own counters, which have to be the checks that were made. Clients are numbered: every run has the same. */
#include "../ABI/check.h"
#include <math.h>
#include <pinverdict.h>

enum { STAGES = 5, RULES = 20, BROKEN = 9 /* percent */, PATH = 3 };
static const int percentages[STAGES] = { 0, 1, 10, 50, 100 };
static const char host[] = "api.example.com";

typedef struct {
    long enforced, matched, softened, refused;
} stage;

static pinverdict_bytes certificate(const char *folder, const char *name)
{
    static uint8_t memory[8][8192];
    static int used;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.der", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || used == 8) abort();
    pinverdict_bytes read = { memory[used], fread(memory[used], 1, sizeof memory[0], file) };
    used++;
    fclose(file);
    return read;
}

static pinverdict_policy *policy_named(const char *folder, const char *name)
{
    char path[4096];
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    if (pinverdict_policy_load(path, &policy, &error) != PINVERDICT_OK) printf("%s: %s\n", path, error.message);
    return policy;
}

/* Of a generator with a fixed start (splitmix64). */
static uint64_t next_number(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

static pinverdict_checker *make_client(const pinverdict_policy *policy, uint64_t *numbers)
{
    uint64_t id[2] = { next_number(numbers), next_number(numbers) };
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    if (pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_install_id(config, (const uint8_t *)id, sizeof id) != PINVERDICT_OK ||
        pinverdict_config_set_presented(config, false) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, config, &checker, NULL) != PINVERDICT_OK)
        abort();
    pinverdict_config_free(config);
    return checker;
}

/* What the client's counters say of the checks before now. */
static stage counters_of(const pinverdict_checker *checker)
{
    pinverdict_count counts[64];
    size_t count = 0;
    stage sums = { 0 };
    if (pinverdict_checker_counts(checker, counts, 64, &count, NULL) != PINVERDICT_OK) abort();
    for (size_t i = 0; i < count; i++) {
        long checks = (long)counts[i].checks;
        if (counts[i].enforced) sums.enforced += checks;
        if (counts[i].decision != PINVERDICT_ALLOW) sums.refused += checks;
        else if (counts[i].reason == PINVERDICT_REASON_NO_MATCH) sums.softened += checks;
        else sums.matched += checks;
    }
    return sums;
}

static double sigma(double trials, double share) { return sqrt(trials * share * (1 - share)); }

static void check_near(double got, double expected, double sigma, const char *what)
{
    check_case("%s: %.0f, expected %.1f, sigma %.1f", what, got, expected, sigma);
    CHECK(fabs(got - expected) <= 4 * sigma);
}

static void print_stages(const stage stages[], long clients)
{
    printf("   %8s %10s %10s %16s %24s\n", "stage", "enforced", "refused", "would be refused",
           "so the next one refuses");
    for (int s = 0; s < STAGES; s++) {
        double share = 100.0 / (double)clients;
        printf("   %6d %% %8.3f %% %8.3f %% %14.3f %%", percentages[s], (double)stages[s].enforced * share,
               (double)stages[s].refused * share, (double)stages[s].softened * share);
        if (s + 1 < STAGES) {
            double moving = (percentages[s + 1] - percentages[s]) / (100.0 - percentages[s]);
            printf(" %22.3f %%", ((double)stages[s].refused + (double)stages[s].softened * moving) * share);
        }
        printf("\n");
    }
}

/* Shares, and the forecast: of those who would be refused, as many are refused next as the rollout takes up. */
static void check_stages(const stage stages[], long clients, long broken)
{
    for (int s = 0; s < STAGES; s++) {
        double share = percentages[s] / 100.0;
        check_near((double)stages[s].enforced, (double)clients * share, sigma((double)clients, share), "enforced");
        CHECK_EQUAL(stages[s].refused + stages[s].softened, broken);
        CHECK_EQUAL(stages[s].matched, clients - broken);
        if (s + 1 == STAGES) break;
        double moving = (percentages[s + 1] - percentages[s]) / (100.0 - percentages[s]);
        check_near((double)stages[s + 1].refused, (double)stages[s].refused + (double)stages[s].softened * moving,
                   sigma((double)stages[s].softened, moving), "refused, as the stage before had it");
    }
}

static void roll_out(long clients, const char *folder)
{
    pinverdict_bytes good[PATH] = { certificate(folder, "site"), certificate(folder, "middle"),
                                    certificate(folder, "root") };
    pinverdict_bytes broken[PATH] = { certificate(folder, "stranger"), good[1], good[2] };
    pinverdict_policy *policies[STAGES];
    stage stages[STAGES] = { { 0 } };
    long fallen = 0, failing = 0, checks = 0, counted = 0;
    uint64_t numbers = 1;

    for (int s = 0; s < STAGES; s++) {
        char name[16];
        snprintf(name, sizeof name, "stage-%d", s);
        if (!CHECK((policies[s] = policy_named(folder, name)) != NULL)) return;
    }
    for (long client = 0; client < clients; client++) {
        pinverdict_checker *checker = make_client(policies[0], &numbers);
        bool fails = next_number(&numbers) % 100 < BROKEN, was_enforced = false;
        stage before = { 0 };
        failing += fails;
        for (int s = 0; s < STAGES; s++) {
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            if (s > 0 && pinverdict_checker_set_policy(checker, policies[s], NULL) != PINVERDICT_OK) abort();
            bool allows = pinverdict_check_validated(checker, host, fails ? broken : good, PATH, &verdict) ==
                PINVERDICT_ALLOW;
            stage now = counters_of(checker);
            if (allows != (now.refused == before.refused)) abort();
            stages[s].enforced += now.enforced - before.enforced;
            stages[s].matched += now.matched - before.matched;
            stages[s].softened += now.softened - before.softened;
            stages[s].refused += now.refused - before.refused;
            fallen += was_enforced && !verdict.enforced;
            was_enforced = verdict.enforced;
            before = now;
            checks++;
        }
        counted += before.matched + before.softened + before.refused;
        pinverdict_checker_free(checker);
    }
    print_stages(stages, clients);
    printf("   clients that were in a stage and fell out of it: %ld\n", fallen);
    printf("   checks made %ld, counted %ld\n", checks, counted);
    check_stages(stages, clients, failing);
    check_case("%s", "");
    CHECK_EQUAL(fallen, 0);
    CHECK_EQUAL(counted, checks);
    for (int s = 0; s < STAGES; s++) pinverdict_policy_free(policies[s]);
}

/* Each rule has clients of its own: many rules at a small share touch nearly everybody. */
static void touch_many(long clients, const char *folder)
{
    pinverdict_policy *policy = policy_named(folder, "twenty");
    pinverdict_bytes path[PATH] = { certificate(folder, "site"), certificate(folder, "middle"),
                                    certificate(folder, "root") };
    uint64_t numbers = 1;
    long touched = 0, enforced = 0;
    if (!CHECK(policy != NULL)) return;
    for (long client = 0; client < clients; client++) {
        pinverdict_checker *checker = make_client(policy, &numbers);
        int rules = 0;
        for (int rule = 0; rule < RULES; rule++) {
            char name[64];
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            snprintf(name, sizeof name, "host%d.example.com", rule);
            if (pinverdict_check_validated(checker, name, path, PATH, &verdict) != PINVERDICT_ALLOW) abort();
            rules += verdict.enforced;
        }
        enforced += rules;
        touched += rules > 0;
        pinverdict_checker_free(checker);
    }
    double share = 1 - pow(0.9, RULES);
    printf("   %d rules at 10 %%: %.3f %% of the clients have one that is enforced; of all pairs %.3f %%\n", RULES,
           100.0 * (double)touched / (double)clients, 100.0 * (double)enforced / (double)clients / RULES);
    check_near((double)touched, (double)clients * share, sigma((double)clients, share), "touched by some rule");
    check_near((double)enforced, (double)clients * RULES * 0.1, sigma((double)clients * RULES, 0.1), "enforced pairs");
    pinverdict_policy_free(policy);
}

int main(int argc, char **argv)
{
    if (argc != 3 || atol(argv[1]) <= 0) return 2;
    check_begin();
    alarm(600);
    roll_out(atol(argv[1]), argv[2]);
    touch_many(atol(argv[1]), argv[2]);
    return check_end();
}
