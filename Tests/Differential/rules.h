// SPDX-License-Identifier: Apache-2.0
/* rules.h - what our reader takes for a certificate, a second time: the skeleton of RFC 5280, section 4.1, and the key
 * all the way down, in DER (X.690). It says which rule bytes break, where our reader says only that they are malformed:
 * so that a reader which refuses too much is found out as well as one that refuses too little. */
#ifndef RULES_H
#define RULES_H

#include "pinverdict.h"

#include <stddef.h>
#include <stdint.h>

static const char CUT_SHORT[] = "cut short", INDEFINITE_LENGTH[] = "indefinite length",
                  LONG_LENGTH[] = "longer length than it needs", TOO_LARGE[] = "too large",
                  OTHER_ELEMENT[] = "another element", TRAILING_BYTES[] = "trailing bytes", BAD_INTEGER[] = "integer",
                  BAD_VERSION[] = "version", UNUSED_BITS[] = "unused bits", BAD_IDENTIFIER[] = "object identifier",
                  BAD_PARAMETERS[] = "parameters", TOO_DEEP[] = "too deep";

/* What is to be read, and the rule that was broken first; from then on nothing is read. */
typedef struct {
    const uint8_t *at, *end;
    const char **broken;
} der_rest;

static inline void der_break(const der_rest *rest, const char *rule)
{
    if (*rest->broken == NULL) *rest->broken = rule;
}

static inline bool der_is_next(const der_rest *rest, uint8_t tag)
{
    return *rest->broken == NULL && rest->at < rest->end && *rest->at == tag;
}

/* The contents of the next element, which has to have this identifier octet; empty where a rule is broken. */
static inline der_rest der_take(der_rest *rest, uint8_t tag)
{
    der_rest contents = { rest->end, rest->end, rest->broken };
    size_t left = (size_t)(rest->end - rest->at);
    if (left < 2) der_break(rest, CUT_SHORT);
    else if (*rest->at != tag) der_break(rest, OTHER_ELEMENT);
    if (*rest->broken != NULL) return contents;
    size_t header = 2, length = rest->at[1], octets = length & 0x7f;
    if (length >= 0x80) {
        if (octets == 0) der_break(rest, INDEFINITE_LENGTH);
        else if (octets > 3) der_break(rest, TOO_LARGE);
        else if (left < 2 + octets) der_break(rest, CUT_SHORT);
        if (*rest->broken != NULL) return contents;
        for (length = 0; header < 2 + octets; header++) length = length << 8 | rest->at[header];
        if (length < (octets == 1 ? 0x80 : (size_t)1 << 8 * (octets - 1))) der_break(rest, LONG_LENGTH);
    }
    if (length > left - header) der_break(rest, CUT_SHORT);
    if (*rest->broken != NULL) return contents;
    contents.at = rest->at + header;
    contents.end = rest->at = contents.at + length;
    return contents;
}

static inline void der_require_end(const der_rest *rest)
{
    if (rest->at != rest->end) der_break(rest, TRAILING_BYTES);
}

static inline void der_require_integer(der_rest integer)
{
    size_t size = (size_t)(integer.end - integer.at);
    if (size == 0 ||
        (size > 1 && (integer.at[0] == 0 || integer.at[0] == 0xff) && (integer.at[0] & 0x80) == (integer.at[1] & 0x80)))
        der_break(&integer, BAD_INTEGER);
}

static inline void der_require_identifier(der_rest identifier)
{
    bool begins = true;
    for (; identifier.at < identifier.end; identifier.at++) {
        if (begins && *identifier.at == 0x80) break;
        begins = *identifier.at < 0x80;
    }
    if (identifier.at < identifier.end || !begins) der_break(&identifier, BAD_IDENTIFIER);
}

static inline void der_require_octets(der_rest bits)
{
    if (bits.at == bits.end) der_break(&bits, CUT_SHORT);
    else if (*bits.at != 0) der_break(&bits, UNUSED_BITS);
}

/* Any element, inside so many others: DER as far as its types are known. */
static inline void der_require_any(der_rest *rest, int depth)
{
    if (rest->end - rest->at < 2) return der_break(rest, CUT_SHORT);
    const uint8_t tag = *rest->at;
    if ((tag & 0x1f) == 0x1f) return der_break(rest, OTHER_ELEMENT);
    der_rest contents = der_take(rest, tag);
    if (*rest->broken != NULL) return;
    size_t size = (size_t)(contents.end - contents.at);
    bool holds = true;
    if (tag & 0x20) {
        if (depth == 16) return der_break(rest, TOO_DEEP);
        holds = tag >= 0x40 || tag == 0x30 || tag == 0x31;
        while (holds && contents.at < contents.end && *rest->broken == NULL) der_require_any(&contents, depth + 1);
    } else if (tag == 0x02 || tag == 0x0a) {
        der_require_integer(contents);
    } else if (tag == 0x06) {
        if (size == 0) der_break(rest, BAD_IDENTIFIER);
        der_require_identifier(contents);
    } else if (tag == 0x01) {
        holds = size == 1 && (*contents.at == 0 || *contents.at == 0xff);
    } else if (tag == 0x03) {
        holds = size > 0 && *contents.at < 8 &&
            (*contents.at == 0 || (size > 1 && (contents.end[-1] & ((1 << *contents.at) - 1)) == 0));
    } else if (tag == 0x05) {
        holds = size == 0;
    } else {
        holds = tag != 0x00 && tag != 0x10 && tag != 0x11;
    }
    if (!holds) der_break(rest, BAD_PARAMETERS);
}

static inline void der_require_key(der_rest *rest)
{
    der_rest info = der_take(rest, 0x30), algorithm = der_take(&info, 0x30);
    der_require_octets(der_take(&info, 0x03));
    der_require_end(&info);
    der_rest identifier = der_take(&algorithm, 0x06);
    if (identifier.at == identifier.end) der_break(rest, BAD_IDENTIFIER);
    der_require_identifier(identifier);
    if (algorithm.at < algorithm.end) der_require_any(&algorithm, 0);
    der_require_end(&algorithm);
}

/* The rule that these bytes break first; NULL for a certificate. */
static inline const char *broken_rule(pinverdict_bytes bytes)
{
    const char *broken = bytes.size > 1 << 20 ? TOO_LARGE : NULL;
    der_rest rest = { bytes.data, bytes.data + bytes.size, &broken };
    der_rest certificate = der_take(&rest, 0x30), fields = der_take(&certificate, 0x30);
    der_require_end(&rest);
    der_take(&certificate, 0x30);
    der_require_octets(der_take(&certificate, 0x03));
    der_require_end(&certificate);
    if (der_is_next(&fields, 0xa0)) {
        der_rest explicit = der_take(&fields, 0xa0), version = der_take(&explicit, 0x02);
        der_require_end(&explicit);
        if (broken == NULL && (version.end - version.at != 1 || (*version.at != 1 && *version.at != 2)))
            der_break(&fields, BAD_VERSION);
    }
    der_require_integer(der_take(&fields, 0x02));
    for (int i = 0; i < 4; i++) der_take(&fields, 0x30); /* signature, issuer, validity, subject */
    der_require_key(&fields);
    for (uint8_t tag = 0x81; tag <= 0x82; tag++)
        if (der_is_next(&fields, tag)) der_take(&fields, tag);
    if (der_is_next(&fields, 0xa3)) {
        der_rest explicit = der_take(&fields, 0xa3);
        der_take(&explicit, 0x30);
        der_require_end(&explicit);
    }
    if (fields.at != fields.end) der_break(&fields, OTHER_ELEMENT);
    return broken;
}

#endif
