// SPDX-License-Identifier: Apache-2.0
/* pinverdict.h - do our pins allow this TLS connection?
 *
 * PinVerdict answers one question for a program that speaks TLS: given the certificate chain of this
 * connection and the host it was made to, do our pins allow it? If it is not in this file, it is not API.
 *
 * WHAT IS CHECKED. That a certificate of the path which the TLS library validated has a pinned key (or
 * that the certificate itself is pinned), under the rule that the policy has for the host; that the path
 * has no key that the policy rejects; that each certificate is DER and names the next one as its issuer.
 *
 * WHAT IS NOT CHECKED. pinverdict_check_validated does not verify signatures, validity, purposes,
 * revocation or the host name in the leaf: the TLS library has done that before, and pins come on top of
 * it, never instead. Hand over the path that was VALIDATED (SSL_get0_verified_chain with
 * SSL_get_verify_result() == X509_V_OK), never the list that the peer SENT (SSL_get_peer_cert_chain,
 * gnutls_certificate_get_peers): whoever can append a certificate to a list can put a pinned one there.
 *
 * IN SHORT
 *     pinverdict_policy *policy;  pinverdict_checker *checker;
 *     pinverdict_error error = PINVERDICT_ERROR_INIT;
 *     if (pinverdict_policy_load("/etc/app/pins.conf", &policy, &error) != PINVERDICT_OK) ...
 *     if (pinverdict_checker_create(policy, NULL, &checker, &error) != PINVERDICT_OK) ...
 *     pinverdict_policy_free(policy);
 *     ... after each handshake, before the first byte of data:
 *     if (pinverdict_check_validated(checker, "api.example.com", path, count, NULL) != PINVERDICT_ALLOW)
 *         close the connection
 *
 * OWNERSHIP. What a ..._create, ..._parse or ..._load call returns in *out belongs to the caller, who frees
 * it once by the ..._free call of its type; freeing NULL does nothing. After a failure *out is NULL. All
 * other memory that is passed in stays the caller's, must not change during the call, and is not kept after it:
 * strings and buffers are copied. Returned strings are constants.
 *
 * THREADS. A policy and a checker may be used by any number of threads at once; a config by one at a time.
 * Checks take no lock and never wait, for a policy that is being replaced neither. Freeing an object is
 * the caller's promise that no other thread uses it any more.
 *
 * FORK. Objects made before fork() work in the child; OpenSSL's own locks may not, where another thread was inside
 * pinverdict_check_presented. A handler or callback that forks inside a check must
 * not return in the child.
 *
 * ERRORS. Calls that build things answer with a pinverdict_status and, where they take one, fill in a
 * pinverdict_error. Checks answer with a pinverdict_decision and fill in a pinverdict_verdict. Every pointer
 * is checked: a NULL is an error or a refusal, never a crash, and each function says where NULL is allowed.
 *
 * THE HOST PROCESS. The library starts no threads, installs no handlers, runs nothing when it is loaded,
 * prints nothing and uses no network. pinverdict_check_validated allocates no memory, makes no system call
 * (the clock is read in the vDSO) and waits for nothing; with cross-check, under a rule with require-scts, where an
 * issuer's name is spelt in two ways, and in a library that was built with the FIPS trait, the TLS library allocates.
 *
 * A process may have two flavours of the library: each caller gets the one that it was linked with. To one a checker
 * or a config of another is an invalid argument.
 *
 * The policy file is described in pinverdict-policy(5).
 */
#ifndef PINVERDICT_H
#define PINVERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header; pinverdict_version() tells that of the library. */
#define PINVERDICT_VERSION "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define PINVERDICT_MUST_USE __attribute__((warn_unused_result))
#else
#define PINVERDICT_MUST_USE
#endif

/* ---------------------------------------------------------------------------------------------- types -- */

/* A parsed policy file. Immutable; may be shared by threads and by checkers. */
typedef struct pinverdict_policy pinverdict_policy;

/* Settings for a checker, set one by one. */
typedef struct pinverdict_config pinverdict_config;

/* Answers the question, under the policy that it holds at the moment. */
typedef struct pinverdict_checker pinverdict_checker;

/* Bytes of the caller's; size is in bytes. */
typedef struct {
    const uint8_t *data;
    size_t size;
} pinverdict_bytes;

