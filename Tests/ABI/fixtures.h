// SPDX-License-Identifier: Apache-2.0
/* fixtures.h - the certificates that a script in Tests/Kit wrote, the pins that they must have, policies that
   name those pins, and checkers. A fixture that is missing ends the program: nothing could be tested without it. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include "../Kit/pin-kinds.h"
#include "pinverdict.h"

#include "check.h"

/* Which backends the library under test was built with; run.sh sets both. */
#if !defined(HAS_OPENSSL) || !defined(HAS_GNUTLS)
#error "compile with -DHAS_OPENSSL=0 or 1 and -DHAS_GNUTLS=0 or 1"
#endif

typedef struct {
    char name[48];
    char algorithm[16];
    pinverdict_bytes certificate;
    bool malformed;                         /* must be refused */
    bool has_key_pin;                       /* its algorithm has KEY pins */
    bool gnutls_reads;                      /* GnuTLS must read it; false: it may refuse */
    uint8_t digests[LAST_PIN_KIND + 1][32]; /* by pinverdict_pin_kind */
    size_t spki_offset, spki_size;
} fixture;

static fixture fixtures[384];
static size_t fixture_count;
static const char *fixture_directory;

static void give_up(const char *what, const char *which)
{
    printf("cannot go on: %s %s\n0 passed, 1 failed\n", what, which);
    exit(1);
}

/* A whole file, in memory that is never freed. */
static pinverdict_bytes file_bytes(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) give_up("no file", path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size + 1);
    if (data == NULL || fread(data, 1, size, file) != size) give_up("cannot read", path);
    fclose(file);
    data[size] = 0;
    return (pinverdict_bytes){ data, size };
}

/* A file in the directory that the test runs in, which is its own. */
static inline void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) give_up("cannot write", path);
}

static void read_hex(const char *text, uint8_t digest[32])
{
    for (int i = 0; i < 32; i++)
        if (sscanf(text + 2 * i, "%2hhx", &digest[i]) != 1) give_up("bad hex in the manifest:", text);
}

/* Reads every fixture of a directory. */
static inline void load_fixtures(const char *directory)
{
    char path[4096], file[64], state[16], spki[80], key[80], whole[80], gnutls[16];
    if (directory == NULL) give_up("the directory of the fixtures", "is the first argument");
    fixture_directory = directory;
    snprintf(path, sizeof path, "%s/manifest.txt", directory);
    FILE *manifest = fopen(path, "r");
    if (manifest == NULL) give_up("no file", path);
    for (fixture *f = fixtures;
         fscanf(manifest, "%47s %63s %15s %79s %79s %79s %zu %zu %15s %15s", f->name, file, state, spki, key, whole,
                &f->spki_offset, &f->spki_size, gnutls, f->algorithm) == 10;
         f++) {
        if (++fixture_count == sizeof fixtures / sizeof fixtures[0]) give_up("too many fixtures in", path);
        snprintf(path, sizeof path, "%s/%s", directory, file);
        f->certificate = file_bytes(path);
        f->malformed = strcmp(state, "malformed") == 0;
        f->gnutls_reads = strcmp(gnutls, "reads") == 0;
        f->has_key_pin = strcmp(key, "-") != 0;
        if (strcmp(spki, "-") != 0) read_hex(spki, f->digests[PINVERDICT_PIN_SPKI]);
        if (f->has_key_pin) read_hex(key, f->digests[PINVERDICT_PIN_KEY]);
        read_hex(whole, f->digests[PINVERDICT_PIN_CERTIFICATE]);
    }
    fclose(manifest);
    if (fixture_count == 0) give_up("empty manifest in", directory);
}

static inline const fixture *fixture_named(const char *name, size_t length)
{
    for (size_t i = 0; i < fixture_count; i++)
        if (strlen(fixtures[i].name) == length && memcmp(fixtures[i].name, name, length) == 0) return &fixtures[i];
    give_up("no fixture named", name);
    return NULL;
}

enum { CHAIN_ROOM = 64 };

/* The chain that a text such as "leaf intermediate root*3" describes; how many certificates it has. */
static inline size_t chain_of(const char *text, pinverdict_bytes chain[CHAIN_ROOM])
{
    size_t count = 0;
    while (*text != 0) {
        size_t length = strcspn(text, " *");
        const fixture *f = fixture_named(text, length);
        text += length;
        long times = *text == '*' ? strtol(text + 1, (char **)&text, 10) : 1;
        while (times-- > 0 && count < CHAIN_ROOM) chain[count++] = f->certificate;
        text += strspn(text, " ");
    }
    return count;
}

