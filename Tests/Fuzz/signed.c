// SPDX-License-Identifier: Apache-2.0
/* Signed policies: the input is a letter and a file. "o" goes before one file that holds both, "d" before a signature
   alone, for a text that stands here, "k" before a public key. The two keys' secret halves are gone: whatever counts as
   signed has the text that was signed once, and both libraries give one answer, in the same words. */
#include "fuzz.h"

#define TEXT "[policy]\nserial = 7\nenforcement = off\n"

static const char *const keys[] = {
    "untrusted comment: fuzz public key\nRWQaqyUHj2EYf5JQLSQdVKp/ifexe58NCNgvrpIov7n8IzBiicSXvEBA\n",
    "untrusted comment: minisign public key "
    "BAE9E2C89D9C8374\nRWR0g5ydyOLpuiare+JIQyCo1CJ8WtQzf/P2Ead0aPxPI7b/MpJwmP+W\n",
};
static pinverdict_config *configs[2];

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static const pinverdict_backend backends[] = { PINVERDICT_BACKEND_OPENSSL, PINVERDICT_BACKEND_GNUTLS };
    (void)count, (void)arguments;
    for (int i = 0; i < 2; i++) {
        if (pinverdict_config_create(&configs[i]) != PINVERDICT_OK ||
            pinverdict_config_set_backend(configs[i], backends[i]) != PINVERDICT_OK ||
            pinverdict_config_add_policy_key(configs[i], keys[0], strlen(keys[0])) != PINVERDICT_OK ||
            pinverdict_config_add_policy_key(configs[i], keys[1], strlen(keys[1])) != PINVERDICT_OK)
            fuzz_give_up("there is no config");
    }
    return 0;
}

static void try_key(const char *text, size_t size)
{
    pinverdict_config *config = NULL;
    size_t lines = 0;
    if (pinverdict_config_create(&config) != PINVERDICT_OK) fuzz_give_up("there is no config");
    if (pinverdict_config_add_policy_key(config, text, size) == PINVERDICT_OK) {
        for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
        REQUIRE(lines == 2 && text[size - 1] == '\n' && memchr(text, '\r', size) == NULL);
        REQUIRE(strncmp(text, "untrusted comment: ", 19) == 0);
        // 42 bytes, of which the first are "Ed".
        const char *base64 = (const char *)memchr(text, '\n', size) + 1;
        REQUIRE(text + size - base64 == 57 && memcmp(base64, "RW", 2) == 0);
    }
    pinverdict_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || (data[0] != 'o' && data[0] != 'd' && data[0] != 'k')) return -1;
    char *file = (char *)exact_copy(data + 1, size - 1);
    bool alone = data[0] == 'd';
    pinverdict_error errors[2] = { PINVERDICT_ERROR_INIT, PINVERDICT_ERROR_INIT };
    pinverdict_status answers[2];
    for (int i = 0; i < 2 && data[0] != 'k'; i++) {
        pinverdict_policy *policy = NULL;
        answers[i] = pinverdict_policy_parse_signed(configs[i], alone ? TEXT : file, alone ? sizeof TEXT - 1 : size - 1,
                                                    alone ? file : NULL, alone ? size - 1 : 0, &policy, &errors[i]);
        require_error(&errors[i], answers[i], 1 << 20);
        REQUIRE((policy != NULL) == (answers[i] == PINVERDICT_OK));
        REQUIRE(answers[i] == PINVERDICT_OK || answers[i] == PINVERDICT_BAD_SIGNATURE ||
                answers[i] == PINVERDICT_UNKNOWN_KEY);
        if (answers[i] == PINVERDICT_OK && !alone)
            REQUIRE(size > sizeof TEXT && memcmp(data + size - (sizeof TEXT - 1), TEXT, sizeof TEXT - 1) == 0);
        pinverdict_policy_free(policy);
    }
    if (data[0] == 'k') try_key(file, size - 1);
    else REQUIRE(answers[0] == answers[1] && strcmp(errors[0].message, errors[1].message) == 0);
    free(file);
    return 0;
}
