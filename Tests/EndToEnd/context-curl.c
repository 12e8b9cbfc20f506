// SPDX-License-Identifier: Apache-2.0
/* context-curl - libcurl, whose SSL_CTX a checker is attached to: context-curl HOST PORT CA POLICY [POLICY2]. Fetches a
 * page, and with a second policy once more, by a connection that resumes the first one's session. Prints what each
 * transfer came to. */
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>
#include <stdio.h>
#include <stdlib.h>

static const char *host;

static void fail(const char *what)
{
    printf("%s\n", what);
    exit(2);
}

static CURLcode attach(CURL *transfer, void *context, void *checker)
{
    (void)transfer;
    return pinverdict_openssl_attach_context(context, checker, host) == 1 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

static size_t ignore(char *text, size_t size, size_t count, void *data)
{
    (void)text, (void)data;
    return size * count;
}

static pinverdict_policy *load(const char *path)
{
    pinverdict_policy *policy = NULL;
    if (pinverdict_policy_load(path, &policy, NULL) != PINVERDICT_OK) fail("policy");
    return policy;
}

int main(int argc, char **argv)
{
    if (argc < 5) fail("arguments");
    host = argv[1];
    char url[300], resolve[300];
    snprintf(url, sizeof url, "https://%s:%s/", host, argv[2]);
    snprintf(resolve, sizeof resolve, "%s:%s:127.0.0.1", host, argv[2]);
    pinverdict_policy *policy = load(argv[4]);
    pinverdict_checker *checker = NULL;
    if (pinverdict_checker_create(policy, NULL, &checker, NULL) != PINVERDICT_OK) fail("checker");
    pinverdict_policy_free(policy);
    CURL *transfer = curl_easy_init();
    struct curl_slist *addresses = curl_slist_append(NULL, resolve);
    curl_easy_setopt(transfer, CURLOPT_URL, url);
    curl_easy_setopt(transfer, CURLOPT_RESOLVE, addresses);
    curl_easy_setopt(transfer, CURLOPT_CAINFO, argv[3]);
    curl_easy_setopt(transfer, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(transfer, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(transfer, CURLOPT_SSL_CTX_DATA, checker);
    if (curl_easy_setopt(transfer, CURLOPT_SSL_CTX_FUNCTION, attach) != CURLE_OK) fail("libcurl is not OpenSSL's");
    for (int number = 0; number < (argc > 5 ? 3 : 1); number++) {
        if (number == 1) {
            policy = load(argv[5]);
            if (pinverdict_checker_set_policy(checker, policy, NULL) != PINVERDICT_OK) fail("second policy");
            pinverdict_policy_free(policy);
        }
        CURLcode code = curl_easy_perform(transfer);
        printf("%s\n", code == CURLE_OK ? "ok" : curl_easy_strerror(code));
    }
    curl_easy_cleanup(transfer);
    curl_slist_free_all(addresses);
    pinverdict_checker_free(checker);
    return 0;
}
