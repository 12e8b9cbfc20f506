// SPDX-License-Identifier: Apache-2.0
/* Little memory: every allocation fails in turn, and the address space is limited to every size from tight to
   ample. An error each time, the process alive, nothing lost, and the next call with memory succeeds. And a
   check of a validated path allocates nothing and makes no system call. */
#include "allocations.h"
#include "fixtures.h"
#include "system_bundle.h"

#include <execinfo.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/seccomp.h>

/* ------------------------------------------------------------------------------------ what needs memory -- */

static char *text;     /* a small policy */
static char *big_text; /* one whose parts are large */
static const char *const file = "memory.policy", *const big_file = "memory-big.policy";
static pinverdict_policy *small, *later;
static pinverdict_config *configs[BACKEND_COUNT];        /* by backend, with a small trust file */
static pinverdict_config *system_configs[BACKEND_COUNT]; /* with the system's store, which is that file too */
static char root_file[4096];
static pinverdict_bytes chain[CHAIN_ROOM];
static size_t count;
static int by; /* the backend in use */

/* From here on, until disarmed, the allocations fail that a row asks for. */
static long armed_with;

static void arm(void)
{
    has_failed = false;
    until_failure = armed_with;
}

static void disarm(void) { until_failure = -1; }

static void matches(const pinverdict_checker *checker)
{
    CHECK_EQUAL(pinverdict_check_validated(checker, "api.example.com", chain, count, NULL), PINVERDICT_ALLOW);
}

static void validates(const pinverdict_checker *checker)
{
    CHECK_EQUAL(pinverdict_check_presented(checker, "api.example.com", chain, count, NULL), PINVERDICT_ALLOW);
}

/* Each call leaves nothing behind and tells how the armed part went. */
static pinverdict_status parse(pinverdict_error *error)
{
    pinverdict_policy *policy = NULL;
    arm();
    pinverdict_status status = pinverdict_policy_parse(text, strlen(text), &policy, error);
    disarm();
    CHECK((status == PINVERDICT_OK) == (policy != NULL));
    pinverdict_policy_free(policy);
    return status;
}

static pinverdict_status load(pinverdict_error *error)
{
    pinverdict_policy *policy = NULL;
    arm();
    pinverdict_status status = pinverdict_policy_load(file, &policy, error);
    disarm();
    CHECK((status == PINVERDICT_OK) == (policy != NULL));
    pinverdict_policy_free(policy);
    return status;
}

static int64_t clock_at_zero(void *argument)
{
    (void)argument;
    return 0;
}

static pinverdict_status configure(pinverdict_error *error)
{
    static const uint8_t id[256] = { 1 };
    pinverdict_config *config = NULL;
    (void)error;
    arm();
    pinverdict_status status = pinverdict_config_create(&config);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_backend(config, PINVERDICT_BACKEND_AUTO);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_cross_check(config, true);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_environment(config, "a-name-of-some-length");
    if (status == PINVERDICT_OK) status = pinverdict_config_set_environment(config, "another");
    if (status == PINVERDICT_OK) status = pinverdict_config_set_install_id(config, id, sizeof id);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_install_id(config, id, 1);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_clock(config, clock_at_zero, NULL);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_trust_file(config, "a file");
    if (status == PINVERDICT_OK) status = pinverdict_config_set_trust_file(config, "another file");
    if (status == PINVERDICT_OK) status = pinverdict_config_set_trust_file(config, NULL);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_trust_file(config, "the last one");
    if (status == PINVERDICT_OK) status = pinverdict_config_set_presented(config, false);
    disarm();
    pinverdict_config_free(config);
    return status;
}

static pinverdict_status set_policy(pinverdict_error *error)
{
    pinverdict_checker *checker = NULL;
    CHECK_EQUAL(pinverdict_checker_create(small, configs[by], &checker, NULL), PINVERDICT_OK);
    arm();
    pinverdict_status status = pinverdict_checker_set_policy(checker, later, error);
    disarm();
    matches(checker);
    pinverdict_checker_free(checker);
    return status;
}

static const struct {
    const char *name;
    pinverdict_status (*call)(pinverdict_error *error);
    bool has_error, reads_file;
} calls[] = {
    { "policy_parse", parse, true, false },
    { "policy_load", load, true, true },
    { "config_create and its setters", configure, false, false },
    { "checker_set_policy", set_policy, true, false },
};
enum { CALL_COUNT = sizeof calls / sizeof calls[0], MOST_ALLOCATIONS = 10000 };