/* How a call that builds something went. */
typedef enum {
    PINVERDICT_OK = 0,
    PINVERDICT_INVALID_ARGUMENT = 1,      /* a NULL, a size or a value that the function does not take */
    PINVERDICT_OUT_OF_MEMORY = 2,         /* nothing was changed; the call can be tried again */
    PINVERDICT_FILE_ERROR = 3,            /* a file is missing, unreadable, too large or not a file */
    PINVERDICT_INVALID_POLICY = 4,        /* a mistake in the policy; the error names its line */
    PINVERDICT_MALFORMED_CERTIFICATE = 5, /* not one DER certificate, or the backend refuses it */
    PINVERDICT_UNSUPPORTED_KEY = 6,       /* a KEY pin of an algorithm that has none */
    PINVERDICT_OUTDATED_POLICY = 7,       /* a serial lower than the one in force, or equal with other bytes */
    PINVERDICT_SETTING_REQUIRED = 8,      /* the policy uses environments or a rollout; the checker lacks them */
    PINVERDICT_BACKEND_UNAVAILABLE = 9,   /* this flavour of the library was built without that backend */
    PINVERDICT_BACKEND_FAILURE = 10,      /* the TLS library reported an error of its own */
    PINVERDICT_BAD_SIGNATURE = 11,        /* malformed, or not that of this policy; the message says which */
    PINVERDICT_UNKNOWN_KEY = 12,          /* the policy is signed by a key that is none of the config's */
    PINVERDICT_STALE_POLICY = 13,         /* its valid-until has passed, and its on-stale is refuse */
    PINVERDICT_UNSIGNED_POLICY = 14,      /* the config has keys, and the policy no signature */
    PINVERDICT_STATUS_FORCE_32 = 0x7fffffff
} pinverdict_status;

/* Only PINVERDICT_ALLOW lets a connection live; zeroed memory never reads as allowed. */
typedef enum {
    PINVERDICT_REFUSE = 0,
    PINVERDICT_ALLOW = 1,
    PINVERDICT_DECISION_FORCE_32 = 0x7fffffff
} pinverdict_decision;

/* Why a check ended as it did. A refusal is softened to an allow, with enforced false, where what stands beside its
   reason does not enforce:
     no-match, pins-expired                  [policy], the rule, its rollout
     too-few-scts, ct-logs-stale             [policy], the rule, its rollout
     not-a-path                              [policy]; unless that rejects keys, the rule and its rollout too
     malformed-certificate of a path         [policy]; unless that rejects keys, the rule and its rollout too
     no-validated-path of an accepted chain  [policy]; unless that rejects keys, the rule and its rollout too
     rejected-key                            [policy]; of a rule or a set, the rule and its rollout too
     not-pinned                              [policy]
     all others                              never
   Never softened is a malformed-certificate before there is a path, too: a leaf that a peer sent. An accepted chain is
   that of a connection which the TLS library itself accepts, while its path cannot be had. */
typedef enum {
    PINVERDICT_REASON_NONE = 0,                   /* refuse: no verdict was reached */
    PINVERDICT_REASON_MATCHED = 1,                /* allow: every list of the rule has a pin on the path */
    PINVERDICT_REASON_NOT_PINNED = 2,             /* no rule covers the host: allow, or as unpinned-hosts says */
    PINVERDICT_REASON_ENFORCEMENT_OFF = 3,        /* allow: the policy or the host's rule is off, and [policy]
                                                     rejects no key of the path */
    PINVERDICT_REASON_PINS_EXPIRED = 4,           /* as the rule's on-expiry says */
    PINVERDICT_REASON_NO_MATCH = 10,              /* refuse: no pin of some list is on the path */
    PINVERDICT_REASON_REJECTED_KEY = 11,          /* refuse: the path contains a key that the policy rejects */
    PINVERDICT_REASON_TOO_FEW_SCTS = 12,          /* refuse: pins match, and fewer logs than require-scts says have an
                                                     SCT on the leaf that counts */
    PINVERDICT_REASON_CT_LOGS_STALE = 13,         /* refuse: require-scts, a list of logs past its max-age, and its
                                                     on-stale is refuse */
    PINVERDICT_REASON_UNTRUSTED_CHAIN = 20,       /* refuse: no valid path to a trust anchor (presented chains) */
    PINVERDICT_REASON_HOSTNAME_MISMATCH = 21,     /* refuse: the leaf is not the host's (presented chains) */
    PINVERDICT_REASON_CERTIFICATE_EXPIRED = 22,   /* refuse: expired, or not valid yet (presented chains) */
    PINVERDICT_REASON_NO_VALIDATED_PATH = 23,     /* refuse: verification was off or failed, or a path is needed and
                                                     cannot be had, as of some resumed sessions (hooks) */
    PINVERDICT_REASON_NOT_A_PATH = 24,            /* refuse: an issuer is not the next certificate's subject */
    PINVERDICT_REASON_MALFORMED_CERTIFICATE = 30, /* refuse: not DER, over 1 MiB, or over 32 certificates */
    PINVERDICT_REASON_MALFORMED_HOSTNAME = 31,    /* refuse: neither a host name nor an IP address */
    PINVERDICT_REASON_EMPTY_CHAIN = 32,           /* refuse: no certificate was handed over */
    PINVERDICT_REASON_EXTRACTORS_DISAGREE = 33,   /* refuse: cross-check found another key, or none */
    PINVERDICT_REASON_INVALID_ARGUMENT = 40,      /* refuse: a NULL or a size that cannot be */
    PINVERDICT_REASON_BACKEND_FAILURE = 41,       /* refuse: the TLS library could not hash */
    PINVERDICT_REASON_FORCE_32 = 0x7fffffff
} pinverdict_reason;

