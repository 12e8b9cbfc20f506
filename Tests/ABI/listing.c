// SPDX-License-Identifier: Apache-2.0
/* The pins of a host in the caller's array: as many as it has room for, none beyond, and the number that there are.
   What must be listed for which host is in Tests/Conformance/demands.txt. */
#include "fixtures.h"

#include <limits.h>

static const char host[] = "api.example.com";

/* A rule with three pins; a backup in its leaf- list. */
static const char three[] =
    "[policy]\nserial = 9\n[host api.example.com]\nleaf-pin-sha256 = {leaf}\nbackup-leaf-pin-sha256 = {1}\n"
    "key-sha256 = {leaf:key}\nallow-single-pin = yes\n";
static const pinverdict_pin_kind kinds[] = { PINVERDICT_PIN_SPKI, PINVERDICT_PIN_SPKI, PINVERDICT_PIN_KEY };
static const pinverdict_pin_list lists[] = { PINVERDICT_LIST_LEAF, PINVERDICT_LIST_LEAF, PINVERDICT_LIST_ANY };
static const char *const names[] = { "leaf", "1", "leaf:key" };
enum { PIN_COUNT = 3, ROOM = 6 };

/* Whether the element is the pin of that place, every byte of it. */
static bool is_pin(const pinverdict_pin *pin, size_t place)
{
    pinverdict_pin expected;
    memset(&expected, 0, sizeof expected);
    expected.kind = kinds[place];
    expected.list = lists[place];
    expected.backup = place == 1;
    digest_of(names[place], strlen(names[place]), expected.digest);
    return memcmp(pin, &expected, sizeof expected) == 0;
}

/* The array ends at an unreadable page, or has elements behind its capacity. */
static void capacities(const pinverdict_checker *checker)
{
    uint8_t *guard = check_guarded(ROOM * sizeof(pinverdict_pin));
    pinverdict_pin untouched[ROOM];
    memset(untouched, 0xa5, sizeof untouched);
    for (size_t capacity = 0; capacity <= ROOM; capacity++) {
        for (size_t behind = 0; capacity + behind <= ROOM; behind++) {
            check_case("capacity %zu, and %zu elements behind it", capacity, behind);
            pinverdict_pin *pins = (pinverdict_pin *)guard - capacity - behind;
            pinverdict_error error = PINVERDICT_ERROR_INIT;
            size_t count = 99, written = capacity < PIN_COUNT ? capacity : PIN_COUNT;
            uint64_t serial = 99;
            memset(pins, 0xa5, (capacity + behind) * sizeof *pins);
            CHECK_EQUAL(pinverdict_checker_pins(checker, host, pins, capacity, &count, &serial, &error), PINVERDICT_OK);
            CHECK_EQUAL(count, PIN_COUNT);
            CHECK_EQUAL(serial, 9);
            CHECK_ERROR(&error, PINVERDICT_OK);
            for (size_t i = 0; i < written; i++) CHECK(is_pin(&pins[i], i));
            CHECK(memcmp(pins + written, untouched, (capacity + behind - written) * sizeof *pins) == 0);
        }
    }
    size_t count = 99;
    check_case("%s", "no array");
    CHECK_EQUAL(pinverdict_checker_pins(checker, host, NULL, 0, &count, NULL, NULL), PINVERDICT_OK);
    CHECK_EQUAL(count, PIN_COUNT);
    pinverdict_pin pins[PIN_COUNT];
    check_case("%s", "the largest capacity, of which the caller has what is needed");
    CHECK_EQUAL(pinverdict_checker_pins(checker, host, pins, SSIZE_MAX, &count, NULL, NULL), PINVERDICT_OK);
    for (size_t i = 0; i < PIN_COUNT; i++) CHECK(is_pin(&pins[i], i));
    check_case("%s", "");
}

/* The host lies right before an unreadable page. */
static void host_lengths(const pinverdict_checker *checker)
{
    uint8_t *guard = check_guarded(600);
    guard[-1] = 0;
    for (size_t length = 0; length < 600; length++) {
        char *name = (char *)guard - length - 1;
        size_t count = 99;
        memset(name, 'a', length);
        check_case("a host of %zu letters", length);
        CHECK_EQUAL(pinverdict_checker_pins(checker, name, NULL, 0, &count, NULL, NULL),
                    length >= 1 && length <= 63 ? PINVERDICT_OK : PINVERDICT_INVALID_ARGUMENT);
        CHECK_EQUAL(count, 0);
    }
    check_case("%s", "");
}

/* The most pins that a rule can have, in the most sets; and as many of which each stands in every set. */
static void largest_rules(void)
{
    enum { SETS = 64, IN_A_SET = 4, REJECTED = 252, LINE = 100 };
    char *text = malloc(2 * SETS * (IN_A_SET + REJECTED + 2) * LINE), *end = text;
    if (text == NULL) give_up("no memory for", "the policy");
    end += sprintf(end, "[policy]\nserial = 1\n");
    for (int same = 0; same <= 1; same++) {
        for (int set = 0; set < SETS; set++) {
            end += sprintf(end, "[pin-set %d.%d]\n", same, set);
            for (int i = 0; i < REJECTED; i++) end += sprintf(end, "rejected-pin-sha256 = %064x\n", 1000 + i);
            for (int i = 0; i < IN_A_SET; i++)
                end += sprintf(end, "%spin-sha256 = %064x\n", i == 0 ? "backup-" : "",
                               1 + (same ? i : set * IN_A_SET + i));
        }
        end += sprintf(end, "[host %s.example.com]\n", same ? "same" : "different");
        for (int set = 0; set < SETS; set++) end += sprintf(end, "pin-set = %d.%d\n", same, set);
    }
    pinverdict_checker *checker = checker_of(text, NULL);
    free(text);
    for (int same = 0; same <= 1; same++) {
        static pinverdict_pin pins[SETS * IN_A_SET];
        size_t count = 0, expected = same ? IN_A_SET : SETS * IN_A_SET;
        check_case("%d sets of %d %s pins", SETS, IN_A_SET, same ? "same" : "different");
        CHECK_EQUAL(pinverdict_checker_pins(checker, same ? "same.example.com" : "different.example.com", pins,
                                            SETS * IN_A_SET, &count, NULL, NULL),
                    PINVERDICT_OK);
        CHECK_EQUAL(count, expected);
        for (size_t i = 0; i < expected; i++) {
            CHECK_EQUAL(pins[i].digest[30] << 8 | pins[i].digest[31], i + 1);
            CHECK_EQUAL(pins[i].backup, i % IN_A_SET == 0);
        }
    }
    pinverdict_checker_free(checker);
    check_case("%s", "");
}

int main(int argc, char **argv)
{
    check_begin();
    load_fixtures(argc > 1 ? argv[1] : NULL);
    pinverdict_checker *checker = checker_of(three, NULL);
    capacities(checker);
    host_lengths(checker);
    pinverdict_checker_free(checker);
    largest_rules();
    return check_end();
}
