// SPDX-License-Identifier: Apache-2.0
/* fetch.c - the policy by HTTPS, whose host the policy in force pins (transfer.c). Where its signature has a URL of its
 * own, that comes first, and its two lines are put before the policy: one file, as signify -S -e writes it.
 *
 * What comes is written beside the policy, and takes its place when source.c has found it signed, whole and newer. All
 * else changes nothing, is counted, and is said once. A policy that is off lets the next one in, whatever the keys of
 * the policy's host have become: that is the way out. */
#include "daemon.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MOST_HEADERS = 65536, MOST_SIGNATURE = 8192 };

static struct {
    CURL *transfer; /* NULL: none is under way */
    struct curl_slist *headers;
    int file;
    size_t size, header_size;
    bool is_signature, is_too_large, is_wanted; /* once more, as soon as this one has ended */
    char host[256], path[4096], etag[256], next_etag[256];
    int64_t due;
} fetch;

const char *fetched_name(unsigned result)
{
    static const char *const names[] = { "new",         "same",    "unreachable", "tls",
                                         "http-status", "timeout", "too-large",   "incomplete" };
    return result < FETCHED_REFUSED ? names[result] : pinverdict_status_name(result - FETCHED_REFUSED);
}

static size_t take_body(char *data, size_t size, size_t count, void *unused)
{
    size_t left = size *= count;
    (void)unused;
    fetch.size += size;
    fetch.is_too_large = fetch.size > (size_t)(fetch.is_signature ? MOST_SIGNATURE : settings.limit);
    while (left > 0 && !fetch.is_too_large) {
        ssize_t written = write(fetch.file, data + size - left, left);
        if (written < 0 && errno != EINTR) return 0;
        if (written > 0) left -= (size_t)written;
    }
    return size - left;
}

/* Keeps the ETag, where it is one that can be sent back. */
static size_t take_header(char *data, size_t size, size_t count, void *unused)
{
    static const char name[] = "etag:";
    size_t start = sizeof name - 1, end = size *= count;
    (void)unused;
    if ((fetch.header_size += size) > MOST_HEADERS) {
        fetch.is_too_large = true;
        return 0;
    }
    if (size <= start || strncasecmp(data, name, start) != 0) return size;
    while (start < end && (data[start] == ' ' || data[start] == '\t')) start++;
    while (end > start && (unsigned char)data[end - 1] <= ' ') end--;
    for (size_t place = start; place < end; place++)
        if (data[place] < '!' || data[place] > '~') return size;
    if (end - start < sizeof fetch.next_etag)
        snprintf(fetch.next_etag, sizeof fetch.next_etag, "%.*s", (int)(end - start), data + start);
    return size;
}

static bool ask(CURLM *transfers, const char *url)
{
    char condition[300];
    fetch.size = fetch.header_size = 0;
    fetch.is_too_large = false;
    fetch.next_etag[0] = 0;
    if ((fetch.transfer = new_transfer(url, fetch.host, sizeof fetch.host)) == NULL) return false;
    snprintf(condition, sizeof condition, "If-None-Match: %s", fetch.etag);
    if (fetch.etag[0] != 0 && !fetch.is_signature) fetch.headers = curl_slist_append(NULL, condition);
    curl_easy_setopt(fetch.transfer, CURLOPT_HTTPHEADER, fetch.headers);
    curl_easy_setopt(fetch.transfer, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)settings.limit);
    curl_easy_setopt(fetch.transfer, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(fetch.transfer, CURLOPT_HEADERFUNCTION, take_header);
    return curl_multi_add_handle(transfers, fetch.transfer) == CURLM_OK;
}

