// SPDX-License-Identifier: Apache-2.0
/* host-model.h - what a host name means, written a second time: by DESIGN's sentences and the C library's own address
 * parsers, for the targets to compare with. */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include "fuzz.h"

#include <arpa/inet.h>
#include <ctype.h>

typedef struct {
    char text[256]; /* in canonical form */
    bool is_address;
} canonical_host;

/* The canonical spelling of an IPv6 address (RFC 5952, section 4); IPv4 where one is mapped. */
static inline void write_v6(const uint8_t octets[16], char text[256])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    int best = -1, most = 1;
    if (memcmp(octets, mapped, 12) == 0) {
        snprintf(text, 256, "%d.%d.%d.%d", octets[12], octets[13], octets[14], octets[15]);
        return;
    }
    for (int start = 0; start < 8; start++) {
        int count = 0;
        while (start + count < 8 && octets[2 * (start + count)] == 0 && octets[2 * (start + count) + 1] == 0) count++;
        if (count > most) {
            best = start;
            most = count;
        }
    }
    char *at = text;
    for (int group = 0; group < 8; group++) {
        if (group == best) {
            at += sprintf(at, "::");
            group += most - 1;
            continue;
        }
        if (group > 0 && group != best + most) *at++ = ':';
        at += sprintf(at, "%x", octets[2 * group] << 8 | octets[2 * group + 1]);
    }
    *at = 0;
}

static inline bool canonical_v6(const char *host, canonical_host *out)
{
    char text[321];
    uint8_t octets[16];
    size_t size = strlen(host);
    if (size > 320) return false;
    strcpy(text, host);
    char *start = text, *zone;
    if (text[0] == '[') {
        if (text[size - 1] != ']') return false;
        text[size - 1] = 0;
        start++;
    }
    if ((zone = strchr(start, '%')) != NULL) {
        *zone++ = 0;
        if (*zone == 0) return false;
        for (; *zone != 0; zone++)
            if (!isalnum((unsigned char)*zone) && strchr("-._~%", *zone) == NULL) return false;
    }
    if (inet_pton(AF_INET6, start, octets) != 1) return false;
    write_v6(octets, out->text);
    out->is_address = true;
    return true;
}

/* False for what is neither a host name nor an address. */
static inline bool canonical(const char *host, canonical_host *out)
{
    uint8_t octets[4];
    size_t size = strlen(host), label = 0;
    if (strchr(host, ':') != NULL) return canonical_v6(host, out);
    if (size > 0 && host[size - 1] == '.') size--;
    if (size == 0 || size > 253) return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)host[i];
        out->text[i] = (char)tolower(c);
        if (c == '.') {
            if (i == label || i - label > 63) return false;
            label = i + 1;
        } else if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_')) {
            return false;
        }
    }
    out->text[size] = 0;
    if (size == label || size - label > 63) return false;
    const char *last = out->text + label;
    out->is_address = last[strspn(last, "0123456789")] == 0 || strncmp(last, "0x", 2) == 0;
    return !out->is_address || inet_pton(AF_INET, out->text, octets) == 1;
}

/* Whether a rule's canonical name, from its pattern without "*.", covers a canonical host by itself: exactly, as the
   wildcard of one label, or as an ancestor. Higher is more specific; 0 is not at all. */
static inline int covers(const char *name, bool is_wildcard, bool includes_subdomains, const canonical_host *host)
{
    size_t length = strlen(name), size = strlen(host->text);
    if (!is_wildcard && strcmp(name, host->text) == 0) return 1000;
    if (host->is_address || size < length + 2) return 0;
    if (host->text[size - length - 1] != '.' || strcmp(host->text + size - length, name) != 0) return 0;
    if (is_wildcard) return memchr(host->text, '.', size - length - 1) == NULL ? 999 : 0;
    return includes_subdomains ? (int)length : 0;
}

#endif
