// SPDX-License-Identifier: Apache-2.0
/* The conformance table of Tests/Conformance through the C functions; its README says what the files look like. After
   each row the checker must serve as before. The folder is named by the environment variable PINVERDICT_CONFORMANCE,
   else by the first argument. */
#include <time.h>

#include "pinverdict.h"

#include "check.h"

enum { MOST_ENTRIES = 512, MOST_CERTIFICATES = 64, MOST_COLUMNS = 8, MOST_PINS = 16, MOST_HOST_BYTES = 10240 };

/* A name and what it stands for: a row of a table with two columns, or a block. */
typedef struct {
    char *name, *value;
    int line; /* where it begins */
} entry;

typedef struct {
    entry entries[MOST_ENTRIES];
    int count;
} entries;

static const char *folder;
static entries policies, certificates, chains, pins;

static void give_up(const char *what, const char *which)
{
    printf("cannot go on: %s %s\n0 passed, 1 failed\n", what, which);
    exit(1);
}

enum { MOST_FILES = 16 };
static char *texts[MOST_FILES];
static int text_count;

/* A whole file, which is kept until free_texts: what is read from it points into it. */
static char *file_text(const char *name)
{
    char path[4096];
    if (text_count == MOST_FILES) give_up("too many files, with", name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) give_up("no file", path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (text == NULL || fread(text, 1, size, file) != size) give_up("cannot read", path);
    fclose(file);
    text[size] = 0;
    return texts[text_count++] = text;
}

static void free_texts(void)
{
    while (text_count > 0) free(texts[--text_count]);
}

/* The next line of a text, without its end; NULL after the last one. */
static char *next_line(char **text, int *number)
{
    char *line = *text;
    if (*line == 0) return NULL;
    size_t length = strcspn(line, "\n");
    *text = line[length] == 0 ? line + length : line + length + 1;
    line[length] = 0;
    ++*number;
    return line;
}

static bool is_comment(const char *line) { return *line == 0 || *line == '#'; }

static void add(entries *to, char *name, char *value, int line)
{
    if (to->count == MOST_ENTRIES) give_up("too many entries; one is", name);
    to->entries[to->count++] = (entry){ name, value, line };
}

static char *find(const entries *in, const char *name, size_t length)
{
    for (int i = 0; i < in->count; i++)
        if (strlen(in->entries[i].name) == length && memcmp(in->entries[i].name, name, length) == 0)
            return in->entries[i].value;
    give_up("nothing is named", name);
    return NULL;
}

/* Cuts a row into its columns, without the white space around them. */
static void cut_row(char *line, char *columns[], int count, const char *file, int number)
{
    int found = 0;
    for (char *cell = line; cell != NULL; found++) {
        char *bar = strchr(cell, '|');
        if (bar != NULL) *bar = 0;
        cell += strspn(cell, " \t");
        size_t length = strlen(cell);
        while (length > 0 && (cell[length - 1] == ' ' || cell[length - 1] == '\t')) cell[--length] = 0;
        if (found < count) columns[found] = cell;
        cell = bar != NULL ? bar + 1 : NULL;
    }
    if (found != count) {
        printf("%s:%d has %d columns\n", file, number, found);
        give_up("a bad row in", file);
    }
}

/* A table with two columns. */
static void read_pairs(const char *file, entries *to)
{
    char *text = file_text(file), *line, *columns[2];
    int number = 0;
    while ((line = next_line(&text, &number)) != NULL) {
        if (is_comment(line)) continue;
        cut_row(line, columns, 2, file, number);
        add(to, columns[0], columns[1], number);
    }
}

/* Blocks of a kind: a name, and the lines up to "end". */
static void read_blocks(const char *file, const char *kind, entries *to)
{
    size_t length = strlen(kind);
    char *text = file_text(file), *line;
    int number = 0;
    while ((line = next_line(&text, &number)) != NULL) {
        if (is_comment(line)) continue;
        if (strncmp(line, kind, length) != 0 || line[length] != ' ') give_up("not the first line of a block:", line);
        char *end = strncmp(text, "end\n", 4) == 0 ? text : strstr(text, "\nend\n");
        if (end == NULL) give_up("no end of the block", line);
        if (end != text) end++;
        add(to, line + length + 1, text, number);
        for (char *at = text; at < end; at++) number += *at == '\n';
        number++;
        *end = 0;
        text = end + 4;
    }
}

/* Decodes base64, line ends and padding left aside; how many bytes it was. */
static size_t decode(const char *text, uint8_t *bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t group = 0;
    int bits = 0;
    size_t size = 0;
    for (; *text != 0; text++) {
        const char *at = strchr(letters, *text);
        if (at == NULL) continue;
        group = group << 6 | (uint32_t)(at - letters);
        bits += 6;
        if (bits >= 8) bytes[size++] = (uint8_t)(group >> (bits -= 8));
    }
    return size;
}

/* The certificates of a chain, such as "leaf root*31"; how many they are. */
static size_t chain_named(const char *name, pinverdict_bytes chain[MOST_CERTIFICATES])
{
    static struct {
        const char *encoded;
        pinverdict_bytes certificate;
    } decoded[MOST_CERTIFICATES];
    const char *text = find(&chains, name, strlen(name));
    size_t count = 0;
    if (strcmp(text, "-") == 0) return 0;
    while (*text != 0) {
        size_t length = strcspn(text, " *");
        int slot = 0;
        const char *encoded = find(&certificates, text, length);
        while (decoded[slot].encoded != NULL && decoded[slot].encoded != encoded) slot++;
        if (decoded[slot].encoded == NULL) {
            uint8_t *data = malloc(strlen(encoded));
            if (data == NULL) give_up("no memory for", text);
            decoded[slot].encoded = encoded;
            decoded[slot].certificate = (pinverdict_bytes){ data, decode(encoded, data) };
        }
        text += length;
        long times = *text == '*' ? strtol(text + 1, (char **)&text, 10) : 1;
        while (times-- > 0 && count < MOST_CERTIFICATES) chain[count++] = decoded[slot].certificate;
        text += strspn(text, " ");
    }
    return count;
}

/* The bytes of "x6162" or "x6162*3" at `to`, and how many they are; 0 where it is a pin's name. */
static size_t write_bytes(const char *name, char *to, size_t most)
{
    size_t size = 0, count = 1;
    if (*name++ != 'x') return 0;
    for (unsigned byte; sscanf(name, "%2x", &byte) == 1; name += 2) to[size++] = (char)byte;
    if (*name == '*') count = strtoul(name + 1, NULL, 10);
    if (size * count > most) give_up("too many bytes:", name);
    for (size_t i = size; i < size * count; i++) to[i] = to[i - size];
    return size * count;
}

/* The bytes of a text, such as a policy's, in memory that the caller frees: what stands in braces is replaced. */
static char *expand(const char *text, size_t *size)
{
    enum { MOST_BYTES = 4000000 };
    char *bytes = malloc(strlen(text) * 16 + MOST_BYTES + 1), *to = bytes;
    if (bytes == NULL) give_up("no memory for", "a policy");
    while (*text != 0) {
        if (*text != '{') {
            *to++ = *text++;
            continue;
        }
        const char *name = text + 1;
        size_t length = strcspn(name, "}");
        if (strncmp(name, "cut}", 4) == 0) break;
        size_t count = write_bytes(name, to, MOST_BYTES);
        to = count > 0 ? to + count : stpcpy(to, find(&pins, name, length));
        text = name + length + 1;
    }
    *to = 0;
    *size = (size_t)(to - bytes);
    return bytes;
}

static pinverdict_policy *policy_named(const char *name)
{
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    size_t size;
    char *text = expand(find(&policies, name, strlen(name)), &size);
    if (pinverdict_policy_parse(text, size, &policy, &error) != PINVERDICT_OK) {
        printf("policy %s, line %u: %s\n", name, (unsigned)error.line, error.message);
        give_up("a policy that must load does not:", name);
    }
    free(text);
    return policy;
}

/* The serial that a policy's text gives it. */
static uint64_t serial_of(const char *policy)
{
    const char *line = strstr(find(&policies, policy, strlen(policy)), "serial = ");
    return line != NULL ? strtoull(line + strlen("serial = "), NULL, 10) : 0;
}

/* ------------------------------------------------------------------------------------------------- settings -- */

static int64_t clock_of_row;

static int64_t tell_time(void *argument) { return *(const int64_t *)argument; }

/* A time in UTC, or seconds since 1970. */
static int64_t time_of(const char *text)
{
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return end != NULL && *end == 0 ? (int64_t)timegm(&parts) : strtoll(text, NULL, 10);
}

/* Anchors that no row needs: one, in the directory that the test runs in, loads faster than the system's. */
static const char trust_file[] = "conformance-trust.pem";

static void write_trust_file(void)
{
    FILE *file = fopen(trust_file, "w");
    if (file == NULL) give_up("cannot write", trust_file);
    fprintf(file, "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n", find(&certificates, "root", 4));
    if (fclose(file) != 0) give_up("cannot write", trust_file);
}

/* The backends by their names in the table. */
static const struct {
    const char *name;
    pinverdict_backend backend;
} backends[] = {
    { "auto", PINVERDICT_BACKEND_AUTO },
    { "openssl", PINVERDICT_BACKEND_OPENSSL },
    { "gnutls", PINVERDICT_BACKEND_GNUTLS },
};
enum { BACKEND_COUNT = sizeof backends / sizeof backends[0] };

/* A config as a row's settings say, with one backend; NULL where the row is not for that one, or the library does
   not have it. */
static pinverdict_config *config_of(const char *settings, int backend)
{
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    bool is_for_this = pinverdict_config_set_backend(config, backends[backend].backend) == PINVERDICT_OK;
    clock_of_row = 1790000000;
    CHECK_EQUAL(pinverdict_config_set_clock(config, tell_time, &clock_of_row), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_trust_file(config, trust_file), PINVERDICT_OK);
    char words[1024];
    snprintf(words, sizeof words, "%s", settings);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');
        if (value != NULL) *value++ = 0;
        if (strcmp(word, "cross-check") == 0) {
            CHECK_EQUAL(pinverdict_config_set_cross_check(config, true), PINVERDICT_OK);
        } else if (strcmp(word, "-") != 0 && value == NULL) {
            give_up("no value of the setting", word);
        } else if (strcmp(word, "environment") == 0) {
            CHECK_EQUAL(pinverdict_config_set_environment(config, value), PINVERDICT_OK);
        } else if (strcmp(word, "id") == 0) {
            CHECK_EQUAL(pinverdict_config_set_install_id(config, (const uint8_t *)value, strlen(value)), PINVERDICT_OK);
        } else if (strcmp(word, "clock") == 0) {
            clock_of_row = time_of(value);
        } else if (strcmp(word, "backend") == 0) {
            is_for_this = is_for_this && strcmp(value, backends[backend].name) == 0;
        } else if (strcmp(word, "-") != 0) {
            give_up("unknown setting", word);
        }
    }
    if (is_for_this) return config;
    pinverdict_config_free(config);
    return NULL;
}