/* The n-th allocation fails, alone or with all that follow, for n = 0, 1, … until none is left to fail. */
static void each_allocation_fails(void)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    for (int i = 0; i < CALL_COUNT; i++) {
        for (int on = 0; on <= 1; on++) {
            bool failed = true;
            fails_on = on;
            for (long n = 0; failed && n < MOST_ALLOCATIONS; n++) {
                check_case("%s, allocation %ld fails%s", calls[i].name, n, on ? " and all after it" : "");
                long before = outstanding;
                armed_with = n;
                pinverdict_status status = calls[i].call(&error);
                failed = has_failed;
                if (failed)
                    CHECK(status == PINVERDICT_OUT_OF_MEMORY ||
                          (calls[i].reads_file && status == PINVERDICT_FILE_ERROR));
                else CHECK_EQUAL(status, PINVERDICT_OK);
                if (calls[i].has_error) CHECK_ERROR(&error, status);
                CHECK_EQUAL(outstanding, before);
                armed_with = -1;
                CHECK_EQUAL(calls[i].call(&error), PINVERDICT_OK);
                CHECK_EQUAL(outstanding, before);
            }
            CHECK(!failed);
        }
    }
    fails_on = false;
    check_case("%s", "");
}

/* --------------------------------------------------------------------- what a TLS library needs memory for -- */

/* How a call ended in whose midst an allocation failed; the child's exit status. */
typedef enum {
    HELD_UP = 0,
    NONE_FAILED,  /* it needs no more allocations than that */
    WRONG_ANSWER, /* an allow of what is not valid, another status, an error that does not say the same */
    LEAKED,
    UNUSABLE, /* afterwards, with memory */
    // What cannot be helped, since the TLS library does not tell. Both of them read a certificate half where memory
    // runs out, and say that they have read it: such an anchor validates nothing, for as long as the checker lives.
    // And libtasn1 uses memory that it has not got, and GMP aborts, both below GnuTLS.
    LOST_ANCHORS,
    LIBRARY_DIED,
    ENDING_COUNT
} ending;

static const char *const endings[] = {
    "held up",
    "none failed",
    "a wrong answer",
    "leaked",
    "unusable afterwards",
    "lost its anchors",
    "died of the TLS library",
};
static const char *const tls_libraries[] = {
    "libcrypto", "libgnutls", "libtasn1", "libnettle", "libhogweed", "libgmp",
};

/* OpenSSL keeps errors for the thread, which are no leak. */
static void forget_errors(void)
{
    void (*stop_thread)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "OPENSSL_thread_stop");
    if (stop_thread != NULL) stop_thread();
}

/* A checker, whose anchors are then used. */
static ending create_with(const pinverdict_config *config)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_checker *checker = NULL;
    forget_errors();
    long before = outstanding;
    arm();
    pinverdict_status status = pinverdict_checker_create(small, config, &checker, &error);
    disarm();
    if ((status == PINVERDICT_OK) != (checker != NULL) || error.status != status) return WRONG_ANSWER;
    // The TLS library may do without what it did not get, but not without the anchors.
    if (status != PINVERDICT_OK && status != PINVERDICT_OUT_OF_MEMORY && status != PINVERDICT_FILE_ERROR)
        return WRONG_ANSWER;
    if (status == PINVERDICT_OK &&
        pinverdict_check_presented(checker, "api.example.com", chain, count, NULL) != PINVERDICT_ALLOW)
        return LOST_ANCHORS;
    pinverdict_checker_free(checker);
    forget_errors();
    // What GnuTLS leaks is not told from what should have been given back to it.
    if (outstanding != before && backends[by].backend != PINVERDICT_BACKEND_GNUTLS) return LEAKED;
    return HELD_UP;
}

static ending create(void) { return create_with(configs[by]); }

static ending create_from_system(void) { return create_with(system_configs[by]); }

static pinverdict_checker *presented_to;

