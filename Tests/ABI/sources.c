// SPDX-License-Identifier: Apache-2.0
/* Sources: a policy's file that is followed, signed or not, with a state and without one; what becomes of it by hands,
   tools, disks, threads and other processes. Works in the directory that it is started in.
   Argument: the directory that ../Kit/make-signatures.py wrote. */
#include "fixtures.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static const char *directory;

static pinverdict_config *config_for(const char *keys)
{
    char list[64], path[4096], *rest = NULL;
    pinverdict_config *config = NULL;
    CHECK_EQUAL(pinverdict_config_create(&config), PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_config_set_presented(config, false), PINVERDICT_OK);
    snprintf(list, sizeof list, "%s", keys);
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        snprintf(path, sizeof path, "%s/%s.pub", directory, name);
        pinverdict_bytes text = file_bytes(path);
        CHECK_EQUAL(pinverdict_config_add_policy_key(config, (const char *)text.data, text.size), PINVERDICT_OK);
        free((void *)text.data);
    }
    return config;
}

static void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

/* A policy with a serial, in place of what was at the path. */
static const char *policy_with(uint64_t serial)
{
    static char text[128];
    snprintf(text, sizeof text, "[policy]\nserial = %llu\nenforcement = off\n", (unsigned long long)serial);
    return text;
}

static void put(const char *path, const char *text)
{
    write_text("put.new", text);
    if (rename("put.new", path) != 0) give_up("cannot rename to", path);
}

/* Signs a text; one file where `alone` is NULL. */
static void put_signed(const char *path, const char *alone, const char *key, const char *text)
{
    char command[9000];
    write_text("to-sign", text);
    snprintf(command, sizeof command, "signify-openbsd -S %s -s '%s/%s.sec' -m to-sign -x signed.new",
             alone == NULL ? "-e" : "", directory, key);
    if (system(command) != 0) give_up("signify-openbsd", "does not sign");
    if (alone != NULL) put(path, text);
    if (rename("signed.new", alone != NULL ? alone : path) != 0) give_up("cannot rename to", path);
}

static pinverdict_source *source_of(const pinverdict_config *config, const char *path, const char *signature,
                                    const char *state)
{
    pinverdict_source *source = NULL;
    CHECK_EQUAL(pinverdict_source_create(config, path, signature, state, &source, NULL), PINVERDICT_OK);
    return source;
}

/* A checker with what the source has. */
static pinverdict_checker *start(pinverdict_source *source, const pinverdict_config *config)
{
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    if (!CHECK_EQUAL(pinverdict_source_load(source, &policy, &error), PINVERDICT_OK)) give_up("no:", error.message);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, &error), PINVERDICT_OK);
    pinverdict_policy_free(policy);
    return checker;
}

static uint64_t serial_of(const pinverdict_checker *checker)
{
    pinverdict_policy_info info = PINVERDICT_POLICY_INFO_INIT;
    CHECK_EQUAL(pinverdict_checker_policy_info(checker, &info), PINVERDICT_OK);
    return info.serial;
}

static pinverdict_totals totals_of(const pinverdict_checker *checker)
{
    pinverdict_totals totals = PINVERDICT_TOTALS_INIT;
    CHECK_EQUAL(pinverdict_checker_totals(checker, &totals), PINVERDICT_OK);
    return totals;
}

/* One call, which fails with words, or changes something or not. */
static void refresh(pinverdict_source *source, pinverdict_checker *checker, pinverdict_status expected, bool changes,
                    const char *words)
{
    bool changed = !changes;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK_EQUAL(pinverdict_source_refresh(source, checker, &changed, &error), expected);
    CHECK_EQUAL(changed, changes);
    CHECK_EQUAL(error.status, expected);
    if (words != NULL && !CHECK(strstr(error.message, words) != NULL)) printf("    %s\n", error.message);
}

static bool is_loaded(pinverdict_source *source, pinverdict_status expected, const char *words)
{
    pinverdict_policy *policy = (pinverdict_policy *)source;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK_EQUAL(pinverdict_source_load(source, &policy, &error), expected);
    CHECK((policy != NULL) == (expected == PINVERDICT_OK));
    if (words != NULL && !CHECK(strstr(error.message, words) != NULL)) printf("    %s\n", error.message);
    pinverdict_policy_free(policy);
    return expected == PINVERDICT_OK;
}

