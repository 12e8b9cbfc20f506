// SPDX-License-Identifier: Apache-2.0
/* options.c - the command line: one table, which --help prints. */
#include "daemon.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct settings settings = {
    .workers = 1,
    .interval = 300,
    .timeout = 30,
    .poll = 1,
    .limit = 8 << 20,
    .metrics_port = -1,
};

static const char *report_kinds = "failed,backup";
static const struct option {
    const char *name, *argument, *help, **text; /* neither a text nor a number: --key */
    long *number, least, most;
} OPTIONS[] = {
    { "--listen", "PORT", "of 127.0.0.1; 0: a free one (0)", NULL, &settings.own_port, 0, 65535 },
    { "--key", "FILE", "who signs POLICY: a public key of signify; up to eight", NULL, NULL, 0, 0 },
    { "--signature", "FILE|URL", "POLICY's, where it is not in it; https: with --url", &settings.signature, NULL, 0,
      0 },
    { "--state", "FILE", "keeps the serial, so that no older policy comes back", &settings.state, NULL, 0, 0 },
    { "--minimum-serial", "N", "no policy below it is taken", NULL, &settings.minimum_serial, 0, LONG_MAX },
    { "--install-id", "TEXT", "tells this machine from others, for rollouts", &settings.install_id, NULL, 0, 0 },
    { "--poll", "SECONDS", "how often to look whether POLICY has changed (1)", NULL, &settings.poll, 1, 86400 },
    { "--url", "URL", "https: where POLICY is fetched from; asks for --key", &settings.url, NULL, 0, 0 },
    { "--url-trust", "FILE", "anchors of that host and the reports' (TRUST.pem)", &settings.url_trust_file, NULL, 0,
      0 },
    { "--interval", "SECONDS", "how often to fetch (300)", NULL, &settings.interval, 1, 86400 },
    { "--timeout", "SECONDS", "how long a fetch or a report may take (30)", NULL, &settings.timeout, 1, 3600 },
    { "--limit", "BYTES", "how large a fetched policy may be (8388608)", NULL, &settings.limit, 1, 256 << 20 },
    { "--workers", "N", "processes that pass connections on (1)", NULL, &settings.workers, 1, MOST_WORKERS },
    { "--metrics-file", "FILE", "for node_exporter's textfile collector", &settings.metrics_file, NULL, 0, 0 },
    { "--metrics-port", "PORT", "GET /metrics of 127.0.0.1; 0: a free port, printed", NULL, &settings.metrics_port, 0,
      65535 },
    { "--report-file", "FILE", "events, a line of JSON for each", &settings.report_file, NULL, 0, 0 },
    { "--report-url", "URL", "the same to an https URL, by POST", &settings.report_url, NULL, 0, 0 },
    { "--report-kinds", "KINDS", "of failed,backup,not-pinned,matched (failed,backup)", &report_kinds, NULL, 0, 0 },
};
enum { COUNT = sizeof OPTIONS / sizeof *OPTIONS };

static void usage(int status)
{
    FILE *to = status == 0 ? stdout : stderr;
    fprintf(to,
            "usage: daemon [OPTION VALUE]... ADDRESS PORT HOST TRUST.pem POLICY [ENVIRONMENT]\n\n"
            "Passes connections to a port of 127.0.0.1, which it prints, on to HOST, at ADDRESS and PORT, over\n"
            "TLS that TRUST.pem verifies and POLICY pins. SIGHUP: reads POLICY, fetches it, opens the reports anew.\n"
            "SIGTERM: ends.\n\n");
    for (const struct option *option = OPTIONS; option < OPTIONS + COUNT; option++)
        fprintf(to, "  %-16s %-8s %s\n", option->name, option->argument, option->help);
    exit(status);
}

static long number_of(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (end != text && *end == 0 && errno == 0 && number >= least && number <= most) return number;
    fprintf(stderr, "daemon: %s: a number from %ld to %ld is wanted\n\n", text, least, most);
    usage(2);
    return 0;
}

static void give_up(const char *what)
{
    fprintf(stderr, "daemon: %s\n\n", what);
    usage(2);
}

static uint32_t kinds_of(const char *text)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } kinds[] = {
        { "failed", PINVERDICT_EVENT_FAILED },
        { "backup", PINVERDICT_EVENT_BACKUP },
        { "not-pinned", PINVERDICT_EVENT_NOT_PINNED },
        { "matched", PINVERDICT_EVENT_MATCHED },
    };
    uint32_t all = 0;
    for (size_t length; *text != 0; text += length + (text[length] == ',')) {
        size_t number = 0;
        length = strcspn(text, ",");
        while (number < 4 && (strlen(kinds[number].name) != length || strncmp(kinds[number].name, text, length) != 0))
            number++;
        if (number == 4) give_up("--report-kinds: failed, backup, not-pinned and matched, with commas between them");
        all |= kinds[number].kind;
    }
    return all;
}

/* A signature of its own comes from where its policy comes from. */
static void read_signature(void)
{
    bool is_url = settings.signature != NULL && strncasecmp(settings.signature, "https:", 6) == 0;
    if (settings.signature != NULL && settings.keys == 0) give_up("--signature: asks for --key, with who has signed");
    if (settings.signature != NULL && is_url != (settings.url != NULL))
        give_up("--signature: an https URL where there is --url, else a file");
    if (!is_url) return;
    settings.signature_url = settings.signature;
    settings.signature = NULL;
}

static void read_option(const char *name, const char *value)
{
    const struct option *option = OPTIONS;
    while (option < OPTIONS + COUNT && strcmp(option->name, name) != 0) option++;
    if (option == OPTIONS + COUNT || value == NULL) usage(2);
    if (option->text != NULL) *option->text = value;
    else if (option->number != NULL) *option->number = number_of(value, option->least, option->most);
    else if (settings.keys < MOST_KEYS) settings.key_files[settings.keys++] = value;
    else usage(2);
}

void read_arguments(char **argument)
{
    int left = 0;
    for (argument++; *argument != NULL && strncmp(*argument, "--", 2) == 0; argument += 2) {
        if (strcmp(*argument, "--help") == 0) usage(0);
        read_option(argument[0], argument[1]);
    }
    while (argument[left] != NULL) left++;
    if (left < 5 || left > 6) usage(2);
    if (settings.url != NULL && settings.keys == 0)
        give_up("--url: asks for --key: who may sign what comes from there");
    settings.report_kinds = kinds_of(report_kinds);
    read_signature();
    settings.address = argument[0];
    settings.port = number_of(argument[1], 1, 65535);
    settings.host = argument[2];
    settings.trust_file = argument[3];
    settings.policy = argument[4];
    settings.environment = argument[5]; /* NULL behind the last */
    if (settings.url_trust_file == NULL) settings.url_trust_file = settings.trust_file;
}
