// SPDX-License-Identifier: Apache-2.0
/* mutate-certificate.h - one change to a certificate, as somebody who knows DER and wants a reader to stumble makes it.
 *
 * The bytes are parsed into a tree of elements, tolerantly: what is no element is left alone, and OCTET STRINGs and
 * BIT STRINGs that hold one whole element are looked into. One element is changed, deleted, repeated, moved, encoded
 * in another way, or replaced by one of another certificate; then the lengths of all that enclose it are corrected,
 * or now and then are not. The same seed makes the same change. */
#ifndef MUTATE_CERTIFICATE_H
#define MUTATE_CERTIFICATE_H

#include "pinverdict.h"

#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t size, room;
} der_buffer;

typedef struct {
    size_t start, length_at, contents, end; /* of the tag, the length's octets, the contents; behind the last octet */
    int parent;                             /* -1 for none */
    int place;                              /* among its parent's children */
    bool is_cut;                            /* its length goes past the place where it lies */
} der_element;

enum { DER_MOST_ELEMENTS = 600, DER_DEEPEST = 24 };

typedef struct {
    der_element elements[DER_MOST_ELEMENTS];
    int count;
} der_tree;

/* A number below the given one, by splitmix64. */
static inline uint32_t der_random(uint64_t *state, uint32_t below)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((mixed ^ mixed >> 31) % below);
}

/* The octets of a length, in the short form or the shortest long one, but at least `least` octets in all. */
static inline size_t der_length(uint8_t octets[9], size_t length, size_t least)
{
    size_t count = 0;
    if (length < 0x80 && least <= 1) {
        octets[0] = (uint8_t)length;
        return 1;
    }
    while (count < 8 && (count + 1 < least || (count < sizeof length && length >> (8 * count) != 0))) count++;
    octets[0] = (uint8_t)(0x80 | count);
    for (size_t i = 0; i < count; i++) {
        size_t shift = 8 * (count - 1 - i);
        octets[1 + i] = shift < 64 ? (uint8_t)(length >> shift) : 0;
    }
    return 1 + count;
}

/* ------------------------------------------------------------------------------------------------- parsing -- */

/* Reads a header; false where there is none. An element that is longer than its place ends where that ends. */
static inline bool der_header(const uint8_t *bytes, size_t at, size_t end, der_element *element)
{
    size_t length = 0;
    element->start = at;
    if (end - at < 2) return false;
    if ((bytes[at++] & 0x1f) == 0x1f)
        while (at < end && (bytes[at++] & 0x80) != 0) {}
    if (at == end) return false;
    element->length_at = at;
    size_t octets = bytes[at] & 0x80 ? bytes[at] & 0x7f : 0;
    if (octets == 0) length = bytes[at] == 0x80 ? end : bytes[at];
    if (octets > 8 || octets > end - at - 1) return false;
    for (size_t i = 1; i <= octets; i++) length = length << 8 | bytes[at + i];
    element->contents = at + 1 + octets;
    element->is_cut = length > end - element->contents;
    element->end = element->is_cut ? end : element->contents + length;
    return true;
}

static inline bool der_is_indefinite(const uint8_t *bytes, const der_element *element)
{
    return bytes[element->length_at] == 0x80;
}

/* Where the elements inside an element begin, or its end where there are none. */
static inline size_t der_inside(const uint8_t *bytes, const der_element *element)
{
    if (bytes[element->start] & 0x20) return element->contents;
    size_t skipped = bytes[element->start] == 0x03; /* a BIT STRING's unused bits */
    der_element inner;
    if (bytes[element->start] != 0x03 && bytes[element->start] != 0x04) return element->end;
    if (element->end - element->contents < 2 + skipped) return element->end;
    if (!der_header(bytes, element->contents + skipped, element->end, &inner)) return element->end;
    bool is_element = inner.end == element->end && !inner.is_cut &&
        memchr("\x30\x31\x02\x03\x04\x06", bytes[inner.start], 6) != NULL;
    return is_element ? inner.start : element->end;
}

static inline void der_parse_from(der_tree *tree, const uint8_t *bytes, size_t at, size_t end, int parent, int depth)
{
    der_element element;
    int place = 0;
    while (at < end && tree->count < DER_MOST_ELEMENTS && der_header(bytes, at, end, &element)) {
        element.parent = parent;
        element.place = place++;
        int number = tree->count++;
        tree->elements[number] = element;
        size_t inside = der_inside(bytes, &element);
        if (depth < DER_DEEPEST && inside < element.end)
            der_parse_from(tree, bytes, inside, element.end, number, depth + 1);
        if (der_is_indefinite(bytes, &element)) {
            /* It ends behind the first pair of zeros that is a child of its own. */
            for (int child = number + 1; child < tree->count; child++) {
                const der_element *last = &tree->elements[child];
                if (last->parent != number || bytes[last->start] != 0 || last->end != last->contents) continue;
                tree->elements[number].end = last->end;
                tree->count = child + 1;
                break;
            }
        }
        at = tree->elements[number].end;
    }
}