/* The TLS library that hashes and, where asked, reads certificates. */
typedef enum {
    PINVERDICT_BACKEND_AUTO = 0, /* OpenSSL where it is built in, else GnuTLS */
    PINVERDICT_BACKEND_OPENSSL = 1,
    PINVERDICT_BACKEND_GNUTLS = 2,
    PINVERDICT_BACKEND_FORCE_32 = 0x7fffffff
} pinverdict_backend;

/* What a pin is the SHA-256 of. Digests are SHA-256 and have 32 bytes in every release of this ABI: another digest
   would come with functions of its own. */
typedef enum {
    PINVERDICT_PIN_SPKI = 1,        /* the SubjectPublicKeyInfo as encoded (RFC 7469, section 2.4) */
    PINVERDICT_PIN_KEY = 2,         /* the bare key: the contents of subjectPublicKey. RSA, EC on P-256,
                                       P-384 or P-521, Ed25519 and Ed448 have one */
    PINVERDICT_PIN_CERTIFICATE = 3, /* the whole certificate */
    PINVERDICT_PIN_KIND_FORCE_32 = 0x7fffffff
} pinverdict_pin_kind;

/* The lists of a rule. Within one any pin will do; each that has pins must find one of them on the path. */
typedef enum {
    PINVERDICT_LIST_ANY = 0,  /* on any certificate that the rule's match and max-depth allow */
    PINVERDICT_LIST_LEAF = 1, /* leaf-: of those, on the leaf alone */
    PINVERDICT_LIST_CA = 2,   /* ca-: of those, on the ones behind the leaf */
    PINVERDICT_LIST_FORCE_32 = 0x7fffffff
} pinverdict_pin_list;

/* What went wrong. Initialise with PINVERDICT_ERROR_INIT; every call that takes one fills it in whole, on
   success too. struct_size may be from sizeof(pinverdict_error) to 4096: of a struct with any other size
   nothing is written, and the call fails with PINVERDICT_INVALID_ARGUMENT. */
typedef struct {
    size_t struct_size;
    pinverdict_status status;
    uint32_t line;     /* of the policy text, from 1, with INVALID_POLICY; 0 with every other status */
    char message[256]; /* English, UTF-8, NUL-terminated: what was found, and what to do */
} pinverdict_error;

#define PINVERDICT_ERROR_INIT { sizeof(pinverdict_error), PINVERDICT_OK, 0, { 0 } }

/* The answer to a check, and what it rests on. Initialise with PINVERDICT_VERDICT_INIT; a check fills it in
   whole. struct_size as for pinverdict_error, or less than sizeof(pinverdict_verdict) by the fields behind rule or
   behind detail, of a caller that knows none of them; with a bad one nothing is written and the check refuses. */
typedef struct {
    size_t struct_size;
    pinverdict_decision decision;
    pinverdict_reason reason;
    bool enforced;                    /* false: report-only or off, or outside the rollout; of a key that
                                         [policy] rejects: as [policy] is */
    bool backup;                      /* some list matched by backup pins alone: a rotation is under way */
    int32_t matched_depth;            /* of the shallowest match, or of the rejected key; 0 = leaf, -1 = none */
    pinverdict_pin_kind matched_kind; /* of that pin; 0 where none matched */
    uint8_t matched_digest[32];       /* that pin; zeros where none matched */
    uint64_t policy_serial;           /* of the policy that decided; 0 where none was asked */
    char rule[256];                   /* the deciding rule's host pattern, NUL-terminated; "" where none */
    int32_t failed_depth;  /* of the certificate that is wrong, on the path that was tried, or with GnuTLS among
                              those that were sent; 0 = leaf, -1 = none, or not known */
    char detail[188];      /* the TLS library's own words for what it found wrong, in English, as far as there
                              is room, NUL-terminated; "" where it said nothing */
    int32_t scts;          /* logs that have a good SCT on the leaf, of those of the policy; -1 = none was looked for:
                              the rule says no require-scts, the pins did not come to match, or the list is stale */
    int32_t sct_operators; /* operators that these logs have */
    bool ct_logs_stale;    /* the rule has require-scts, and the policy's list of logs is past its max-age */
} pinverdict_verdict;

#define PINVERDICT_VERDICT_INIT   \
    { sizeof(pinverdict_verdict), \
      PINVERDICT_REFUSE,          \
      PINVERDICT_REASON_NONE,     \
      false,                      \
      false,                      \
      -1,                         \
      (pinverdict_pin_kind)0,     \
      { 0 },                      \
      0,                          \
      { 0 },                      \
      -1,                         \
      { 0 },                      \
      -1,                         \
      0,                          \
      false }

/* A pin of a rule. Elements of an array carry no struct_size: this struct has 48 bytes in every release. A later
   one may give a reserved byte a meaning, of which 0 is that of today; whoever does not know it leaves it alone. */
typedef struct {
    pinverdict_pin_kind kind;
    pinverdict_pin_list list;
    bool backup;         /* backup-: of a key that is kept for a rotation */
    uint8_t reserved[7]; /* written as zeros */
    uint8_t digest[32];
} pinverdict_pin;

/* ---------------------------------------------------------------------------------------------- names -- */

