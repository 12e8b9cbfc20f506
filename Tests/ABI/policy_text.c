// SPDX-License-Identifier: Apache-2.0
/* Policy texts and files that are cut short, changed, too large or no policy at all: each is an error that names
   its line, and none harms the process. */
#include "fixtures.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>

static pinverdict_config *config; /* of the checkers that are made */

/* Pins that are 31 equal bytes and a zero. */
#define TEN(text) text text text text text text text text text text
#define PIN_1 TEN("AQEB") "AQA="
#define PIN_2 TEN("AgIC") "AgA="
#define PIN_3 TEN("AwMD") "AwA="
#define PIN_4 TEN("BAQE") "BAA="
#define PIN_5 TEN("BQUF") "BQA="
#define LOG_KEY                                                        \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEl0xCubAYqNTyIQSbnNqagU4pH+uH" \
    "hLdVig3QpwOKRBR4RAn8XF5UGt42jLcoAI65qMcH+HXzvOP8UBIpF/TTgw=="
#define HEX_1 TEN("01") TEN("01") TEN("01") "0100"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A policy, line by line; `complete` where the text up to the end of that line is a policy of its own. */
typedef struct {
    const char *text;
    bool complete;
} line;

static const line plain[] = {
    { "# Pins of the example services\n", false },
    { "[policy]\n", false },
    { "serial      = 20261120\n", false },
    { "enforcement = enforce   # for everyone\n", false },
    { "\n", false },
    { "[pin-set api]\n", false },
    { "pin-sha256        = " PIN_1 "\n", false },
    { "backup-pin-sha256 = " PIN_2 "\n", false },
    { "[host api.example.com]\n", false },
    { "pin-set = api\n", true },
    { "pin-sha256 = " PIN_3 "\n", true },
    { "\n", true },
    { "[host www.example.com]\n", false },
    { "key-sha256 = " PIN_3 "\n", false },
    { "backup-key-sha256 = " PIN_4 "\n", true },
    { "[host cdn.example.com]\n", false },
    { "certificate-sha256 = " PIN_4 "\n", false },
    { "backup-certificate-sha256 = " PIN_5 "\n", true },
    { "# the end\n", true },
};

static const line whole_language[] = {
    { "[policy]\n", false },
    { "serial = 3\n", false },
    { "environments = dev staging production\n", false },
    { "unpinned-hosts = refuse\n", true },
    { "valid-until = 2027-06-30\n", false },
    { "on-stale = keep\n", true },
    { "rejected-pin-sha256 = " PIN_5 "\n", true },
    { "[ct-logs]\n", false },
    { "as-of = 2026-06-20\n", false },
    { "max-age = 70\n", false },
    { "on-stale = allow\n", true },
    { "[ct-log one]\n", false },
    { "key = " LOG_KEY "\n", false },
    { "operator = Somebody\n", true },
    { "retired = 2027-03-01T00:00:00Z\n", true },
    { "certificates-until = 2027-07-01\n", true },
    { "[host api.example.com]\n", false },
    { "leaf-pin-sha256 = " PIN_1 "\n", false },
    { "backup-leaf-pin-sha256 = " PIN_2 "\n", true },
    { "ca-key-sha256 = " PIN_3 "\n", false },
    { "backup-ca-key-sha256 = " PIN_4 "\n", true },
    { "include-subdomains = yes\n", true },
    { "enforcement = report-only\n", true },
    { "expires = 2027-06-30\n", false },
    { "on-expiry = allow\n", true },
    { "rollout-percent = 10\n", true },
    { "match = any\n", true },
    { "max-depth = 3\n", true },
    { "caa-issuer = letsencrypt.org pki.goog\n", true },
    { "require-scts = 1\n", true },
    { "environments = staging production\n", true },
    { "[host *.cdn.example.com]\n", false },
    { "pin-set = cdn\n", false },
    { "[pin-set cdn]\n", false },
    { "pin-sha256 = sha256/" PIN_1 "\n", false },
    { "backup-pin-sha256 = pin-sha256=\"" PIN_2 "\"\n", true },
    { "[host 192.0.2.7]\n", false },
    { "allow-single-pin = yes\n", false },
    { "pin-sha256 = " PIN_1 "\n", true },
    { "[host 2001:db8::7]\n", false },
    { "enforcement = off\n", true },
};