static inline void der_parse(der_tree *tree, const uint8_t *bytes, size_t size)
{
    tree->count = 0;
    der_parse_from(tree, bytes, 0, size, -1, 0);
}

/* ------------------------------------------------------------------------------------------------- editing -- */

/* Puts bytes in the place of a range; false, and nothing changed, where there is no room for them. */
static inline bool der_replace(der_buffer *buffer, size_t start, size_t end, const uint8_t *with, size_t size)
{
    if (size > end - start && size - (end - start) > buffer->room - buffer->size) return false;
    memmove(buffer->bytes + start + size, buffer->bytes + end, buffer->size - end);
    if (size > 0) memcpy(buffer->bytes + start, with, size);
    buffer->size = buffer->size - (end - start) + size;
    return true;
}

/* Corrects the lengths of an element whose contents have grown or shrunk, and of all that enclose it. A length that
   was longer than it needs to be stays so. */
static inline void der_correct(der_buffer *buffer, const der_tree *tree, int number, long growth)
{
    for (; number >= 0; number = tree->elements[number].parent) {
        const der_element *element = &tree->elements[number];
        uint8_t octets[9];
        if (der_is_indefinite(buffer->bytes, element)) continue;
        size_t before = element->contents - element->length_at, length = element->end - element->contents;
        bool was_minimal = before == der_length(octets, length, 1);
        size_t count = der_length(octets, (size_t)((long)length + growth), was_minimal ? 1 : before);
        if (!der_replace(buffer, element->length_at, element->contents, octets, count)) return;
        growth += (long)count - (long)before;
    }
}

/* Puts bytes in the place of a range inside an element (-1: outside all), and corrects the lengths where asked. */
static inline void der_edit(der_buffer *buffer, const der_tree *tree, int inside, bool corrects, size_t start,
                            size_t end, const uint8_t *with, size_t size)
{
    if (der_replace(buffer, start, end, with, size) && corrects)
        der_correct(buffer, tree, inside, (long)size - (long)(end - start));
}

/* ------------------------------------------------------------------------------------------------ mutating -- */

/* Which element is the SubjectPublicKeyInfo, by its place in a certificate; -1 for none. */
static inline int der_key_element(const der_tree *tree, const uint8_t *bytes)
{
    int to_be_signed = -1, skipped = 0;
    for (int i = 1; i < tree->count; i++) {
        const der_element *element = &tree->elements[i];
        if (element->parent == 0 && element->place == 0) to_be_signed = i;
        if (to_be_signed < 0 || element->parent != to_be_signed) continue;
        if (element->place == 0) skipped = bytes[element->start] == 0xa0;
        if (element->place == 5 + skipped) return i;
    }
    return -1;
}

/* An element: often one of the key or of the skeleton, else any. */
static inline int der_choose(const der_tree *tree, const uint8_t *bytes, uint64_t *random)
{
    enum { SKELETON, KEY, KEY_TOO, ANY } kind = der_random(random, 6);
    int chosen = (int)der_random(random, (uint32_t)tree->count), key = der_key_element(tree, bytes);
    if (kind >= ANY || key < 0) return chosen;
    for (int tries = 0; tries < 64; tries++) {
        int number = (int)der_random(random, (uint32_t)tree->count), parent = tree->elements[number].parent;
        bool is_in_key = tree->elements[number].start >= tree->elements[key].start &&
            tree->elements[number].end <= tree->elements[key].end;
        bool is_skeleton = parent <= 0 || tree->elements[parent].parent <= 0;
        if (kind == SKELETON ? is_skeleton : is_in_key) return number;
    }
    return chosen;
}

