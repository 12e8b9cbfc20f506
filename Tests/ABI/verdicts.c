/* The main job: a policy, a host and a validated path in, a verdict out. Tables of what must come out, field by
   field; the checker must serve as before after every bad input. */
#include "fixtures.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define PATH "leaf intermediate root"
#define OTHER "other-leaf other-intermediate other-root"

/* What a row expects of a field that the reason leaves open. */
enum { ANY = -9 };

typedef struct {
    const char *host, *chain;
    pinverdict_reason reason;
    int decision;            /* ANY: as the reason says, allow for `matched` and `not-pinned` alone */
    int depth;               /* of the match or the rejected key, -1 for none */
    pinverdict_pin_kind kind;
    const char *pin;         /* "" for none */
    const char *rule;
    int enforced, backup;
} row;

#define REFUSAL -1, (pinverdict_pin_kind)0, ""
#define R(name) PINVERDICT_REASON_##name
#define SPKI PINVERDICT_PIN_SPKI
#define KEY PINVERDICT_PIN_KEY
#define CERTIFICATE PINVERDICT_PIN_CERTIFICATE
#define X2(text) text text
#define LABEL_63 X2("abcdefghijklmnopqrstuvwxyz01234") "x"
#define HOST_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." X2("abcdefghijklmnopqrstuvwxyz0123") "x"

/* Exact hosts, and the three kinds of pins. */
static const char exact[] =
    "[policy]\nserial = 42\n"
    "[pin-set api]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
    "[host api.example.com]\npin-set = api\n"
    "[host direct.example.com]\npin-sha256 = {2}\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\n"
    "[host intermediate.example.com]\npin-sha256 = {intermediate}\nbackup-pin-sha256 = {1}\n"
    "[host root.example.com]\npin-sha256 = {root}\nbackup-pin-sha256 = {1}\n"
    "[host backup.example.com]\npin-sha256 = {1}\nbackup-pin-sha256 = {leaf}\n"
    "[host deep-backup.example.com]\npin-sha256 = {root}\nbackup-pin-sha256 = {leaf}\n"
    "[host deep-primary.example.com]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {root}\n"
    "[host key.example.com]\nkey-sha256 = {leaf:key}\nbackup-key-sha256 = {1}\n"
    "[host key-deep.example.com]\nkey-sha256 = {root:key}\nbackup-key-sha256 = {1}\n"
    "[host certificate.example.com]\ncertificate-sha256 = {leaf:certificate}\nbackup-certificate-sha256 = {1}\n"
    "[host certificate-deep.example.com]\ncertificate-sha256 = {root:certificate}\n"
    "backup-certificate-sha256 = {1}\n"
    "[host wrong-kind.example.com]\nkey-sha256 = {leaf}\nbackup-key-sha256 = {1}\n"
    "[host rsa.example.com]\nkey-sha256 = {rsa-leaf:key}\nbackup-key-sha256 = {1}\n"
    "[host " HOST_253 "]\npin-set = api\n"
    "[host large.example.com]\npin-sha256 = {skeleton-1-mib}\nbackup-pin-sha256 = {1}\n"
    "[host xn--bcher-kva.example]\npin-set = api\n"
    "[host a_b.example.com]\npin-set = api\n"
    "[host printer]\npin-set = api\n"
    "[host 192.0.2.7]\npin-set = api\n"
    "[host 2001:db8::7]\npin-set = api\n";

#define API "api.example.com"
#define MATCHED R(MATCHED), ANY, 0, SPKI, "leaf"

