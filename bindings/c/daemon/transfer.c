// SPDX-License-Identifier: Apache-2.0
/* transfer.c - HTTPS by libcurl with OpenSSL, whose connections the policy in force pins as it pins all others. */
#include "daemon.h"
#include <pinverdict-openssl.h>
#include <string.h>
#include <strings.h>

/* Every connection is made anew, and so checked under the policy of that moment; a resumed session too. */
static CURLcode attach(CURL *transfer, void *context, void *host)
{
    (void)transfer;
    return pinverdict_openssl_attach_context(context, checker, host) == 1 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

/* A transfer of a pinned https URL, whose host is written there and has to stay; NULL where it cannot be had. */
CURL *new_transfer(const char *url, char *host, size_t size)
{
    CURLU *parts = curl_url();
    char *name = NULL;
    bool is_good = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &name, 0) == CURLUE_OK && strlen(name) < size;
    if (is_good) strcpy(host, name);
    curl_free(name);
    curl_url_cleanup(parts);

    CURL *transfer = is_good ? curl_easy_init() : NULL;
    if (transfer == NULL) return NULL;
    curl_easy_setopt(transfer, CURLOPT_URL, url);
    curl_easy_setopt(transfer, CURLOPT_CAINFO, settings.url_trust_file);
    curl_easy_setopt(transfer, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L); /* another host would have other pins */
    curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(transfer, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(transfer, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(transfer, CURLOPT_TIMEOUT, settings.timeout);
    curl_easy_setopt(transfer, CURLOPT_SSL_CTX_DATA, host);
    if (curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
        curl_easy_setopt(transfer, CURLOPT_SSL_CTX_FUNCTION, attach) == CURLE_OK)
        return transfer;
    curl_easy_cleanup(transfer); /* a libcurl that is not OpenSSL's: nothing goes out unpinned */
    return NULL;
}

static bool is_good(const char *url)
{
    char host[256];
    CURL *transfer = url == NULL ? NULL : new_transfer(url, host, sizeof host);
    curl_easy_cleanup(transfer);
    if (url == NULL || (transfer != NULL && strncasecmp(url, "https:", 6) == 0)) return true;
    const char *with = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return fails(url,
                 transfer != NULL || with == NULL || strncmp(with, "OpenSSL", 7) == 0
                     ? "no https URL with a host"
                     : "this libcurl has another TLS library than OpenSSL");
}

/* Whether the URLs of the command line can be used. */
bool transfers_open(void)
{
    return is_good(settings.url) && is_good(settings.signature_url) && is_good(settings.report_url);
}