/* What readers have stumbled over: elements of their own, and contents. */
static const struct {
    uint8_t size;
    const char *bytes;
} der_oddities[] = {
    { 0, "" },
    { 2, "\x05\0" },
    { 2, "\0\0" },
    { 3, "\x05\x81\0" },
    { 3, "\x01\x01\x01" },
    { 3, "\x01\x01\xff" },
    { 3, "\x02\x01\0" },
    { 3, "\x02\x01\x80" },
    { 2, "\x02\0" },
    { 4, "\x02\x02\0\x01" },
    { 4, "\x02\x02\xff\xff" },
    { 3, "\x0a\x01\x05" },
    { 2, "\x03\0" },
    { 3, "\x03\x01\0" },
    { 4, "\x03\x02\x07\x80" },
    { 4, "\x03\x02\x01\x01" },
    { 6, "\x23\x04\x03\x02\0\x55" },
    { 8, "\x23\x80\x03\x02\0\x55\0\0" },
    { 4, "\x24\x80\0\0" },
    { 2, "\x06\0" },
    { 3, "\x06\x01\x80" },
    { 4, "\x06\x02\x2a\x86" },
    { 4, "\x06\x02\x80\x01" },
    { 3, "\x09\x01\0" },
    { 2, "\x30\0" },
    { 2, "\x10\0" },
    { 4, "\x30\x80\0\0" },
    { 2, "\x31\0" },
    { 3, "\x1f\x1f\0" },
    { 4, "\x1f\x80\x05\0" },
    { 3, "\x1e\x01\x41" },
    { 5, "\x30\x83\0\0\0" },
    { 6, "\x30\x84\0\0\0\0" },
    { 6, "\x30\x84\xff\xff\xff\xff" },
    { 4, "\xa0\x02\x05\0" },
    { 2, "\x81\0" },
    { 2, "\xa3\0" },
    { 7, "\x06\x05\x2b\x81\x04\0\x22" },
    { 10, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" },
    { 11, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" },
    { 5, "\x06\x03\x2b\x65\x70" },
};
enum { DER_ODDITY_COUNT = sizeof der_oddities / sizeof der_oddities[0] };

static const uint8_t der_tags[] = {
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x10, 0x13, 0x17, 0x18, 0x1e, 0x23,
    0x24, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xa3, 0x1f, 0xbf, 0x00, 0x09,
};

/* Changes the contents of an element without children. */
static inline void der_change_contents(der_buffer *buffer, const der_tree *tree, int number, bool corrects,
                                       uint64_t *random)
{
    static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x2e, 0x2a, 0x20 };
    const der_element *element = &tree->elements[number];
    size_t size = element->end - element->contents;
    uint8_t octet = telling[der_random(random, sizeof telling)];
    size_t at = element->contents + (size > 0 ? der_random(random, (uint32_t)size) : 0);
    bool is_in_front = der_random(random, 2) == 0;
    switch (der_random(random, 6)) {
    case 0: /* an octet more, of an INTEGER a spare one in front */
        der_edit(buffer, tree, number, corrects, is_in_front ? element->contents : at,
                 is_in_front ? element->contents : at, &octet, 1);
        break;
    case 1: /* one octet less */
        if (size > 0) {
            at = is_in_front ? element->contents : at;
            der_edit(buffer, tree, number, corrects, at, at + 1, NULL, 0);
        }
        break;
    case 2:
        if (size > 0) buffer->bytes[at] = octet;
        break;
    case 3: /* cut short */
        der_edit(buffer, tree, number, corrects, at, element->end, NULL, 0);
        break;
    default:
        if (size > 0) buffer->bytes[at] ^= (uint8_t)(1 << der_random(random, 8));
    }
}

/* Encodes an element's length in more octets than it needs, or as an indefinite one. */
static inline void der_change_length(der_buffer *buffer, const der_tree *tree, int number, uint64_t *random)
{
    const der_element *element = &tree->elements[number];
    uint8_t octets[9];
    long growth = 0;
    if (der_random(random, 2) == 0) {
        size_t least = element->contents - element->length_at + 1 + der_random(random, 3);
        size_t count = der_length(octets, element->end - element->contents, least < 9 ? least : 9);
        if (!der_replace(buffer, element->length_at, element->contents, octets, count)) return;
        growth = (long)count - (long)(element->contents - element->length_at);
    } else {
        if (der_is_indefinite(buffer->bytes, element)) return;
        if (!der_replace(buffer, element->end, element->end, (const uint8_t *)"\0\0", 2)) return;
        if (!der_replace(buffer, element->length_at, element->contents, (const uint8_t *)"\x80", 1)) return;
        if (der_random(random, 4) != 0) buffer->bytes[element->start] |= 0x20;
        growth = 3 - (long)(element->contents - element->length_at);
    }
    der_correct(buffer, tree, element->parent, growth);
}

/* Puts one element of another certificate before an element or in its place: mostly one with the same tag. */
static inline void der_splice(der_buffer *buffer, const der_tree *tree, int number, bool corrects,
                              pinverdict_bytes other, uint64_t *random)
{
    static der_tree theirs; /* too large for a stack, and never used twice at once */
    const der_element *element = &tree->elements[number];
    der_parse(&theirs, other.data, other.size);
    if (theirs.count == 0) return;
    uint32_t chosen = der_random(random, (uint32_t)theirs.count);
    const uint8_t tag = buffer->bytes[element->start];
    for (int tries = 0; tries < 32 && other.data[theirs.elements[chosen].start] != tag; tries++)
        chosen = der_random(random, (uint32_t)theirs.count);
    const der_element *taken = &theirs.elements[chosen];
    der_edit(buffer, tree, element->parent, corrects, element->start,
             der_random(random, 4) == 0 ? element->start : element->end, other.data + taken->start,
             taken->end - taken->start);
}

/* Makes one change. `others` are certificates to take elements from. */
static inline void mutate_certificate(der_buffer *buffer, const pinverdict_bytes others[], size_t count,
                                      uint64_t *random)
{
    static der_tree tree;
    static uint8_t copy[1 << 16];
    der_parse(&tree, buffer->bytes, buffer->size);
    if (tree.count == 0) return;
    int number = der_choose(&tree, buffer->bytes, random);
    bool corrects = der_random(random, 12) != 0;
    const der_element *element = &tree.elements[number];
    size_t size = element->end - element->start;
    if (size > sizeof copy) size = sizeof copy;
    memcpy(copy, buffer->bytes + element->start, size);
    int other = (int)der_random(random, (uint32_t)tree.count);
    switch (der_random(random, 16)) {
    case 0: /* delete */
        der_edit(buffer, &tree, element->parent, corrects, element->start, element->end, NULL, 0);
        break;
    case 1: /* repeat */
        der_edit(buffer, &tree, element->parent, corrects, element->end, element->end, copy, size);
        break;
    case 2: /* put in the place of another element that comes before it or encloses it, or beside it */
        if (tree.elements[other].start > element->start) break;
        der_edit(buffer, &tree, tree.elements[other].parent, corrects, tree.elements[other].start,
                 der_random(random, 2) == 0 ? tree.elements[other].start : tree.elements[other].end, copy, size);
        break;
    case 3: { /* swap with the next one */
        der_element next;
        if (!der_header(buffer->bytes, element->end, buffer->size, &next)) break;
        if (next.end - next.start > sizeof copy - size) break;
        memmove(copy + (next.end - next.start), copy, size);
        memcpy(copy, buffer->bytes + next.start, next.end - next.start);
        memcpy(buffer->bytes + element->start, copy, size + (next.end - next.start));
        break;
    }
    case 4:
        buffer->bytes[element->start] = der_tags[der_random(random, sizeof der_tags)];
        break;
    case 5:
        buffer->bytes[element->start] ^= (uint8_t)(1 << der_random(random, 8));
        break;
    case 6:
        der_change_length(buffer, &tree, number, random);
        break;
    case 7:
    case 8: { /* an odd element before it, behind it, in its place or inside it */
        uint32_t which = der_random(random, DER_ODDITY_COUNT), where = der_random(random, 4);
        size_t start = where == 1 ? element->end : where == 3 ? element->contents : element->start;
        size_t end = where == 0 ? element->start : element->end;
        der_edit(buffer, &tree, where == 3 ? number : element->parent, corrects, start, end,
                 (const uint8_t *)der_oddities[which].bytes, der_oddities[which].size);
        break;
    }
    case 9: /* wrapped into a constructed element */
        if (size + 9 > sizeof copy) break;
        memmove(copy + 9, copy, size);
        {
            uint8_t octets[9];
            size_t octet_count = der_length(octets, size, 1);
            memcpy(copy + 9 - octet_count, octets, octet_count);
            copy[8 - octet_count] = der_random(random, 2) == 0 ? copy[9] | 0x20 : 0x30;
            der_edit(buffer, &tree, element->parent, corrects, element->start, element->end, copy + 8 - octet_count,
                     size + octet_count + 1);
        }
        break;
    case 10: /* a length that is wrong */
        buffer->bytes[element->length_at] ^= (uint8_t)(1 << der_random(random, 8));
        break;
    case 11:
    case 12:
        if (count > 0) der_splice(buffer, &tree, number, corrects, others[der_random(random, (uint32_t)count)], random);
        break;
    default:
        der_change_contents(buffer, &tree, number, corrects, random);
    }
}

#endif