static char *joined(const line *lines, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++) size += strlen(lines[i].text);
    char *text = calloc(size, 1);
    if (text == NULL) give_up("no memory for", "a policy");
    char *end = text;
    for (size_t i = 0; i < count; i++) end = stpcpy(end, lines[i].text);
    return text;
}

static unsigned lines_of(const char *text, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n' && i + 1 < size;
    return lines;
}

/* Whether a text is UTF-8 without control characters: messages go to logs and terminals. */
static bool printable(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != 0) {
        int more = *at < 0x20 || *at == 0x7f ? -1
            : *at < 0x80                     ? 0
            : *at < 0xc2                     ? -1
            : *at < 0xe0                     ? 1
            : *at < 0xf0                     ? 2
            : *at < 0xf5                     ? 3
                                             : -1;
        if (more < 0) return false;
        for (at++; more > 0; more--, at++)
            if ((*at & 0xc0) != 0x80) return false;
    }
    return true;
}

/* Parses text that lies right before an unreadable page. An error must name a line of the text. */
static pinverdict_status parse(const char *text, size_t size, pinverdict_error *error)
{
    static uint8_t *guard;
    static const size_t most = 1 << 17;
    if (guard == NULL) guard = check_guarded(most);
    if (size > most) give_up("too long for the guarded room:", text);
    if (size != 0) memcpy(guard - size, text, size);
    pinverdict_policy *policy = (pinverdict_policy *)guard;
    memset(error, 0xff, sizeof *error);
    error->struct_size = sizeof *error;
    pinverdict_status status = pinverdict_policy_parse((const char *)guard - size, size, &policy, error);
    CHECK((status == PINVERDICT_OK) == (policy != NULL));
    CHECK_ERROR(error, status);
    CHECK(status == PINVERDICT_OK || status == PINVERDICT_INVALID_POLICY);
    CHECK(error->line <= lines_of(text, size));
    CHECK(status == PINVERDICT_OK || printable(error->message));
    pinverdict_policy_free(policy);
    return status;
}

static void cut_short(const char *name, const line *lines, size_t count)
{
    pinverdict_error error;
    char *text = joined(lines, count);
    size_t line_number = 0, line_start = 0, size = strlen(text);
    for (size_t cut = 0; cut <= size; cut++) {
        check_case("%s, the first %zu bytes, which end in \"%.*s\"", name, cut, (int)(cut - line_start),
                   text + line_start);
        bool line_ends = line_number < count && cut == line_start + strlen(lines[line_number].text);
        bool complete = line_ends && lines[line_number].complete;
        CHECK_EQUAL(parse(text, cut, &error), complete ? PINVERDICT_OK : PINVERDICT_INVALID_POLICY);
        if (line_ends) {
            line_start = cut;
            line_number++;
        }
    }
    check_case("%s", "");
    free(text);
}

/* One byte of a good policy changed at a time. NUL and a lone 0x80 are UTF-8 text nowhere; what the others make
   may be a policy, which must then serve a checker. */
static void one_byte_changed(const char *name, const line *lines, size_t count)
{
    static const unsigned char values[] = { 0, 0x80, '#', '[', '=', '\n', ' ', '\r', 0xff };
    pinverdict_error error;
    char *text = joined(lines, count);
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at++) {
        char original = text[at];
        for (size_t i = 0; i < sizeof values; i++) {
            check_case("%s, byte %zu, %02x, is %02x, line %u", name, at, (unsigned char)original, values[i],
                       lines_of(text, at + 1));
            text[at] = (char)values[i];
            pinverdict_status status = parse(text, size, &error);
            if (values[i] == 0 || values[i] >= 0x80) CHECK_EQUAL(status, PINVERDICT_INVALID_POLICY);
            if (status != PINVERDICT_OK) continue;
            pinverdict_policy *policy = NULL;
            pinverdict_checker *checker = NULL;
            CHECK_EQUAL(pinverdict_policy_parse(text, size, &policy, NULL), PINVERDICT_OK);
            pinverdict_status made = pinverdict_checker_create(policy, config, &checker, &error);
            CHECK(made == PINVERDICT_OK || made == PINVERDICT_SETTING_REQUIRED);
            CHECK_ERROR(&error, made);
            pinverdict_checker_free(checker);
            pinverdict_policy_free(policy);
        }
        text[at] = original;
    }
    check_case("%s", "");
    CHECK_EQUAL(parse(text, size, &error), PINVERDICT_OK);
    free(text);
}