static const row exact_rows[] = {
    { API, PATH, MATCHED, API, 1, 0 },
    { "API.Example.COM", PATH, MATCHED, API, 1, 0 },
    { "api.example.com.", PATH, MATCHED, API, 1, 0 },
    { "direct.example.com", PATH, MATCHED, "direct.example.com", 1, 0 },
    { "intermediate.example.com", PATH, R(MATCHED), ANY, 1, SPKI, "intermediate", "intermediate.example.com", 1, 0 },
    { "root.example.com", PATH, R(MATCHED), ANY, 2, SPKI, "root", "root.example.com", 1, 0 },
    { "backup.example.com", PATH, MATCHED, "backup.example.com", 1, 1 },
    { "deep-backup.example.com", PATH, R(MATCHED), ANY, 0, SPKI, "leaf", "deep-backup.example.com", 1, 0 },
    { "deep-primary.example.com", PATH, R(MATCHED), ANY, 0, SPKI, "leaf", "deep-primary.example.com", 1, 0 },
    { "key.example.com", PATH, R(MATCHED), ANY, 0, KEY, "leaf:key", "key.example.com", 1, 0 },
    { "key-deep.example.com", PATH, R(MATCHED), ANY, 2, KEY, "root:key", "key-deep.example.com", 1, 0 },
    { "certificate.example.com", PATH, R(MATCHED), ANY, 0, CERTIFICATE, "leaf:certificate",
      "certificate.example.com", 1, 0 },
    { "certificate-deep.example.com", PATH, R(MATCHED), ANY, 2, CERTIFICATE, "root:certificate",
      "certificate-deep.example.com", 1, 0 },
    { "rsa.example.com", "rsa-leaf rsa-intermediate rsa-root", R(MATCHED), ANY, 0, KEY, "rsa-leaf:key",
      "rsa.example.com", 1, 0 },
    { "xn--bcher-kva.example", PATH, MATCHED, "xn--bcher-kva.example", 1, 0 },
    { "XN--BCHER-KVA.EXAMPLE.", PATH, MATCHED, "xn--bcher-kva.example", 1, 0 },
    { "a_b.example.com", PATH, MATCHED, "a_b.example.com", 1, 0 },
    { "printer", PATH, MATCHED, "printer", 1, 0 },
    { HOST_253, PATH, MATCHED, HOST_253, 1, 0 },
    { HOST_253 ".", PATH, MATCHED, HOST_253, 1, 0 },
    { "192.0.2.7", PATH, MATCHED, "192.0.2.7", 1, 0 },
    { "::ffff:192.0.2.7", PATH, MATCHED, "192.0.2.7", 1, 0 },
    { "::FFFF:C000:207", PATH, MATCHED, "192.0.2.7", 1, 0 },
    { "2001:DB8:0:0::0007", PATH, MATCHED, "2001:db8::7", 1, 0 },
    { "[2001:db8::7]", PATH, MATCHED, "2001:db8::7", 1, 0 },
    { "2001:db8::7%eth0", PATH, MATCHED, "2001:db8::7", 1, 0 },

    // The leaf alone, and the longest path there is.
    { API, "leaf", MATCHED, API, 1, 0 },
    { API, "leaf intermediate root*30", MATCHED, API, 1, 0 },
    { API, "leaf intermediate root*31", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf*64", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { "root.example.com", "leaf intermediate root*30", R(MATCHED), ANY, 2, SPKI, "root", "root.example.com", 1, 0 },

    // No pin on the path, though the same digest may be a pin of another kind or of another host.
    { API, OTHER, R(NO_MATCH), ANY, REFUSAL, API, 1, 0 },
    { API, "intermediate root", R(NO_MATCH), ANY, REFUSAL, API, 1, 0 },
    { "wrong-kind.example.com", PATH, R(NO_MATCH), ANY, REFUSAL, "wrong-kind.example.com", 1, 0 },
    { "root.example.com", "leaf intermediate", R(NO_MATCH), ANY, REFUSAL, "root.example.com", 1, 0 },
    { "key.example.com", OTHER, R(NO_MATCH), ANY, REFUSAL, "key.example.com", 1, 0 },
    { "certificate.example.com", "ed25519 intermediate root", R(NO_MATCH), ANY, REFUSAL,
      "certificate.example.com", 1, 0 },

    // The pinned certificate in a list that is no path: appended, in front, in the middle.
    { API, OTHER " leaf", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf " OTHER, R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "other-leaf leaf other-intermediate other-root", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "other-leaf leaf", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, OTHER " " PATH, R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "root intermediate leaf", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf root", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf leaf", R(NOT_A_PATH), ANY, REFUSAL, API, 1, 0 },
    { "root.example.com", OTHER " root", R(NOT_A_PATH), ANY, REFUSAL, "root.example.com", 1, 0 },

    // Certificates that cannot be read, in each place, the pinned leaf before them or not.
    { API, "garbage", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "zeros", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "pem", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "empty-sequence", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "skeleton-trailing-byte", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "spki-indefinite", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "garbage intermediate root", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf garbage root", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf intermediate garbage", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { API, "leaf intermediate root zeros", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, API, 1, 0 },
    { "large.example.com", "skeleton-1-mib", R(MATCHED), ANY, 0, SPKI, "skeleton-1-mib", "large.example.com", 1, 0 },
    { "large.example.com", "skeleton-over-1-mib", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, "large.example.com", 1, 0 },

    // No certificate.
    { API, "", R(EMPTY_CHAIN), ANY, REFUSAL, "", ANY, 0 },
    { "unknown.example.com", "", R(EMPTY_CHAIN), ANY, REFUSAL, "", ANY, 0 },
    { "not a host", "", R(EMPTY_CHAIN), ANY, REFUSAL, "", ANY, 0 },

    // Hosts without a rule, close to those with one. No certificate is read for them.
    { "example.com", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "www.api.example.com", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "evilapi.example.com", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "api.example.com.evil.example", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "api.example.co", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "api-example.com", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "printer.local", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "192.0.2.70", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "2001:db8::8", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "::192.0.2.7", PATH, R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "unknown.example.com", "garbage", R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
    { "unknown.example.com", OTHER " leaf", R(NOT_PINNED), ANY, REFUSAL, "", ANY, 0 },
};

/* Neither a host name nor an address. */
static const char *const malformed_hosts[] = {
    "", ".", "..", " ", " api.example.com", "api.example.com ", "api.example.com\n", "api.example.com:443",
    "https://api.example.com", "api.example.com/", "user@api.example.com", "api..example.com", ".api.example.com",
    "api.example.com..", "*.example.com", "*", "api example.com", "api,example.com", "api.example.com\t",
    "b\xc3\xbc" "cher.example", "api.example.com\x80", "\xef\xbc\x8e" "example.com", "api\xe3\x80\x82" "example.com",
    LABEL_63 "y.example.com", HOST_253 "y", "0x7f000001", "0xC0000207", "3221225991", "1", "127.1", "127.0.1",
    "256.0.0.1", "1.2.3.4.5", "192.0.2.07", "0300.0.2.7", "192.0.2.7:443", "api.example.0x1", "api.example.7",
    "[", "]", "[]", "[192.0.2.7]", "[::1", "::1]", "[::1]:443", ":::", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "12345::", "g::", "::1.2.3", "::1.2.3.4.5", "%eth0", "api%eth0.example.com", "api.example.com%00",
};

/* The rules beyond exact hosts, and what softens a refusal. */
static const char whole_language[] =
    "[policy]\nserial = 43\nunpinned-hosts = refuse\nrejected-pin-sha256 = {rsa-root}\n"
    "[pin-set api]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\nrejected-pin-sha256 = {other-root}\n"
    "[host example.com]\npin-set = api\ninclude-subdomains = yes\n"
    "[host off.example.com]\nenforcement = off\n"
    "[host report.example.com]\npin-set = api\nenforcement = report-only\n"
    "[host *.cdn.example.com]\npin-sha256 = {root}\nbackup-pin-sha256 = {1}\n"
    "[host leaf.example.net]\npin-sha256 = {root}\nbackup-pin-sha256 = {1}\nmatch = leaf\n"
    "[host both.example.net]\nleaf-pin-sha256 = {leaf}\nbackup-leaf-pin-sha256 = {1}\n"
    "ca-pin-sha256 = {2}\nbackup-ca-pin-sha256 = {root}\n"
    "[host neither.example.net]\nleaf-pin-sha256 = {leaf}\nbackup-leaf-pin-sha256 = {1}\n"
    "ca-pin-sha256 = {2}\nbackup-ca-pin-sha256 = {3}\n"
    "[host rejected.example.net]\npin-sha256 = {leaf}\nbackup-pin-sha256 = {1}\nmatch = leaf\n"
    "rejected-pin-sha256 = {intermediate}\n"
    "[host expired.example.net]\npin-set = api\nexpires = 2020-01-01\non-expiry = allow\n"
    "[host closed.example.net]\npin-set = api\nexpires = 2020-01-01\non-expiry = refuse\n"
    "[host depth.example.net]\npin-sha256 = {root}\nbackup-pin-sha256 = {1}\nmax-depth = 2\n";

#define ALLOW PINVERDICT_ALLOW
#define REFUSE PINVERDICT_REFUSE

static const row whole_language_rows[] = {
    { "example.com", PATH, MATCHED, "example.com", 1, 0 },
    { "a.b.example.com", PATH, MATCHED, "example.com", 1, 0 },
    { "a.b.example.com", "leaf intermediate garbage", R(MALFORMED_CERTIFICATE), ANY, REFUSAL, "example.com", 1, 0 },
    { "evilexample.com", PATH, R(NOT_PINNED), REFUSE, REFUSAL, "", ANY, 0 },
    { "off.example.com", OTHER, R(ENFORCEMENT_OFF), ALLOW, REFUSAL, "off.example.com", 0, 0 },
    { "report.example.com", PATH, MATCHED, "report.example.com", 0, 0 },
    { "report.example.com", "p521 intermediate root", R(NO_MATCH), ALLOW, REFUSAL, "report.example.com", 0, 0 },
    { "report.example.com", "garbage", R(MALFORMED_CERTIFICATE), ALLOW, REFUSAL, "report.example.com", 0, 0 },
    { "report.example.com", "leaf root", R(NOT_A_PATH), ALLOW, REFUSAL, "report.example.com", 0, 0 },
    { "report.example.com", OTHER, R(REJECTED_KEY), ALLOW, 2, SPKI, "other-root", "report.example.com", 0, 0 },
    { "report.example.com", "", R(EMPTY_CHAIN), REFUSE, REFUSAL, "", ANY, 0 },
    { "x.cdn.example.com", PATH, R(MATCHED), ANY, 2, SPKI, "root", "*.cdn.example.com", 1, 0 },
    { "x.y.cdn.example.com", PATH, MATCHED, "example.com", 1, 0 },
    { "leaf.example.net", PATH, R(NO_MATCH), ANY, REFUSAL, "leaf.example.net", 1, 0 },
    { "both.example.net", PATH, R(MATCHED), ANY, 0, SPKI, "leaf", "both.example.net", 1, 1 },
    { "neither.example.net", PATH, R(NO_MATCH), ANY, ANY, (pinverdict_pin_kind)0, NULL, "neither.example.net", 1, 0 },
    { "rejected.example.net", PATH, R(REJECTED_KEY), REFUSE, 1, SPKI, "intermediate", "rejected.example.net", 1, 0 },
    { "example.com", OTHER, R(REJECTED_KEY), REFUSE, 2, SPKI, "other-root", "example.com", 1, 0 },
    { "unknown.example.net", "rsa-leaf rsa-intermediate rsa-root", R(REJECTED_KEY), REFUSE, 2, SPKI, "rsa-root", "",
      ANY, 0 },
    { "expired.example.net", "p521 intermediate root", R(PINS_EXPIRED), ALLOW, REFUSAL, "expired.example.net", ANY, 0 },
    { "closed.example.net", PATH, R(PINS_EXPIRED), REFUSE, REFUSAL, "closed.example.net", 1, 0 },
    { "depth.example.net", PATH, R(NO_MATCH), ANY, REFUSAL, "depth.example.net", 1, 0 },
};

static pinverdict_bytes chain[CHAIN_ROOM];

/* Checks one row; every field must have been written, and a NULL verdict must change nothing. */
static void check_row(const pinverdict_checker *checker, uint64_t serial, const row *r)
{
    size_t count = chain_of(r->chain, chain);
    pinverdict_verdict verdict;
    memset(&verdict, 0xff, sizeof verdict);
    verdict.struct_size = sizeof verdict;
    int decision = r->decision != ANY ? r->decision
                 : r->reason == R(MATCHED) || r->reason == R(NOT_PINNED) ? ALLOW : REFUSE;
    check_case("host \"%.80s\", chain \"%s\", expected %s", r->host, r->chain, pinverdict_reason_name(r->reason));
    CHECK_EQUAL(pinverdict_check_validated(checker, r->host, chain, count, &verdict), decision);
    CHECK_STRING(pinverdict_reason_name(verdict.reason), pinverdict_reason_name(r->reason));
    CHECK_EQUAL(verdict.decision, decision);
    CHECK_EQUAL(verdict.reason, r->reason);
    CHECK_EQUAL(verdict.struct_size, sizeof verdict);
    if (r->depth != ANY) {
        uint8_t digest[32] = { 0 };
        if (r->pin[0] != 0) digest_of(r->pin, strlen(r->pin), digest);
        CHECK_EQUAL(verdict.matched_depth, r->depth);
        CHECK_EQUAL(verdict.matched_kind, r->kind);
        CHECK(memcmp(verdict.matched_digest, digest, sizeof digest) == 0);
    }
    if (CHECK(memchr(verdict.rule, 0, sizeof verdict.rule) != NULL)) CHECK_STRING(verdict.rule, r->rule);
    // A bool has one byte: any other value than 0 and 1 would be the 0xff that was there before.
    uint8_t enforced, backup;
    memcpy(&enforced, &verdict.enforced, 1);
    memcpy(&backup, &verdict.backup, 1);
    CHECK(enforced <= 1);
    if (r->enforced != ANY) CHECK_EQUAL(enforced, r->enforced);
    CHECK_EQUAL(backup, r->backup);
    // Arguments are refused before the policy is asked.
    if (r->reason != R(EMPTY_CHAIN) && r->reason != R(MALFORMED_HOSTNAME)) CHECK_EQUAL(verdict.policy_serial, serial);

    CHECK_EQUAL(pinverdict_check_validated(checker, r->host, chain, count, NULL), decision);
}

static void check_rows(const char *policy, uint64_t serial, const row *rows, size_t count,
                       const pinverdict_config *config)
{
    static const row good_exact = { API, PATH, MATCHED, API, 1, 0 };
    static const row good_whole = { "example.com", PATH, MATCHED, "example.com", 1, 0 };
    pinverdict_checker *checker = checker_of(policy, config);
    for (size_t i = 0; i < count; i++) {
        check_row(checker, serial, &rows[i]);
        check_row(checker, serial, policy == exact ? &good_exact : &good_whole);
    }
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

static void hosts(void)
{
    static char long_host[10001];
    memset(long_host, 'a', sizeof long_host - 1);
    pinverdict_checker *checker = checker_of(exact, NULL);
    row expected = { NULL, PATH, R(MALFORMED_HOSTNAME), REFUSE, REFUSAL, "", ANY, 0 };
    for (size_t i = 0; i < COUNT(malformed_hosts); i++) {
        expected.host = malformed_hosts[i];
        check_row(checker, 42, &expected);
    }
    // 10,000 characters: of one label, of many labels, of dots, of digits.
    static const char *const fills[] = { "a", "a.", ".", "1", "1.", ":", "0:", "[", "%" };
    for (size_t i = 0; i < COUNT(fills); i++) {
        for (size_t at = 0; at < sizeof long_host - 1; at++) long_host[at] = fills[i][at % strlen(fills[i])];
        expected.host = long_host;
        check_row(checker, 42, &expected);
    }
    // The host lies right before an unreadable page, at every length.
    uint8_t *guard = check_guarded(300);
    for (size_t length = 0; length < 300; length++) {
        char *host = (char *)guard - length - 1;
        memset(host, 'a', length);
        guard[-1] = 0;
        check_case("host of %zu letters before an unreadable page", length);
        CHECK_EQUAL(pinverdict_check_validated(checker, host, chain, chain_of(PATH, chain), NULL),
                    length >= 1 && length <= 63 ? ALLOW : REFUSE);
    }
    const row good = { API, PATH, MATCHED, API, 1, 0 };
    check_row(checker, 42, &good);
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

/* A policy whose one rule matches the path, or does not. */
static char *one_rule(uint64_t serial, const char *pin, const char *more)
{
    char *template;
    if (asprintf(&template, "[policy]\nserial = %llu\n%s[host api.example.com]\npin-sha256 = {%s}\n"
                 "backup-pin-sha256 = {1}\n", (unsigned long long)serial, more, pin) < 0)
        give_up("no memory for", "a policy");
    return template;
}

/* The serial decides which policy a checker takes; what it does not take leaves the old one in force. */
static void replacements(void)
{
    static const struct {
        uint64_t serial;
        const char *pin, *more;
        pinverdict_status status;
        bool allows; /* afterwards */
    } steps[] = {
        { 10, "leaf", "", PINVERDICT_OK, true },
        { 9, "2", "", PINVERDICT_OUTDATED_POLICY, true },
        { 1, "leaf", "", PINVERDICT_OUTDATED_POLICY, true },
        { 10, "2", "", PINVERDICT_OUTDATED_POLICY, true },            // the same serial with other bytes
        { 10, "leaf", "# comment\n", PINVERDICT_OUTDATED_POLICY, true },
        { 10, "leaf", "", PINVERDICT_OK, true },
        { 11, "2", "", PINVERDICT_OK, false },
        { 10, "leaf", "", PINVERDICT_OUTDATED_POLICY, false },
        { UINT64_MAX, "leaf", "", PINVERDICT_OK, true },
        { UINT64_MAX - 1, "2", "", PINVERDICT_OUTDATED_POLICY, true },
        { UINT64_MAX, "leaf", "", PINVERDICT_OK, true },
    };
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    char *first = one_rule(10, "leaf", "");
    pinverdict_checker *checker = checker_of(first, NULL);
    size_t count = chain_of(PATH, chain);
    for (size_t i = 0; i < COUNT(steps); i++) {
        check_case("replacement %zu, serial %llu", i, (unsigned long long)steps[i].serial);
        char *template = one_rule(steps[i].serial, steps[i].pin, steps[i].more);
        pinverdict_policy *policy = policy_of(template);
        CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, &error), steps[i].status);
        CHECK_ERROR(&error, steps[i].status);
        pinverdict_policy_free(policy);
        CHECK_EQUAL(pinverdict_check_validated(checker, API, chain, count, NULL), steps[i].allows ? ALLOW : REFUSE);
        free(template);
    }
    pinverdict_checker_free(checker);
    free(first);
    check_case("%s", "");
}

/* A policy that needs a setting is refused by a checker that lacks it, and serves one that has it. */
static void settings(void)
{
    static const char environments[] = "[policy]\nserial = 9\nenvironments = dev production\n"
        "[host api.example.com]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\nenvironments = production\n";
    static const char rollout[] = "[policy]\nserial = 9\n"
        "[host api.example.com]\npin-sha256 = {2}\nbackup-pin-sha256 = {1}\nrollout-percent = 0\n";
    static const struct {
        const char *name, *policy, *environment, *id;
        pinverdict_status status;
        int decision;
    } rows[] = {
        { "environments, none given", environments, NULL, NULL, PINVERDICT_SETTING_REQUIRED, REFUSE },
        { "environments, an undeclared one", environments, "staging", NULL, PINVERDICT_SETTING_REQUIRED, REFUSE },
        { "environments, one in another case", environments, "Production", NULL, PINVERDICT_SETTING_REQUIRED, REFUSE },
        { "environments, the rule's", environments, "production", NULL, PINVERDICT_OK, REFUSE },
        { "environments, another one", environments, "dev", NULL, PINVERDICT_OK, ALLOW },
        { "rollout, no id", rollout, NULL, NULL, PINVERDICT_SETTING_REQUIRED, REFUSE },
        { "rollout, an id", rollout, NULL, "machine", PINVERDICT_OK, ALLOW },
    };
    size_t count = chain_of(PATH, chain);
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_case("%s", rows[i].name);
        pinverdict_error error = PINVERDICT_ERROR_INIT;
        pinverdict_checker *checker = NULL;
        pinverdict_policy *policy = policy_of(rows[i].policy);
        pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
        CHECK_EQUAL(pinverdict_config_set_environment(config, rows[i].environment), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_config_set_install_id(config, (const uint8_t *)rows[i].id,
                                                     rows[i].id != NULL ? strlen(rows[i].id) : 0), PINVERDICT_OK);
        CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, &error), rows[i].status);
        CHECK_ERROR(&error, rows[i].status);
        CHECK((checker != NULL) == (rows[i].status == PINVERDICT_OK));
        pinverdict_config_free(config);
        if (checker != NULL)
            CHECK_EQUAL(pinverdict_check_validated(checker, API, chain, count, NULL), rows[i].decision);
        pinverdict_checker_free(checker);
        // Nor does a checker without the setting take such a policy later.
        if (rows[i].status != PINVERDICT_OK) {
            char *good = one_rule(8, "leaf", "");
            checker = checker_of(good, NULL);
            CHECK_EQUAL(pinverdict_checker_set_policy(checker, policy, &error), PINVERDICT_SETTING_REQUIRED);
            CHECK_EQUAL(pinverdict_check_validated(checker, API, chain, count, NULL), ALLOW);
            pinverdict_checker_free(checker);
            free(good);
        }
        pinverdict_policy_free(policy);
    }
    check_case("%s", "");
}

static int64_t given_clock(void *seconds)
{
    return *(const int64_t *)seconds;
}

/* The last day of the pins ends at midnight, UTC. No clock is too early or too late to be compared. */
static void clocks(void)
{
    static const struct { int64_t now; pinverdict_reason reason; } rows[] = {
        { 1830383999, R(MATCHED) },      // 2028-01-01 23:59:59
        { 1830384000, R(PINS_EXPIRED) }, // 2028-01-02 00:00:00
        { 0, R(MATCHED) },
        { -1, R(MATCHED) },
        { INT64_MIN, R(MATCHED) },
        { INT64_MAX, R(PINS_EXPIRED) },
    };
    int64_t now = 0;
    pinverdict_config *config = config_with(PINVERDICT_BACKEND_AUTO);
    CHECK_EQUAL(pinverdict_config_set_clock(config, given_clock, &now), PINVERDICT_OK);
    pinverdict_checker *checker = checker_of("[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\n"
        "backup-pin-sha256 = {1}\nexpires = 2028-01-01\non-expiry = refuse\n", config);
    pinverdict_config_free(config);
    for (size_t i = 0; i < COUNT(rows); i++) {
        pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
        now = rows[i].now;
        check_case("clock at %lld", (long long)now);
        CHECK_EQUAL(pinverdict_check_validated(checker, API, chain, chain_of(PATH, chain), &verdict),
                    rows[i].reason == R(MATCHED) ? ALLOW : REFUSE);
        CHECK_EQUAL(verdict.reason, rows[i].reason);
    }
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    for (int b = 0; b < BACKEND_COUNT; b++) {
        if (!backends[b].built_in) continue;
        pinverdict_config *config = config_with(backends[b].backend);
        check_rows(exact, 42, exact_rows, COUNT(exact_rows), config);
        check_rows(whole_language, 43, whole_language_rows, COUNT(whole_language_rows), config);
        pinverdict_config_free(config);
    }
    hosts();
    replacements();
    settings();
    clocks();
    return check_end();
}
