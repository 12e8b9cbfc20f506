// SPDX-License-Identifier: Apache-2.0
/* reports.c - what the checks of this process refused, or would have: a line of JSON for each, appended to a file, sent
 * to an https URL, or both. It takes from the checker's queue when there is time. What finds no room here or there, and
 * what the URL does not take, is counted and lost: no check ever waits for a report. */
#include "daemon.h"
#include <fcntl.h>
#include "../pinverdict-text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAITING = 64, LINE = PINVERDICT_TEXT_EVENT + 1, AT_ONCE = 32 };

static int file = -1;
static char *waiting[WAITING], host[256];
static unsigned first, count; /* of those that wait for the URL: a ring, whose first one is under way */
static CURL *transfer;
static struct curl_slist *headers;

/* In a worker: what waits, and is under way, is the first process's. */
void reports_forget(void)
{
    transfer = NULL;
    headers = NULL;
    first = count = 0;
}

/* Opened again at SIGHUP, so that a file can be taken away under its hands. */
void reports_open(void)
{
    if (settings.report_file == NULL) return;
    if (file >= 0) close(file);
    file = open(settings.report_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file < 0 && is_news(ABOUT_REPORTS, "file")) printf("reports %s: cannot be written\n", settings.report_file);
}

/* In one write, as other processes of the daemon append to the same file. */
static void append(const char *line, size_t size)
{
    bool is_written = file >= 0 && write(file, line, size) == (ssize_t)size;
    add_to(is_written ? &shared->written : &shared->lost);
    if (is_news(ABOUT_REPORTS, is_written ? "" : "file") && !is_written)
        printf("reports %s: cannot be written\n", settings.report_file);
}

static void keep_for_url(const char *line)
{
    char *copy = count < WAITING ? strdup(line) : NULL;
    if (copy != NULL) waiting[(first + count++) % WAITING] = copy;
    else add_to(&shared->lost);
}

static size_t ignore(char *data, size_t size, size_t times, void *unused)
{
    (void)data, (void)unused;
    return size * times;
}

static void remove_first(bool is_posted)
{
    add_to(is_posted ? &shared->posted : &shared->lost);
    free(waiting[first]);
    first = (first + 1) % WAITING;
    count--;
}

static void post_first(CURLM *transfers)
{
    transfer = new_transfer(settings.report_url, host, sizeof host);
    if (transfer == NULL) {
        remove_first(false);
        return;
    }
    if (headers == NULL) headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(transfer, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(transfer, CURLOPT_POSTFIELDS, waiting[first]);
    curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(transfer, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)LINE);
    curl_multi_add_handle(transfers, transfer);
}

bool report_ended(CURLM *transfers, CURL *ended, CURLcode result)
{
    char what[200];
    long status = 0;
    if (ended != transfer) return false;
    curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &status);
    bool is_posted = result == CURLE_OK && status >= 200 && status < 300;
    if (result == CURLE_OK) snprintf(what, sizeof what, "status %ld", status);
    else snprintf(what, sizeof what, "%s", curl_easy_strerror(result));
    if (is_news(ABOUT_REPORTS, what) && !is_posted) printf("reports %s: %s\n", settings.report_url, what);
    curl_multi_remove_handle(transfers, transfer);
    curl_easy_cleanup(transfer);
    transfer = NULL;
    remove_first(is_posted);
    return true;
}

/* A few at a time. The first process checks what it fetches alone, and says itself what the pins refused there. */
void reports_step(CURLM *transfers, bool is_worker)
{
    static uint8_t der[PINVERDICT_EVENT_CHAIN];
    static char line[LINE];
    static pinverdict_event event;
    for (int left = AT_ONCE; left > 0; left--) {
        event.struct_size = sizeof event;
        if (pinverdict_checker_next_event(checker, &event, der, sizeof der) != 1) break;
        if (!is_worker)
            printf("%s: %s reason=%s\n", event.host, event.decision == PINVERDICT_ALLOW ? "allow" : "refuse",
                   pinverdict_reason_name(event.reason));
        size_t size = pinverdict_text_event(&event, der, sizeof der, line, sizeof line - 1);
        if (size >= sizeof line - 1) continue;
        if (settings.report_url != NULL) keep_for_url(line);
        line[size] = '\n';
        if (settings.report_file != NULL) append(line, size + 1);
    }
    if (transfer == NULL && count > 0) post_first(transfers);
}
