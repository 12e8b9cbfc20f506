// SPDX-License-Identifier: Apache-2.0
/* scts.h - the SCTs of one certificate, through our reader with each backend, and through OpenSSL.
 *
 * An SCT that counts is a log's word: ours may count no log that OpenSSL does not. It may count fewer, since it is
 * strict. The certificates and logs to begin with are those of Tests/Conformance/scts; beside them there is a log of
 * this process, so that certificates which were changed can have an SCT that is good. */
#ifndef SCTS_H
#define SCTS_H

#include "../Fuzz/mutate-certificate.h"

#include <limits.h>
#include <openssl/ct.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SCT_TIME = 1782864000 /* 2026-07-01 */, SCT_MOST_LEAVES = 100, SCT_LARGEST = 1 << 17, SCT_MOST_ELEMENTS = 64 };

/* A certificate and who issued it. */
typedef struct {
    char name[100];
    pinverdict_bytes leaf, issuer;
} sct_path;

static sct_path sct_paths[SCT_MOST_LEAVES];
static size_t sct_path_count;
static EVP_PKEY *sct_own_log;
static uint8_t sct_own_key[91]; /* its SubjectPublicKeyInfo, P-256 */
static CTLOG_STORE *sct_store;
static pinverdict_checker *sct_checkers[2];

/* ---------------------------------------------------------------------------------------------- what there is -- */

static inline pinverdict_bytes sct_file(const char *name)
{
    char path[PATH_MAX];
    uint8_t *bytes = malloc(SCT_LARGEST);
    int folder = (int)(strrchr(__FILE__, '/') - __FILE__);
    snprintf(path, sizeof path, "%.*s/../Conformance/scts/%s", folder, __FILE__, name);
    FILE *file = fopen(path, "rb");
    if (bytes == NULL || file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(3);
    }
    size_t size = fread(bytes, 1, SCT_LARGEST - 1, file);
    bytes[size] = 0;
    fclose(file);
    return (pinverdict_bytes){ bytes, size };
}

/* Splits the next line of a table that is no comment at its tabs; NULL behind the last one. */
static inline char *sct_row(char **rest, char *fields[8])
{
    char *line;
    while ((line = strsep(rest, "\n")) != NULL) {
        if (*line == 0 || *line == '#') continue;
        for (int i = 0; i < 8; i++) fields[i] = (fields[i] = strsep(&line, "\t")) != NULL ? fields[i] : (char *)"";
        return fields[0];
    }
    return NULL;
}

static inline void sct_add_path(const char *leaf, const char *issuer)
{
    if (sct_path_count == SCT_MOST_LEAVES) abort();
    sct_path *path = &sct_paths[sct_path_count++];
    snprintf(path->name, sizeof path->name, "%s", leaf);
    path->leaf = sct_file(leaf);
    path->issuer = sct_file(issuer);
}

/* A log for the policy, and for OpenSSL's list. */
static inline void sct_add_log(FILE *policy, FILE *sections, FILE *names, const char *key, const char *operator)
{
    static int number;
    fprintf(policy, "[ct-log log%d]\nkey = %s\noperator = %s\n", number, key, operator);
    fprintf(sections, "[log%d]\ndescription = log%d\nkey = %s\n", number, number, key);
    fprintf(names, "%slog%d", number > 0 ? "," : "enabled_logs = ", number);
    number++;
}

static inline void sct_add_logs(FILE *policy, FILE *sections, FILE *names)
{
    char *fields[8], own[128] = "", *rest;
    char *real = (char *)sct_file("logs.tsv").data, *made = (char *)sct_file("synthetic/logs.tsv").data;
    for (rest = real; sct_row(&rest, fields) != NULL;)
        if (strlen(fields[1]) == 124) sct_add_log(policy, sections, names, fields[1], fields[2]);
    for (rest = made; sct_row(&rest, fields) != NULL;)
        if (strlen(fields[2]) == 124 && strcmp(fields[4], "unlisted") != 0)
            sct_add_log(policy, sections, names, fields[2], fields[3]);
    free(real);
    free(made);
    EVP_EncodeBlock((unsigned char *)own, sct_own_key, sizeof sct_own_key);
    sct_add_log(policy, sections, names, own, "own");
}