#define POLICY "[policy]\nserial = 7\n"
#define HOST "[host api.example.com]\n"
#define PINS "pin-sha256 = " PIN_1 "\nbackup-pin-sha256 = " PIN_2 "\n"

/* Texts that are one mistake away from a policy: the line to name (0: any), and words of which the message must
   contain one: what was found, or what to do. */
static const struct {
    const char *text;
    unsigned line;
    const char *words;
} mistakes[] = {
    { "", 1, "[policy]" },
    { "\n", 1, "[policy]" },
    { "# nothing but a comment\n", 1, "[policy]" },
    { HOST PINS, 0, "serial|[policy]" },
    { "[policy]\n" HOST PINS, 1, "serial" },
    { POLICY, 0, "[host|host|rule" },
    { "serial = 7\n" HOST PINS, 1, "section|[policy]" },
    { "[policy]\nserial = 0\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial = -1\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial = seven\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial = 7 8\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial = 18446744073709551616\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial = 99999999999999999999999999999\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial =\n" HOST PINS, 2, "serial" },
    { "[policy]\nserial\n" HOST PINS, 2, "=" },
    { "[policy]\n= 7\n" HOST PINS, 2, "key|=" },
    { "[policy]\nserail = 7\n" HOST PINS, 2, "serail" },
    { POLICY "serial = 7\n" HOST PINS, 3, "serial" },
    { POLICY "[policy]\n" HOST PINS, 3, "policy" },
    { POLICY "enforcement = yes\n" HOST PINS, 3, "enforcement|report-only" },
    { POLICY "Enforcement = enforce\n" HOST PINS, 3, "Enforcement" },
    { POLICY "[hosts api.example.com]\n" PINS, 3, "hosts" },
    { POLICY "[host]\n" PINS, 3, "host" },
    { POLICY "[host api.example.com\n" PINS, 3, "]" },
    { POLICY "[host api.example.com] x\n" PINS, 3, "header|]" },
    { POLICY "[]\n" PINS, 3, "" },
    { POLICY HOST PINS HOST PINS, 6, "api.example.com" },
    { POLICY HOST PINS "[host API.example.com.]\n" PINS, 6, "example.com" },
    { POLICY "[host api..example.com]\n" PINS, 3, "api..example.com|label" },
    { POLICY "[host api.example.com:443]\n" PINS, 3, "443|port" },
    { POLICY "[host b\xc3\xbc"
             "cher.example]\n" PINS,
      3, "xn--|ASCII" },
    { POLICY "[host 3221225991]\n" PINS, 3, "3221225991|address" },
    { POLICY "[host 0xC0000207]\n" PINS, 3, "0xC0000207|address" },
    { POLICY "[host *]\n" PINS, 3, "every host|*" },
    { POLICY "[host api.*.example.com]\n" PINS, 3, "*" },
    { POLICY HOST, 3, "pin" },
    { POLICY HOST "pin-sha256 = " PIN_1 "\n", 3, "backup" },
    { POLICY HOST "pin-sha256 = " PIN_1 "\npin-sha256 = " PIN_2 "\n", 3, "backup" },
    { POLICY HOST "backup-pin-sha256 = " PIN_1 "\n", 3, "pin" },
    { POLICY HOST "pin-sha256 = " PIN_1 "\nbackup-key-sha256 = " PIN_2 "\n", 3, "" },
    { POLICY HOST "pin-sha256 = " PIN_1 "\nbackup-pin-sha256 = " PIN_1 "\n", 0, "backup" },
    { POLICY HOST PINS "pin-sha256 = " PIN_1 "\n", 6, "" },
    { POLICY HOST PINS "pin-sha256 = " HEX_1 "\n", 6, "" },
    { POLICY HOST PINS "pin-sha265 = " PIN_3 "\n", 6, "pin-sha265" },
    { POLICY HOST PINS "backup-rejected-pin-sha256 = " PIN_3 "\n", 6, "backup-rejected-pin-sha256" },
    { POLICY HOST PINS "pin-sha256 =\n", 6, "" },
    { POLICY HOST PINS "pin-sha256 = " TEN("AQEB") "AQ==\n", 6, "32|bytes" }, // 31 bytes
    { POLICY HOST PINS "pin-sha256 = " TEN("AQEB") "AQEB\n", 6, "32|bytes" }, // 33 bytes
    { POLICY HOST PINS "pin-sha256 = " TEN("AwMD") "AwM\n", 6, "" },          // unpadded
    { POLICY HOST PINS "pin-sha256 = " TEN("--__") "AwM=\n", 6, "" },         // URL-safe
    { POLICY HOST PINS "pin-sha256 = " TEN("AwMD") " AwM=\n", 6, "" },        // white space inside
    { POLICY HOST PINS "pin-sha256 = " PIN_3 " " PIN_4 "\n", 6, "" },         // two pins
    { POLICY HOST PINS "pin-sha256 = " PIN_3 "; old\n", 6, "" },              // `;` starts no comment
    { POLICY HOST PINS "pin-sha256 = " PIN_3 "# old\n", 6, "" },              // nor `#` without a space
    { POLICY HOST PINS "pin-sha256 = sha1/" PIN_3 "\n", 6, "" },
    { POLICY HOST PINS "pin-sha256 = \"" PIN_3 "\"\n", 6, "" },
    { POLICY HOST PINS "pin-sha256 = " TEN("03") TEN("03") TEN("03") "03030\n", 6, "" }, // 65 hex digits
    { POLICY HOST "pin-set = api\n", 4, "api" },
    { POLICY HOST PINS "[pin-set]\n" PINS, 6, "pin-set|name" },
    { POLICY HOST PINS "[pin-set api]\n" PINS "[pin-set api]\n" PINS, 9, "api" },
    { POLICY HOST PINS "pin-set = api\npin-set = api\n[pin-set api]\n" PINS, 0, "api" },
    { POLICY HOST PINS "include-subdomains = true\n", 6, "yes" },
    { POLICY HOST PINS "include-subdomains = Yes\n", 6, "yes" },
    { POLICY HOST PINS "include-subdomains = yes\ninclude-subdomains = yes\n", 7, "include-subdomains" },
    { POLICY "[host *.example.com]\n" PINS "include-subdomains = yes\n", 0, "include-subdomains" },
    { POLICY HOST PINS "expires = 2027-06-30\n", 0, "on-expiry" },
    { POLICY HOST PINS "on-expiry = allow\n", 0, "expires" },
    { POLICY HOST PINS "expires = 2027-02-30\non-expiry = allow\n", 6, "2027-02-30|day" },
    { POLICY HOST PINS "expires = 2027-6-30\non-expiry = allow\n", 6, "" },
    { POLICY HOST PINS "expires = 2027-06-30T00:00\non-expiry = allow\n", 6, "" },
    { POLICY HOST PINS "expires = never\non-expiry = allow\n", 6, "" },
    { POLICY HOST PINS "expires = 2027-06-30\non-expiry = maybe\n", 7, "allow" },
    { POLICY "valid-until = 2027-06-30\n" HOST PINS, 1, "on-stale" },
    { POLICY "on-stale = refuse\n" HOST PINS, 1, "valid-until" },
    { POLICY "valid-until = 2027-02-30\non-stale = keep\n" HOST PINS, 3, "2027-02-30" },
    { POLICY "valid-until = 2027-06-30\non-stale = allow\n" HOST PINS, 4, "keep" },
    { POLICY HOST PINS "valid-until = 2027-06-30\n", 6, "valid-until" },
    { POLICY HOST PINS "rollout-percent = 101\n", 6, "100" },
    { POLICY HOST PINS "rollout-percent = -1\n", 6, "100" },
    { POLICY HOST PINS "rollout-percent = 10%\n", 6, "100" },
    { POLICY HOST PINS "max-depth = 0\n", 6, "1" },
    { POLICY HOST PINS "match = intermediate\n", 6, "leaf" },
    { POLICY HOST "match = leaf\nca-pin-sha256 = " PIN_1 "\nbackup-ca-pin-sha256 = " PIN_2 "\n", 0, "ca|leaf" },
    { POLICY HOST PINS "environments = staging\n", 6, "staging" },
    { POLICY HOST PINS "enforcement = Off\n", 6, "off" },
    { "\xef\xbb\xbf" POLICY HOST PINS, 1, "byte-order mark|byte order mark|BOM" },
    { POLICY HOST "pin-sha256 = " PIN_1 "\nbackup-pin-sha256 = " PIN_2, 5, "line" }, // no line end at the end
    { POLICY HOST PINS "# cut", 6, "line" },
    { POLICY HOST PINS "# \xc3\x28\n", 6, "UTF-8" },         // a sequence that breaks off
    { POLICY HOST PINS "# \xc0\x80\n", 6, "UTF-8" },         // an overlong NUL
    { POLICY HOST PINS "# \xed\xa0\x80\n", 6, "UTF-8" },     // a surrogate
    { POLICY HOST PINS "# \xf5\x80\x80\x80\n", 6, "UTF-8" }, // past U+10FFFF
    { POLICY "\r" HOST PINS, 3, "" },                        // a CR that ends no line
};

