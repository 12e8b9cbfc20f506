// SPDX-License-Identifier: Apache-2.0
/* context-mosquitto - libmosquitto, whose SSL_CTX a checker is attached to: context-mosquitto HOST PORT CA POLICY.
 * Prints whether the broker took the connection. */
#include <mosquitto.h>
#include <openssl/ssl.h>
#include <pinverdict-openssl.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_connected;

static void fail(const char *what)
{
    printf("%s\n", what);
    exit(2);
}

static void connected(struct mosquitto *client, void *data, int code)
{
    (void)client, (void)data;
    is_connected = code == 0;
}

int main(int argc, char **argv)
{
    if (argc < 5) fail("arguments");
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    if (pinverdict_policy_load(argv[4], &policy, NULL) != PINVERDICT_OK) fail("policy");
    if (pinverdict_checker_create(policy, NULL, &checker, NULL) != PINVERDICT_OK) fail("checker");
    pinverdict_policy_free(policy);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(context, argv[3]) != 1) fail("trust");
    if (pinverdict_openssl_attach_context(context, checker, argv[1]) != 1) fail("attach");
    pinverdict_checker_free(checker);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(NULL, true, NULL);
    mosquitto_void_option(client, MOSQ_OPT_SSL_CTX, context);
    mosquitto_int_option(client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    mosquitto_connect_callback_set(client, connected);
    int code = mosquitto_connect(client, "127.0.0.1", atoi(argv[2]), 10);
    for (int steps = 0; steps < 50 && code == MOSQ_ERR_SUCCESS && !is_connected; steps++)
        code = mosquitto_loop(client, 100, 1);
    printf("%s\n", is_connected ? "ok" : code == MOSQ_ERR_SUCCESS ? "no answer" : mosquitto_strerror(code));
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    SSL_CTX_free(context);
    return 0;
}
