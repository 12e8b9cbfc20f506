// SPDX-License-Identifier: Apache-2.0
/* daemon.h - what the files of the daemon have in common; main.c says what the daemon is. */
#ifndef DAEMON_H
#define DAEMON_H

#define _GNU_SOURCE 1
#include <curl/curl.h>
#include <pinverdict.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { MOST_KEYS = 8, MOST_WORKERS = 64, METRICS_WAITS = 9 };

/* What the command line says; NULL and 0 for what it leaves out. */
struct settings {
    const char *address, *host, *trust_file, *policy, *environment, *install_id, *state;
    const char *url, *url_trust_file, *metrics_file, *report_file, *report_url, *key_files[MOST_KEYS];
    const char *signature, *signature_url; /* one of them at most */
    uint32_t report_kinds;
    long minimum_serial, port, own_port, workers, interval, timeout, poll, limit, keys;
    long metrics_port; /* -1: none */
};

/* How fetches end; behind them one for each status with which a policy that came whole is refused. */
enum fetched {
    FETCHED_NEW,
    FETCHED_SAME,
    FETCHED_UNREACHABLE,
    FETCHED_TLS, /* the pins, too */
    FETCHED_HTTP,
    FETCHED_TIMEOUT,
    FETCHED_TOO_LARGE,
    FETCHED_INCOMPLETE,
    FETCHED_REFUSED,
    FETCHED_RESULTS = FETCHED_REFUSED + 16
};

/* What all processes of the daemon read and count in: memory that they share. */
struct shared {
    uint64_t serial; /* of the policy that the first process has put in force */
    uint64_t restarts, fetches[FETCHED_RESULTS], written, posted, lost;
    int64_t last_fetch; /* that brought a policy, or said that there is no other: seconds since 1970 */
};

extern struct settings settings;
extern pinverdict_checker *checker;
extern struct shared *shared;

/* main.c */
enum topic { ABOUT_POLICY, ABOUT_FETCHING, ABOUT_METRICS, ABOUT_REPORTS, TOPICS };
bool is_news(enum topic topic, const char *what); /* whether it is not what was last said about it */
int64_t milliseconds(void);                       /* of a clock that only goes forward */
void add_to(uint64_t *counter);
bool fails(const char *what, const char *why); /* says so; false */

/* options.c */
void read_arguments(char **argument);

/* source.c */
bool source_open(void);
bool source_open_again(void); /* in a worker */
pinverdict_status source_load(void);
void source_poll(void);
pinverdict_status source_take(const char *path, bool *is_new, pinverdict_error *error);
uint64_t source_serial(const pinverdict_checker *of);

/* relay.c */
bool relay_open(void);
bool relay_start(int listener);

/* transfer.c */
CURL *new_transfer(const char *url, char *host, size_t size);
bool transfers_open(void);

/* fetch.c */
void fetch_soon(void);
void fetch_step(CURLM *transfers);
bool fetch_ended(CURLM *transfers, CURL *transfer, CURLcode result);
const char *fetched_name(unsigned result);

/* metrics.c */
bool metrics_open(void);
unsigned metrics_waits(struct curl_waitfd waits[]);
void metrics_step(void);

/* reports.c */
void reports_forget(void);
void reports_open(void);
void reports_step(CURLM *transfers, bool is_worker);
bool report_ended(CURLM *transfers, CURL *transfer, CURLcode result);

#endif
