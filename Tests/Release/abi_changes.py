# SPDX-License-Identifier: Apache-2.0
"""Changed headers and version scripts, for the test of the comparison: edits of (file, text, new text)."""

import shutil

import abi
from release import INCLUDE, VERSION_SCRIPT

HEADER, OPENSSL, GNUTLS, SCRIPT = "pinverdict.h", "pinverdict-openssl.h", "pinverdict-gnutls.h", "pinverdict.map"
FIRST, NEXT = "PINVERDICT_0.1", "PINVERDICT_0.2"

# One of the functions, and the lines behind which the first node has room and ends.
VERSION = "const char *pinverdict_version(void);"
VERSION_LINE, SCRIPT_END = "    pinverdict_version;\n", "    *;\n};"


def new_node(symbols=""):
    return SCRIPT, SCRIPT_END, f"{SCRIPT_END}\n{NEXT} {{ {symbols} }} {FIRST};"


NEW_FUNCTION = [
    (HEADER, "/* How a call that", """\
typedef enum { PINVERDICT_NEW_ONE = 1, PINVERDICT_NEW_FORCE_32 = 0x7fffffff } pinverdict_new_enum;
typedef struct { size_t struct_size; pinverdict_new_enum one; } pinverdict_new_struct;
/* How a call that"""),
    (HEADER, VERSION, f"{VERSION}\nint pinverdict_new(pinverdict_new_struct *out, const pinverdict_pin *pin);"),
]
ADDED_TO_THE_FIRST_NODE = [*NEW_FUNCTION, (SCRIPT, VERSION_LINE, f"{VERSION_LINE}    pinverdict_new;\n")]
ADDED_UNDER_A_NEW_NODE = [*NEW_FUNCTION, new_node("global: pinverdict_new;")]
WITH_AN_EMPTY_NODE = [new_node()]

# What a new version node makes good, and nothing else does.
GROWTH = {
    "an enumerator added": [
        (HEADER, "    PINVERDICT_REASON_FORCE_32", "    PINVERDICT_REASON_NEW = 42,\n    PINVERDICT_REASON_FORCE_32")],
    "a field at the end of a struct with struct_size": [
        (HEADER, "} pinverdict_verdict;", "    uint64_t added;\n} pinverdict_verdict;")],
}

# What nothing makes good.
BREAKS = {
    "an enum value changed": [(HEADER, "REASON_NO_MATCH = 10", "REASON_NO_MATCH = 12")],
    "an enumerator renamed": [(HEADER, "PINVERDICT_OUTDATED_POLICY = 7", "PINVERDICT_OLD_POLICY = 7")],
    "an enumerator dropped": [(HEADER, "    PINVERDICT_REASON_EMPTY_CHAIN = 32,", "")],
    "an enum made smaller": [
        (HEADER, "LIST_FORCE_32 = 0x7fffffff\n}", "LIST_FORCE_32 = 0x7f\n} __attribute__((packed))")],
    "a field added in the middle": [
        (HEADER, "    uint8_t matched_digest[32];", "    uint64_t added;\n    uint8_t matched_digest[32];")],
    "a field added in padding": [(HEADER, "    int32_t matched_depth;            /*",
                                 "    bool added;\n    int32_t matched_depth;            /*")],
    "a field added to an element of arrays": [
        (HEADER, "    uint8_t digest[32];\n} pinverdict_pin;", "    uint8_t digest[32], added[4];\n} pinverdict_pin;")],
    "a field renamed": [(HEADER, "    uint32_t line;", "    uint32_t row;")],
    "a field of another type": [(HEADER, "    int32_t matched_depth;            /*", "    uint32_t matched_depth; /*")],
    "two fields exchanged": [
        (HEADER, "    bool enforced;                    /*", "    bool other; /*"),
        (HEADER, "    bool backup;                      /*", "    bool enforced; /*"),
        (HEADER, "    bool other;", "    bool backup;")],
    "an array made longer": [(HEADER, "    char rule[256];                   /*", "    char rule[512]; /*")],
    "a struct packed": [(HEADER, "} pinverdict_verdict;", "} __attribute__((packed)) pinverdict_verdict;")],
    "a function dropped": [(HEADER, VERSION, ""), (SCRIPT, VERSION_LINE, "")],
    "a hook dropped": [
        (GNUTLS, "int pinverdict_gnutls_verify_function(gnutls_session_t session);", ""),
        (SCRIPT, "    pinverdict_gnutls_verify_function;\n", "")],
    "a function moved to another node": [(SCRIPT, VERSION_LINE, ""), new_node("global: pinverdict_version;")],
    "a parameter's type changed": [
        (HEADER, "policy_parse(const char *text, size_t size", "policy_parse(const char *text, uint32_t size")],
    "a parameter that is const no more": [(HEADER, "const char *pem_path", "char *pem_path")],
    "a parameter of another handle": [
        (HEADER, "pinverdict_policy_free(pinverdict_policy", "pinverdict_policy_free(pinverdict_config")],
    "an enum's parameter made an int": [(HEADER, "config, pinverdict_backend backend", "config, int backend")],
    "a parameter more": [(HEADER, "config, bool cross_check)", "config, bool cross_check, int depth)")],
    "a parameter less": [(HEADER, "const uint8_t *id, size_t size", "const uint8_t *id")],
    "a callback's result changed": [(HEADER, "int64_t (*now)", "int32_t (*now)")],
    "a result changed": [(OPENSSL, "int pinverdict_openssl_attach(", "long pinverdict_openssl_attach(")],
    "a hook of another connection": [
        (OPENSSL, "pinverdict_openssl_attach(SSL *", "pinverdict_openssl_attach(SSL_CTX *")],
}


class Misfit(Exception):
    """An edit that does not fit the headers, which have changed for good: it has to be adapted."""


def stub(edits, directory, compiler="cc"):
    """The ABI of a stub of the headers and the version script as the edits leave them."""
    include = directory / "include"
    shutil.copytree(INCLUDE, include)
    shutil.copy(VERSION_SCRIPT, directory / SCRIPT)
    for name, text, new in edits:
        path = directory / name if name == SCRIPT else include / name
        before = path.read_text()
        if before.count(text) != 1:
            raise Misfit(f'{name} has not one "{text}", but {before.count(text)}: adapt {__name__}.py')
        path.write_text(before.replace(text, new))
    library, description = abi.describe(include, directory / SCRIPT, directory, compiler)
    return abi.ABI(description, *abi.exported({"stub": library}))