/* The library's version, such as "0.1.0". Never NULL. */
const char *pinverdict_version(void);

/* A reason's name for logs, such as "no-match"; "unknown" for a value that is none. Never NULL. */
const char *pinverdict_reason_name(pinverdict_reason reason);

/* A status's name for logs, such as "invalid-policy"; "unknown" for a value that is none. Never NULL. */
const char *pinverdict_status_name(pinverdict_status status);

/* --------------------------------------------------------------------------------------------- policy -- */

/* Parses the text of a policy file: size bytes of UTF-8, at most 256 MiB; no NUL need end it.
   Errors: INVALID_ARGUMENT, OUT_OF_MEMORY, INVALID_POLICY (the first mistake, with its line; the command
   `pinverdict lint` prints them all), BACKEND_FAILURE. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_policy_parse(const char *text, size_t size, pinverdict_policy **out,
                                          pinverdict_error *error);

/* Reads and parses a policy file: a regular file, or a link to one. Replace such a file by a rename, never in its
   place: one that is read while it is written may lack its last sections, and load. Errors: as pinverdict_policy_parse,
   and FILE_ERROR. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_policy_load(const char *path, pinverdict_policy **out, pinverdict_error *error);

/* Parses a policy that one of the config's keys has signed (pinverdict_config_add_policy_key). Nothing of it is read
   before its signature has been found good.
   text       where signature is NULL, one file that holds both, as `signify -S -e` writes it, so that both change
              together; else the policy, at most 256 MiB.
   signature  signify's .sig, or the .minisig of `minisign -S -l`. minisign without -l signs a hash of the policy, which
              is BAD_SIGNATURE, as is a changed trusted comment.
   Takes no policy with a serial below the config's minimum, and none that is stale by the config's clock and says
   on-stale = refuse. Errors: as pinverdict_policy_parse, of one file with a line of that file; and BAD_SIGNATURE,
   UNKNOWN_KEY (for a config without keys, too), OUTDATED_POLICY, STALE_POLICY. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_policy_parse_signed(const pinverdict_config *config, const char *text, size_t size,
                                                 const char *signature, size_t signature_size, pinverdict_policy **out,
                                                 pinverdict_error *error);

/* Gives the caller's reference back. Checkers that use the policy keep theirs. */
void pinverdict_policy_free(pinverdict_policy *policy);

/* -------------------------------------------------------------------------------------------- checker -- */

/* Makes a checker under a policy, and loads its trust store, unless the config says it takes no presented chains.
   config NULL stands for the defaults; it may be freed afterwards, and so may the policy. Errors: INVALID_ARGUMENT (a
   config of another flavour, too), OUT_OF_MEMORY, FILE_ERROR (the trust file or the system's store is there, but cannot
   be read), SETTING_REQUIRED (the policy has rules for environments or a rollout, and the config gives no environment
   that it declares, or no install id), UNSIGNED_POLICY and UNKNOWN_KEY (the config has keys, and none of them has
   signed the policy), OUTDATED_POLICY (a serial below the config's minimum), STALE_POLICY (its valid-until has passed
   by the config's clock, and its on-stale is refuse), INVALID_POLICY (a [ct-log] has a key that is no point of its
   curve). error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_create(const pinverdict_policy *policy, const pinverdict_config *config,
                                            pinverdict_checker **out, pinverdict_error *error);

/* Replaces the checker's policy, atomically: a check runs under the old one or the new one, whole. A policy
   needs a higher serial than the one in force, or the same serial and the same bytes; another one is
   refused and the old one stays. Waits for no check; of two threads that set at once, one waits for the
   other. The old policy is freed by this or a later set once no check reads it, else with the checker: a check that
   hangs, as in a clock of the caller's, keeps the policy that it reads and each one that is set after that.
   A valid-until counts when a policy is set; afterwards the clock takes no policy out of force.
   Errors: INVALID_ARGUMENT, OUT_OF_MEMORY, OUTDATED_POLICY, SETTING_REQUIRED, UNSIGNED_POLICY, UNKNOWN_KEY,
   STALE_POLICY, INVALID_POLICY. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_set_policy(pinverdict_checker *checker, const pinverdict_policy *policy,
                                                pinverdict_error *error);

/* The pins that a check of a connection to host looks for, under the policy of the moment: what was expected, where
   a check says NO_MATCH. The rule is the one that such a check goes by. Its own pins come first, then those of its
   sets in the order in which it names them; a pin that several of them have is there once for each list.
   Rejected keys are not among them: those are never what is expected. A host without a rule has no pins, nor has
   one whose rule, or whose policy, is off. Under report-only, outside the rollout and after the expiry they are
   the same as ever.
   host      as in a check; a malformed one is an error.
   pins      what is filled in; NULL where capacity is 0.
   capacity  elements that pins has room for; none beyond is written, nor any beyond *count.
   count     gets the number of pins that there are, also where it is larger than capacity; 0 after a failure. A
             rule has at most 256.
   serial    gets the serial of the policy that answered: compare it with policy_serial of a verdict to know whether
             the same one did. 0 after a failure. May be NULL.
   Allocates nothing and waits for nothing, as a check. Errors: INVALID_ARGUMENT. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_pins(const pinverdict_checker *checker, const char *host, pinverdict_pin pins[],
                                          size_t capacity, size_t *count, uint64_t *serial, pinverdict_error *error);

/* What a checker has counted. Every check counts once, by whatever call it was made: where a connection is checked in
   its handshake and again after it, those are two; one that is refused inside the handshake of a connection that is
   attached is one, and asking once more what it was refused for is none. Checks with a checker that is none, or of
   another flavour, count nowhere.

   The counters never go down. They outlive policies, and lie in memory that a process shares with those that it forks
   after the checker was made: each reads what all of them have counted, a child that was killed included. Counting
   allocates nothing, waits for nothing and makes no system call. May be called by any thread, and beside checks; what
   is counted meanwhile may be there already or not. */