static ending present(const char *text, bool valid)
{
    pinverdict_bytes presented[CHAIN_ROOM];
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    size_t size = chain_of(text, presented);
    forget_errors();
    long before = outstanding;
    arm();
    pinverdict_decision decision = pinverdict_check_presented(presented_to, "api.example.com", presented, size,
                                                              &verdict);
    disarm();
    forget_errors();
    if (verdict.decision != decision || (decision != PINVERDICT_REFUSE && !valid)) return WRONG_ANSWER;
    // Which finding a library loses is open, so that the reason is one of these.
    if (decision == PINVERDICT_REFUSE && verdict.reason != PINVERDICT_REASON_BACKEND_FAILURE &&
        verdict.reason != PINVERDICT_REASON_UNTRUSTED_CHAIN && verdict.reason != PINVERDICT_REASON_HOSTNAME_MISMATCH &&
        verdict.reason != PINVERDICT_REASON_CERTIFICATE_EXPIRED)
        return WRONG_ANSWER;
    if (outstanding != before && backends[by].backend != PINVERDICT_BACKEND_GNUTLS) return LEAKED;
    return HELD_UP;
}

static ending present_good(void) { return present("leaf intermediate", true); }

static ending present_bad(void) { return present("leaf other-intermediate", false); }

/* A policy that is signed, or one that was changed since: never is memory that fails a bad signature, nor a good one.
 */
static ending parse_signed(bool is_changed)
{
    static const char key[] = "untrusted comment: memory public key\n"
                              "RWS7ZPvPD93CuLC33xTyFLszaECarjFEjc900AGJZNykL2DwdHMzSK81\n";
    static const char text[] =
        "untrusted comment: verify with k.pub\n"
        "RWS7ZPvPD93CuAjYnQfr96jLqEG9gewVmM59ztIbzC/OPGILMKAC2uVotPxYf2Jw7OMpzL6HWNxeUiwYqO0haUX2O4fkk0e6xgc=\n"
        "[policy]\n"
        "serial = 1\n"
        "enforcement = off\n";
    char changed[sizeof text];
    pinverdict_config *config = NULL;
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    memcpy(changed, text, sizeof text);
    if (is_changed) *strchr(changed, '1') = '2';
    if (pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_backend(config, backends[by].backend) != PINVERDICT_OK ||
        pinverdict_config_add_policy_key(config, key, sizeof key - 1) != PINVERDICT_OK)
        return UNUSABLE;
    forget_errors();
    long before = outstanding;
    arm();
    pinverdict_status status = pinverdict_policy_parse_signed(config, changed, sizeof text - 1, NULL, 0, &policy,
                                                              &error);
    disarm();
    bool has_failed_before = has_failed;
    pinverdict_policy_free(policy);
    forget_errors();
    bool is_lost = outstanding != before && backends[by].backend != PINVERDICT_BACKEND_GNUTLS;
    pinverdict_config_free(config);
    pinverdict_status expected = is_changed ? PINVERDICT_BAD_SIGNATURE : PINVERDICT_OK;
    if (error.status != status || (policy != NULL) != (status == PINVERDICT_OK)) return WRONG_ANSWER;
    if (status != expected && status != PINVERDICT_OUT_OF_MEMORY && status != PINVERDICT_BACKEND_FAILURE)
        return WRONG_ANSWER;
    if (status != expected && !has_failed_before) return WRONG_ANSWER;
    return is_lost ? LEAKED : HELD_UP;
}

static ending parse_signed_good(void) { return parse_signed(false); }

static ending parse_signed_changed(void) { return parse_signed(true); }

static const struct {
    const char *name;
    ending (*call)(void);
} library_calls[] = {
    { "checker_create", create },
    { "checker_create from the system's store", create_from_system },
    { "check_presented", present_good },
    { "check_presented of an untrusted chain", present_bad },
    { "policy_parse_signed", parse_signed_good },
    { "policy_parse_signed of a changed policy", parse_signed_changed },
};
enum { LIBRARY_CALL_COUNT = sizeof library_calls / sizeof library_calls[0] };