static bool start(CURLM *transfers)
{
    snprintf(fetch.path, sizeof fetch.path, "%s.fetched", settings.policy);
    fetch.file = open(fetch.path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    fetch.is_signature = settings.signature_url != NULL;
    return fetch.file >= 0 && ask(transfers, fetch.is_signature ? settings.signature_url : settings.url);
}

/* After the signature the policy, behind the first two of its lines: minisign's other two are of a comment. */
static bool goes_on(CURLM *transfers, CURLcode result)
{
    char text[MOST_SIGNATURE];
    long code = 0;
    curl_easy_getinfo(fetch.transfer, CURLINFO_RESPONSE_CODE, &code);
    if (!fetch.is_signature || result != CURLE_OK || code != 200) return false;
    ssize_t size = pread(fetch.file, text, sizeof text, 0), end = 0;
    for (int lines = 0; end < size && lines < 2; end++) lines += text[end] == '\n';
    CURL *ended = fetch.transfer;
    fetch.is_signature = false;
    if (size < 0 || ftruncate(fetch.file, end) != 0 || lseek(fetch.file, end, SEEK_SET) != end ||
        !ask(transfers, settings.url)) {
        if (fetch.transfer != ended) curl_easy_cleanup(fetch.transfer);
        fetch.transfer = ended;
        return false;
    }
    curl_multi_remove_handle(transfers, ended);
    curl_easy_cleanup(ended);
    return true;
}

static enum fetched reason_of(CURLcode result)
{
    if (fetch.is_too_large || result == CURLE_FILESIZE_EXCEEDED) return FETCHED_TOO_LARGE;
    if (result == CURLE_OPERATION_TIMEDOUT) return FETCHED_TIMEOUT;
    if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CONNECT_ERROR) return FETCHED_TLS;
    if (result == CURLE_PARTIAL_FILE || result == CURLE_RECV_ERROR) return FETCHED_INCOMPLETE;
    return result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_GOT_NOTHING ? FETCHED_HTTP : FETCHED_UNREACHABLE;
}

/* What the fetch came to; `why` gets a word for it that is the same each time. */
static unsigned outcome_of(CURLcode result, char why[], size_t size)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_status status;
    bool is_new = false;
    long code = 0;
    curl_easy_getinfo(fetch.transfer, CURLINFO_RESPONSE_CODE, &code);
    snprintf(why, size, "%s", curl_easy_strerror(result));
    if (result != CURLE_OK) return reason_of(result);
    if (code == 304 && fetch.headers != NULL) return FETCHED_SAME;
    snprintf(why, size, "status %ld", code);
    if (code != 200) return FETCHED_HTTP;
    status = fsync(fetch.file) == 0 ? source_take(fetch.path, &is_new, &error) : PINVERDICT_FILE_ERROR;
    snprintf(why, size, "%s", error.message);
    if (status != PINVERDICT_OK) return FETCHED_REFUSED + (unsigned)status % 16;
    strcpy(fetch.etag, fetch.next_etag); /* of one that was refused none: a 304 is to mean that all is well */
    return is_new ? FETCHED_NEW : FETCHED_SAME;
}

static void clean_up(void)
{
    curl_easy_cleanup(fetch.transfer);
    curl_slist_free_all(fetch.headers);
    if (fetch.file >= 0) close(fetch.file);
    unlink(fetch.path);
    fetch.transfer = NULL;
    fetch.headers = NULL;
    fetch.due = milliseconds() + settings.interval * 1000;
    fetch.due += fetch.due % (settings.interval * 100); /* up to a tenth more, so that many do not ask at once */
    if (fetch.is_wanted) fetch.due = 0;
    fetch.is_wanted = false;
}

static void say(unsigned result, const char *why)
{
    char what[400];
    bool is_well = result == FETCHED_NEW || result == FETCHED_SAME;
    snprintf(what, sizeof what, "%s%s%s", fetched_name(result), is_well ? "" : ": ", is_well ? "" : why);
    add_to(&shared->fetches[result]);
    if (is_well) shared->last_fetch = (int64_t)time(NULL);
    if (is_news(ABOUT_FETCHING, what)) printf("fetch %s: %s\n", settings.url, what);
}

void fetch_step(CURLM *transfers)
{
    if (settings.url == NULL || fetch.transfer != NULL || milliseconds() < fetch.due || start(transfers)) return;
    say(FETCHED_UNREACHABLE, "cannot be started: the folder of the policy, or libcurl");
    clean_up();
}

bool fetch_ended(CURLM *transfers, CURL *transfer, CURLcode result)
{
    char why[300];
    if (transfer != fetch.transfer) return false;
    if (goes_on(transfers, result)) return true;
    say(outcome_of(result, why, sizeof why), why);
    curl_multi_remove_handle(transfers, transfer);
    clean_up();
    return true;
}

void fetch_soon(void)
{
    if (fetch.transfer != NULL) fetch.is_wanted = true;
    else fetch.due = 0;
}