/* --------------------------------------------------------------------------------------------------- tables -- */

/* A row of verdicts.txt. */
typedef struct {
    char *columns[MOST_COLUMNS];
    int line;
    char host[MOST_HOST_BYTES], rule[MOST_HOST_BYTES];
    pinverdict_bytes chain[MOST_CERTIFICATES];
    size_t count;
} verdict_row;

/* A host or a pattern of a row, with its bytes in place of what stands in braces. */
static void expand_host(const char *text, const char *none, char host[MOST_HOST_BYTES])
{
    size_t size;
    char *expanded = expand(strcmp(text, none) == 0 ? "" : text, &size);
    if (size >= MOST_HOST_BYTES) give_up("too long a host:", text);
    memcpy(host, expanded, size + 1);
    free(expanded);
}

static void read_verdict_row(char *line, int number, verdict_row *row)
{
    cut_row(line, row->columns, 8, "verdicts.txt", number);
    row->line = number;
    expand_host(row->columns[1], "\"\"", row->host);
    expand_host(row->columns[7], "-", row->rule);
    row->count = chain_named(row->columns[2], row->chain);
}

/* A bool that holds neither true nor false must not be read as one. */
static int byte_of(const bool *value)
{
    uint8_t byte;
    memcpy(&byte, value, 1);
    return byte;
}