/* How often checks came to one end. */
typedef struct {
    pinverdict_reason reason;
    pinverdict_decision decision;
    bool enforced;       /* as in pinverdict_verdict */
    bool backup;         /* as in pinverdict_verdict */
    uint8_t reserved[6]; /* zeros */
    uint64_t checks;
} pinverdict_count; /* the same in every release */

/* The ends that checks can come to, each with how often one did, in the order of the reasons: 0 for those that there
   were none of, so that there is a line for each from the first moment.
   counts    what is filled in; NULL where capacity is 0.
   capacity  elements that counts has room for; 64 is enough.
   count     gets the number of ends that there are, also where it is larger than capacity; 0 after a failure.
   Errors: INVALID_ARGUMENT. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_counts(const pinverdict_checker *checker, pinverdict_count counts[],
                                            size_t capacity, size_t *count, pinverdict_error *error);

/* What came of checks under one rule. Those that looked for no pins, since the rule is off or its pins have expired,
   are not among them where they allowed. */
typedef struct {
    uint64_t matched;  /* a pin in use matched */
    uint64_t backup;   /* backups alone matched */
    uint64_t softened; /* would have been refused, and was allowed */
    uint64_t refused;
    int64_t last_failure; /* when one was softened or refused, seconds since 1970-01-01 UTC by the system; 0 = never */
    uint64_t reserved[3]; /* zeros */
    char rule[256];       /* the host of its section's header; "" for all that have no row of their own */
} pinverdict_rule_count;  /* the same in every release */

/* The rules that are counted apart: the first 255 of a policy as soon as it is set, as long as there are rows; a
   checker has 255 in its life, and rules of the same host share one. All others are the last element, with "" as the
   rule, where one of them was counted. counts, capacity, count and errors as in pinverdict_checker_counts; there are at
   most 256. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_rule_counts(const pinverdict_checker *checker, pinverdict_rule_count counts[],
                                                 size_t capacity, size_t *count, pinverdict_error *error);

/* What became of checks' ends that are events (pinverdict_config_set_events), of which each is one of three; and the
   policies that were offered, to pinverdict_checker_set_policy and by sources. Of all processes that share the
   counters. */
typedef struct {
    size_t struct_size; /* set by PINVERDICT_TOTALS_INIT */
    uint64_t queued;    /* events that were put in a queue, taken since or not */
    uint64_t repeated;  /* held back, since one like them had been queued lately */
    uint64_t lost;      /* the queue had no room, or another thread was writing to it at that moment */
    uint64_t sets;      /* policies that came into force */
    uint64_t outdated;  /* refused for their serial */
    uint64_t rejected;  /* refused for anything else: a setting, a signature, a date */
} pinverdict_totals;
#define PINVERDICT_TOTALS_INIT { sizeof(pinverdict_totals), 0, 0, 0, 0, 0, 0 }

/* Reads them. Errors: INVALID_ARGUMENT, also for a struct_size that is too small or above 4096. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_totals(const pinverdict_checker *checker, pinverdict_totals *totals);

/* The policy in force in this process. */
typedef struct {
    size_t struct_size; /* set by PINVERDICT_POLICY_INFO_INIT */
    uint64_t serial;
    int64_t since;        /* when it was set, or the checker made: seconds since 1970-01-01 UTC by the system */
    int64_t first_expiry; /* the first moment at which pins of a rule expire that is not off; 0 = none does */
    int64_t valid_until;  /* of [policy]: the first moment at which the policy is stale; 0 = it does not say */
    int32_t enforcement;  /* of [policy]: 0 off, 1 report-only, 2 enforce */
    uint32_t rules;
} pinverdict_policy_info;
#define PINVERDICT_POLICY_INFO_INIT { sizeof(pinverdict_policy_info), 0, 0, 0, 0, 0, 0 }

/* Reads it, which takes time with the number of rules. Errors: INVALID_ARGUMENT, also for a struct_size that is too
   small or above 4096. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_checker_policy_info(const pinverdict_checker *checker, pinverdict_policy_info *info);

/* Ends of checks that a program wants to hear of: bits for pinverdict_config_set_events. Softened is what was allowed
   with a reason that refuses (pinverdict_reason). A rule that is off, and pins that have expired where the rule allows
   that, are no event. */