/* Calls until something was set; how many seconds that took, 9 for too long. */
static double until_changed(pinverdict_source *source, pinverdict_checker *checker)
{
    for (int tenths = 0; tenths < 60; tenths++) {
        bool changed = false;
        CHECK_EQUAL(pinverdict_source_refresh(source, checker, &changed, NULL), PINVERDICT_OK);
        if (changed) return tenths / 10.0;
        usleep(100000);
    }
    return 9;
}

static void expect_file(const char *path, const char *text)
{
    pinverdict_bytes found = file_bytes(path);
    CHECK_STRING((const char *)found.data, text);
    free((void *)found.data);
}

static void unsigned_files(void)
{
    check_case("%s", "a file without a signature");
    put("plain", policy_with(1));
    pinverdict_source *source = source_of(NULL, "plain", NULL, NULL);
    pinverdict_config *config = config_for("");
    pinverdict_checker *checker = start(source, config);
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_OK, false, NULL);
    put("plain", policy_with(2));
    refresh(source, checker, PINVERDICT_OK, false, NULL); // too soon
    CHECK_EQUAL(serial_of(checker), 1);
    double seconds = until_changed(source, checker);
    CHECK(seconds > 0.5 && seconds < 5);
    CHECK_EQUAL(serial_of(checker), 2);

    check_case("%s", "one that somebody goes on to write to");
    FILE *file = fopen("plain", "w");
    for (int i = 0; i < 12; i++) {
        fputs(i == 0 ? policy_with(3) : "# more\n", file);
        fflush(file);
        refresh(source, checker, PINVERDICT_OK, false, NULL);
        usleep(200000);
    }
    fclose(file);
    CHECK_EQUAL(serial_of(checker), 2);
    CHECK(until_changed(source, checker) < 5);
    CHECK_EQUAL(serial_of(checker), 3);

    check_case("%s", "a mistake is told again and counted once");
    put("plain", "[policy]\nserial = 4\ncolour = red\n");
    sleep(3);
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_INVALID_POLICY, false, "colour");
    CHECK_EQUAL(totals_of(checker).rejected, 1);
    put("plain", policy_with(1));
    sleep(3);
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_OUTDATED_POLICY, false, "serial");
    CHECK_EQUAL(totals_of(checker).rejected, 1);
    CHECK_EQUAL(totals_of(checker).outdated, 1);

    check_case("%s", "no file, and others");
    CHECK_EQUAL(unlink("plain"), 0);
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_FILE_ERROR, false, "No such file");
    CHECK_EQUAL(totals_of(checker).rejected, 2);
    CHECK_EQUAL(mkfifo("plain", 0600), 0);
    sleep(3);
    refresh(source, checker, PINVERDICT_FILE_ERROR, false, "not a regular file");
    CHECK_EQUAL(unlink("plain"), 0);
    CHECK_EQUAL(symlink("/dev/zero", "plain"), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "not a regular file");
    CHECK_EQUAL(unlink("plain"), 0);
    CHECK_EQUAL(mkdir("plain", 0700), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "not a regular file");
    CHECK_EQUAL(rmdir("plain"), 0);
    put("plain", "");
    is_loaded(source, PINVERDICT_INVALID_POLICY, "[policy]");
    CHECK_EQUAL(truncate("plain", (256 << 20) + 1), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "larger than 256 MiB");
    CHECK_EQUAL(truncate("plain", 256 << 20), 0);
    if (!check_slowly()) is_loaded(source, PINVERDICT_INVALID_POLICY, NULL);
    CHECK_EQUAL(serial_of(checker), 3);

    put("plain", policy_with(9));
    CHECK(until_changed(source, checker) < 5);
    CHECK_EQUAL(totals_of(checker).sets, 3);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