/* Compares a verdict with columns 5 to 8 of its row. */
static void check_verdict(const verdict_row *row, const pinverdict_verdict *verdict, pinverdict_decision decision)
{
    char *const *columns = row->columns;
    const char *reason = strchr(columns[4], ' ');
    if (reason == NULL) give_up("no reason in", columns[4]);
    bool is_asked = strcmp(reason + 1, "empty-chain") != 0 && strcmp(reason + 1, "malformed-hostname") != 0;
    CHECK_STRING(pinverdict_reason_name(verdict->reason), reason + 1);
    CHECK_EQUAL(decision, strncmp(columns[4], "allow ", 6) == 0 ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
    CHECK_EQUAL(verdict->decision, decision);
    CHECK_EQUAL(verdict->struct_size, sizeof *verdict);
    CHECK_EQUAL(byte_of(&verdict->enforced), strstr(columns[5], "enforced") != NULL);
    CHECK_EQUAL(byte_of(&verdict->backup), strstr(columns[5], "backup") != NULL);
    CHECK_EQUAL(verdict->policy_serial, is_asked ? serial_of(columns[0]) : 0);
    if (CHECK(memchr(verdict->rule, 0, sizeof verdict->rule) != NULL)) CHECK_STRING(verdict->rule, row->rule);

    uint8_t digest[64] = { 0 };
    int depth = -1, kind = 0, failed_depth = -1;
    char *pin = "";
    if (strcmp(columns[6], "-") != 0) {
        depth = (int)strtol(columns[6], &pin, 10);
        pin += strspn(pin, " ");
        if (*pin == 0 || verdict->reason == PINVERDICT_REASON_REJECTED_KEY) failed_depth = depth;
        if (*pin == 0) depth = -1;
    }
    if (*pin != 0) {
        const char *suffix = strrchr(pin, '.');
        if (suffix == NULL) give_up("no kind of the pin", pin);
        kind = suffix[1] == 's' ? PINVERDICT_PIN_SPKI
            : suffix[1] == 'k'  ? PINVERDICT_PIN_KEY
                                : PINVERDICT_PIN_CERTIFICATE;
        decode(find(&pins, pin, strlen(pin)), digest);
    }
    CHECK_EQUAL(verdict->matched_depth, depth);
    CHECK_EQUAL(verdict->matched_kind, kind);
    CHECK_EQUAL(verdict->failed_depth, failed_depth);
    CHECK_STRING(verdict->detail, ""); // no validation, no words
    CHECK(memcmp(verdict->matched_digest, digest, sizeof verdict->matched_digest) == 0);
}

/* What a check rests on is listed: of a rule that is in force all pins, the one that matched among them. */
static void check_listing(const pinverdict_checker *checker, const char *host, const pinverdict_verdict *verdict)
{
    pinverdict_pin listed[MOST_PINS];
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    size_t count = MOST_PINS + 1;
    uint64_t serial = 0;
    bool is_host = verdict->reason != PINVERDICT_REASON_MALFORMED_HOSTNAME;
    if (verdict->reason == PINVERDICT_REASON_EMPTY_CHAIN) return; // the host was not looked at
    CHECK_EQUAL(pinverdict_checker_pins(checker, host, listed, MOST_PINS, &count, &serial, &error),
                is_host ? PINVERDICT_OK : PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(serial, verdict->policy_serial);
    // Under a rule that is off a path may still have a key that [policy] rejects, or be none.
    if (count > 0) CHECK(verdict->rule[0] != 0 && verdict->reason != PINVERDICT_REASON_ENFORCEMENT_OFF);
    if (verdict->reason == PINVERDICT_REASON_MATCHED || verdict->reason == PINVERDICT_REASON_NO_MATCH ||
        verdict->reason == PINVERDICT_REASON_PINS_EXPIRED)
        CHECK(count > 0);
    if (verdict->reason != PINVERDICT_REASON_MATCHED) return;
    bool is_listed = false;
    for (size_t i = 0; i < count; i++)
        is_listed |= listed[i].kind == verdict->matched_kind &&
            memcmp(listed[i].digest, verdict->matched_digest, sizeof listed[i].digest) == 0;
    CHECK(is_listed);
}

/* Asks for the verdict of a row: every member is written, and without a verdict the answer is the same. */
static void check_row(const pinverdict_checker *checker, const verdict_row *row, const char *backend)
{
    check_case("verdicts.txt:%d, %s, %.80s, %s with %s", row->line, row->columns[0], row->host, row->columns[2],
               backend);
    pinverdict_verdict verdict;
    memset(&verdict, 0xff, sizeof verdict);
    verdict.struct_size = sizeof verdict;
    pinverdict_decision decision = pinverdict_check_validated(checker, row->host, row->chain, row->count, &verdict);
    check_verdict(row, &verdict, decision);
    check_listing(checker, row->host, &verdict);
    CHECK_EQUAL(pinverdict_check_validated(checker, row->host, row->chain, row->count, NULL), decision);
}

/* A checker for each backend, under a policy and settings; NULL where the rows are not for that one. */
static void make_checkers(char *const columns[], pinverdict_checker *checkers[BACKEND_COUNT])
{
    pinverdict_policy *policy = policy_named(columns[0]);
    for (int backend = 0; backend < BACKEND_COUNT; backend++) {
        check_case("policy %s, %s, with %s", columns[0], columns[3], backends[backend].name);
        checkers[backend] = NULL;
        pinverdict_config *config = config_of(columns[3], backend);
        if (config == NULL) continue;
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        pinverdict_status made = pinverdict_checker_create(policy, config, &checkers[backend], &error);
        CHECK_STRING(made == PINVERDICT_OK ? "" : error.message, "");
        pinverdict_config_free(config);
    }
    pinverdict_policy_free(policy);
}

/* Rows that follow each other under one policy and the same settings are asked of one checker, which after each of
   them has to answer as before to one of them: the first that matches, or else the first. */
static void verdicts(void)
{
    static verdict_row row, good;
    pinverdict_checker *checkers[BACKEND_COUNT] = { NULL };
    char *text = file_text("verdicts.txt"), *line;
    int number = 0;
    while ((line = next_line(&text, &number)) != NULL) {
        if (is_comment(line)) continue;
        read_verdict_row(line, number, &row);
        bool is_first = good.line == 0 || strcmp(row.columns[0], good.columns[0]) != 0 ||
            strcmp(row.columns[3], good.columns[3]) != 0;
        if (is_first) {
            for (int backend = 0; backend < BACKEND_COUNT; backend++) pinverdict_checker_free(checkers[backend]);
            make_checkers(row.columns, checkers);
        }
        if (is_first || strcmp(good.columns[4], "allow matched") != 0) good = row;
        for (int backend = 0; backend < BACKEND_COUNT; backend++) {
            if (checkers[backend] == NULL) continue;
            check_row(checkers[backend], &row, backends[backend].name);
            check_row(checkers[backend], &good, backends[backend].name);
        }
    }
    for (int backend = 0; backend < BACKEND_COUNT; backend++) pinverdict_checker_free(checkers[backend]);
}

/* A host of every length right before an unreadable page: it is read to its end, and no further. */
static void hosts_at_the_end_of_memory(void)
{
    pinverdict_checker *checkers[BACKEND_COUNT];
    pinverdict_bytes chain[MOST_CERTIFICATES];
    size_t count = chain_named("path", chain);
    make_checkers((char *[]){ "hosts", NULL, NULL, "-" }, checkers);
    char *end = (char *)check_guarded(300);
    for (size_t length = 0; length < 300; length++) {
        char *host = end - length - 1;
        memset(host, 'a', length);
        end[-1] = 0;
        check_case("a host of %zu letters before an unreadable page", length);
        CHECK_EQUAL(pinverdict_check_validated(checkers[0], host, chain, count, NULL),
                    length >= 1 && length <= 63 ? PINVERDICT_ALLOW : PINVERDICT_REFUSE);
    }
    for (int backend = 0; backend < BACKEND_COUNT; backend++) pinverdict_checker_free(checkers[backend]);
}

static bool takes(char **text, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(*text, prefix, length) != 0) return false;
    *text += length;
    return true;
}

/* The pins of a row, such as "pin:leaf.spki backup-leaf-key:spare1"; how many they are. */
static size_t pins_of(char *words, pinverdict_pin listed[MOST_PINS])
{
    size_t count = 0;
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        if (count == MOST_PINS) give_up("too many pins; one is", word);
        pinverdict_pin *pin = &listed[count++];
        memset(pin, 0, sizeof *pin);
        pin->backup = takes(&word, "backup-");
        pin->list = takes(&word, "leaf-") ? PINVERDICT_LIST_LEAF
            : takes(&word, "ca-")         ? PINVERDICT_LIST_CA
                                          : PINVERDICT_LIST_ANY;
        if (takes(&word, "pin:")) pin->kind = PINVERDICT_PIN_SPKI;
        else if (takes(&word, "key:")) pin->kind = PINVERDICT_PIN_KEY;
        else if (takes(&word, "certificate:")) pin->kind = PINVERDICT_PIN_CERTIFICATE;
        else give_up("no kind of the pin", word);
        uint8_t digest[64];
        decode(find(&pins, word, strlen(word)), digest);
        memcpy(pin->digest, digest, sizeof pin->digest);
    }
    return count;
}