static inline X509 *sct_parse(pinverdict_bytes bytes)
{
    const uint8_t *at = bytes.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)bytes.size);
    if (certificate != NULL && at == bytes.data + bytes.size) return certificate;
    X509_free(certificate);
    return NULL;
}

/* Of the SubjectPublicKeyInfo, as a log has it (issuer_key_hash). */
static inline void sct_digest_of_key(const X509 *certificate, uint8_t out[32])
{
    uint8_t *key = NULL;
    int size = certificate != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key) : -1;
    if (size < 0) abort();
    SHA256(key, (size_t)size, out);
    OPENSSL_free(key);
}

static inline void sct_add_pins(FILE *policy)
{
    for (size_t i = 0; i < sct_path_count; i++) {
        pinverdict_bytes issuer = sct_paths[i].issuer;
        uint8_t digest[32], text[48];
        bool is_known = false;
        for (size_t j = 0; j < i && !is_known; j++)
            is_known = sct_paths[j].issuer.size == issuer.size &&
                memcmp(sct_paths[j].issuer.data, issuer.data, issuer.size) == 0;
        if (is_known) continue;
        X509 *parsed = sct_parse(issuer);
        sct_digest_of_key(parsed, digest);
        X509_free(parsed);
        EVP_EncodeBlock(text, digest, sizeof digest);
        fprintf(policy, "pin-sha256 = %s\n", (char *)text);
    }
}

static inline int64_t sct_now(void *unused)
{
    (void)unused;
    return SCT_TIME;
}

/* Makes a checker for each backend under one policy with all logs, and OpenSSL's store of the same. */
static inline void sct_begin(void)
{
    char *fields[8], *text = NULL, *sections = NULL, *names = NULL, path[64], *rest;
    size_t size, sections_size, names_size;
    char *real = (char *)sct_file("manifest.tsv").data, *made = (char *)sct_file("synthetic/manifest.tsv").data;
    for (rest = real; sct_row(&rest, fields) != NULL;) sct_add_path(fields[0], fields[1]);
    for (rest = made; sct_row(&rest, fields) != NULL;) {
        char name[100];
        snprintf(name, sizeof name, "synthetic/%s.der", fields[0]);
        sct_add_path(name, "synthetic/ca.der");
    }
    free(real);
    free(made);
    uint8_t *end = sct_own_key;
    sct_own_log = EVP_EC_gen("P-256");
    if (i2d_PUBKEY(sct_own_log, NULL) != sizeof sct_own_key || i2d_PUBKEY(sct_own_log, &end) < 0) abort();

    FILE *policy = open_memstream(&text, &size), *of_sections = open_memstream(&sections, &sections_size);
    FILE *of_names = open_memstream(&names, &names_size);
    fprintf(policy, "[policy]\nserial = 1\n[ct-logs]\nas-of = 2026-06-20\nmax-age = 70\non-stale = refuse\n");
    sct_add_logs(policy, of_sections, of_names);
    fprintf(policy, "[host a.example]\nallow-single-pin = yes\nrequire-scts = 1\n");
    sct_add_pins(policy);
    fclose(policy);
    fclose(of_sections);
    fclose(of_names);

    int file = memfd_create("logs", 0);
    dprintf(file, "%s\n%s", names, sections);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    sct_store = CTLOG_STORE_new();
    if (CTLOG_STORE_load_file(sct_store, path) != 1) {
        fprintf(stderr, "OpenSSL does not read the list of logs\n");
        exit(3);
    }
    close(file);
    static const pinverdict_backend backends[] = { PINVERDICT_BACKEND_OPENSSL, PINVERDICT_BACKEND_GNUTLS };
    pinverdict_policy *parsed = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    bool is_made = pinverdict_policy_parse(text, size, &parsed, &error) == PINVERDICT_OK;
    for (int i = 0; i < 2 && is_made; i++) {
        pinverdict_config *config = NULL;
        is_made = pinverdict_config_create(&config) == PINVERDICT_OK &&
            pinverdict_config_set_backend(config, backends[i]) == PINVERDICT_OK &&
            pinverdict_config_set_presented(config, false) == PINVERDICT_OK &&
            pinverdict_config_set_clock(config, sct_now, NULL) == PINVERDICT_OK &&
            pinverdict_checker_create(parsed, config, &sct_checkers[i], &error) == PINVERDICT_OK;
        pinverdict_config_free(config);
    }
    if (!is_made) {
        fprintf(stderr, "there is no checker: line %u: %s\n", error.line, error.message);
        exit(3);
    }
    pinverdict_policy_free(parsed);
    free(text);
    free(sections);
    free(names);
}