/* A policy that came into force by another way than the source is one that the state knows from the first look on. */
static void in_force_from_elsewhere(void)
{
    check_case("%s", "a policy that is in force already");
    pinverdict_config *config = config_for("a");
    put_signed("force", NULL, "a", policy_with(10));
    pinverdict_bytes text = file_bytes("force");
    pinverdict_policy *policy = NULL;
    pinverdict_checker *checker = NULL;
    CHECK_EQUAL(pinverdict_policy_parse_signed(config, (const char *)text.data, text.size, NULL, 0, &policy, NULL),
                PINVERDICT_OK);
    CHECK_EQUAL(pinverdict_checker_create(policy, config, &checker, NULL), PINVERDICT_OK);
    pinverdict_source *source = source_of(config, "force", NULL, "force.state");
    refresh(source, checker, PINVERDICT_OK, false, NULL);
    put_signed("force", NULL, "a", policy_with(5));
    is_loaded(source, PINVERDICT_OUTDATED_POLICY, NULL);

    check_case("%s", "another file under the name that the state is written by");
    put("victim", "mine\n");
    CHECK_EQUAL(link("victim", "force.state.new"), 0);
    put_signed("force", NULL, "a", policy_with(11));
    refresh(source, checker, PINVERDICT_FILE_ERROR, false, "cannot write");
    expect_file("victim", "mine\n");
    CHECK_EQUAL(unlink("force.state.new"), 0);
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_policy_free(policy);
    pinverdict_config_free(config);
    free((void *)text.data);
}

static void signed_files(void)
{
    check_case("%s", "one signed file is read at once");
    pinverdict_config *config = config_for("a,b");
    put_signed("one", NULL, "a", policy_with(1));
    pinverdict_source *source = source_of(config, "one", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    refresh(source, checker, PINVERDICT_OK, false, NULL);
    put_signed("one", NULL, "b", policy_with(2));
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    refresh(source, checker, PINVERDICT_OK, false, NULL);

    check_case("%s", "half of it, and then the rest");
    put_signed("whole", NULL, "a", policy_with(3));
    pinverdict_bytes whole = file_bytes("whole");
    int file = open("one", O_WRONLY | O_TRUNC);
    CHECK(write(file, whole.data, whole.size / 2) == (ssize_t)(whole.size / 2));
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_BAD_SIGNATURE, false, NULL);
    CHECK_EQUAL(serial_of(checker), 2);
    CHECK(write(file, whole.data + whole.size / 2, whole.size - whole.size / 2) > 0);
    close(file);
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    CHECK_EQUAL(serial_of(checker), 3);
    CHECK_EQUAL(totals_of(checker).rejected, 1);
    free((void *)whole.data);

    check_case("%s", "another's key, no signature, a replay");
    pinverdict_config *other = config_for("b");
    pinverdict_source *of_other = source_of(other, "one", NULL, NULL);
    is_loaded(of_other, PINVERDICT_UNKNOWN_KEY, "none of those that count");
    pinverdict_source_free(of_other);
    pinverdict_config_free(other);
    put("one", policy_with(4));
    refresh(source, checker, PINVERDICT_BAD_SIGNATURE, false, "untrusted comment");
    put_signed("one", NULL, "a", policy_with(2));
    refresh(source, checker, PINVERDICT_OUTDATED_POLICY, false, NULL);
    CHECK_EQUAL(totals_of(checker).outdated, 1);
    // A policy that is signed anew is the same.
    put_signed("one", NULL, "b", policy_with(3));
    refresh(source, checker, PINVERDICT_OK, false, NULL);

    check_case("%s", "what needs a setting that the checker has not");
    put_signed("one", NULL, "a",
               "[policy]\nserial = 8\nunpinned-hosts = refuse\n[host a]\nrollout-percent = 5\n"
               "allow-single-pin = yes\npin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n");
    for (int i = 0; i < 2; i++) refresh(source, checker, PINVERDICT_SETTING_REQUIRED, false, "install id");
    CHECK_EQUAL(serial_of(checker), 3);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);

    check_case("%s", "a signature of its own");
    put_signed("text", "text.sig", "a", policy_with(1));
    source = source_of(config, "text", "text.sig", NULL);
    checker = start(source, config);
    put_signed("text", "text.sig", "a", policy_with(2));
    CHECK(until_changed(source, checker) < 5); // no error between the two
    CHECK_EQUAL(unlink("text.sig"), 0);
    refresh(source, checker, PINVERDICT_FILE_ERROR, false, "text.sig");
    CHECK_EQUAL(mkfifo("text.sig", 0600), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "not a regular file");
    CHECK_EQUAL(unlink("text.sig"), 0);
    put("text.sig", "");
    CHECK_EQUAL(truncate("text.sig", 1 << 20), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "too large");
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

