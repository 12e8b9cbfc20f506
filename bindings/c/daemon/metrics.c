// SPDX-License-Identifier: Apache-2.0
/* metrics.c - the numbers of all processes for Prometheus: in a file for node_exporter's textfile collector, by a port
 * of 127.0.0.1, or both. Who asks there slowly, or for something else, is dropped, and there are few at once. */
#include "daemon.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include "../pinverdict-text.h"
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = METRICS_WAITS - 1, PATIENCE = 5000 /* milliseconds */, EVERY = 5000 };

static struct client {
    int connection;
    int64_t until; /* 0: there is none */
    char request[1024], *answer;
    size_t asked, size, sent;
} clients[CLIENTS];
static int listener = -1;
static int64_t next_file;
static pinverdict_numbers numbers;

struct text {
    char *data; /* NULL: is being measured */
    size_t capacity, size;
};

static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text->data == NULL ? NULL : text->data + text->size,
                         text->data == NULL ? 0 : text->capacity - text->size, format, arguments);
    va_end(arguments);
    text->size += (size_t)size;
}

static void put_own(struct text *text, const struct shared *own)
{
    put(text,
        "# HELP pinverdict_daemon_fetches_total Times that a policy was asked for, by what came of it.\n"
        "# TYPE pinverdict_daemon_fetches_total counter\n");
    for (unsigned result = 0; result < FETCHED_RESULTS; result++)
        if (result != FETCHED_REFUSED && strcmp(fetched_name(result), "unknown") != 0)
            put(text, "pinverdict_daemon_fetches_total{result=\"%s\"} %llu\n", fetched_name(result),
                (unsigned long long)own->fetches[result]);
    put(text,
        "# HELP pinverdict_daemon_last_fetch_timestamp_seconds When the policy's host last answered well.\n"
        "# TYPE pinverdict_daemon_last_fetch_timestamp_seconds gauge\n"
        "pinverdict_daemon_last_fetch_timestamp_seconds %lld\n"
        "# HELP pinverdict_daemon_reports_total Reports of failed checks, by what became of them.\n"
        "# TYPE pinverdict_daemon_reports_total counter\n"
        "pinverdict_daemon_reports_total{outcome=\"written\"} %llu\n"
        "pinverdict_daemon_reports_total{outcome=\"posted\"} %llu\n"
        "pinverdict_daemon_reports_total{outcome=\"lost\"} %llu\n"
        "# HELP pinverdict_daemon_worker_restarts_total Workers that ended and were started again.\n"
        "# TYPE pinverdict_daemon_worker_restarts_total counter\n"
        "pinverdict_daemon_worker_restarts_total %llu\n",
        (long long)own->last_fetch, (unsigned long long)own->written, (unsigned long long)own->posted,
        (unsigned long long)own->lost, (unsigned long long)own->restarts);
}

/* To be freed; NULL where there is no memory. */
static char *metrics(size_t *size)
{
    struct shared own = *shared; /* so that it has one length */
    struct text text = { NULL, 0, 0 };
    if (pinverdict_text_read(checker, &numbers, NULL) != PINVERDICT_OK) return NULL;
    size_t first = pinverdict_text_metrics(&numbers, NULL, 0);
    put_own(&text, &own);
    text.capacity = first + text.size + 1;
    if ((text.data = malloc(text.capacity)) == NULL) return NULL;
    text.size = pinverdict_text_metrics(&numbers, text.data, text.capacity);
    put_own(&text, &own);
    *size = text.size;
    return text.data;
}

/* Written beside it and renamed, so that nobody reads half of it. */
static void write_file(void)
{
    char path[4096], *text;
    size_t size = 0;
    FILE *file;
    bool is_written = false;
    next_file = milliseconds() + EVERY;
    snprintf(path, sizeof path, "%s.new", settings.metrics_file);
    if ((text = metrics(&size)) != NULL && (file = fopen(path, "we")) != NULL) {
        is_written = fwrite(text, 1, size, file) == size;
        is_written = fclose(file) == 0 && is_written && rename(path, settings.metrics_file) == 0;
    }
    free(text);
    if (is_news(ABOUT_METRICS, is_written ? "" : "failed") && !is_written)
        printf("metrics %s: cannot be written\n", settings.metrics_file);
}