/* -------------------------------------------------------------------------------------------------- comparing -- */

typedef struct {
    int ours;              /* logs that count */
    int openssl;           /* the same; -1 where it does not read the certificate, 0 where it was not asked */
    bool is_refused_whole; /* OpenSSL's parser refuses the list, but its elements can be told apart */
    const char *disagreement;
} sct_comparison;

/* The SCTs that OpenSSL's parser takes, one by one, of a list whose own lengths are right. OpenSSL refuses a whole list
   for one that is wrong, where only that one should not count (RFC 6962, section 3.3). */
static inline STACK_OF(SCT) *sct_elements_by_openssl(const ASN1_OCTET_STRING *value)
{
    const uint8_t *at = ASN1_STRING_get0_data(value), *end = at + ASN1_STRING_length(value);
    ASN1_OCTET_STRING *octets = d2i_ASN1_OCTET_STRING(NULL, &at, end - at);
    STACK_OF(SCT) *list = sk_SCT_new_null();
    bool is_whole = octets != NULL && at == end && ASN1_STRING_length(octets) > 2;
    if (is_whole) {
        at = ASN1_STRING_get0_data(octets);
        end = at + ASN1_STRING_length(octets);
        is_whole = (at[0] << 8 | at[1]) == end - at - 2;
        at += 2;
    }
    while (is_whole && at < end) {
        long size = end - at < 2 ? 0 : at[0] << 8 | at[1];
        is_whole = size > 0 && size <= end - at - 2;
        const uint8_t *element = at + 2;
        SCT *sct = is_whole ? o2i_SCT(NULL, &element, (size_t)size) : NULL;
        if (sct != NULL) sk_SCT_push(list, sct);
        at += 2 + size;
    }
    ASN1_OCTET_STRING_free(octets);
    if (is_whole) return list;
    SCT_LIST_free(list);
    return NULL;
}

/* The logs whose SCT is good, each once. */
static inline int sct_count_valid(STACK_OF(SCT) *list, X509 *leaf, X509 *issuer)
{
    CT_POLICY_EVAL_CTX *context = CT_POLICY_EVAL_CTX_new();
    int count = 0;
    CT_POLICY_EVAL_CTX_set1_cert(context, leaf);
    CT_POLICY_EVAL_CTX_set1_issuer(context, issuer);
    CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(context, sct_store);
    CT_POLICY_EVAL_CTX_set_time(context, SCT_TIME * UINT64_C(1000) + 999);
    for (int i = 0; i < sk_SCT_num(list); i++) {
        SCT *sct = sk_SCT_value(list, i);
        uint8_t *id, *other;
        SCT_set_source(sct, SCT_SOURCE_X509V3_EXTENSION);
        (void)SCT_validate(sct, context);
        bool is_new = SCT_get_validation_status(sct) == SCT_VALIDATION_STATUS_VALID;
        size_t size = SCT_get0_log_id(sct, &id);
        for (int j = 0; j < i && is_new; j++) {
            SCT *before = sk_SCT_value(list, j);
            is_new = SCT_get_validation_status(before) != SCT_VALIDATION_STATUS_VALID ||
                SCT_get0_log_id(before, &other) != size || memcmp(id, other, size) != 0;
        }
        count += is_new;
    }
    CT_POLICY_EVAL_CTX_free(context);
    return count;
}