/* A child dies: of the TLS library, if none of our code lies between that and the end, which is a failure else. */
static void die(int number)
{
    void *frames[32];
    int depth = backtrace(frames, 32);
    for (int i = 0; i < depth; i++) {
        Dl_info where = { 0 };
        if (dladdr(frames[i], &where) == 0 || where.dli_fname == NULL) continue;
        if (strstr(where.dli_fname, "libpinverdict") != NULL) break;
        for (size_t k = 0; k < sizeof tls_libraries / sizeof tls_libraries[0]; k++)
            if (strstr(where.dli_fname, tls_libraries[k]) != NULL) _exit(LIBRARY_DIED);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static int in_a_child(int i, long n)
{
    fflush(stdout);
    pid_t child = fork();
    if (child != 0) return check_wait(child);
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(ENDING_COUNT); // GMP says that it aborts
    signal(SIGSEGV, die);
    signal(SIGABRT, die);
    alarm(10);
    armed_with = n;
    ending end = library_calls[i].call();
    bool failed = has_failed;
    fails_on = false;
    armed_with = -1;
    if (end == HELD_UP && library_calls[i].call() != HELD_UP) end = UNUSABLE;
    _exit(end == HELD_UP && !failed ? NONE_FAILED : (int)end);
}

/* The n-th allocation fails, alone or with all that follow; of the many that a library makes a part, for a test that
   has not all day. How often that cost a checker its anchors. */
static long each_allocation_of_a_library_fails(int i, bool on)
{
    long first[ENDING_COUNT] = { 0 }, times[ENDING_COUNT] = { 0 }, n = 0, tried = 0;
    int ended = HELD_UP;
    while (ended != NONE_FAILED && n < MOST_ALLOCATIONS) {
        fails_on = on;
        ended = in_a_child(i, n);
        fails_on = false;
        check_case("%s by %s, allocation %ld fails%s", library_calls[i].name, backends[by].name, n,
                   on ? " and all after it" : "");
        if (CHECK(ended >= 0 && ended < ENDING_COUNT)) {
            if (times[ended]++ == 0) first[ended] = n;
        } else {
            printf("    ended with %d\n", ended);
        }
        tried++;
        n += n < 150 || check_effort() > 1 ? 1 : 13;
    }
    CHECK_EQUAL(ended, NONE_FAILED);
    for (int e = WRONG_ANSWER; e < ENDING_COUNT; e++) {
        check_case("%s by %s: %s, first when allocation %ld failed%s", library_calls[i].name, backends[by].name,
                   endings[e], first[e], on ? " and all after it" : "");
        bool helpless = e == LOST_ANCHORS || (e == LIBRARY_DIED && backends[by].backend == PINVERDICT_BACKEND_GNUTLS);
        if (!helpless) CHECK_EQUAL(times[e], 0);
        else if (times[e] > 0) printf("%s, %ld times of %ld\n", check_case_text, times[e], tried);
    }
    check_case("%s", "");
    return times[LOST_ANCHORS];
}

static void allocations_of_libraries_fail(void)
{
    for (by = 1; by < BACKEND_COUNT; by++) {
        if (!backends[by].built_in) continue;
        armed_with = -1;
        CHECK_EQUAL(pinverdict_checker_create(small, configs[by], &presented_to, NULL), PINVERDICT_OK);
        long lost[LIBRARY_CALL_COUNT][2];
        for (int i = 0; i < LIBRARY_CALL_COUNT; i++) {
            library_calls[i].call(); // what is allocated once
            CHECK_EQUAL(library_calls[i].call(), HELD_UP);
            for (int on = 0; on <= 1; on++) lost[i][on] = each_allocation_of_a_library_fails(i, on);
        }
        // The system's store is lost no more easily than a file: never without a word where it was not read.
        for (int on = 0; on <= 1; on++) CHECK(lost[1][on] <= lost[0][on]);
        pinverdict_checker_free(presented_to);
    }
    by = 0;
}

/* ------------------------------------------------------------------------------ a limited address space -- */

static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL || fscanf(statm, "%lu", &pages) != 1) give_up("cannot read", "/proc/self/statm");
    fclose(statm);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* In a child with `spare` bytes of address space left: the status of a load or a parse of the big policy, plus
   100 where the error was not filled in or the same call with memory then fails. */
static int with_little_memory(size_t spare, bool reads_file)
{
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    struct rlimit limit, tight;
    size_t used = address_space();
    getrlimit(RLIMIT_AS, &limit);
    tight = (struct rlimit){ used + spare, limit.rlim_max };
    setrlimit(RLIMIT_AS, &tight);
    for (int again = 0; again < 3; again++) {
        pinverdict_status status = reads_file ? pinverdict_policy_load(big_file, &policy, &error)
                                              : pinverdict_policy_parse(big_text, strlen(big_text), &policy, &error);
        if (error.status != status || (status == PINVERDICT_OK) != (policy != NULL)) return 100 + (int)status;
        pinverdict_policy_free(policy);
    }
    int first = (int)error.status;
    setrlimit(RLIMIT_AS, &limit);
    if (pinverdict_policy_load(big_file, &policy, &error) != PINVERDICT_OK) return 100 + first;
    pinverdict_policy_free(policy);
    return first;
}

static void limited_address_space(void)
{
    for (int reads_file = 0; reads_file <= 1; reads_file++) {
        int succeeded = 0, failed = 0;
        size_t finer = check_effort() > 1 ? 16 : 1; // down to a page
        for (size_t spare = 0; spare <= (size_t)64 << 20;
             spare += spare < (2 << 20) ? (64 << 10) / finer : spare / (4 * finer)) {
            check_case("%s of %zu bytes of policy with %zu bytes left", reads_file ? "load" : "parse", strlen(big_text),
                       spare);
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                alarm(20);
                _exit(with_little_memory(spare, reads_file != 0));
            }
            int status = check_wait(child);
            CHECK(status == PINVERDICT_OK || status == PINVERDICT_OUT_OF_MEMORY ||
                  (reads_file && status == PINVERDICT_FILE_ERROR));
            if (status != PINVERDICT_OK && status != PINVERDICT_OUT_OF_MEMORY) printf("    ended with %d\n", status);
            succeeded += status == PINVERDICT_OK;
            failed += status != PINVERDICT_OK;
        }
        CHECK(succeeded >= 3);
        CHECK(failed >= 3);
    }
    check_case("%s", "");
}

