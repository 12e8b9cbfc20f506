// SPDX-License-Identifier: Apache-2.0
/* The shared object loaded and unloaded in a loop, as plug-ins do: loading.c is not linked with it.
   Arguments: the directory of the fixtures, the shared object. */
#include "fixtures.h"

#include <dlfcn.h>

enum { TIMES = 1000 };

/* What one turn needs of the library, by name. */
static struct {
    __typeof__(pinverdict_policy_parse) *policy_parse;
    __typeof__(pinverdict_policy_free) *policy_free;
    __typeof__(pinverdict_config_create) *config_create;
    __typeof__(pinverdict_config_set_trust_file) *config_set_trust_file;
    __typeof__(pinverdict_config_free) *config_free;
    __typeof__(pinverdict_checker_create) *checker_create;
    __typeof__(pinverdict_checker_free) *checker_free;
    __typeof__(pinverdict_check_validated) *check_validated;
    __typeof__(pinverdict_check_presented) *check_presented;
} library;

static void *symbol(void *handle, const char *name)
{
    void *found = dlsym(handle, name);
    if (found == NULL) give_up("no symbol", name);
    return found;
}

static char trust[4096]; /* the path of the trust file */

/* Loads the library, checks two paths and two lists with it, unloads it. */
static void turn(const char *path, const char *text, const pinverdict_bytes chain[], const pinverdict_bytes other[])
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) give_up("cannot load:", dlerror());
    library.policy_parse = symbol(handle, "pinverdict_policy_parse");
    library.policy_free = symbol(handle, "pinverdict_policy_free");
    library.config_create = symbol(handle, "pinverdict_config_create");
    library.config_set_trust_file = symbol(handle, "pinverdict_config_set_trust_file");
    library.config_free = symbol(handle, "pinverdict_config_free");
    library.checker_create = symbol(handle, "pinverdict_checker_create");
    library.checker_free = symbol(handle, "pinverdict_checker_free");
    library.check_validated = symbol(handle, "pinverdict_check_validated");
    library.check_presented = symbol(handle, "pinverdict_check_presented");

    pinverdict_policy *policy = NULL;
    pinverdict_config *config = NULL;
    pinverdict_checker *checker = NULL;
    CHECK_EQUAL(library.policy_parse(text, strlen(text), &policy, NULL), PINVERDICT_OK);
    CHECK_EQUAL(library.config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(library.config_set_trust_file(config, trust), PINVERDICT_OK);
    CHECK_EQUAL(library.checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
    library.config_free(config);
    library.policy_free(policy);
    CHECK_EQUAL(library.check_validated(checker, "api.example.com", chain, 3, NULL), PINVERDICT_ALLOW);
    CHECK_EQUAL(library.check_validated(checker, "api.example.com", other, 3, NULL), PINVERDICT_REFUSE);
    CHECK_EQUAL(library.check_presented(checker, "api.example.com", chain, 2, NULL), PINVERDICT_ALLOW);
    CHECK_EQUAL(library.check_presented(checker, "api.example.com", other, 3, NULL), PINVERDICT_REFUSE);
    library.checker_free(checker);
    CHECK_EQUAL(dlclose(handle), 0);
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    if (argc < 3) give_up("the shared object", "is the second argument");
    pinverdict_bytes chain[CHAIN_ROOM], other[CHAIN_ROOM];
    chain_of("leaf intermediate root", chain);
    chain_of("other-leaf other-intermediate other-root", other);
    snprintf(trust, sizeof trust, "%s/root.pem", fixture_directory);
    char *text = policy_text("[policy]\nserial = 1\n[host api.example.com]\npin-sha256 = {leaf}\n"
                             "backup-pin-sha256 = {1}\n");
    CHECK(dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD) == NULL);
    for (int i = 0; i < TIMES; i++) {
        check_case("turn %d", i);
        turn(argv[2], text, chain, other);
    }
    // It stays mapped after all (-z nodelete): a callback that somebody still holds must not point nowhere.
    void *still_there = dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD);
    CHECK(still_there != NULL);
    if (still_there != NULL) dlclose(still_there);
    check_case("%s", "");
    free(text);
    return check_end();
}