static inline int sct_by_openssl(pinverdict_bytes leaf, pinverdict_bytes issuer, bool *is_refused_whole)
{
    X509 *parsed = sct_parse(leaf), *parsed_issuer = sct_parse(issuer);
    int critical = -1, count = parsed == NULL || parsed_issuer == NULL ? -1 : 0;
    if (count == 0) {
        STACK_OF(SCT) *list = X509_get_ext_d2i(parsed, NID_ct_precert_scts, &critical, NULL);
        if (list == NULL && critical >= 0) { /* the extension is there, once */
            int place = X509_get_ext_by_NID(parsed, NID_ct_precert_scts, -1);
            list = sct_elements_by_openssl(X509_EXTENSION_get_data(X509_get_ext(parsed, place)));
            *is_refused_whole = list != NULL;
        }
        if (list != NULL) count = sct_count_valid(list, parsed, parsed_issuer);
        SCT_LIST_free(list);
    }
    X509_free(parsed);
    X509_free(parsed_issuer);
    ERR_clear_error();
    return count;
}

/* Every backend is asked twice: the second time may be from memory. OpenSSL, which takes far longer, is asked where it
   could disagree, or always, for the figures. */
static inline sct_comparison compare_scts(pinverdict_bytes leaf, pinverdict_bytes issuer, bool always)
{
    const pinverdict_bytes path[] = { leaf, issuer };
    sct_comparison compared = { 0 };
    for (int i = 0; i < 4; i++) {
        pinverdict_verdict verdict = PINVERDICT_VERDICT_INIT;
        pinverdict_decision decision = pinverdict_check_validated(sct_checkers[i / 2], "a.example", path, 2, &verdict);
        int counted = verdict.scts > 0 ? verdict.scts : 0;
        if (i > 0 && counted != compared.ours) compared.disagreement = "two checks count otherwise";
        if (counted > compared.ours) compared.ours = counted;
        if (decision != (counted > 0 ? PINVERDICT_ALLOW : PINVERDICT_REFUSE))
            compared.disagreement = "the decision does not go by the SCTs that count";
        if (verdict.sct_operators > counted || (counted > 0 && verdict.sct_operators < 1))
            compared.disagreement = "more operators than logs, or none";
    }
    if (always || compared.ours > 0) compared.openssl = sct_by_openssl(leaf, issuer, &compared.is_refused_whole);
    if (compared.openssl >= 0 && compared.ours > compared.openssl)
        compared.disagreement = "ours counts an SCT that OpenSSL does not";
    return compared;
}

/* --------------------------------------------------------------------------------------------------- changing -- */

/* Where the list lies: the number of the OCTET STRING in the extension's, -1 for none. */
static inline int sct_find_list(const der_tree *tree, const uint8_t *bytes)
{
    static const uint8_t oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02 };
    for (int i = 0; i + 2 < tree->count; i++) {
        const der_element *identifier = &tree->elements[i];
        if (bytes[identifier->start] != 0x06 || identifier->end - identifier->contents != sizeof oid) continue;
        if (memcmp(bytes + identifier->contents, oid, sizeof oid) != 0) continue;
        for (int value = i + 1; value + 1 < tree->count; value++)
            if (tree->elements[value].parent == identifier->parent && bytes[tree->elements[value].start] == 0x04 &&
                tree->elements[value + 1].parent == value && bytes[tree->elements[value + 1].start] == 0x04)
                return value + 1;
    }
    return -1;
}