static void demands(void)
{
    char *text = file_text("demands.txt"), *line, *columns[MOST_COLUMNS];
    int number = 0;
    while ((line = next_line(&text, &number)) != NULL) {
        if (is_comment(line)) continue;
        cut_row(line, columns, 4, "demands.txt", number);
        check_case("demands.txt:%d, %s, %s", number, columns[0], columns[1]);
        const char *host = strcmp(columns[1], "\"\"") == 0 ? "" : columns[1];
        bool is_malformed = strcmp(columns[3], "malformed") == 0;
        pinverdict_pin expected[MOST_PINS], listed[MOST_PINS];
        size_t expected_count = is_malformed || strcmp(columns[3], "-") == 0 ? 0 : pins_of(columns[3], expected);
        pinverdict_config *config = config_of(columns[2], 0);
        pinverdict_policy *policy = policy_named(columns[0]);
        pinverdict_checker *checker = NULL;
        CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        size_t count = MOST_PINS + 1;
        uint64_t serial = 1;
        memset(listed, 0xff, sizeof listed);
        CHECK_EQUAL(pinverdict_checker_pins(checker, host, listed, MOST_PINS, &count, &serial, &error),
                    is_malformed ? PINVERDICT_INVALID_ARGUMENT : PINVERDICT_OK);
        CHECK_EQUAL(serial, is_malformed ? 0 : serial_of(columns[0]));
        CHECK_EQUAL(count, expected_count);
        for (size_t i = 0; i < expected_count; i++) CHECK(memcmp(&listed[i], &expected[i], sizeof listed[i]) == 0);
        pinverdict_checker_free(checker);
        pinverdict_policy_free(policy);
        pinverdict_config_free(config);
    }
}