#define PINVERDICT_EVENT_FAILED 1u     /* refused, for whatever reason, or softened */
#define PINVERDICT_EVENT_BACKUP 2u     /* matched by backups alone */
#define PINVERDICT_EVENT_NOT_PINNED 4u /* not-pinned: which hosts without a rule there are, and what keys they show */
#define PINVERDICT_EVENT_MATCHED 8u    /* matched, by backups too: every path of a pinned host */

/* Bytes of certificates that an event has at most: with such a buffer, every event is taken whole. */
#define PINVERDICT_EVENT_CHAIN 16384

/* The end of a check. */
typedef struct {
    size_t struct_size;     /* set by PINVERDICT_EVENT_INIT */
    int64_t time;           /* by the checker's clock, in seconds since 1970-01-01 UTC */
    uint64_t repeats;       /* ends like this one that were held back since the event before it */
    uint64_t policy_serial; /* this, decision, reason, enforced, backup, matched_depth, rule: as in a verdict */
    pinverdict_decision decision;
    pinverdict_reason reason;
    bool enforced;
    bool backup;
    bool resumed;   /* the check was of a connection that resumed a session */
    bool truncated; /* the path had more certificates than there are here */
    int32_t matched_depth;
    uint32_t count;     /* certificates of the path that was checked, leaf first */
    uint32_t sizes[32]; /* of each; they lie in der one after the other */
    char host[256];     /* in lower case, addresses in their usual form; as it was spelt where it is no host at all,
                           at most 255 bytes of it: any but NUL may be among them. "" for NULL */
    char rule[256];
} pinverdict_event;

#define PINVERDICT_EVENT_INIT   \
    { sizeof(pinverdict_event), \
      0,                        \
      0,                        \
      0,                        \
      PINVERDICT_REFUSE,        \
      PINVERDICT_REASON_NONE,   \
      false,                    \
      false,                    \
      false,                    \
      false,                    \
      -1,                       \
      0,                        \
      { 0 },                    \
      { 0 },                    \
      { 0 } }

/* Takes the oldest event of this process's queue. May be called by any thread, by several at once, and beside checks;
   it waits for nobody, and a thread that ends in the midst of it stops nobody.
   event     filled in whole; struct_size as for pinverdict_error.
   der       gets the certificates, in DER. May be NULL with a capacity of 0.
   capacity  bytes that der has room for. Certificates for which there is none are left out, with those behind them: the
             event is taken all the same, and truncated. With PINVERDICT_EVENT_CHAIN bytes none is.
   Returns 1 for an event, 0 where there is none, also from a checker that takes none up; -1 for an argument that is
   none. Where there is no event, event is zeros.
   An event has the path that the pins were looked for in, trust anchor included. It has no certificate, and is not
   truncated, where the TLS library has accepted no path (a presented chain or a connection that was refused for that):
   what was sent then may be anybody's. The same where a path could not be had, and where an argument was refused. */
PINVERDICT_MUST_USE
int pinverdict_checker_next_event(pinverdict_checker *checker, pinverdict_event *event, uint8_t der[], size_t capacity);

/* Gives the caller's reference back. Connections that the checker is attached to (pinverdict-openssl.h,
   pinverdict-gnutls.h) keep theirs until they end. */
void pinverdict_checker_free(pinverdict_checker *checker);

/* -------------------------------------------------------------------------------------------- checking -- */

