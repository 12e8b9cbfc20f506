// SPDX-License-Identifier: Apache-2.0
/* daemon - passes local connections on to one server over pinned TLS, and operates its pins: a complete example.
 *
 * The first process follows the policy's file (source.c), fetches it (fetch.c, transfer.c), gives the numbers of all
 * (metrics.c) and keeps the workers, which are forked from it and pass connections on (relay.c). Each tells what its
 * checks refused (reports.c). Every process has one checker, and what they count lies in memory that they share: a
 * worker that is killed takes no number with it. `daemon --help` says the rest.
 *
 *     cc -O2 -pthread -o pinverdict-daemon *.c $(pkg-config --cflags --libs pinverdict gnutls openssl libcurl)
 */
#include "daemon.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTENER = 3, SIGNALS = 4, REST = 5 }; /* descriptors: what a worker keeps of the first process */

pinverdict_checker *checker;
struct shared *shared;
static struct {
    pid_t process; /* 0: none */
    int64_t started;
} workers[MOST_WORKERS];

int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void add_to(uint64_t *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }

bool is_news(enum topic topic, const char *what)
{
    static char last[TOPICS][400];
    char now[400];
    snprintf(now, sizeof now, "%s", what);
    if (strcmp(last[topic], now) == 0) return false;
    strcpy(last[topic], now);
    return true;
}

bool fails(const char *what, const char *why)
{
    fprintf(stderr, "daemon: %s: %s\n", what, why);
    return false;
}

static void signal_workers(int number)
{
    for (int place = 0; place < settings.workers; place++)
        if (workers[place].process > 0) kill(workers[place].process, number);
}

/* After a policy may have come: the workers are told of one that is in force here, and of no other. */
static void tell_workers(void)
{
    uint64_t serial = source_serial(checker);
    if (__atomic_exchange_n(&shared->serial, serial, __ATOMIC_SEQ_CST) != serial) signal_workers(SIGHUP);
}

/* In a worker: takes what the first process has taken. */
static void follow(void)
{
    if (source_serial(checker) < __atomic_load_n(&shared->serial, __ATOMIC_SEQ_CST)) source_load();
}

/* The signals that came meanwhile; false: to end. */
static bool take_signals(bool is_worker)
{
    struct signalfd_siginfo signals[8];
    ssize_t size = read(SIGNALS, signals, sizeof signals);
    for (ssize_t number = 0; number * (ssize_t)sizeof *signals < size; number++) {
        if (signals[number].ssi_signo == SIGTERM || signals[number].ssi_signo == SIGINT) return false;
        if (signals[number].ssi_signo != SIGHUP) continue;
        reports_open();
        if (is_worker) continue;
        source_load();
        tell_workers();
        signal_workers(SIGHUP);
        fetch_soon();
    }
    return true;
}

static void run_transfers(CURLM *transfers)
{
    int running, left;
    CURLMsg *message;
    curl_multi_perform(transfers, &running);
    while ((message = curl_multi_info_read(transfers, &left)) != NULL)
        if (!fetch_ended(transfers, message->easy_handle, message->data.result))
            report_ended(transfers, message->easy_handle, message->data.result);
}

static void work(void)
{
    CURLM *transfers = curl_multi_init();
    reports_forget();
    reports_open();
    if (transfers == NULL || !source_open_again() || !relay_start(LISTENER)) return;
    while (take_signals(true)) {
        struct curl_waitfd wait = { SIGNALS, CURL_WAIT_POLLIN, 0 };
        follow();
        reports_step(transfers, true);
        run_transfers(transfers);
        curl_multi_poll(transfers, &wait, 1, 1000, NULL);
    }
}

/* Workers that have ended are started again, each at most once a second. */
static void keep_workers(void)
{
    int status, place;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
        for (place = 0; place < settings.workers; place++)
            if (workers[place].process == ended) {
                workers[place].process = 0;
                add_to(&shared->restarts);
                printf("worker %ld: ended by %s %d\n", (long)ended, WIFSIGNALED(status) ? "signal" : "itself, with",
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            }
    for (place = 0; place < settings.workers; place++) {
        if (workers[place].process != 0 || milliseconds() < workers[place].started + 1000) continue;
        workers[place].started = milliseconds();
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            close_range(REST, UINT_MAX, 0);
            if (getppid() == parent) work();
            _exit(0); /* its threads still use the TLS library: nothing is to be taken down under them */
        }
        if (child > 0) workers[place].process = child;
    }
}

static void supervise(void)
{
    CURLM *transfers = curl_multi_init();
    while (transfers != NULL && take_signals(false)) {
        struct curl_waitfd waits[1 + METRICS_WAITS] = { { SIGNALS, CURL_WAIT_POLLIN, 0 } };
        source_poll();
        fetch_step(transfers);
        run_transfers(transfers);
        tell_workers();
        reports_step(transfers, false);
        metrics_step();
        keep_workers();
        curl_multi_poll(transfers, waits, 1 + metrics_waits(waits + 1), 1000, NULL);
    }
    signal_workers(SIGTERM);
    while (wait(NULL) > 0 || errno == EINTR) {}
    curl_multi_cleanup(transfers);
}

/* The listener and the signals, as the descriptors that workers keep. */
static bool open_descriptors(void)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof address;
    sigset_t signals; /* blocked in every thread of every process, and read from a descriptor */
    int listener = socket(AF_INET, SOCK_STREAM, 0), descriptor, on = 1;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    for (const int *number = (int[]){ SIGHUP, SIGTERM, SIGINT, SIGCHLD, 0 }; *number != 0; number++)
        sigaddset(&signals, *number);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)settings.own_port);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        dup2(listener, LISTENER) < 0 || (descriptor = signalfd(-1, &signals, SFD_NONBLOCK)) < 0 ||
        dup2(descriptor, SIGNALS) < 0)
        return fails("--listen", strerror(errno));
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    return true;
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    (void)count;
    read_arguments(arguments);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !source_open()) return 2;
    if (!relay_open() || !transfers_open() || !open_descriptors() || !metrics_open()) return 2;
    shared->serial = source_serial(checker);
    reports_open();
    supervise();
    return 0; /* connections under way end with the workers */
}