/* A policy that must be refused, with its faulty line marked. */
static void check_mistake(const entry *mistake)
{
    static const char mark[] = ">> ";
    char *marked = mistake->value;
    unsigned line = 1;
    check_case("mistakes.txt:%d, %s", mistake->line, mistake->name);
    for (; strncmp(marked, mark, strlen(mark)) != 0; line++) {
        marked = strchr(marked, '\n');
        if (marked++ == NULL) give_up("no line is marked below", mistake->name);
    }
    memmove(marked, marked + strlen(mark), strlen(marked + strlen(mark)) + 1);

    size_t size;
    char *bytes = expand(mistake->value, &size);
    pinverdict_policy *policy = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK_EQUAL(pinverdict_policy_parse(bytes, size, &policy, &error), PINVERDICT_INVALID_POLICY);
    CHECK(policy == NULL);
    CHECK_EQUAL(error.line, line);
    // Where the part is missing, both are shown.
    CHECK_STRING(strstr(error.message, mistake->name) != NULL ? mistake->name : error.message, mistake->name);
    pinverdict_policy_free(policy);
    free(bytes);
}

static void mistakes(void)
{
    static entries all;
    read_blocks("mistakes.txt", "mistake", &all);
    for (int i = 0; i < all.count; i++) check_mistake(&all.entries[i]);
}

