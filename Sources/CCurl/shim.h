// SPDX-License-Identifier: Apache-2.0
#ifndef PINVERDICT_CCURL_H
#define PINVERDICT_CCURL_H

#include <curl/curl.h>
#include <stdbool.h>

/* Swift does not see variadic functions. */

/* Before there are threads. */
static inline bool ccurl_start(void) { return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK; }

/* A client that follows no redirection, speaks HTTP and HTTPS alone, and hands what it has decoded to `write`, which
   ends the transfer by taking less. NULL where there is no memory. */
static inline CURL *ccurl_client(const char *agent, const char *trust_file, long milliseconds,
                                 curl_write_callback write)
{
    CURL *client = curl_easy_init();
    if (client == NULL) return NULL;
    bool is_set = curl_easy_setopt(client, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_USERAGENT, agent) == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_TIMEOUT_MS, milliseconds) == CURLE_OK &&
        curl_easy_setopt(client, CURLOPT_WRITEFUNCTION, write) == CURLE_OK &&
        (trust_file == NULL || curl_easy_setopt(client, CURLOPT_CAINFO, trust_file) == CURLE_OK);
    if (is_set) return client;
    curl_easy_cleanup(client);
    return NULL;
}

static inline CURLcode ccurl_get(CURL *client, const char *url, void *context)
{
    CURLcode code = curl_easy_setopt(client, CURLOPT_URL, url);
    if (code == CURLE_OK) code = curl_easy_setopt(client, CURLOPT_WRITEDATA, context);
    return code == CURLE_OK ? curl_easy_perform(client) : code;
}

static inline long ccurl_status(CURL *client)
{
    long status = 0;
    curl_easy_getinfo(client, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* The seconds that the server asks to wait; 0 for none. */
static inline long long ccurl_retry_after(CURL *client)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(client, CURLINFO_RETRY_AFTER, &seconds);
    return seconds;
}

#endif