/* Texts that are policies. */
static const char *const accepted[] = {
    POLICY HOST PINS,
    "[policy]\r\nserial = 7\r\n[host api.example.com]\r\npin-sha256 = " PIN_1 "\r\nbackup-pin-sha256 = " PIN_2 "\r\n",
    HOST PINS POLICY,
    POLICY HOST "pin-set = a\npin-set = b\n[pin-set a]\npin-sha256 = " PIN_1 "\n[pin-set b]\nbackup-pin-sha256 = " PIN_2
                "\n",
    POLICY HOST "pin-set = api\n" PINS "[pin-set api]\n" PINS, // the same pins through two ways count once
    "  [policy]  \n\tserial\t=\t7  # comment\n" HOST PINS "   \n\t\n",
    "[policy]\nserial=18446744073709551615\n" HOST PINS,
    "# na\xc3\xafve \xe2\x82\xac \xf0\x9f\x94\x91\n" POLICY HOST PINS,
    POLICY HOST PINS "pin-sha256 = " TEN("03") TEN("03") TEN("03") "0304\n",
    POLICY HOST PINS "pin-sha256 = " TEN("03:") TEN("03:") TEN("03:") "03:04\n",
    POLICY HOST PINS "pin-sha256 = " TEN("AB") TEN("cd") TEN("Ef") "0303\n",
    POLICY HOST PINS "pin-sha256 = sha256/" PIN_3 "\n",
    POLICY HOST PINS "pin-sha256 = sha256//" PIN_3 "\n",
    POLICY HOST PINS "pin-sha256 = pin-sha256=\"" PIN_3 "\"\n",
    POLICY HOST "allow-single-pin = yes\npin-sha256 = " PIN_1 "\n",
    POLICY HOST PINS "include-subdomains = no\n",
    "[policy]\nserial = 7\nenforcement = off\n",
    "[policy]\nserial = 7\nunpinned-hosts = refuse\n",
    POLICY HOST PINS "expires = 2028-02-29\non-expiry = refuse\n",
    POLICY "on-stale = refuse\nvalid-until = 2028-02-29\n" HOST PINS,
};