/* Do the pins allow a connection to host over this path?
   host     the name or IP address that the application wanted to reach, never one that the peer gave;
            NUL-terminated. Case and one trailing dot do not count; IP addresses compare by value.
   chain    the path that the TLS library validated: DER certificates, leaf first, trust anchor last.
   count    certificates in it, 1 to 32, each of at most 1 MiB.
   verdict  may be NULL.
   Close the connection unless the answer is PINVERDICT_ALLOW. Costs well under a microsecond for three
   certificates. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_check_validated(const pinverdict_checker *checker, const char *host,
                                               const pinverdict_bytes chain[], size_t count,
                                               pinverdict_verdict *verdict);

/* pinverdict_check_validated for a program that has only what the peer sent: certificates as they came, leaf first. The
   backend builds a path from them and validates it: signatures, validity by the checker's clock, server purpose, CA
   bit, path length, name constraints, keys and signatures of at least 112 bits, and host among the leaf's
   subjectAltNames (its common name does not count). Then the pins are looked for in that path, trust anchor included,
   and never in the rest of the list. A certificate behind the leaf that cannot be read is left out, as if it had not
   been sent. Revocation is not checked. Allocates. A chain that the checker has validated for the host before costs
   microseconds (with GnuTLS within an hour); the checker remembers 256 chains at most.
   Each library validates as it does, here and in its connections:
     anchors       OpenSSL takes self-issued certificates of the trust file, GnuTLS every one, an intermediate or a leaf
                   too. Both take v1, and self-issued v3 without basicConstraints, which OpenSSL wants a keyUsage of.
                   OpenSSL looks at an anchor's purposes.
     several ways  Of several anchors of one name each tries one. Where a cross-signed root leads to a second anchor,
                   OpenSSL ends at the first one, GnuTLS goes on.
     expiry        Where a certificate has expired, OpenSSL looks for another at any place, but once in the trust file
                   stays there; GnuTLS falls back on an anchor with the name and key of the last certificate of the path
                   that was sent, and on nothing else. To OpenSSL a certificate has expired in its last second.
     names         Of an issuer OpenSSL compares the letters, GnuTLS their case too, and of an anchor the bytes. Of a
                   host, to GnuTLS a wildcard may begin a label, and stand for an underscore.
     constraints   GnuTLS checks none on directory names and URIs, and refuses where one excludes a directory name; it
                   holds a common name without dNSNames to those on names. To both a wildcard in the leaf passes where
                   a constraint excludes just the host under it.
     purposes      GnuTLS takes anyExtendedKeyUsage for a server's, and looks at no keyUsage of the leaf.
     keys          GnuTLS reads no compressed points and no brainpool curves, and does not look whether a point lies
                   on its curve. It is not given certificates with a Name of more than 1 KiB or a key of more than
                   3 KiB, over which it can take minutes.
   A path that a library does not take is an UNTRUSTED_CHAIN, or CERTIFICATE_EXPIRED.
   What the validation got wrong (UNTRUSTED_CHAIN, else HOSTNAME_MISMATCH, else CERTIFICATE_EXPIRED) refuses
   whatever the policy says. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_check_presented(const pinverdict_checker *checker, const char *host,
                                               const pinverdict_bytes chain[], size_t count,
                                               pinverdict_verdict *verdict);

/* Is shown the path that a check looks at, within the call: DER certificates, leaf first, trust anchor last. They are
   the library's, and there until the function returns; it copies what it wants to keep, and must neither call this
   library nor jump out of the check. */
typedef void (*pinverdict_path_function)(void *argument, const pinverdict_bytes path[], size_t count);

/* pinverdict_check_presented, which shows the path that it has built: what the pins are looked for in, and so what a
   message about them names. What was sent besides is not on it. on_path   called at most once, and not where there is
   no path: what the validation refuses. May be NULL. */
PINVERDICT_MUST_USE
pinverdict_decision pinverdict_check_presented_path(const pinverdict_checker *checker, const char *host,
                                                    const pinverdict_bytes chain[], size_t count,
                                                    pinverdict_verdict *verdict, pinverdict_path_function on_path,
                                                    void *argument);

/* ------------------------------------------------------------------------------------ checker settings -- */

/* Settings with their defaults: backend AUTO, no cross-check, no environment, no install id, the system's
   clock and trust store, presented chains too. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_create(pinverdict_config **out);

/* The TLS library that hashes. Errors: INVALID_ARGUMENT, BACKEND_UNAVAILABLE. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_backend(pinverdict_config *config, pinverdict_backend backend);

/* Has the backend's own parser read every certificate of a path too, and refuses with EXTRACTORS_DISAGREE
   where it finds another key, or cannot read the certificate. Costs about a thousand times a check without,
   and allocates. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_cross_check(pinverdict_config *config, bool cross_check);

/* The environment that this process runs in: a name of 1 to 63 letters, digits, '-', '_' or '.'; NULL takes
   it back. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_environment(pinverdict_config *config, const char *name);

/* What tells this installation from others, for rollout-percent: 1 to 256 bytes that stay the same from start
   to start, such as the machine id; NULL with size 0 takes it back. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_install_id(pinverdict_config *config, const uint8_t *id, size_t size);

/* The clock for expiry dates: a function that returns seconds since 1970-01-01 00:00:00 UTC, called with the
   given pointer from inside checks, by several threads at once. It must neither call this library nor jump
   out of the check. A time before the year 0 or after the year 9999 is one at which no certificate is valid. NULL takes
   it back: the system's clock. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_clock(pinverdict_config *config, int64_t (*now)(void *), void *argument);

/* The trust anchors for pinverdict_check_presented: a PEM file, which pinverdict_checker_create reads, and whose line
   it names where the file is DER or empty, has a byte-order mark, PKCS #7, a TRUSTED CERTIFICATE or a block that is not
   whole: TLS libraries pass over such things, each in its own way. NULL takes it back: the system's store, as it is
   when the checker is made, and no anchors where the system has none. Environment variables change nothing. Errors:
   INVALID_ARGUMENT, OUT_OF_MEMORY. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_trust_file(pinverdict_config *config, const char *pem_path);

/* Whether checkers take chains that a peer presented. false: they load no trust store, which saves most of the time
   that making one takes, look at no trust file, and to pinverdict_check_presented they are an invalid argument. For
   programs whose TLS library validates. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_presented(pinverdict_config *config, bool presented);

/* Has checkers take up how checks end, for pinverdict_checker_next_event. The queue lies in a fixed piece of memory, of
   which as much is in use as was ever needed; checks allocate nothing for it and wait for nothing. An end for which it
   has no room, and one that comes while another thread writes to it, is counted as lost (pinverdict_checker_totals),
   and the next like it is tried again. So a program that asks for events takes them every few seconds, from a thread of
   its own or where it waits for something else.
   kinds         PINVERDICT_EVENT_... together; 0 for none, as at first: then the rest means nothing.
   memory        bytes, from 65536 to 67108864. An event takes some 700, and the certificates; an eighth of the memory
                 remembers what was queued lately, 32 bytes for each, and forgets the oldest where it must.
   repeat_after  seconds, at most 31622400, such as 3600: for so long, ends like one that was queued are held back and
                 counted. Alike are those of one host, reason, decision, enforced, backup and path, as far as an event
                 has it. The next event after that tells repeats. Where the clock goes back, nothing is held back.
   A process that is forked begins with an empty queue, and what it takes up is its own; events that nobody took are
   gone with their process. (On Linux before 4.14 a child has its parent's events too.) Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_events(pinverdict_config *config, uint32_t kinds, size_t memory,
                                               uint32_t repeat_after);

/* A key whose signatures count: the text of a public key file of signify's or minisign's. A checker whose config has
   keys takes no policy without a signature by one of them: pinverdict_policy_parse_signed. Up to eight; one that is
   there already is not added again. Refused are keys for which anybody can sign (points of small order, such as 32
   zeros), and encodings that are not the shortest. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_add_policy_key(pinverdict_config *config, const char *text, size_t size);

/* The serial of the policy that the program was shipped with: a checker takes no lower one, whatever its signature.
   0 takes it back. Errors: INVALID_ARGUMENT. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_config_set_minimum_serial(pinverdict_config *config, uint64_t serial);

/* Ends a config. Checkers and sources that were made with it have a copy. */
void pinverdict_config_free(pinverdict_config *config);