/* What a checker says of a path. */
static pinverdict_verdict verdict_now(const pinverdict_checker *checker)
{
    pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
    pinverdict_bytes chain[MOST_CERTIFICATES];
    size_t count = chain_named("path", chain);
    pinverdict_decision decision = pinverdict_check_validated(checker, "example.com", chain, count, &verdict);
    CHECK_EQUAL(decision, verdict.decision);
    return verdict;
}

/* A policy is in force: the checker answers as one that was made with it, and takes its bytes again, which under others
   with the same serial it would not. */
static void check_in_force(const char *name, pinverdict_checker *checker, const pinverdict_config *config)
{
    pinverdict_policy *policy = policy_named(name);
    pinverdict_checker *fresh = NULL;
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &fresh, NULL), PINVERDICT_OK);
    const pinverdict_verdict expected = verdict_now(fresh);
    CHECK_EQUAL(expected.policy_serial, serial_of(name));
    for (int times = 0; times < 2; times++) {
        const pinverdict_verdict verdict = verdict_now(checker);
        CHECK_EQUAL(verdict.policy_serial, expected.policy_serial);
        CHECK_EQUAL(verdict.decision, expected.decision);
        CHECK_EQUAL(verdict.reason, expected.reason);
        CHECK_EQUAL(verdict.matched_depth, expected.matched_depth);
        CHECK(memcmp(verdict.matched_digest, expected.matched_digest, sizeof expected.matched_digest) == 0);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, NULL), PINVERDICT_OK);
    }
    pinverdict_checker_free(fresh);
    pinverdict_policy_free(policy);
}

