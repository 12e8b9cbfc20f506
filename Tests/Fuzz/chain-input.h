// SPDX-License-Identifier: Apache-2.0
/* chain-input.h - the inputs of the targets that check a whole chain, and how they are mutated.
 *
 *     trust    one byte: which certificates are trusted (presented), and other settings
 *     host     a length in one byte, and the bytes
 *     policy   a length in one byte, and the bytes that policy-model.h makes a policy of
 *     chain    certificates to the end of the input, each of them
 *                  a byte below 0xf0: that certificate of the world
 *                  0xfe, a length in two bytes, and bytes: a certificate
 *                  0xff, a byte, a length in two bytes, and bytes: what is signed of a certificate, by the key of that
 *                        certificate of the world */
#ifndef CHAIN_INPUT_H
#define CHAIN_INPUT_H

#include "mutate-certificate.h"
#include "world.h"

enum { WHOLE = 0xfe, TO_BE_SIGNED = 0xff, MOST_CERTIFICATES = 40 };

typedef struct {
    uint8_t kind, signer;
    pinverdict_bytes bytes; /* of WHOLE and TO_BE_SIGNED */
} chain_record;

typedef struct {
    uint8_t trust;
    pinverdict_bytes host, policy;
    chain_record records[MOST_CERTIFICATES];
    size_t count;
} chain_input;

/* Takes as many bytes as there are. */
static inline pinverdict_bytes take_bytes(pinverdict_bytes *rest, size_t size)
{
    pinverdict_bytes taken = { rest->data, size < rest->size ? size : rest->size };
    rest->data += taken.size;
    rest->size -= taken.size;
    return taken;
}

static inline uint8_t take_byte(pinverdict_bytes *rest)
{
    pinverdict_bytes one = take_bytes(rest, 1);
    return one.size == 1 ? one.data[0] : 0;
}

static inline void read_input(pinverdict_bytes rest, chain_input *input)
{
    input->count = 0;
    input->trust = take_byte(&rest);
    input->host = take_bytes(&rest, take_byte(&rest));
    input->policy = take_bytes(&rest, take_byte(&rest));
    while (rest.size > 0 && input->count < MOST_CERTIFICATES) {
        chain_record record = { .kind = take_byte(&rest) };
        if (record.kind == TO_BE_SIGNED) record.signer = take_byte(&rest) % WORLD_SIZE;
        if (record.kind >= WHOLE) {
            size_t size = (size_t)take_byte(&rest) << 8;
            record.bytes = take_bytes(&rest, size | take_byte(&rest));
        } else if (record.kind >= WORLD_SIZE) {
            continue;
        }
        input->records[input->count++] = record;
    }
}

/* The input's size as bytes; 0 where there is no room for them. */
static inline size_t write_input(const chain_input *input, uint8_t *out, size_t room)
{
    size_t size = 3 + input->host.size + input->policy.size;
    for (size_t i = 0; i < input->count; i++) size += 4 + input->records[i].bytes.size;
    if (size > room || input->host.size > 255 || input->policy.size > 255) return 0;
    uint8_t *at = out;
    *at++ = input->trust;
    *at++ = (uint8_t)input->host.size;
    if (input->host.size > 0) memcpy(at, input->host.data, input->host.size);
    at += input->host.size;
    *at++ = (uint8_t)input->policy.size;
    if (input->policy.size > 0) memcpy(at, input->policy.data, input->policy.size);
    at += input->policy.size;
    for (size_t i = 0; i < input->count; i++) {
        const chain_record *record = &input->records[i];
        *at++ = record->kind;
        if (record->kind < WHOLE) continue;
        if (record->kind == TO_BE_SIGNED) *at++ = record->signer;
        if (record->bytes.size > 0xffff) return 0;
        *at++ = (uint8_t)(record->bytes.size >> 8);
        *at++ = (uint8_t)record->bytes.size;
        if (record->bytes.size > 0) memcpy(at, record->bytes.data, record->bytes.size);
        at += record->bytes.size;
    }
    return (size_t)(at - out);
}

/* ------------------------------------------------------------------------------------------------- mutating -- */

enum { SCRATCH = 1 << 14 };

static inline void mutate_bytes(pinverdict_bytes *bytes, uint8_t scratch[SCRATCH], size_t most)
{
    size_t size = bytes->size < most ? bytes->size : most;
    if (size > 0) memcpy(scratch, bytes->data, size);
    *bytes = (pinverdict_bytes){ scratch, LLVMFuzzerMutate(scratch, size, most) };
}

static inline void mutate_host(chain_input *input, uint8_t scratch[SCRATCH], uint64_t *random)
{
    static const char *const hosts[] = {
        "api.example.com",
        "API.example.com.",
        "www.cdn.example.com",
        "192.0.2.7",
        "2001:db8::7",
        "[2001:db8::7]",
        "::ffff:192.0.2.7",
        "printer",
        "example.org",
        "www.example.org",
        "a.b.example.com",
        "3221225991",
        "0xc0000207",
        "api.example.com..",
        "xapi.example.com",
        "api.example.com.evil.test",
        "",
    };
    if (der_random(random, 8) != 0) {
        const char *host = hosts[der_random(random, sizeof hosts / sizeof hosts[0])];
        input->host = (pinverdict_bytes){ (const uint8_t *)host, strlen(host) };
    } else {
        mutate_bytes(&input->host, scratch, 255);
    }
}

/* Makes bytes of a certificate that was named. */
static inline void write_out(chain_record *record, uint64_t *random)
{
    int number = record->kind, issuer = world_rows[number].issuer;
    certificate_parts parts;
    record->bytes = world[number].bytes;
    record->kind = der_random(random, 4) == 0 ? WHOLE : TO_BE_SIGNED;
    record->signer = (uint8_t)(issuer < 0 ? number : issuer);
    if (record->kind == TO_BE_SIGNED && find_parts(record->bytes, &parts)) record->bytes = parts.to_be_signed;
}