/* -------------------------------------------------------------------------------------------- sources -- */

/* A policy's file that is followed, for one checker. Its calls may be made by any thread, beside checks; of two at a
   time one waits for the other. A forked child reads the file anew at its first call. No thread is started and nothing
   is waited for but the disk: call pinverdict_source_refresh every few seconds, and when the program is told to.

   Whatever is wrong with a file, the policy in force stays in force. A file may be replaced by a rename, or through a
   symbolic link, as Kubernetes does it. */
typedef struct pinverdict_source pinverdict_source;

/* Makes a source. It touches no file.
   config          its keys, minimum serial and clock count, and its environment and install id for load; NULL stands
                   for the defaults. It is copied, as the paths are.
   path            the policy; with keys and without a signature_path, one file that holds both.
   signature_path  its signature's file; NULL for none.
   state_path      a file that outlives the program, in a folder that it may write to, or NULL: a line "KEYID SERIAL"
                   for each key, or "unsigned SERIAL". A policy older than the state says is OUTDATED_POLICY, after a
                   restart too. It is written before a policy is in force: STATE_PATH.new, locked against other
                   processes, takes its place. Lines of keys that the config no longer has do not count and are dropped,
                   which is the way out of a serial that was set too high; without keys, removing the file is.
   Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_source_create(const pinverdict_config *config, const char *path,
                                           const char *signature_path, const char *state_path, pinverdict_source **out,
                                           pinverdict_error *error);

/* Reads the policy, to make the checker with. Errors: as pinverdict_policy_load, pinverdict_policy_parse_signed and
   pinverdict_checker_create for the policy; FILE_ERROR for the state, too: damaged, or not to be written. error may be
   NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_source_load(pinverdict_source *source, pinverdict_policy **out, pinverdict_error *error);

/* Sets what is in the file, if that has changed. Where it has not, this is one stat, or two. A file that has changed is
   read once it has stood still for a second or two, by its times, or from one call to another; one file that is signed
   is read at once.
   changed  gets whether a policy was set. May be NULL.
   What is wrong with a file is told by each call until it changes, and counted once (pinverdict_checker_totals:
   outdated, rejected). Errors: as pinverdict_source_load and pinverdict_checker_set_policy. error may be NULL. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_source_refresh(pinverdict_source *source, pinverdict_checker *checker, bool *changed,
                                            pinverdict_error *error);

/* Ends a source. The checker keeps its policy. */
void pinverdict_source_free(pinverdict_source *source);

/* ------------------------------------------------------------------------------------------- single pins -- */

/* The pin of one DER certificate, 32 bytes into out. AUTO reads the certificate in place, as a check does;
   with a backend's name, that library imports the certificate too, and the key that it finds has to be the
   same, byte for byte, or the call fails with MALFORMED_CERTIFICATE. Errors: INVALID_ARGUMENT,
   MALFORMED_CERTIFICATE, UNSUPPORTED_KEY, BACKEND_UNAVAILABLE, BACKEND_FAILURE; out is zeroed then. */
PINVERDICT_MUST_USE
pinverdict_status pinverdict_pin_of_certificate(pinverdict_backend backend, pinverdict_pin_kind kind,
                                                pinverdict_bytes certificate, uint8_t out[32]);

#ifdef __cplusplus
}
#endif

#endif
