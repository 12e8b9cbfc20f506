// SPDX-License-Identifier: Apache-2.0
/* A program as a user would write it against an installed PinVerdict; C99 and C++. check-install.sh builds it
   in every way that the documentation promises, and compares what it prints. */
#include <pinverdict.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char text[] = "[policy]\n"
                               "serial = 7\n"
                               "[host pinned.test]\n"
                               "pin-sha256        = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n"
                               "backup-pin-sha256 = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQA=\n";
    static const uint8_t garbage[] = { 0x30, 0x03, 0x02, 0x01 };
    const pinverdict_bytes chain[] = { { garbage, sizeof garbage } };
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_verdict pinned = PINVERDICT_VERDICT_INIT, other = PINVERDICT_VERDICT_INIT;

    if (pinverdict_policy_parse(text, strlen(text), &policy, &error) != PINVERDICT_OK ||
        pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK) {
        printf("line %u: %s\n", (unsigned)error.line, error.message);
        return 1;
    }
    pinverdict_policy_free(policy);
    if (pinverdict_check_validated(checker, "pinned.test", chain, 1, &pinned) == PINVERDICT_ALLOW ||
        pinverdict_check_validated(checker, "other.test", chain, 1, &other) != PINVERDICT_ALLOW)
        return 1;
    printf("%s %s %s serial %u\n", pinverdict_version(), pinverdict_reason_name(pinned.reason),
           pinverdict_reason_name(other.reason), (unsigned)pinned.policy_serial);
    pinverdict_checker_free(checker);
    return strcmp(pinverdict_version(), PINVERDICT_VERSION) != 0;
}