/* Whether a text contains one of the words that stand between bars. */
static bool says(const char *text, const char *words)
{
    char word[64];
    for (;;) {
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        if (strcasestr(text, word) != NULL) return true;
        if (words[length] == 0) return false;
        words += length + 1;
    }
}

static void tables(void)
{
    pinverdict_error error;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        check_case("mistake %zu, text ends in \"...%s\"", i,
                   mistakes[i].text + (strlen(mistakes[i].text) > 90 ? strlen(mistakes[i].text) - 90 : 0));
        CHECK_EQUAL(parse(mistakes[i].text, strlen(mistakes[i].text), &error), PINVERDICT_INVALID_POLICY);
        if (error.status != PINVERDICT_INVALID_POLICY) continue;
        if (mistakes[i].line != 0) CHECK_EQUAL(error.line, mistakes[i].line);
        // A message of a word or two names no fix.
        if (!CHECK(strlen(error.message) >= 20) || !CHECK(says(error.message, mistakes[i].words)))
            printf("    message: %s\n", error.message);
        if (getenv("SHOW_MESSAGES") != NULL) printf("line %u: %s\n", (unsigned)error.line, error.message);
    }
    for (size_t i = 0; i < COUNT(accepted); i++) {
        check_case("accepted text %zu", i);
        if (parse(accepted[i], strlen(accepted[i]), &error) != PINVERDICT_OK)
            printf("    line %u: %s\n", (unsigned)error.line, error.message);
        CHECK_EQUAL(error.status, PINVERDICT_OK);
    }
    check_case("%s", "");
}