static inline pinverdict_bytes sct_list_of(pinverdict_bytes leaf)
{
    static der_tree tree;
    der_parse(&tree, leaf.data, leaf.size);
    int number = sct_find_list(&tree, leaf.data);
    if (number < 0) return (pinverdict_bytes){ NULL, 0 };
    const der_element *element = &tree.elements[number];
    return (pinverdict_bytes){ leaf.data + element->contents, element->end - element->contents };
}

/* Puts another list into its place, and corrects the lengths in DER. */
static inline void sct_put_list(der_buffer *leaf, const uint8_t *list, size_t size)
{
    static der_tree tree;
    der_parse(&tree, leaf->bytes, leaf->size);
    int number = sct_find_list(&tree, leaf->bytes);
    if (number < 0) return;
    const der_element *element = &tree.elements[number];
    der_edit(leaf, &tree, number, true, element->contents, element->end, list, size);
}

typedef struct {
    pinverdict_bytes elements[SCT_MOST_ELEMENTS];
    size_t count;
} sct_list;

static inline void sct_split(pinverdict_bytes bytes, sct_list *list)
{
    list->count = 0;
    for (size_t at = 2; at + 2 <= bytes.size && list->count < SCT_MOST_ELEMENTS - 2;) {
        size_t size = (size_t)bytes.data[at] << 8 | bytes.data[at + 1], left = bytes.size - at - 2;
        if (size > left) size = left;
        list->elements[list->count++] = (pinverdict_bytes){ bytes.data + at + 2, size };
        at += 2 + size;
    }
}

static inline size_t sct_join(const sct_list *list, uint8_t out[SCT_LARGEST])
{
    size_t size = 2;
    for (size_t i = 0; i < list->count; i++) {
        pinverdict_bytes element = list->elements[i];
        if (size + 2 + element.size > SCT_LARGEST / 2) break;
        out[size] = (uint8_t)(element.size >> 8);
        out[size + 1] = (uint8_t)element.size;
        memcpy(out + size + 2, element.data, element.size);
        size += 2 + element.size;
    }
    out[0] = (uint8_t)((size - 2) >> 8);
    out[1] = (uint8_t)(size - 2);
    return size;
}

/* An SCT of our own log for a certificate as OpenSSL rebuilds it; 0 where it does not. */
static inline size_t sct_by_own_log(pinverdict_bytes leaf, pinverdict_bytes issuer, uint64_t time, uint8_t out[256])
{
    X509 *parsed = sct_parse(leaf), *parsed_issuer = sct_parse(issuer);
    uint8_t *to_be_signed = NULL, *message = NULL;
    int size = -1, place;
    size_t signature_size = 0;
    if (parsed != NULL && parsed_issuer != NULL) {
        while ((place = X509_get_ext_by_NID(parsed, NID_ct_precert_scts, -1)) >= 0)
            X509_EXTENSION_free(X509_delete_ext(parsed, place));
        size = i2d_re_X509_tbs(parsed, &to_be_signed);
    }
    if (size > 0 && (message = malloc(64 + (size_t)size)) != NULL) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint8_t *at = message;
        *at++ = 0;
        *at++ = 0;
        for (int i = 56; i >= 0; i -= 8) *at++ = (uint8_t)(time >> i);
        *at++ = 0;
        *at++ = 1;
        sct_digest_of_key(parsed_issuer, at);
        at += 32;
        for (int i = 16; i >= 0; i -= 8) *at++ = (uint8_t)(size >> i);
        memcpy(at, to_be_signed, (size_t)size);
        at += size;
        *at++ = 0;
        *at++ = 0;
        out[0] = 0;
        SHA256(sct_own_key, sizeof sct_own_key, out + 1);
        memcpy(out + 33, message + 2, 8);
        memcpy(out + 41, "\0\0\4\3\0", 5);
        signature_size = 80;
        if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, sct_own_log) != 1 ||
            EVP_DigestSign(context, out + 47, &signature_size, message, (size_t)(at - message)) != 1)
            abort();
        out[46] = (uint8_t)signature_size;
        EVP_MD_CTX_free(context);
    }
    free(message);
    OPENSSL_free(to_be_signed);
    X509_free(parsed);
    X509_free(parsed_issuer);
    ERR_clear_error();
    return signature_size == 0 ? 0 : 47 + signature_size;
}