static void drop(struct client *client)
{
    close(client->connection);
    free(client->answer);
    memset(client, 0, sizeof *client);
}

static void answer(struct client *client)
{
    char head[160], *text;
    size_t size = 0;
    bool is_head = strncmp(client->request, "HEAD /metrics ", 14) == 0;
    bool is_known = is_head || strncmp(client->request, "GET /metrics ", 13) == 0;
    text = is_known ? metrics(&size) : NULL;
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                          text != NULL   ? "200 OK"
                              : is_known ? "503 Service Unavailable"
                                         : "404 Not Found",
                          size);
    if (is_head) size = 0; /* its length is said all the same */
    if ((client->answer = malloc((size_t)length + size)) != NULL) {
        memcpy(client->answer, head, (size_t)length);
        if (size > 0) memcpy(client->answer + length, text, size);
        client->size = (size_t)length + size;
    }
    free(text);
}

/* As far as it goes without waiting; false: the connection is over. */
static bool goes_on(struct client *client)
{
    ssize_t moved;
    if (milliseconds() > client->until) return false;
    if (client->answer == NULL) {
        moved = recv(client->connection, client->request + client->asked, sizeof client->request - 1 - client->asked,
                     MSG_DONTWAIT);
        if (moved == 0) return false;
        if (moved > 0) client->asked += (size_t)moved;
        client->request[client->asked] = 0;
        if (strstr(client->request, "\r\n\r\n") == NULL) return client->asked < sizeof client->request - 1;
        answer(client);
        if (client->answer == NULL) return false;
    }
    moved = send(client->connection, client->answer + client->sent, client->size - client->sent,
                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (moved > 0) client->sent += (size_t)moved;
    return client->sent < client->size;
}

bool metrics_open(void)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof address;
    int on = 1;
    if (settings.metrics_port < 0) return true;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)settings.metrics_port);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, CLIENTS) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return fails("--metrics-port", strerror(errno));
    printf("metrics on 127.0.0.1:%d\n", ntohs(address.sin_port));
    return true;
}

/* What is to be waited for, into METRICS_WAITS at most; the answer is how many. */
unsigned metrics_waits(struct curl_waitfd waits[])
{
    unsigned count = 0;
    for (struct client *client = clients; client < clients + CLIENTS; client++)
        if (client->until != 0)
            waits[count++] = (struct curl_waitfd){ client->connection,
                                                   client->answer == NULL ? CURL_WAIT_POLLIN : CURL_WAIT_POLLOUT, 0 };
    if (listener >= 0) waits[count++] = (struct curl_waitfd){ listener, CURL_WAIT_POLLIN, 0 };
    return count;
}

/* A place for whoever is next: a free one, else that of the client who has been there longest. */
static struct client *place(void)
{
    struct client *oldest = clients;
    for (struct client *client = clients; client < clients + CLIENTS; client++)
        if (client->until < oldest->until) oldest = client;
    if (oldest->until != 0) drop(oldest);
    return oldest;
}

void metrics_step(void)
{
    struct pollfd next = { listener, POLLIN, 0 };
    for (int left = CLIENTS; left > 0 && listener >= 0 && poll(&next, 1, 0) == 1; left--) {
        struct client *client = place();
        client->connection = accept(listener, NULL, NULL);
        client->until = client->connection < 0 ? 0 : milliseconds() + PATIENCE;
    }
    for (struct client *client = clients; client < clients + CLIENTS; client++)
        if (client->until != 0 && !goes_on(client)) drop(client);
    if (settings.metrics_file != NULL && milliseconds() >= next_file) write_file();
}