/* ---------------------------------------------------------------------------------- what a check costs -- */

typedef struct {
    const char *host, *chain;
    pinverdict_decision decision;
} check_row;

static const check_row check_rows[] = {
    { "api.example.com", "leaf intermediate root", PINVERDICT_ALLOW },
    { "api.example.com", "other-leaf other-intermediate other-root", PINVERDICT_REFUSE },
    { "api.example.com", "leaf other-root", PINVERDICT_REFUSE },
    { "api.example.com", "garbage", PINVERDICT_REFUSE },
    { "api.example.com", "leaf intermediate root*30", PINVERDICT_ALLOW },
    { "api.example.com", "skeleton-1-mib", PINVERDICT_REFUSE },
    { "api.example.com", "", PINVERDICT_REFUSE },
    { "rsa.example.com", "rsa-leaf rsa-intermediate rsa-root", PINVERDICT_ALLOW },
    { "www.example.net", "leaf", PINVERDICT_ALLOW },
    { "not a host", "leaf", PINVERDICT_REFUSE },
    { "192.0.2.7", "leaf", PINVERDICT_ALLOW },
    { "2001:db8::7", "leaf", PINVERDICT_ALLOW },
};
enum { CHECK_ROW_COUNT = sizeof check_rows / sizeof check_rows[0] };

static pinverdict_checker *checker_by(pinverdict_backend backend)
{
    pinverdict_config *config = config_with(backend);
    pinverdict_checker *checker = checker_of(
        "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
        "[host rsa.example.com]\npin-sha256 = {1}\nbackup-pin-sha256 = {2}\nkey-sha256 = {rsa-leaf:key}\n"
        "certificate-sha256 = {3}\n",
        config);
    pinverdict_config_free(config);
    return checker;
}

/* Listing pins costs as little as a check. Fails for a host that is none; some have three pins, some no rule. */
static pinverdict_status lists(const pinverdict_checker *checker, const char *host)
{
    pinverdict_pin pins[3];
    size_t listed = 0;
    return pinverdict_checker_pins(checker, host, pins, 3, &listed, NULL, NULL);
}