/* As Kubernetes mounts a ConfigMap: the name leads through a link to a folder, which is swapped. */
static void swapped_links(void)
{
    check_case("%s", "links that are swapped");
    CHECK_EQUAL(mkdir("..1", 0700) | mkdir("..2", 0700), 0);
    put("..1/policy", policy_with(1));
    put("..2/policy", policy_with(2));
    CHECK_EQUAL(symlink("..1", "..data") | symlink("..data/policy", "mounted"), 0);
    sleep(3); // they were written a while ago
    pinverdict_config *config = config_for("");
    pinverdict_source *source = source_of(config, "mounted", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    refresh(source, checker, PINVERDICT_OK, false, NULL);
    CHECK_EQUAL(symlink("..2", "..data.new") | rename("..data.new", "..data"), 0);
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    CHECK_EQUAL(serial_of(checker), 2);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

/* The id of a key, as the state has it: minisign's way. */
static void key_id(const char *name, char id[17])
{
    char path[4096];
    uint8_t bytes[33];
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    snprintf(path, sizeof path, "%s/%s.pub", directory, name);
    pinverdict_bytes text = file_bytes(path);
    const char *line = strchr((const char *)text.data, '\n') + 1;
    for (int i = 0, at = 0; i < 40; i += 4) {
        uint32_t group = 0;
        for (int j = 0; j < 4; j++) group = group << 6 | (uint32_t)(strchr(letters, line[i + j]) - letters);
        for (int shift = 16; shift >= 0; shift -= 8) bytes[at++] = (uint8_t)(group >> shift);
    }
    for (int i = 0; i < 8; i++) sprintf(id + 2 * i, "%02X", bytes[9 - i]);
    free((void *)text.data);
}

static void states(void)
{
    char a[17], b[17], text[256];
    key_id("a", a);
    key_id("b", b);
    pinverdict_config *config = config_for("a,b");
    check_case("%s", "a state is written before its policy is in force, and outlives the program");
    put_signed("kept", NULL, "a", policy_with(5));
    pinverdict_source *source = source_of(config, "kept", NULL, "state");
    pinverdict_checker *checker = start(source, config);
    snprintf(text, sizeof text, "%s 5\n", a);
    expect_file("state", text);
    CHECK(access("state.new", F_OK) != 0);
    put_signed("kept", NULL, "b", policy_with(6));
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    snprintf(text, sizeof text, "%s 5\n%s 6\n", a, b);
    expect_file("state", text);
    pinverdict_checker_free(checker);
    pinverdict_source_free(source);
    // Whichever of the keys has signed it.
    put_signed("kept", NULL, "a", policy_with(5));
    source = source_of(config, "kept", NULL, "state");
    is_loaded(source, PINVERDICT_OUTDATED_POLICY, "state");
    put_signed("kept", NULL, "a", policy_with(6));
    is_loaded(source, PINVERDICT_OK, NULL);

    check_case("%s", "what does not come into force is not written down");
    checker = start(source, config);
    put_signed("kept", NULL, "a",
               "[policy]\nserial = 70\nunpinned-hosts = refuse\nenvironments = dev\n[host a]\n"
               "environments = dev\nallow-single-pin = yes\n"
               "pin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n");
    refresh(source, checker, PINVERDICT_SETTING_REQUIRED, false, NULL);
    is_loaded(source, PINVERDICT_SETTING_REQUIRED, NULL);
    snprintf(text, sizeof text, "%s 6\n%s 6\n", a, b);
    expect_file("state", text);

    check_case("%s", "a serial that was set too high, and the way out");
    put_signed("kept", NULL, "a", policy_with(UINT64_MAX));
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    put_signed("kept", NULL, "b", policy_with(7));
    refresh(source, checker, PINVERDICT_OUTDATED_POLICY, false, NULL);
    is_loaded(source, PINVERDICT_OUTDATED_POLICY, NULL);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config *without = config_for("b");
    source = source_of(without, "kept", NULL, "state");
    checker = start(source, without);
    CHECK_EQUAL(serial_of(checker), 7);
    snprintf(text, sizeof text, "%s 7\n", b);
    expect_file("state", text);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);

    check_case("%s", "without keys");
    put("bare", policy_with(3));
    source = source_of(NULL, "bare", NULL, "bare-state");
    is_loaded(source, PINVERDICT_OK, NULL);
    expect_file("bare-state", "unsigned 3\n");
    put("bare", policy_with(2));
    is_loaded(source, PINVERDICT_OUTDATED_POLICY, NULL);
    pinverdict_source_free(source);

    static const char *const damaged[] = {
        "",
        "\n",
        "x",
        "unsigned",
        "unsigned 3",
        "unsigned 3\r\n",
        "unsigned  3\n",
        "unsigned 3 \n",
        "unsigned 0\n",
        "unsigned -3\n",
        "unsigned 18446744073709551616\n",
        "unsigned 3\nunsigned 3\n",
        "Unsigned 3\n",
        " 3\n",
        "unsigned 3\n\n",
        "unsigned 3\nx 3\n",
        "0123456789abcdef 3\n",
        "0123456789ABCDE 3\n",
        "0123456789ABCDEFF 3\n",
    };
    put("bare", policy_with(9));
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        check_case("a damaged state: \"%s\"", damaged[i]);
        put("bare-state", damaged[i]);
        source = source_of(NULL, "bare", NULL, "bare-state");
        is_loaded(source, PINVERDICT_FILE_ERROR, "damaged");
        expect_file("bare-state", damaged[i]);
        pinverdict_source_free(source);
    }
    check_case("%s", "lines of others, which are dropped");
    put("bare-state", "0123456789ABCDEF 18446744073709551615\nunsigned 8\n");
    source = source_of(NULL, "bare", NULL, "bare-state");
    is_loaded(source, PINVERDICT_OK, NULL);
    expect_file("bare-state", "unsigned 9\n");
    CHECK_EQUAL(truncate("bare-state", 1 << 17), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "too large");
    pinverdict_source_free(source);

    static const char *const bad[][2] = {
        { "nowhere/state", "No such file" }, { ".", "" },    { "/proc/self/state", "" },
        { "fifo", "not a regular file" },    { "next", "" }, { "", "" },
    };
    CHECK_EQUAL(mkfifo("fifo", 0600) | mkfifo("next.new", 0600), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        check_case("a state that cannot be: \"%s\"", bad[i][0]);
        source = source_of(NULL, "bare", NULL, bad[i][0]);
        is_loaded(source, PINVERDICT_FILE_ERROR, bad[i][1]);
        pinverdict_source_free(source);
    }
    pinverdict_config_free(without);
    pinverdict_config_free(config);
}