static inline bool is_readable(const chain_record *record)
{
    uint8_t unused[32];
    pinverdict_bytes bytes = record->bytes;
    if (record->kind == TO_BE_SIGNED) bytes = sign_certificate(bytes, record->signer);
    bool is_read = pin(PINVERDICT_BACKEND_AUTO, PINVERDICT_PIN_SPKI, bytes, unused) == PINVERDICT_OK;
    if (record->kind == TO_BE_SIGNED) free((void *)bytes.data);
    return is_read;
}

/* Mostly so that our reader still takes it: what it does not take goes no further. */
static inline void mutate_record(chain_record *record, uint8_t scratch[SCRATCH], uint64_t *random)
{
    if (record->kind < WHOLE) write_out(record, random);
    if (der_random(random, 8) == 0) record->signer = (uint8_t)der_random(random, WORLD_SIZE);
    const pinverdict_bytes original = record->bytes;
    for (int tries = 0; tries < 8; tries++) {
        record->bytes = original;
        if (original.size > SCRATCH || der_random(random, 5) == 0) {
            mutate_bytes(&record->bytes, scratch, SCRATCH);
        } else {
            pinverdict_bytes others[4];
            for (int i = 0; i < 4; i++) others[i] = world[der_random(random, WORLD_SIZE)].bytes;
            if (original.size > 0) memcpy(scratch, original.data, original.size);
            der_buffer buffer = { scratch, original.size, SCRATCH };
            mutate_certificate(&buffer, others, 4, random);
            record->bytes = (pinverdict_bytes){ scratch, buffer.size };
        }
        if (is_readable(record)) return;
    }
}

static inline void mutate_chain(chain_input *input, uint8_t scratch[SCRATCH], uint64_t *random)
{
    size_t at = der_random(random, (uint32_t)input->count + 1), other = der_random(random, (uint32_t)input->count + 1);
    chain_record *records = input->records;
    switch (der_random(random, 6)) {
    case 0: /* one more, at any place */
        if (input->count == MOST_CERTIFICATES) break;
        memmove(&records[at + 1], &records[at], (input->count - at) * sizeof records[0]);
        records[at] = other < input->count && der_random(random, 3) == 0
            ? records[other]
            : (chain_record){ .kind = (uint8_t)der_random(random, WORLD_SIZE) };
        input->count++;
        break;
    case 1: /* one less */
        if (at == input->count) break;
        input->count--;
        memmove(&records[at], &records[at + 1], (input->count - at) * sizeof records[0]);
        break;
    case 2: /* two change places */
        if (at < input->count && other < input->count) {
            chain_record swapped = records[at];
            records[at] = records[other];
            records[other] = swapped;
        }
        break;
    case 3:
        if (at < input->count) records[at] = (chain_record){ .kind = (uint8_t)der_random(random, WORLD_SIZE) };
        break;
    default:
        if (at < input->count) mutate_record(&records[at], scratch, random);
    }
}

static inline size_t mutate_chain_input(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t original[1 << 20], scratch[SCRATCH];
    static chain_input input;
    uint64_t random = seed;
    if (size > sizeof original) return LLVMFuzzerMutate(data, size, most);
    memcpy(original, data, size);
    read_input((pinverdict_bytes){ original, size }, &input);
    switch (der_random(&random, 8)) {
    case 0:
        mutate_host(&input, scratch, &random);
        break;
    case 1:
    case 2:
        mutate_bytes(&input.policy, scratch, 255);
        break;
    case 3:
        input.trust = (uint8_t)der_random(&random, 256);
        break;
    default:
        mutate_chain(&input, scratch, &random);
    }
    size_t written = write_input(&input, data, most);
    if (written > 0) return written;
    memcpy(data, original, size);
    return size;
}

/* ------------------------------------------------------------------------------------------------- the chain -- */

/* The certificates of an input, each in memory of its own. */
typedef struct {
    pinverdict_bytes certificates[MOST_CERTIFICATES];
    bool is_own[MOST_CERTIFICATES]; /* not one of the world */
    size_t count;
} input_chain;

static inline void make_chain(const chain_input *input, input_chain *chain)
{
    chain->count = input->count;
    for (size_t i = 0; i < input->count; i++) {
        const chain_record *record = &input->records[i];
        pinverdict_bytes *out = &chain->certificates[i];
        chain->is_own[i] = record->kind >= WHOLE;
        if (record->kind == TO_BE_SIGNED) *out = sign_certificate(record->bytes, record->signer);
        else if (record->kind == WHOLE)
            *out = (pinverdict_bytes){ exact_copy(record->bytes.data, record->bytes.size), record->bytes.size };
        else *out = world[record->kind].bytes;
    }
}

static inline void free_chain(input_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->is_own[i]) free((void *)chain->certificates[i].data);
}

/* What a target does with an input. False where that is not one to go on from: it is refused before its pins are looked
   for, which other targets are about. */
static bool check_chain(const chain_input *input, const input_chain *chain, const char *host);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static chain_input input;
    static input_chain chain;
    char host[256] = { 0 };
    read_input((pinverdict_bytes){ data, size }, &input);
    if (input.host.size > 0) memcpy(host, input.host.data, input.host.size);
    fuzz_host = host;
    make_chain(&input, &chain);
    bool is_kept = check_chain(&input, &chain, host);
    free_chain(&chain);
    fuzz_host = fuzz_policy = NULL;
    return is_kept ? 0 : -1;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return mutate_chain_input(data, size, most, seed);
}

#endif
