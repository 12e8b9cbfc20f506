// SPDX-License-Identifier: Apache-2.0
/* curl-client - HTTPS requests with pinning, by libcurl: a complete example.
 *
 *     curl-client TRUST.pem POLICY ADDRESS:PORT|- URL...
 *
 * Fetches https URLs, all at once, over HTTP/2 where a server speaks it, and follows redirects: each host is checked
 * under its own name. With an address, all connections go there; without a port behind its colon, to the URL's port.
 * One program for both flavours of libcurl: that which is found at run time says whose connections it has, OpenSSL's
 * or GnuTLS's, and libpinverdict takes either. Exit status: 0 all are allowed, 1 one is refused, 2 one has no verdict
 * (bad usage, no connection, no valid chain).
 *
 *     cc curl-client.c $(pkg-config --cflags --libs pinverdict libcurl)
 */
#include <curl/curl.h>
#include <pinverdict-gnutls.h>
#include <pinverdict-openssl.h>
#include <stdio.h>
#include <string.h>

enum { MOST_URLS = 16 };

struct fetch {
    CURL *transfer;
    pinverdict_checker *checker;
};

/* The host that a transfer is on its way to: after a redirect, where that leads to. For curl_free; NULL for none. */
static char *current_host(CURL *transfer)
{
    CURLU *parts = curl_url();
    char *url = NULL, *host = NULL;

    if (curl_easy_getinfo(transfer, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        curl_url_get(parts, CURLUPART_HOST, &host, 0);
    curl_url_cleanup(parts);
    return host;
}

/* The part to copy: libcurl calls it for each request, redirected ones too, when the connection stands, be it new,
   resumed, reused or shared with other requests, and nothing of the request has been sent. Over HTTP/2 that protocol's
   preface has, which is the same for everybody. */
static int check_pins(void *pointer, char *address, char *local_address, int port, int local_port)
{
    struct fetch *fetch = pointer;
    struct curl_tlssessioninfo *tls = NULL;
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_decision decision = PINVERDICT_REFUSE;
    char *host = current_host(fetch->transfer);

    (void)address, (void)local_address, (void)port, (void)local_port;
    if (curl_easy_getinfo(fetch->transfer, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls != NULL) {
        if (tls->backend == CURLSSLBACKEND_OPENSSL)
            decision = pinverdict_openssl_check(fetch->checker, tls->internals, host, &verdict);
        else if (tls->backend == CURLSSLBACKEND_GNUTLS)
            decision = pinverdict_gnutls_check(fetch->checker, tls->internals, host, &verdict);
    }
    fprintf(stderr, "host=%s decision=%s reason=%s enforced=%d\n", host == NULL ? "" : host,
            decision == PINVERDICT_ALLOW ? "allow" : "refuse", pinverdict_reason_name(verdict.reason),
            verdict.enforced);
    curl_free(host);
    return decision == PINVERDICT_ALLOW ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static pinverdict_checker *load_checker(const char *path)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;

    if (pinverdict_policy_load(path, &policy, &error) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK)
        fprintf(stderr, "%s:%u: %s\n", path, (unsigned)error.line, error.message);
    pinverdict_policy_free(policy); /* the checker keeps its own reference */
    return checker;
}

/* A transfer as without pinning, and the callback. An option that this libcurl does not know must neither leave the
   transfer unpinned, nor let it go elsewhere than to https. */
static int prepare(struct fetch *fetch, const char *url, const char *trust_file, struct curl_slist *addresses)
{
    CURL *transfer = fetch->transfer = curl_easy_init();
    if (transfer == NULL) return 0;
    curl_easy_setopt(transfer, CURLOPT_URL, url);
    curl_easy_setopt(transfer, CURLOPT_CAINFO, trust_file);
    curl_easy_setopt(transfer, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(transfer, CURLOPT_PIPEWAIT, 1L); /* waits for a connection that it can share */
    curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(transfer, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(transfer, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(transfer, CURLOPT_CONNECT_TO, addresses);
    return curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
        curl_easy_setopt(transfer, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
        curl_easy_setopt(transfer, CURLOPT_PREREQFUNCTION, check_pins) == CURLE_OK &&
        curl_easy_setopt(transfer, CURLOPT_PREREQDATA, fetch) == CURLE_OK;
}

/* Says how a transfer ended; its exit status. */
static int report(CURL *transfer, CURLcode result)
{
    long redirects = 0, version = 0;
    char *url = NULL;

    curl_easy_getinfo(transfer, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(transfer, CURLINFO_REDIRECT_COUNT, &redirects);
    curl_easy_getinfo(transfer, CURLINFO_HTTP_VERSION, &version);
    fprintf(stderr, "url=%s libcurl=%s http=%s redirects=%ld result=%s\n", url,
            curl_version_info(CURLVERSION_NOW)->ssl_version, version == CURL_HTTP_VERSION_2_0 ? "2" : "1", redirects,
            curl_easy_strerror(result));
    return result == CURLE_OK ? 0 : result == CURLE_ABORTED_BY_CALLBACK ? 1 : 2;
}

/* All transfers at once, in this thread. For a single one, curl_easy_perform does as well. */
static int perform(CURLM *multi, int left)
{
    int status = 0, running, waiting;
    CURLMsg *message;

    while (left > 0 && curl_multi_perform(multi, &running) == CURLM_OK) {
        while ((message = curl_multi_info_read(multi, &waiting)) != NULL) {
            int ended = report(message->easy_handle, message->data.result);
            if (ended > status) status = ended;
            left--;
        }
        if (left > 0 && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK) break;
    }
    return left > 0 ? 2 : status;
}

int main(int argc, char **argv)
{
    struct fetch fetches[MOST_URLS] = { { NULL, NULL } };
    struct curl_slist *addresses = NULL;
    int count = argc - 4, status = 2, number;
    pinverdict_checker *checker;
    char address[300];
    CURLM *multi;

    if (count < 1 || count > MOST_URLS) {
        fprintf(stderr, "usage: curl-client TRUST.pem POLICY ADDRESS:PORT|- URL...\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    checker = load_checker(argv[2]);
    multi = curl_multi_init();
    snprintf(address, sizeof address, "::%s", argv[3]);
    if (strcmp(argv[3], "-") != 0) addresses = curl_slist_append(NULL, address);
    for (number = 0; checker != NULL && multi != NULL && number < count; number++) {
        fetches[number].checker = checker;
        if (!prepare(&fetches[number], argv[4 + number], argv[1], addresses) ||
            curl_multi_add_handle(multi, fetches[number].transfer) != CURLM_OK)
            break;
    }
    if (number == count) status = perform(multi, count);
    for (number = 0; number < count; number++) {
        curl_multi_remove_handle(multi, fetches[number].transfer);
        curl_easy_cleanup(fetches[number].transfer); /* NULL does nothing, here and above */
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(addresses);
    pinverdict_checker_free(checker);
    curl_global_cleanup();
    return status;
}