/* Has our own log sign a certificate, in front of whatever its list has. */
static inline void sct_sign(der_buffer *leaf, pinverdict_bytes issuer)
{
    static uint8_t joined[SCT_LARGEST];
    uint8_t sct[256];
    sct_list list;
    pinverdict_bytes bytes = { leaf->bytes, leaf->size }, old = sct_list_of(bytes);
    size_t size = sct_by_own_log(bytes, issuer, SCT_TIME * UINT64_C(1000) - 5000, sct);
    if (size == 0 || old.data == NULL) return;
    sct_split(old, &list);
    memmove(list.elements + 1, list.elements, list.count * sizeof list.elements[0]);
    list.elements[0] = (pinverdict_bytes){ sct, size };
    list.count++;
    size = sct_join(&list, joined);
    sct_put_list(leaf, joined, size);
}

/* One change to the list, or to an SCT in it, after which most often the lengths are right. */
static inline void mutate_list(der_buffer *leaf, uint64_t *random)
{
    static uint8_t joined[SCT_LARGEST], changed[SCT_LARGEST];
    static const uint8_t odd[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    sct_list list;
    pinverdict_bytes old = sct_list_of((pinverdict_bytes){ leaf->bytes, leaf->size });
    if (old.data == NULL) return;
    sct_split(old, &list);
    if (list.count == 0) return;
    size_t one = der_random(random, (uint32_t)list.count), other = der_random(random, (uint32_t)list.count), size;
    pinverdict_bytes *element = &list.elements[one];
    uint32_t kind = der_random(random, 10);
    memcpy(changed, element->data, element->size);
    switch (kind) {
    case 0: /* an octet of an SCT */
    case 1:
        if (element->size > 0) changed[der_random(random, (uint32_t)element->size)] ^= 1 << der_random(random, 8);
        break;
    case 2: /* its version, time, extensions' length, algorithms or signature's length */
        size = (size_t[]){ 0, 33, 40, 41, 42, 43, 44, 45, 46 }[der_random(random, 9)];
        if (size < element->size) changed[size] = odd[der_random(random, sizeof odd)];
        break;
    case 3: /* longer or shorter than its lengths say */
        if (der_random(random, 2) == 0 && element->size > 0) element->size--;
        else changed[element->size++] = odd[der_random(random, sizeof odd)];
        break;
    case 4: /* one more time; signed by nobody anew */
        list.elements[list.count++] = list.elements[other];
        break;
    case 5: /* one less */
        *element = list.elements[--list.count];
        break;
    case 6: /* the SCT of another certificate */
    {
        sct_list others;
        sct_split(sct_list_of(sct_paths[der_random(random, (uint32_t)sct_path_count)].leaf), &others);
        if (others.count > 0) list.elements[list.count++] = others.elements[der_random(random, (uint32_t)others.count)];
        break;
    }
    default:
        break;
    }
    if (kind <= 3) element->data = changed;
    size = sct_join(&list, joined);
    if (kind == 7) { /* trailing octets, or too few */
        if (der_random(random, 2) == 0) size -= 1 + der_random(random, size > 4 ? 4 : 1);
        else joined[size++] = odd[der_random(random, sizeof odd)];
    }
    if (kind == 8) joined[der_random(random, 4)] += (uint8_t)(der_random(random, 2) * 2 - 1); /* lengths of the list */
    if (kind == 9) joined[der_random(random, (uint32_t)size)] = odd[der_random(random, sizeof odd)];
    sct_put_list(leaf, joined, size);
}

#endif