static inline void base64(const uint8_t digest[32], char text[45])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0, at = 0; i < 32; i += 3) {
        uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | (i + 2 < 32 ? digest[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6) text[at++] = letters[three >> shift & 63];
    }
    text[43] = '=';
    text[44] = 0;
}

/* The digest that a name in a policy template stands for: "leaf" (its SPKI), "leaf:key", "leaf:certificate",
   or a digit, which is 31 bytes of that value and a zero, and no certificate's pin. */
static inline void digest_of(const char *name, size_t length, uint8_t digest[32])
{
    if (length == 1) {
        memset(digest, name[0] - '0', 31);
        digest[31] = 0;
        return;
    }
    size_t bare = strcspn(name, ":}");
    pinverdict_pin_kind kind = bare >= length ? PINVERDICT_PIN_SPKI
        : name[bare + 1] == 'k'               ? PINVERDICT_PIN_KEY
                                              : PINVERDICT_PIN_CERTIFICATE;
    memcpy(digest, fixture_named(name, bare < length ? bare : length)->digests[kind], 32);
}

/* A policy text with each {name} of the template as base64, in memory that the caller frees. */
static inline char *policy_text(const char *template)
{
    char *text = malloc(strlen(template) * 16 + 1), *end = text;
    if (text == NULL) give_up("no memory for", "a policy");
    while (*template != 0) {
        if (*template != '{') {
            *end++ = *template ++;
            continue;
        }
        size_t length = strcspn(template, "}") - 1;
        uint8_t digest[32];
        digest_of(template + 1, length, digest);
        base64(digest, end);
        end += 44;
        template += length + 2;
    }
    *end = 0;
    return text;
}

static inline pinverdict_policy *policy_of(const char *template)
{
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    char *text = policy_text(template);
    if (pinverdict_policy_parse(text, strlen(text), &policy, &error) != PINVERDICT_OK) {
        printf("line %u: %s\n%s", (unsigned)error.line, error.message, text);
        give_up("a policy that must load", "does not");
    }
    free(text);
    return policy;
}

/* A config with one small trust file, that of the fixture "root": the system's takes long to load. */
static inline pinverdict_config *config_with(pinverdict_backend backend)
{
    char path[4096];
    pinverdict_config *config = NULL;
    snprintf(path, sizeof path, "%s/root.pem", fixture_directory);
    if (pinverdict_config_create(&config) != PINVERDICT_OK ||
        pinverdict_config_set_backend(config, backend) != PINVERDICT_OK ||
        pinverdict_config_set_trust_file(config, path) != PINVERDICT_OK)
        give_up("no config with", path);
    return config;
}

/* A checker under the policy; config NULL stands for config_with's. */
static inline pinverdict_checker *checker_of(const char *template, const pinverdict_config *config)
{
    pinverdict_checker *checker = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = policy_of(template);
    pinverdict_config *own = config == NULL ? config_with(PINVERDICT_BACKEND_AUTO) : NULL;
    if (pinverdict_checker_create(policy, config != NULL ? config : own, &checker, &error) != PINVERDICT_OK)
        give_up("no checker:", error.message);
    pinverdict_config_free(own);
    pinverdict_policy_free(policy);
    return checker;
}

/* The backends by name, and whether the library under test has them. */
static const struct {
    const char *name;
    pinverdict_backend backend;
    bool built_in;
} backends[] = {
    { "auto", PINVERDICT_BACKEND_AUTO, true },
    { "openssl", PINVERDICT_BACKEND_OPENSSL, HAS_OPENSSL },
    { "gnutls", PINVERDICT_BACKEND_GNUTLS, HAS_GNUTLS },
};
enum { BACKEND_COUNT = sizeof backends / sizeof backends[0] };

/* Every call that takes an error fills it in whole. */
#define CHECK_ERROR(error, expected_status) check_error((error), (expected_status), #error, __FILE__, __LINE__)

static inline void check_error(const pinverdict_error *error, pinverdict_status status, const char *expression,
                               const char *file, int line)
{
    bool terminated = memchr(error->message, 0, sizeof error->message) != NULL;
    bool whole = error->struct_size == sizeof *error && error->status == status && terminated &&
        (status == PINVERDICT_OK ? error->line == 0 : error->message[0] != 0) &&
        (status == PINVERDICT_INVALID_POLICY ? error->line >= 1 : error->line == 0);
    if (!check_count(whole, file, line) && check_failed <= CHECK_FAILURES_SHOWN)
        printf("%s is { %s, line %u, \"%.255s\" }, expected %s\n", expression, pinverdict_status_name(error->status),
               (unsigned)error->line, error->message, pinverdict_status_name(status));
}

#endif
