// SPDX-License-Identifier: Apache-2.0
/* How loading, memory and a check grow with the number of hosts: scale ROUNDS MOST LEAF INTERMEDIATE ROOT
   Each host has a pin in use and a backup pin of its own. All policies are loaded at once, and their checks take
   turns. "Random" hosts are others in each round, so that no cache has seen them. */
#include "bench.h"

#include <malloc.h>
#include <unistd.h>

enum { CHECKS = 5000, NAME = 32, LOADS = 3 };

static pinverdict_bytes path[PATH];

/* What malloc has given out, and what is mapped beside its own memory, where the library puts large policies. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    FILE *file = fopen("/proc/self/statm", "r");
    size_t pages = 0;
    if (file == NULL || fscanf(file, "%zu", &pages) != 1) give_up("%s cannot be read", "/proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE) - info.arena + info.uordblks;
}

static size_t host_name(char name[NAME], unsigned number)
{
    return (size_t)snprintf(name, NAME, "host-%07u.example.com", number);
}

/* Numbers below `below`, in an order that caches cannot guess. */
static unsigned scattered(unsigned step, unsigned below) { return (unsigned)(step * 2654435761u) % below; }

struct policy {
    unsigned hosts;
    pinverdict_checker *checker;
    double *one, *random; /* nanoseconds of a check, by round */
};

static char *text_of(unsigned hosts, size_t *size, size_t *own)
{
    char pin[65], name[NAME], *text = malloc(64 + hosts * 240ul);
    if (text == NULL) give_up("no memory for %u hosts", hosts);
    pin_of(path[0], pin);
    *size = (size_t)sprintf(text, "[policy]\nserial = 1\n");
    *own = 0;
    for (unsigned i = 0; i < hosts; i++) {
        *own += host_name(name, i) + 2 * 32;
        *size += (size_t)sprintf(text + *size, "[host %s]\npin-sha256 = %s\nbackup-pin-sha256 = %064x\n", name, pin,
                                 i + 1);
    }
    return text;
}

static void print_hosts(unsigned hosts, const char *quantity, double value)
{
    char what[NAME];
    snprintf(what, sizeof what, "%u", hosts);
    print_row("", what, quantity, value);
}

/* Loads a policy of so many hosts, as often as times are measured; the last one stays. */
static pinverdict_checker *load(unsigned hosts)
{
    size_t size, own, used = 0;
    char *text = text_of(hosts, &size, &own);
    double times[LOADS];
    pinverdict_policy *policy = NULL;
    for (int i = 0; i < LOADS; i++) {
        pinverdict_policy_free(policy);
        size_t before = allocated();
        double start = nanoseconds();
        policy = parse_policy(text, size);
        times[i] = nanoseconds() - start;
        used = allocated() - before;
    }
    free(text);
    print_hosts(hosts, "bytes of text", size);
    print_hosts(hosts, "load", quantile(times, LOADS, 0.5));
    print_hosts(hosts, "bytes of names and digests", own);
    print_hosts(hosts, "bytes used", used);
    pinverdict_checker *checker = make_checker(policy, PINVERDICT_BACKEND_AUTO, NULL, false);
    pinverdict_policy_free(policy);
    return checker;
}

static double time_checks(const pinverdict_checker *checker, char names[CHECKS][NAME])
{
    long refused = 0;
    double start = nanoseconds();
    for (int i = 0; i < CHECKS; i++)
        refused += pinverdict_check_validated(checker, names[i], path, PATH, NULL) != PINVERDICT_ALLOW;
    double time = nanoseconds() - start;
    if (refused != 0) give_up("%ld checks refused what is pinned", refused);
    return time / CHECKS;
}

int main(int argc, char **argv)
{
    if (argc != 6) give_up("usage: scale ROUNDS MOST LEAF INTERMEDIATE ROOT");
    int rounds = atoi(argv[1]);
    unsigned most = (unsigned)atoi(argv[2]);
    for (int i = 0; i < PATH; i++) path[i] = read_certificate(argv[3 + i]);

    static const unsigned sizes[] = { 10, 1000, 100000, 1000000 };
    struct policy policies[4];
    int count = 0;
    for (int i = 0; i < 4 && sizes[i] <= most; i++, count++)
        policies[i] = (struct policy){ sizes[i], load(sizes[i]), calloc((size_t)rounds, sizeof(double)),
                                       calloc((size_t)rounds, sizeof(double)) };

    static char names[CHECKS][NAME];
    for (int round = 0; round < rounds; round++) {
        for (struct policy *policy = policies; policy < policies + count; policy++) {
            for (int i = 0; i < CHECKS; i++) host_name(names[i], policy->hosts / 2);
            policy->one[round] = time_checks(policy->checker, names);
            for (unsigned i = 0; i < CHECKS; i++)
                host_name(names[i], scattered((unsigned)round * CHECKS + i + 1, policy->hosts));
            policy->random[round] = time_checks(policy->checker, names);
        }
    }
    for (struct policy *policy = policies; policy < policies + count; policy++) {
        print_hosts(policy->hosts, "one host", quantile(policy->one, rounds, 0.5));
        print_hosts(policy->hosts, "random hosts", quantile(policy->random, rounds, 0.5));
    }
    return 0;
}