static void checks_allocate_nothing(void)
{
    for (int b = 0; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        pinverdict_checker *checker = checker_by(backends[b].backend);
        for (int i = 0; i < CHECK_ROW_COUNT; i++) {
            const check_row *r = &check_rows[i];
            pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
            pinverdict_status listed = lists(checker, r->host);
            size_t size = chain_of(r->chain, chain);
            check_case("%s: %s, %s", backends[b].name, r->host, r->chain);
            long before = allocations;
            for (int times = 0; times < 10; times++)
                CHECK_EQUAL(pinverdict_check_validated(checker, r->host, chain, size, &verdict), r->decision);
            CHECK_EQUAL(lists(checker, r->host), listed);
            CHECK_EQUAL(allocations - before, 0);
            armed_with = 0; // nor does it need memory
            fails_on = true;
            arm();
            pinverdict_decision decision = pinverdict_check_validated(checker, r->host, chain, size, &verdict);
            pinverdict_status listed_again = lists(checker, r->host);
            disarm();
            fails_on = false;
            CHECK_EQUAL(decision, r->decision);
            CHECK_EQUAL(listed_again, listed);
        }
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* In seccomp's strict mode the kernel kills a process at its first system call but read, write and exit. */
static void checks_make_no_system_call(void)
{
    for (int b = 0; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        check_case("system calls in a check by %s", backends[b].name);
        pinverdict_checker *checker = checker_by(backends[b].backend);
        pinverdict_bytes chains[CHECK_ROW_COUNT][CHAIN_ROOM];
        size_t sizes[CHECK_ROW_COUNT];
        for (int i = 0; i < CHECK_ROW_COUNT; i++) sizes[i] = chain_of(check_rows[i].chain, chains[i]);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            bool right = true;
            if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(77);
            for (int i = 0; i < CHECK_ROW_COUNT; i++)
                right = pinverdict_check_validated(checker, check_rows[i].host, chains[i], sizes[i], NULL) ==
                        check_rows[i].decision &&
                    (lists(checker, check_rows[i].host) == PINVERDICT_OK) ==
                        (strchr(check_rows[i].host, ' ') == NULL) &&
                    right;
            syscall(SYS_exit, right ? 0 : 1); // _exit would be exit_group, which strict mode forbids
        }
        int status = check_wait(child);
        if (status == 77) printf("no seccomp on this machine: system calls in a check are not counted\n");
        else CHECK_EQUAL(status, 0);
        pinverdict_checker_free(checker);
    }
    check_case("%s", "");
}

/* Bytes that are mapped into this process. */
static long mapped(void)
{
    FILE *statm = fopen("/proc/self/statm", "r");
    long pages = 0;
    if (statm == NULL || fscanf(statm, "%ld", &pages) != 1) give_up("cannot read", "/proc/self/statm");
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

/* A policy of some 12 MB is mapped by itself, answers as a small one does, and is given back with its last reference,
   as is one that turns out to be no policy. */
static void large_policies_are_given_back(void)
{
    enum { HOSTS = 100000, ROOM = 220, TIMES = 4 };
    char *large = malloc((size_t)HOSTS * ROOM + ROOM), *end = large;
    const char *pins = policy_text("pin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n");
    if (large == NULL) give_up("no memory for", "the large policy");
    end += sprintf(end, "[policy]\nserial = 1\n");
    for (int i = 0; i < HOSTS; i++) end += sprintf(end, "[host api%d.example.com]\n%s", i, pins);
    for (int i = 0; i < TIMES; i++) {
        long before = mapped();
        pinverdict_policy *policy;
        CHECK_EQUAL(pinverdict_policy_parse(large, (size_t)(end - large), &policy, NULL), PINVERDICT_OK);
        CHECK(mapped() - before >= 8 << 20);
        pinverdict_checker *checker;
        CHECK_EQUAL(pinverdict_checker_create(policy, configs[by], &checker, NULL), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_check_validated(checker, "api99999.example.com", chain, count, NULL), PINVERDICT_ALLOW);
        pinverdict_policy_free(policy);
        CHECK_EQUAL(pinverdict_check_validated(checker, "api99999.example.com", chain, count, NULL), PINVERDICT_ALLOW);
        pinverdict_checker_free(checker);
        CHECK_EQUAL(pinverdict_policy_parse(large, (size_t)(end - large) - 1, &policy, NULL),
                    PINVERDICT_INVALID_POLICY);
        if (i > 0) CHECK(mapped() - before < 1 << 20); // what libraries keep, they keep from the first time on
    }
    struct rlimit limit = { (rlim_t)mapped() + (4 << 20), RLIM_INFINITY };
    pinverdict_policy *policy;
    CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
    CHECK_EQUAL(pinverdict_policy_parse(large, (size_t)(end - large), &policy, NULL), PINVERDICT_OUT_OF_MEMORY);
    free(large);
}

/* Policies that were replaced are freed while the checker lives on. */
static void replaced_policies_are_freed(void)
{
    enum { WARM_UP = 10, TIMES = 500 };
    long begun = outstanding, after_warm_up = 0;
    pinverdict_checker *checker = checker_of(
        "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n", NULL);
    for (int i = 0; i < TIMES; i++) {
        char template[200];
        snprintf(template, sizeof template,
                 "[policy]\nserial = %d\n[host api.example.com]\npin-sha256 = {leaf}\n"
                 "backup-pin-sha256 = {1}\n",
                 i + 2);
        pinverdict_policy *policy = policy_of(template);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
        pinverdict_policy_free(policy);
        matches(checker);
        if (i == WARM_UP) after_warm_up = outstanding;
    }
    CHECK(outstanding <= after_warm_up);
    pinverdict_checker_free(checker);
    CHECK_EQUAL(outstanding, begun);
}

/* The order in which objects are freed is the caller's. */
static void freed_in_any_order(void)
{
    long before = outstanding;
    pinverdict_checker *first = NULL, *second = NULL;
    pinverdict_policy *policy = policy_of(
        "[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n");
    CHECK_EQUAL(pinverdict_checker_create(policy, configs[0], &first, NULL), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, configs[0], &second, NULL), PINVERDICT_OK);
    pinverdict_policy_free(policy);
    matches(first);
    pinverdict_checker_free(first);
    matches(second);
    pinverdict_checker_free(second);
    CHECK_EQUAL(outstanding, before);
}

static void make_big_policy(void)
{
    enum { HOSTS = 100, PINS = 100, LINE = 100 };
    char *end = big_text = malloc(HOSTS * (PINS + 1) * LINE);
    if (big_text == NULL) give_up("no memory for", "the big policy");
    end += sprintf(end, "[policy]\nserial = 1\n");
    for (int host = 0; host < HOSTS; host++) {
        end += sprintf(end, "[host h%d.example.com]\n", host);
        for (int pin = 0; pin < PINS; pin++)
            end += sprintf(end, "%spin-sha256 = %064x\n", pin == 0 ? "backup-" : "", host * PINS + pin + 1);
    }
    write_file(big_file, big_text, strlen(big_text));
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    text = policy_text("[policy]\nserial = 1\nenvironments = dev production\nrejected-pin-sha256 = {5}\n"
                       "[pin-set api]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
                       "[host api.example.com]\npin-set = api\ninclude-subdomains = yes\n"
                       "[host 192.0.2.7]\npin-set = api\n");
    write_file(file, text, strlen(text));
    make_big_policy();
    small = policy_of("[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n");
    later = policy_of("[policy]\nserial = 2\n[host api.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n");
    count = chain_of("leaf intermediate root", chain);
    snprintf(root_file, sizeof root_file, "%s/root.pem", fixture_directory);
    system_bundle = root_file;
    for (int b = 0; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        configs[b] = config_with(backends[b].backend);
        system_configs[b] = config_with(backends[b].backend);
        CHECK_EQUAL(pinverdict_config_set_trust_file(system_configs[b], NULL), PINVERDICT_OK);
        pinverdict_checker *warm = checker_by(backends[b].backend); // what the TLS library allocates once
        matches(warm);
        validates(warm);
        pinverdict_checker_free(warm);
    }
    printf("%s", ""); // and what stdio does

    check_in_child("each allocation fails in turn", 60, each_allocation_fails);
    backtrace((void *[1]){ NULL }, 1); // which allocates when it is called first
    check_in_child("each allocation of a TLS library fails in turn", 80, allocations_of_libraries_fail);
    check_in_child("a limited address space", 60, limited_address_space);
    check_in_child("a check allocates nothing", 20, checks_allocate_nothing);
    check_in_child("a check makes no system call", 20, checks_make_no_system_call);
    check_in_child("large policies are given back", 30, large_policies_are_given_back);
    check_in_child("replaced policies are freed", 20, replaced_policies_are_freed);
    check_in_child("freed in any order", 20, freed_in_any_order);
    return check_end();
}