static void nul_bytes(void)
{
    static const char in_comment[] = POLICY "# a \0 b\n" HOST PINS;
    static const char in_host[] = POLICY "[host a\0pi.example.com]\n" PINS;
    static const char after[] = POLICY HOST PINS "\0\n";
    static const char nothing_else[] = "\0\0\0\0\0\n";
    static const struct {
        const char *text;
        size_t size;
        unsigned line;
    } rows[] = {
        { in_comment, sizeof in_comment - 1, 3 },
        { in_host, sizeof in_host - 1, 3 },
        { after, sizeof after - 1, 6 },
        { nothing_else, sizeof nothing_else - 1, 1 },
    };
    pinverdict_error error;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_case("NUL bytes, row %zu", i);
        CHECK_EQUAL(parse(rows[i].text, rows[i].size, &error), PINVERDICT_INVALID_POLICY);
        CHECK_EQUAL(error.line, rows[i].line);
    }
    check_case("%s", "");
}

/* A policy of `head`, `fill` repeated `times`, and `tail`, in memory that the caller frees. */
static char *repeated(const char *head, const char *fill, size_t times, const char *tail)
{
    size_t each = strlen(fill), size = strlen(head) + each * times + strlen(tail) + 1;
    char *text = malloc(size), *at = text;
    if (text == NULL) give_up("no memory for", "a long policy");
    at = stpcpy(at, head);
    for (size_t i = 0; i < times; i++, at += each) memcpy(at, fill, each);
    strcpy(at, tail);
    return text;
}

static void long_texts(void)
{
    enum { TEN_MB = 10 * 1000 * 1000 };
    static const struct {
        const char *name, *head, *fill;
        size_t times;
        const char *tail;
        pinverdict_status status;
        unsigned line;
    } rows[] = {
        { "a comment of 4,000 bytes", "#", "x", 3999, "\n" POLICY HOST PINS, PINVERDICT_OK, 0 },
        { "a comment of 5,000 bytes", POLICY "#", "x", 4999, "\n" HOST PINS, PINVERDICT_INVALID_POLICY, 3 },
        { "a comment of 10 MB", POLICY "#", "x", TEN_MB, "\n" HOST PINS, PINVERDICT_INVALID_POLICY, 3 },
        { "a value of 10 MB", POLICY HOST PINS "pin-sha256 = ", "A", TEN_MB, "\n", PINVERDICT_INVALID_POLICY, 6 },
        { "a key of 10 MB", POLICY, "A", TEN_MB, "\n" HOST PINS, PINVERDICT_INVALID_POLICY, 3 },
        { "a host of 10 MB", POLICY "[host ", "a.", TEN_MB / 2, "a]\n" PINS, PINVERDICT_INVALID_POLICY, 3 },
        { "a line of 10 MB without end", POLICY HOST PINS, "A", TEN_MB, "", PINVERDICT_INVALID_POLICY, 6 },
        { "10 MB of white space", POLICY HOST PINS, " ", TEN_MB, "\n", PINVERDICT_INVALID_POLICY, 6 },
        { "10 MB of empty lines", POLICY, "\n", TEN_MB, HOST PINS, PINVERDICT_OK, 0 },
        { "10 MB of opening brackets", POLICY, "[", TEN_MB, "\n", PINVERDICT_INVALID_POLICY, 3 },
    };
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_case("%s", rows[i].name);
        char *text = repeated(rows[i].head, rows[i].fill, rows[i].times, rows[i].tail);
        pinverdict_policy *policy = NULL;
        CHECK_EQUAL(pinverdict_policy_parse(text, strlen(text), &policy, &error), rows[i].status);
        CHECK_ERROR(&error, rows[i].status);
        CHECK_EQUAL(error.line, rows[i].line);
        pinverdict_policy_free(policy);
        free(text);
    }
    check_case("%s", "");
}

/* 256 pins in a section are the most. */
static void many_pins(void)
{
    for (int pins = 255; pins <= 257; pins++) {
        char text[257 * 100 + 200], *at = stpcpy(text, POLICY HOST);
        check_case("%d pins", pins);
        for (int i = 0; i < pins; i++) at += sprintf(at, "%spin-sha256 = %064x\n", i == 0 ? "backup-" : "", i + 1);
        pinverdict_error error;
        CHECK_EQUAL(parse(text, strlen(text), &error), pins <= 256 ? PINVERDICT_OK : PINVERDICT_INVALID_POLICY);
        if (pins > 256) CHECK_EQUAL(error.line, 260);
    }
    check_case("%s", "");
}

