// SPDX-License-Identifier: Apache-2.0
/* curl-client - an HTTPS request with pinning, by libcurl: a complete example.
 *
 *     curl-client URL TRUST.pem POLICY [ADDRESS:PORT]
 *
 * Fetches an https URL, from that address where one is given. One program for both flavours of libcurl: the one that
 * is found at run time says whether its connections are OpenSSL's or GnuTLS's, and libpinverdict takes either.
 * Exit status: 0 allow, 1 refuse, 2 no verdict (bad usage, no connection, no valid chain).
 *
 *     cc curl-client.c $(pkg-config --cflags --libs pinverdict libcurl)
 */
#include <curl/curl.h>
#include <pinverdict-gnutls.h>
#include <pinverdict-openssl.h>
#include <stdio.h>
#include <string.h>

/* What the callback needs. */
struct pinning {
    CURL *transfer;
    pinverdict_checker *checker;
    const char *host; /* what the application asked for */
    pinverdict_verdict verdict;
};

/* The part to copy: libcurl calls it when the connection stands, new, resumed or reused, and nothing of the request
   has been sent. */
static int check_pins(void *pointer, char *address, char *local_address, int port, int local_port)
{
    struct pinning *pinning = pointer;
    struct curl_tlssessioninfo *tls = NULL;
    pinverdict_decision decision = PINVERDICT_REFUSE;

    (void)address, (void)local_address, (void)port, (void)local_port;
    if (curl_easy_getinfo(pinning->transfer, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls != NULL) {
        if (tls->backend == CURLSSLBACKEND_OPENSSL)
            decision = pinverdict_openssl_check(pinning->checker, tls->internals, pinning->host, &pinning->verdict);
        else if (tls->backend == CURLSSLBACKEND_GNUTLS)
            decision = pinverdict_gnutls_check(pinning->checker, tls->internals, pinning->host, &pinning->verdict);
    }
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

int main(int argc, char **argv)
{
    struct pinning pinning = { NULL, NULL, NULL, PINVERDICT_VERDICT_INIT };
    struct curl_slist *addresses = NULL;
    CURLU *url = curl_url();
    char *host = NULL, redirect[300];
    CURLcode result = CURLE_FAILED_INIT;
    int status;

    if (argc < 4 || curl_url_set(url, CURLUPART_URL, argv[1], 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        fprintf(stderr, "usage: curl-client URL TRUST.pem POLICY [ADDRESS:PORT]\n");
        curl_url_cleanup(url);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pinning.host = host;
    pinning.checker = load_checker(argv[3]);
    pinning.transfer = curl_easy_init();
    if (pinning.checker != NULL && pinning.transfer != NULL) {
        CURL *transfer = pinning.transfer;
        curl_easy_setopt(transfer, CURLOPT_URL, argv[1]);
        curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "https");
        /* Over HTTP/2 libcurl sends that protocol's preface, 64 bytes, before it calls back. */
        curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        /* A redirect leads to another host, for which this callback would ask in this one's name. */
        curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(transfer, CURLOPT_CAINFO, argv[2]);
        curl_easy_setopt(transfer, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(transfer, CURLOPT_TIMEOUT, 10L);
        curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
        if (argc > 4) {
            snprintf(redirect, sizeof redirect, "::%s", argv[4]);
            addresses = curl_slist_append(NULL, redirect);
            curl_easy_setopt(transfer, CURLOPT_CONNECT_TO, addresses);
        }
        /* An option that this libcurl does not know must not leave the transfer unpinned. */
        if (curl_easy_setopt(transfer, CURLOPT_PREREQFUNCTION, check_pins) == CURLE_OK &&
            curl_easy_setopt(transfer, CURLOPT_PREREQDATA, &pinning) == CURLE_OK)
            result = curl_easy_perform(transfer);
    }
    status = result == CURLE_OK ? 0 : result == CURLE_ABORTED_BY_CALLBACK ? 1 : 2;
    fflush(stdout);
    fprintf(stderr, "host=%s libcurl=%s result=%s decision=%s reason=%s enforced=%d\n", host,
            curl_version_info(CURLVERSION_NOW)->ssl_version, curl_easy_strerror(result),
            status == 0 ? "allow" : "refuse", pinverdict_reason_name(pinning.verdict.reason), pinning.verdict.enforced);
    curl_slist_free_all(addresses);
    curl_easy_cleanup(pinning.transfer);
    pinverdict_checker_free(pinning.checker);
    curl_free(host);
    curl_url_cleanup(url);
    curl_global_cleanup();
    return status;
}
