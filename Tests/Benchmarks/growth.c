// SPDX-License-Identifier: Apache-2.0
/* How what a policy's text controls grows: growth ROUNDS MOST LEAF INTERMEDIATE ROOT
   Of each kind policies of up to MOST hundredths of its size. A check is of one host, whose leaf is pinned. */
#include "bench.h"

enum { SETS = 64, REJECTED_IN_A_SET = 250, RULES = 5000, HOSTS = 50000, CHECKS = 2000 };

/* Of this process, as loading goes on for too long to be free of others. */
static double cpu_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static pinverdict_bytes path[PATH];
static char pin[65], checked[40], *text;
static size_t size;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size += (size_t)vsprintf(text + size, format, arguments);
    va_end(arguments);
}

static void begin(size_t room)
{
    free(text);
    text = malloc(room);
    if (text == NULL) give_up("no memory for a policy");
    size = 0;
    say("[policy]\nserial = 1\n");
}

/* A rule; its host is the one that is checked, until another comes. */
static void say_host(const char *host)
{
    snprintf(checked, sizeof checked, "%s", host);
    say("[host %s]\npin-sha256 = %s\nbackup-pin-sha256 = %064x\n", host, pin, 1);
}

/* As many rejected keys as sets of a rule have. */
static void reject(int count)
{
    begin(4096 + (size_t)count * 96);
    for (int key = 0; key < count; key++) {
        if (key % REJECTED_IN_A_SET == 0) say("[pin-set s%d]\n", key / REJECTED_IN_A_SET);
        say("rejected-pin-sha256 = %08x%056x\n", (unsigned)(key + 1) * 2654435761u, 1);
    }
    say_host("host.example.com");
    for (int set = 0; set * REJECTED_IN_A_SET < count; set++) say("pin-set = s%d\n", set);
}

/* So many rules that name the same sets. */
static void share(int count)
{
    begin(4096 + SETS * (REJECTED_IN_A_SET + 4) * 96ul + (size_t)count * (SETS * 16 + 64));
    for (int set = 0; set < SETS; set++) {
        say("[pin-set s%d]\n", set);
        for (int key = 0; key < REJECTED_IN_A_SET; key++)
            say("rejected-pin-sha256 = %064x\n", 1000 + set * REJECTED_IN_A_SET + key);
        for (int key = 0; key < 4; key++) say("%spin-sha256 = %064x\n", key < 2 ? "backup-" : "", 1 + set * 4 + key);
    }
    for (int rule = 0; rule < count; rule++) {
        say("[host h%d.example.org]\n", rule);
        for (int set = 0; set < SETS; set++) say("pin-set = s%d\n", set);
    }
    say_host("host.example.com");
}

/* The hash of host names that policies had before it was given a seed (8b81985), and where in a table of so many slots
   it put a name. */
static size_t unseeded_slot(const char *name, size_t slots)
{
    const uint64_t factor = 0x9e3779b97f4a7c15;
    uint64_t word, hash = strlen(name), product;
    for (size_t last = strlen(name) - 8, at = 0;; at = at + 8 < last ? at + 8 : last) {
        memcpy(&word, name + at, 8);
        product = (hash ^ word) * factor;
        hash = product ^ product >> 32;
        if (at == last) break;
    }
    return (size_t)((hash * factor >> 32) * slots >> 32);
}

/* So many hosts; chosen are those that the unseeded hash puts into a 64th of the table. */
static void list_hosts(int count, bool chosen)
{
    size_t slots = (size_t)(count + 1) * 3 / 2 + 1;
    char name[40];
    begin(4096 + (size_t)count * 240);
    for (unsigned number = 0, found = 0; found < (unsigned)count; number++) {
        sprintf(name, "host-%09u.example.com", number * (chosen ? 1 : 64));
        if (chosen && unseeded_slot(name, slots) >= slots / 64) continue;
        say_host(name);
        found++;
    }
    if (count == 0) say_host("host.example.com");
}

static void random_hosts(int count) { list_hosts(count, false); }
static void chosen_hosts(int count) { list_hosts(count, true); }

static const struct {
    const char *name;
    int most;
    void (*write)(int);
} kinds[] = {
    { "rejected keys of a rule", SETS *REJECTED_IN_A_SET, reject },
    { "rules that share 64 sets", RULES, share },
    { "hosts at random", HOSTS, random_hosts },
    { "hosts chosen to collide", HOSTS, chosen_hosts },
};

static double time_checks(const pinverdict_checker *checker)
{
    long refused = 0;
    double start = cpu_nanoseconds();
    for (int i = 0; i < CHECKS; i++)
        refused += pinverdict_check_validated(checker, checked, path, PATH, NULL) != PINVERDICT_ALLOW;
    double time = cpu_nanoseconds() - start;
    if (refused != 0) give_up("%ld checks refused what is pinned", refused);
    return time / CHECKS;
}

static void measure(size_t kind, int hundredths, int rounds)
{
    char what[64];
    double *times = calloc((size_t)rounds, sizeof(double));
    int count = kinds[kind].most * hundredths / 100;
    snprintf(what, sizeof what, "%s; %d", kinds[kind].name, count);
    kinds[kind].write(count);
    print_row("", what, "bytes of text", (double)size);
    double start = cpu_nanoseconds();
    pinverdict_policy *policy = parse_policy(text, size);
    print_row("", what, "load", cpu_nanoseconds() - start);
    pinverdict_checker *checker = make_checker(policy, PINVERDICT_BACKEND_AUTO, NULL, false);
    pinverdict_policy_free(policy);
    for (int round = 0; round < rounds; round++) times[round] = time_checks(checker);
    print_row("", what, "check", quantile(times, rounds, 0.5));
    pinverdict_checker_free(checker);
    free(times);
}

int main(int argc, char **argv)
{
    if (argc != 6) give_up("usage: growth ROUNDS MOST LEAF INTERMEDIATE ROOT");
    for (int i = 0; i < PATH; i++) path[i] = read_certificate(argv[3 + i]);
    pin_of(path[0], pin);
    static const int sizes[] = { 0, 1, 10, 50, 100 }; /* hundredths */
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (int i = 0; i < 5 && sizes[i] <= atoi(argv[2]); i++) measure(kind, sizes[i], atoi(argv[1]));
    return 0;
}
