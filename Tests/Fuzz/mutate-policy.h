// SPDX-License-Identifier: Apache-2.0
/* mutate-policy.h - one change to a policy's text, as somebody who knows its lines makes it: a line is deleted,
 * repeated, moved, replaced by another one that the language has, or given another value. */
#ifndef MUTATE_POLICY_H
#define MUTATE_POLICY_H

#include "mutate-certificate.h"

#define PIN_A "lFbAXgOGWLJ8rkvN4ARbfJxwhsKVGbZ5WbLTNuU2Dnc="
#define PIN_B "YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg="

static const char *const policy_lines[] = {
    "[policy]\n",
    "[pin-set a]\n",
    "[pin-set b]\n",
    "[host api.example.com]\n",
    "[host *.example.com]\n",
    "[host example.com]\n",
    "[host 192.0.2.7]\n",
    "[host [2001:db8::7]]\n",
    "[host xn--bcher-kva.example]\n",
    "serial = 1\n",
    "serial = 18446744073709551615\n",
    "enforcement = enforce\n",
    "enforcement = report-only\n",
    "enforcement = off\n",
    "unpinned-hosts = allow\n",
    "unpinned-hosts = refuse\n",
    "environments = dev staging\n",
    "environments = dev\n",
    "rejected-pin-sha256 = " PIN_B "\n",
    "pin-set = a\n",
    "pin-set = b\n",
    "pin-sha256 = " PIN_A "\n",
    "backup-pin-sha256 = " PIN_B "\n",
    "leaf-pin-sha256 = " PIN_A "\n",
    "backup-leaf-pin-sha256 = " PIN_B "\n",
    "ca-key-sha256 = " PIN_A "\n",
    "backup-ca-key-sha256 = " PIN_B "\n",
    "certificate-sha256 = " PIN_A "\n",
    "backup-certificate-sha256 = " PIN_B "\n",
    "include-subdomains = yes\n",
    "include-subdomains = no\n",
    "expires = 2030-06-30\n",
    "expires = 2028-02-29\n",
    "on-expiry = allow\n",
    "on-expiry = refuse\n",
    "rollout-percent = 10\n",
    "match = any\n",
    "match = leaf\n",
    "match = ca\n",
    "match = root\n",
    "max-depth = 1\n",
    "max-depth = 32\n",
    "allow-single-pin = yes\n",
    "caa-issuer = letsencrypt.org\n",
    "# a comment\n",
    "\n",
    "\r\n",
    " \t\n",
    "pin-sha256 = sha256//" PIN_A "\n",
    "pin-sha256 = sha256/" PIN_A "\n",
    "pin-sha256 = pin-sha256=\"" PIN_A "\"\n",
    "pin-sha256 = 9456c05e038658b27cae4bcde0045b7c9c7086c29519b67959b2d336e5360e77\n",
};
enum { POLICY_LINES = sizeof policy_lines / sizeof policy_lines[0] };

typedef struct {
    size_t start, end; /* the line's end included */
} policy_line;

/* The line that a place lies in. */
static inline policy_line line_at(const uint8_t *text, size_t size, size_t at)
{
    policy_line line = { at, at };
    while (line.start > 0 && text[line.start - 1] != '\n') line.start--;
    while (line.end < size && text[line.end++] != '\n') {}
    return line;
}

static inline size_t mutate_policy(uint8_t *text, size_t size, size_t most, uint64_t *random)
{
    uint8_t copy[4200];
    der_buffer buffer = { text, size, most };
    policy_line line = line_at(text, size, der_random(random, (uint32_t)size + 1));
    policy_line other = line_at(text, size, der_random(random, (uint32_t)size + 1));
    size_t length = other.end - other.start;
    if (length > sizeof copy) length = sizeof copy;
    memcpy(copy, text + other.start, length);
    const char *known = policy_lines[der_random(random, POLICY_LINES)];
    switch (der_random(random, 5)) {
    case 0: /* delete */
        der_replace(&buffer, line.start, line.end, NULL, 0);
        break;
    case 1: /* another of its lines, before this one or in its place */
        der_replace(&buffer, line.start, der_random(random, 2) == 0 ? line.start : line.end, copy, length);
        break;
    case 2: /* another value: that of a line which the language has */
        known = strchr(known, '=') != NULL ? strchr(known, '=') : known;
        while (line.start < line.end && text[line.start] != '=') line.start++;
        der_replace(&buffer, line.start, line.end, (const uint8_t *)known, strlen(known));
        break;
    default: /* a line that the language has */
        der_replace(&buffer, line.start, der_random(random, 3) == 0 ? line.end : line.start, (const uint8_t *)known,
                    strlen(known));
    }
    return buffer.size;
}

#endif