/* Mounts a disk of memory. Only who may mount nothing goes without what is tested there, and is told so. */
static bool is_mounted(const char *kind, const char *folder, const char *options)
{
    check_case("a %s for %s", kind, folder);
    CHECK_EQUAL(mkdir(folder, 0700), 0);
    if (mount(kind, folder, kind, 0, options) == 0) return true;
    printf("NOT TESTED: %s: no %s can be mounted here (%s)\n", folder, kind, strerror(errno));
    CHECK_EQUAL(errno, EPERM);
    return false;
}

/* A disk that is full, and one that cannot be written to. */
static void disks(void)
{
    if (!is_mounted("tmpfs", "disk", "size=64k")) return;
    pinverdict_config *config = config_for("a");
    put_signed("on-disk", NULL, "a", policy_with(1));
    pinverdict_source *source = source_of(config, "on-disk", NULL, "disk/state");
    pinverdict_checker *checker = start(source, config);
    int file = open("disk/filler", O_WRONLY | O_CREAT, 0600);
    static const char zeros[4096];
    while (write(file, zeros, sizeof zeros) > 0) continue;
    put_signed("on-disk", NULL, "a", policy_with(2));
    check_case("%s", "a full disk");
    for (int i = 0; i < 2; i++) refresh(source, checker, PINVERDICT_FILE_ERROR, false, "No space left");
    CHECK_EQUAL(serial_of(checker), 1);
    CHECK_EQUAL(totals_of(checker).rejected, 1);
    CHECK(access("disk/state.new", F_OK) != 0);
    CHECK_EQUAL(ftruncate(file, 0), 0);
    close(file);
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    CHECK_EQUAL(serial_of(checker), 2);

    check_case("%s", "a disk that cannot be written to");
    CHECK_EQUAL(mount(NULL, "disk", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    is_loaded(source, PINVERDICT_OK, NULL); // nothing is to be written
    put_signed("on-disk", NULL, "a", policy_with(3));
    refresh(source, checker, PINVERDICT_FILE_ERROR, false, "Read-only");
    CHECK_EQUAL(serial_of(checker), 2);
    CHECK_EQUAL(mount(NULL, "disk", NULL, MS_REMOUNT, NULL), 0);
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    CHECK_EQUAL(umount("disk"), 0);
}

static void write_in_place(const char *path, pinverdict_bytes text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(write(file, text.data, text.size) == (ssize_t)text.size);
    close(file);
}

/* A file that changes twice within one tick of a file's times: nothing tells the second from the first. (Of ramfs,
   since other file systems tick as fast as somebody looks.) */
static void ticks(void)
{
    if (!is_mounted("ramfs", "ticks", NULL)) return;
    pinverdict_config *config = config_for("a");
    put_signed("ticks-one", NULL, "a", policy_with(10));
    pinverdict_bytes one = file_bytes("ticks-one");
    write_in_place("ticks/policy", one);
    free((void *)one.data);
    pinverdict_source *source = source_of(config, "ticks/policy", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    struct stat first, second;
    bool is_one_tick = false;
    for (uint64_t serial = 11; !is_one_tick && serial < 99; serial += 2) {
        put_signed("ticks-one", NULL, "a", policy_with(serial));
        put_signed("ticks-two", NULL, "a", policy_with(serial + 1));
        one = file_bytes("ticks-one");
        pinverdict_bytes two = file_bytes("ticks-two");
        write_in_place("ticks/policy", one);
        stat("ticks/policy", &first);
        refresh(source, checker, PINVERDICT_OK, true, NULL);
        write_in_place("ticks/policy", two);
        stat("ticks/policy", &second);
        is_one_tick = first.st_ctim.tv_nsec == second.st_ctim.tv_nsec && first.st_ctim.tv_sec == second.st_ctim.tv_sec;
        check_case("two policies within a tick: %llu", (unsigned long long)serial);
        CHECK_EQUAL(first.st_size, second.st_size);
        if (is_one_tick) refresh(source, checker, PINVERDICT_OK, false, NULL);
        CHECK(until_changed(source, checker) < 5);
        CHECK_EQUAL(serial_of(checker), serial + 1);
        free((void *)one.data);
        free((void *)two.data);
    }
    CHECK(is_one_tick);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
    CHECK_EQUAL(umount("ticks"), 0);
}

/* Files of 256 MiB, most of which no disk has: whether something is signed, and how large it is, is asked first. */
static void huge_files(void)
{
    enum { LIMIT = 256 << 20 };
    check_case("%s", "a signed file of 256 MiB");
    pinverdict_config *config = config_for("a");
    put_signed("huge", NULL, "a", policy_with(1));
    pinverdict_source *source = source_of(config, "huge", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    CHECK_EQUAL(truncate("huge", LIMIT + 1), 0);
    is_loaded(source, PINVERDICT_FILE_ERROR, "larger than 256 MiB");
    refresh(source, checker, PINVERDICT_FILE_ERROR, false, "larger than 256 MiB");
    CHECK_EQUAL(serial_of(checker), 1);
    CHECK_EQUAL(truncate("huge", LIMIT), 0);
    if (!check_slowly()) is_loaded(source, PINVERDICT_BAD_SIGNATURE, "the signature is not that of this policy");
    put("huge", "");
    CHECK_EQUAL(truncate("huge", LIMIT), 0);
    is_loaded(source, PINVERDICT_BAD_SIGNATURE, "it is not signed");
    put("huge", "untrusted comment: ");
    CHECK_EQUAL(truncate("huge", LIMIT), 0);
    is_loaded(source, PINVERDICT_BAD_SIGNATURE, NULL);
    struct rusage used;
    CHECK_EQUAL(getrusage(RUSAGE_SELF, &used), 0);
#ifndef UNDER_SANITIZER
    CHECK(used.ru_maxrss < (LIMIT + (64 << 20)) >> 10); // once
#endif
    CHECK_EQUAL(unlink("huge"), 0);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

/* A state that another process replaces all the time is no fault of the file. */
static void replaced_states(void)
{
    check_case("%s", "a state that is replaced while it is read");
    put("raced", policy_with(7));
    put("raced-state", "unsigned 7\n");
    pid_t child = fork();
    if (child == 0)
        for (alarm(60);;) put("raced-state", "unsigned 7\n");
    pinverdict_source *source = source_of(NULL, "raced", NULL, "raced-state");
    for (int i = 0; i < 20000; i++) is_loaded(source, PINVERDICT_OK, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    pinverdict_source_free(source);
}

static int64_t now_at(void *now) { return *(int64_t *)now; }

/* A clock that was wrong is no fault of the file: it is tried again. */
static void clocks(void)
{
    int64_t now = 1909094400;
    pinverdict_config *config = config_for("a");
    CHECK_EQUAL(pinverdict_config_set_clock(config, now_at, &now), PINVERDICT_OK);
    check_case("%s", "clocks");
    put_signed("dated", NULL, "a", policy_with(1));
    pinverdict_source *source = source_of(config, "dated", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    put_signed("dated", NULL, "a",
               "[policy]\nserial = 2\nenforcement = off\nvalid-until = 2030-06-30\n"
               "on-stale = refuse\n");
    for (int i = 0; i < 3; i++) refresh(source, checker, PINVERDICT_STALE_POLICY, false, "valid-until");
    CHECK_EQUAL(totals_of(checker).rejected, 1);
    now--;
    refresh(source, checker, PINVERDICT_OK, true, NULL);
    now = INT64_MAX;
    refresh(source, checker, PINVERDICT_OK, false, NULL);
    CHECK_EQUAL(serial_of(checker), 2);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

/* Several threads refresh by one source, while files come and checks go on. */
static pinverdict_source *shared_source;
static pinverdict_checker *shared_checker;
static _Atomic bool is_over;
static long changes;

static void *refresh_for_ever(void *argument)
{
    (void)argument;
    while (!is_over) {
        bool changed = false;
        CHECK_EQUAL(pinverdict_source_refresh(shared_source, shared_checker, &changed, NULL), PINVERDICT_OK);
        if (changed) __atomic_fetch_add(&changes, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads_and_forks(void)
{
    enum { THREADS = 3, SETS = 20, FORKS = 30 };
    pthread_t threads[THREADS];
    pinverdict_config *config = config_for("a");
    check_case("%s", "threads");
    put_signed("shared", NULL, "a", policy_with(1));
    shared_source = source_of(config, "shared", NULL, "shared-state");
    shared_checker = start(shared_source, config);
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, refresh_for_ever, NULL);
    for (int serial = 2; serial < 2 + SETS; serial++) {
        put_signed("shared", NULL, "a", policy_with((uint64_t)serial));
        for (int tries = 0; tries < 5000 && serial_of(shared_checker) < (uint64_t)serial; tries++) usleep(1000);
        CHECK_EQUAL(serial_of(shared_checker), serial);
    }
    CHECK_EQUAL(totals_of(shared_checker).sets, SETS);

    check_case("%s", "forks while a thread is at it");
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            bool changed = true;
            alarm(check_patience(20));
            pinverdict_status status = pinverdict_source_refresh(shared_source, shared_checker, &changed, NULL);
            _exit(status == PINVERDICT_OK && !changed ? 0 : 1);
        }
        CHECK_EQUAL(check_wait(child), 0);
    }
    is_over = true;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK_EQUAL(changes, SETS);
    pinverdict_source_free(shared_source);
    pinverdict_checker_free(shared_checker);

    check_case("%s", "processes that share a state");
    pid_t children[8];
    for (int i = 0; i < 8; i++) {
        char path[32];
        snprintf(path, sizeof path, "of-%d", i);
        put_signed(path, NULL, "a", policy_with((uint64_t)(100 + i)));
    }
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] != 0) continue;
        char path[32];
        snprintf(path, sizeof path, "of-%d", i);
        pinverdict_policy *policy = NULL;
        pinverdict_source *source = NULL;
        alarm(check_patience(20));
        if (pinverdict_source_create(config, path, NULL, "of-all", &source, NULL) != PINVERDICT_OK) _exit(1);
        pinverdict_status status = pinverdict_source_load(source, &policy, NULL);
        _exit(status == PINVERDICT_OK || status == PINVERDICT_OUTDATED_POLICY ? 0 : 1);
    }
    for (int i = 0; i < 8; i++) CHECK_EQUAL(check_wait(children[i]), 0);
    char id[17], text[64];
    key_id("a", id);
    snprintf(text, sizeof text, "%s 107\n", id);
    expect_file("of-all", text); // the highest of them, whoever was last
    CHECK(access("of-all.new", F_OK) != 0);
    pinverdict_config_free(config);
}

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* What a look costs where nothing has changed: printed, not asserted. */
static void cost(void)
{
    enum { TIMES = 100000 };
    check_case("%s", "cost");
    pinverdict_config *config = config_for("a");
    put_signed("cheap", NULL, "a", policy_with(1));
    pinverdict_source *source = source_of(config, "cheap", NULL, NULL);
    pinverdict_checker *checker = start(source, config);
    double start_time = nanoseconds();
    long failures = 0;
    bool changed;
    for (int i = 0; i < TIMES; i++)
        failures += pinverdict_source_refresh(source, checker, &changed, NULL) != PINVERDICT_OK || changed;
    double refreshes = (nanoseconds() - start_time) / TIMES;
    struct stat status;
    start_time = nanoseconds();
    for (int i = 0; i < TIMES; i++) failures += stat("cheap", &status) != 0;
    double stats = (nanoseconds() - start_time) / TIMES;
    CHECK_EQUAL(failures, 0);
    printf("a refresh where nothing changed: %.0f ns; stat alone: %.0f ns\n", refreshes, stats);
    pinverdict_source_free(source);
    pinverdict_checker_free(checker);
    pinverdict_config_free(config);
}

static void arguments(void)
{
    check_case("%s", "arguments");
    pinverdict_source *source = (pinverdict_source *)&check_passed;
    pinverdict_policy *policy = (pinverdict_policy *)&check_passed;
    pinverdict_error error = PINVERDICT_ERROR_INIT;
    CHECK_EQUAL(pinverdict_source_create(NULL, NULL, NULL, NULL, &source, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(source == NULL && strstr(error.message, "path is NULL") != NULL);
    CHECK_EQUAL(pinverdict_source_create(NULL, "x", NULL, NULL, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK_EQUAL(pinverdict_source_load(NULL, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(policy == NULL && strstr(error.message, "source is NULL") != NULL);
    source = source_of(NULL, "x", NULL, NULL);
    CHECK_EQUAL(pinverdict_source_load(source, NULL, &error), PINVERDICT_INVALID_ARGUMENT);
    bool changed = true;
    CHECK_EQUAL(pinverdict_source_refresh(source, NULL, &changed, &error), PINVERDICT_INVALID_ARGUMENT);
    CHECK(!changed && strstr(error.message, "checker is NULL") != NULL);
    CHECK_EQUAL(pinverdict_source_refresh(NULL, NULL, NULL, NULL), PINVERDICT_INVALID_ARGUMENT);
    error.struct_size = 1;
    CHECK_EQUAL(pinverdict_source_load(source, &policy, &error), PINVERDICT_INVALID_ARGUMENT);
    pinverdict_source_free(source);
    pinverdict_source_free(NULL);
    source = source_of(NULL, "", NULL, NULL);
    is_loaded(source, PINVERDICT_FILE_ERROR, NULL);
    pinverdict_source_free(source);
}

int main(int argc, char **argv)
{
    check_begin();
    if (argc < 2) give_up("the directory of the signatures", "is the first argument");
    directory = argv[1];
    arguments();
    signed_files();
    in_force_from_elsewhere();
    states();
    disks();
    ticks();
    huge_files();
    replaced_states();
    clocks();
    threads_and_forks();
    unsigned_files();
    swapped_links();
    cost();
    return check_end();
}