static void replacements(void)
{
    char *text = file_text("replacements.txt"), *line, *columns[MOST_COLUMNS];
    int number = 0;
    while ((line = next_line(&text, &number)) != NULL) {
        if (is_comment(line)) continue;
        cut_row(line, columns, 4, "replacements.txt", number);
        check_case("replacements.txt:%d, %s after %s", number, columns[1], columns[0]);
        pinverdict_config *config = config_of(columns[2], 0);
        pinverdict_checker *checker = NULL;
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        pinverdict_policy *offered = policy_named(columns[1]);
        pinverdict_status status;
        const char *in_force = columns[1];
        if (strcmp(columns[0], "-") == 0) {
            status = pinverdict_checker_create(offered, config, &checker, &error);
            CHECK((checker != NULL) == (status == PINVERDICT_OK));
        } else {
            pinverdict_policy *first = policy_named(columns[0]);
            CHECK_EQUAL(pinverdict_checker_create(first, config, &checker, &error), PINVERDICT_OK);
            pinverdict_policy_free(first);
            status = pinverdict_checker_set_policy(checker, offered, &error);
            if (status != PINVERDICT_OK) in_force = columns[0];
        }
        CHECK_STRING(pinverdict_status_name(status), columns[3]);
        CHECK_EQUAL(error.status, status);
        CHECK((error.message[0] != 0) == (status != PINVERDICT_OK));
        CHECK_EQUAL(error.line, 0);
        if (checker != NULL) check_in_force(in_force, checker, config);
        pinverdict_policy_free(offered);
        pinverdict_checker_free(checker);
        pinverdict_config_free(config);
    }
}

int main(int argc, char **argv)
{
    check_begin();
    folder = getenv("PINVERDICT_CONFORMANCE");
    if (folder == NULL && argc > 1) folder = argv[1];
    if (folder == NULL) give_up("name the folder by", "PINVERDICT_CONFORMANCE or the first argument");
    read_pairs("pins.txt", &pins);
    read_pairs("chains.txt", &chains);
    read_blocks("certificates.txt", "certificate", &certificates);
    read_blocks("policies.txt", "policy", &policies);
    write_trust_file();
    verdicts();
    hosts_at_the_end_of_memory();
    demands();
    mistakes();
    replacements();
    free_texts();
    return check_end();
}