/* What policy_load answers; an error names the status, and its line for a policy alone. */
static pinverdict_status load(const char *path)
{
    pinverdict_policy *policy = (pinverdict_policy *)&policy;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    check_case("load of %.200s", path);
    pinverdict_status status = pinverdict_policy_load(path, &policy, &error);
    CHECK_ERROR(&error, status);
    CHECK(printable(error.message));
    CHECK((status == PINVERDICT_OK) == (policy != NULL));
    if (getenv("SHOW_MESSAGES") != NULL) printf("%.60s: %s\n", path, error.message);
    pinverdict_policy_free(policy);
    return status;
}

/* A file is unreadable for a user who is not root. */
static void as_nobody(void)
{
    enum { NOBODY = 65534 };
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) give_up("cannot become", "nobody");
    CHECK_EQUAL(load("unreadable"), PINVERDICT_FILE_ERROR);
}

static void files(void)
{
    static char long_path[PATH_MAX + 100];
    static const char good[] = POLICY HOST PINS;
    memset(long_path, 'p', sizeof long_path - 1);
    write_file("good", good, strlen(good));
    write_file("cut", good, strlen(good) - 1);
    write_file("empty", "", 0);
    write_file("unreadable", good, strlen(good));
    write_file("sparse", "", 0);
    write_file("binary",
               "\x7f"
               "ELF\0\0\0\0",
               8);
    if (truncate("sparse", (off_t)300 << 20) != 0 || chmod("unreadable", 0) != 0) give_up("cannot set up", "files");
    static const char *const made[] = { "folder", "fifo", "dangling", "loop", "link" };
    for (size_t i = 0; i < COUNT(made); i++) remove(made[i]);
    if (mkdir("folder", 0755) != 0 || mkfifo("fifo", 0644) != 0 || symlink("nothing there", "dangling") != 0 ||
        symlink("loop", "loop") != 0 || symlink("good", "link") != 0)
        give_up("cannot set up", "links");

    const struct {
        const char *path;
        pinverdict_status status;
    } rows[] = {
        { "good", PINVERDICT_OK },
        { "link", PINVERDICT_OK },
        { "cut", PINVERDICT_INVALID_POLICY },
        { "empty", PINVERDICT_INVALID_POLICY },
        { "binary", PINVERDICT_INVALID_POLICY },
        { "sparse", PINVERDICT_FILE_ERROR }, // over 256 MiB, of which none is on the disk
        { "missing", PINVERDICT_FILE_ERROR },
        { "good/below", PINVERDICT_FILE_ERROR },
        { "", PINVERDICT_FILE_ERROR },
        { ".", PINVERDICT_FILE_ERROR },
        { "folder", PINVERDICT_FILE_ERROR },
        { "fifo", PINVERDICT_FILE_ERROR }, // nobody writes to it: opening it plainly would wait for ever
        { "dangling", PINVERDICT_FILE_ERROR },
        { "loop", PINVERDICT_FILE_ERROR },
        { "/dev/null", PINVERDICT_FILE_ERROR },
        { "/dev/zero", PINVERDICT_FILE_ERROR },
        { "line\nbreak \x1b[31m \xff", PINVERDICT_FILE_ERROR },
        { long_path, PINVERDICT_FILE_ERROR },
    };
    for (size_t i = 0; i < COUNT(rows); i++) CHECK_EQUAL(load(rows[i].path), rows[i].status);
    check_case("%s", "");
    check_in_child("an unreadable file", 10, as_nobody);

    // A process without a free descriptor.
    struct rlimit limit, none = { 0, 0 };
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    CHECK_EQUAL(load("good"), PINVERDICT_FILE_ERROR);
    setrlimit(RLIMIT_NOFILE, &limit);
    CHECK_EQUAL(load("good"), PINVERDICT_OK);

    // No descriptor stays open.
    int before = dup(0);
    close(before);
    for (size_t i = 0; i < COUNT(rows); i++) CHECK_EQUAL(load(rows[i].path), rows[i].status);
    int after = dup(0);
    close(after);
    CHECK_EQUAL(after, before);
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    config = config_with(PINVERDICT_BACKEND_AUTO);
    tables();
    nul_bytes();
    long_texts();
    many_pins();
    cut_short("the plain policy", plain, COUNT(plain));
    cut_short("the whole language", whole_language, COUNT(whole_language));
    one_byte_changed("the plain policy", plain, COUNT(plain));
    one_byte_changed("the whole language", whole_language, COUNT(whole_language));
    files();
    pinverdict_config_free(config);
    return check_end();
}
