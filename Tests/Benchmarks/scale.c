/* How loading, memory and lookup grow with the number of hosts: scale FIXTURES [MAXIMUM].
   Each host has a pin in use and a backup pin of its own. */
#include "bench.h"

#include <malloc.h>

enum { ROUNDS = 9, CHECKS = 20000 };

static size_t allocated(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void host_name(char *name, unsigned number) { sprintf(name, "host-%07u.example.com", number); }

/* Numbers 0 to below - 1 in an order that caches cannot guess. */
static unsigned scattered(unsigned step, unsigned below) { return (unsigned)(step * 2654435761u) % below; }

static double time_checks(pinverdict_checker *checker, pinverdict_bytes *path, unsigned hosts, int is_random) {
    double rounds[ROUNDS];
    char(*names)[32] = malloc(CHECKS * sizeof *names);
    for (unsigned i = 0; i < CHECKS; i++) host_name(names[i], is_random ? scattered(i + 1, hosts) : hosts / 2);
    unsigned long allowed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; i < CHECKS; i++) allowed += pinverdict_check_validated(checker, names[i], path, 3, NULL);
        rounds[round] = (nanoseconds() - start) / CHECKS;
    }
    free(names);
    if (allowed != (unsigned long)ROUNDS * CHECKS) {
        fprintf(stderr, "a check refused what is pinned\n");
        exit(2);
    }
    return median(rounds, ROUNDS);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    unsigned maximum = argc > 2 ? (unsigned)atoi(argv[2]) : 1000000;
    pinverdict_bytes path[3] = {read_certificate(argv[1], "leaf"), read_certificate(argv[1], "intermediate"),
                                read_certificate(argv[1], "root")};
    char pin[65], name[32];
    pin_of(path[0], pin);
    printf("%9s %8s %8s %8s %11s %11s %7s %10s %10s\n", "hosts", "text MB", "load ms", "MB/s", "own bytes",
           "bytes", "ratio", "one ns", "random ns");
    for (unsigned hosts = 10; hosts <= maximum; hosts = hosts == 10 ? 1000 : hosts == 1000 ? 100000 : hosts * 10) {
        char *text = malloc(64 + hosts * 240ul);
        size_t size = sprintf(text, "[policy]\nserial = 1\n");
        size_t own = 0;
        for (unsigned i = 0; i < hosts; i++) {
            host_name(name, i);
            own += strlen(name) + 64;
            size += sprintf(text + size, "[host %s]\npin-sha256 = %s\nbackup-pin-sha256 = %064x\n", name, pin, i + 1);
        }
        size_t before = allocated();
        double start = nanoseconds();
        pinverdict_policy *policy = parse_policy(text, size);
        double load = nanoseconds() - start;
        size_t used = allocated() - before;
        free(text);
        pinverdict_checker *checker = make_checker(policy);
        double one = time_checks(checker, path, hosts, 0), random = time_checks(checker, path, hosts, 1);
        printf("%9u %8.1f %8.1f %8.0f %11zu %11zu %7.2f %10.0f %10.0f\n", hosts, size / 1e6, load / 1e6,
               size / 1e6 / (load / 1e9), own, used, (double)used / own, one, random);
        pinverdict_checker_free(checker);
        pinverdict_policy_free(policy);
    }
    return 0;
}
