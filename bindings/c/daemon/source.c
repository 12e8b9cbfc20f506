// SPDX-License-Identifier: Apache-2.0
/* source.c - the policy: the file that is followed, the keys that may sign it, and the state that no older one gets by.
 *
 * A policy replaces the one in force whole, or not at all: a mistake changes nothing, and is said once. */
#include "daemon.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pinverdict_config *config;
static pinverdict_source *source;
static int64_t next_look;
static bool is_follower; /* of the first process, which says what there is to say of a policy */

static pinverdict_status add_key(const char *path)
{
    char text[4096];
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text, file);
    bool is_read = file != NULL && !ferror(file);
    if (!is_read) fails(path, strerror(errno));
    if (file != NULL) fclose(file);
    pinverdict_status status = is_read ? pinverdict_config_add_policy_key(config, text, size) : PINVERDICT_FILE_ERROR;
    if (status == PINVERDICT_INVALID_ARGUMENT) fails(path, "no public key of signify's or minisign's");
    return status;
}

/* GnuTLS and libcurl validate, so that the checker needs no trust store of its own. */
static pinverdict_status make_config(void)
{
    const char *id = settings.install_id;
    pinverdict_status status = pinverdict_config_create(&config);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_presented(config, false);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_environment(config, settings.environment);
    if (status == PINVERDICT_OK && id != NULL)
        status = pinverdict_config_set_install_id(config, (const uint8_t *)id, strlen(id));
    if (status == PINVERDICT_OK && settings.minimum_serial > 0)
        status = pinverdict_config_set_minimum_serial(config, (uint64_t)settings.minimum_serial);
    if (status == PINVERDICT_OK) status = pinverdict_config_set_events(config, settings.report_kinds, 1 << 20, 3600);
    for (long number = 0; status == PINVERDICT_OK && number < settings.keys; number++)
        status = add_key(settings.key_files[number]);
    if (status != PINVERDICT_OK) fails("settings", pinverdict_status_name(status));
    return status;
}

uint64_t source_serial(const pinverdict_checker *of)
{
    pinverdict_policy_info info = PINVERDICT_POLICY_INFO_INIT;
    return pinverdict_checker_policy_info(of, &info) == PINVERDICT_OK ? info.serial : 0;
}

static void say(pinverdict_status status, const pinverdict_error *error)
{
    char what[300];
    snprintf(what, sizeof what, "%s%s%s", pinverdict_status_name(status), error->message[0] ? ": " : "",
             error->message);
    if (status != PINVERDICT_OK && !is_news(ABOUT_POLICY, what)) return;
    if (status == PINVERDICT_OK) is_news(ABOUT_POLICY, "");
    if (error->line > 0) printf("policy %s, line %u: %s\n", settings.policy, error->line, what);
    else if (status != PINVERDICT_OK) printf("policy %s: %s\n", settings.policy, what);
    else if (!is_follower)
        printf("policy %s: ok serial=%llu\n", settings.policy, (unsigned long long)source_serial(checker));
}

/* What is in the file is put in force now: when the daemon starts, at SIGHUP, and when a policy was fetched. */
pinverdict_status source_load(void)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_policy *policy = NULL;
    pinverdict_status status = pinverdict_source_load(source, &policy, &error);
    if (status == PINVERDICT_OK)
        status = checker == NULL ? pinverdict_checker_create(policy, config, &checker, &error)
                                 : pinverdict_checker_set_policy(checker, policy, &error);
    say(status, &error);
    pinverdict_policy_free(policy);
    return status;
}

static pinverdict_status open_source(const char *state)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    pinverdict_status status = pinverdict_source_create(config, settings.policy, settings.signature, state, &source,
                                                        &error);
    if (status != PINVERDICT_OK) say(status, &error);
    return status;
}

bool source_open(void)
{
    return make_config() == PINVERDICT_OK && open_source(settings.state) == PINVERDICT_OK &&
        source_load() == PINVERDICT_OK;
}

/* A worker reads the same file, but the state is for the first process alone to write. */
bool source_open_again(void)
{
    is_follower = true;
    pinverdict_source_free(source);
    return open_source(NULL) == PINVERDICT_OK;
}

/* Costs a stat() where the file has not changed. */
void source_poll(void)
{
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    bool changed = false;
    pinverdict_status status;
    if (milliseconds() < next_look) return;
    next_look = milliseconds() + settings.poll * 1000;
    status = pinverdict_source_refresh(source, checker, &changed, &error);
    if (changed || status != PINVERDICT_OK) say(status, &error);
    else is_news(ABOUT_POLICY, ""); /* so that a mistake that comes back is said again */
}

/* The serial under which a policy would be in force; says, too, whether this process has the settings that it needs. */
static pinverdict_status look_at(const pinverdict_policy *policy, uint64_t *serial, pinverdict_error *error)
{
    pinverdict_checker *scratch = NULL;
    pinverdict_status status = pinverdict_checker_create(policy, config, &scratch, error);
    *serial = status == PINVERDICT_OK ? source_serial(scratch) : 0;
    pinverdict_checker_free(scratch);
    return status;
}

static bool is_moved(const char *from, const char *to)
{
    char folder[4096];
    int descriptor;
    bool is_kept;
    snprintf(folder, sizeof folder, "%s", to);
    if (rename(from, to) != 0 || (descriptor = open(dirname(folder), O_RDONLY | O_DIRECTORY)) < 0) return false;
    is_kept = fsync(descriptor) == 0;
    close(descriptor);
    return is_kept;
}

/* Puts a policy that was fetched in the place of the file, once it is known that this is the better one: so that a
   forged or an old one never gets where the daemon looks when it starts. */
pinverdict_status source_take(const char *path, bool *is_new, pinverdict_error *error)
{
    pinverdict_source *fetched = NULL;
    pinverdict_policy *policy = NULL;
    uint64_t serial = 0;
    pinverdict_status status = pinverdict_source_create(config, path, NULL, NULL, &fetched, error);
    if (status == PINVERDICT_OK) status = pinverdict_source_load(fetched, &policy, error);
    if (status == PINVERDICT_OK) status = look_at(policy, &serial, error);
    *is_new = status == PINVERDICT_OK && serial > source_serial(checker);
    /* An old one is refused and counted by this, and the one in force changes nothing. */
    if (status == PINVERDICT_OK && !*is_new) status = pinverdict_checker_set_policy(checker, policy, error);
    if (*is_new) status = is_moved(path, settings.policy) ? source_load() : PINVERDICT_FILE_ERROR;
    pinverdict_policy_free(policy);
    pinverdict_source_free(fetched);
    return status;
}
