// SPDX-License-Identifier: Apache-2.0
/* exporter - a program that checks connections all the time, and tells Prometheus: exporter FIXTURES POLICY
 *
 * Prints the port of 127.0.0.1 at which it has /metrics. Every 20 ms it makes the checks of its mode, which it is told
 * on standard input, a line each; ends with it.
 *     quiet          every host shows a key that is pinned
 *     trouble        hosts show none, or the backup, or one that the policy rejects
 *     policy FILE    that one from now on; prints the status
 */
#include "../../bindings/c/pinverdict-text.h"
#include "../ABI/fixtures.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

static pinverdict_checker *checker;
static bool is_trouble;

static void check(const char *host, const char *quiet, const char *trouble)
{
    pinverdict_bytes chain[CHAIN_ROOM];
    size_t count = chain_of(is_trouble ? trouble : quiet, chain);
    if (pinverdict_check_validated(checker, host, chain, count, NULL) == PINVERDICT_ALLOW) return;
    if (!is_trouble) give_up("refused:", host);
}

static void check_all(void)
{
    static const char right[] = "leaf intermediate root", wrong[] = "other-leaf other-intermediate other-root";
    check("api.example.com", right, wrong);
    for (int i = 0; i < 9; i++) check("api.example.com", right, right);
    check("reporting.example.com", right, wrong);
    check("rotating.example.com", right, "intermediate root");
    check("stolen.example.com", right, "other-intermediate other-root");
    check("unpinned.example.com", wrong, wrong);
}

static void set_policy(const char *path)
{
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_bytes template = file_bytes(path);
    char *text = policy_text((const char *)template.data);
    pinverdict_status status = pinverdict_policy_parse(text, strlen(text), &policy, &error);
    if (status == PINVERDICT_OK) status = pinverdict_checker_set_policy(checker, policy, &error);
    printf("%s %s\n", pinverdict_status_name(status), error.message);
    pinverdict_policy_free(policy);
    free(text);
}

static void obey(char *line)
{
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "policy ", 7) == 0) set_policy(line + 7);
    else is_trouble = strcmp(line, "trouble") == 0;
}

/* Writes all, or gives the connection up. */
static void answer(int connection)
{
    static pinverdict_numbers numbers;
    static char text[1 << 20], head[200], request[4096];
    if (read(connection, request, sizeof request) <= 0) return;
    if (pinverdict_text_read(checker, &numbers, NULL) != PINVERDICT_OK) give_up("no", "numbers");
    size_t size = pinverdict_text_metrics(&numbers, text, sizeof text);
    int head_size = snprintf(
        head, sizeof head, "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %zu\r\n\r\n",
        size);
    if (write(connection, head, (size_t)head_size) != head_size) return;
    if (write(connection, text, size) != (ssize_t)size) return;
}

int main(int argc, char **argv)
{
    if (argc != 3) give_up("arguments:", "FIXTURES POLICY");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    load_fixtures(argv[1]);
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    if (pinverdict_config_set_presented(config, false) != PINVERDICT_OK ||
        pinverdict_config_set_events(config, PINVERDICT_EVENT_FAILED, 65536, 3600) != PINVERDICT_OK)
        give_up("no", "setting");
    checker = checker_of((const char *)file_bytes(argv[2]).data, config);
    pinverdict_config_free(config);

    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)&address, size) != 0 || listen(listening, 8) != 0 ||
        getsockname(listening, (struct sockaddr *)&address, &size) != 0)
        give_up("no", "port");
    printf("%d\n", ntohs(address.sin_port));
    char line[4096];
    while (true) {
        check_all();
        struct pollfd waits[2] = { { listening, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
        poll(waits, 2, 20);
        if (waits[0].revents != 0) {
            int connection = accept(listening, NULL, NULL);
            answer(connection);
            close(connection);
        }
        /* Without stdio, which would read two lines and show one; who tells it writes a line at a time. */
        if (waits[1].revents == 0) continue;
        ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
        if (length <= 0) return 0;
        line[length] = 0;
        obey(line);
    }
}
