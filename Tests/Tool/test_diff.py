# SPDX-License-Identifier: Apache-2.0
"""`pinverdict diff`."""
from command import TestCase, pin
from kit.transparency import Log

PINS = [f"pin-sha256 = {pin(1)}", f"backup-pin-sha256 = {pin(2)}"]
LEAF = [line.replace("pin-sha256", "leaf-pin-sha256") for line in PINS]
CA = [line.replace("pin-sha256", "ca-pin-sha256") for line in PINS]
MORE = f"pin-sha256 = {pin(3)}"
REJECTED = f"rejected-pin-sha256 = {pin(8)}"
OFF = "enforcement = off"
REPORT = "enforcement = report-only"
BELOW = "include-subdomains = yes"


def host(name, *settings, pins=PINS):
    return [f"[host {name}]", *settings, *pins]


def until(day, then):
    return [f"expires = 2027-06-{day}", f"on-expiry = {then}"]


class DiffTests(TestCase):
    def diff(self, old, new, *options, settings=((), ())):
        for name, sections, own in zip(["old.conf", "new.conf"], [old, new], settings):
            self.write(name, "\n".join(["[policy]", "serial = 1", *own, *sections]) + "\n")
        return self.run_command("diff", *options, "old.conf", "new.conf")

    def expect_changes(self, old, new, expected, settings=((), ())):
        """Directions by host; in the other order of the policies they are the opposite."""
        opposite = {"looser": "stricter", "stricter": "looser"}
        for first, second, own, turn in [(old, new, settings, {}), (new, old, settings[::-1], opposite)]:
            run = self.diff(first, second, "--json", settings=own)
            found = {(change["host"], change["environment"]): change["direction"] for change in run.json["changes"]}
            wanted = {host if isinstance(host, tuple) else (host, None): turn.get(direction, direction)
                      for host, direction in expected.items()}
            self.assertEqual(found, wanted, run)
            loosens = bool({"looser", "both"} & set(wanted.values()))
            self.assertEqual((run.status, run.json["loosens"]), (int(loosens), loosens), run)

    def test_same(self):
        run = self.diff(host("a.example"), ["[pin-set s]", *PINS[::-1], "[host A.example.]", "pin-set = s",
                                            "match = any  # as always"])
        self.assertEqual(self.expect(run, 0).out, "new.conf: no host is pinned otherwise\n")

    def test_one_rule(self):
        """From the first settings of a rule to the second."""
        for old, new, direction in [
                ([], [MORE], "looser"), ([], [REPORT], "looser"), ([], [OFF], "looser"), ([REPORT], [OFF], "looser"),
                ([], ["rollout-percent = 50"], "looser"),
                (["rollout-percent = 50"], ["rollout-percent = 10"], "looser"),
                (["rollout-percent = 10"], [REPORT], "looser"), ([REPORT], ["rollout-percent = 0"], "neither"),
                (["max-depth = 2"], [], "looser"), (["max-depth = 2"], ["max-depth = 3"], "looser"),
                (["match = leaf"], [], "looser"), (["match = ca"], [], "looser"), (["match = root"], [], "looser"),
                (["match = root"], ["match = ca"], "looser"), (["match = leaf"], ["match = ca"], "both"),
                (["match = leaf", "max-depth = 2"], ["match = leaf"], "neither"),
                (until(20, "allow"), until(10, "allow"), "looser"),
                (until(10, "refuse"), until(20, "refuse"), "looser"),
                ([], until(10, "allow"), "looser"), (until(10, "refuse"), [], "looser"),
                (until(20, "refuse"), until(10, "allow"), "looser"),
                (until(10, "refuse"), until(20, "allow"), "looser"),
                ([REJECTED], [], "looser"), ([REJECTED, REPORT], [REPORT], "looser"),
                ([REJECTED, MORE], [], "both"), ([], ["allow-single-pin = yes"], "neither"),
                ([OFF, MORE], [OFF], "neither"), ([REPORT], [MORE], "both"), ([OFF], [MORE], "stricter")]:
            with self.subTest(old=old, new=new):
                self.expect_changes(host("a.example", *old), host("a.example", *new), {"a.example": direction})

    def test_pins(self):
        backup = [PINS[0].replace("pin", "backup-pin", 1), PINS[1].replace("backup-", "")]
        other = [f"pin-sha256 = {pin(5)}", f"backup-pin-sha256 = {pin(6)}"]
        for old, new, direction in [
                (PINS, backup, "neither"), (PINS, other, "both"), ([*PINS, MORE], PINS, "stricter"),
                (PINS, LEAF, "stricter"), (LEAF, CA, "both"), (LEAF, [*LEAF, *CA], "stricter"),
                (PINS, [*PINS, *CA], "stricter"), ([*LEAF, *CA], PINS, "looser"),
                (PINS, [line.replace("pin-", "key-") for line in PINS], "both")]:
            with self.subTest(old=old, new=new):
                self.expect_changes(host("a.example", pins=old), host("a.example", pins=new), {"a.example": direction})

    def test_scts(self):
        a, b, c = Log("Alpha"), Log("Beta"), Log("Gamma")
        renamed = Log("ALPHA")
        renamed.key = a.key

        def listed(*sections, as_of="2026-11-20", on_stale="allow"):
            return ["[ct-logs]", f"as-of = {as_of}", "max-age = 70", f"on-stale = {on_stale}", *sections]

        def one(log, *lines):
            return log.section(f"log-{log.operator}", *lines)

        two, three = listed(one(a), one(b)), listed(one(a), one(b), one(c))
        retired = "retired = 2026-12-01T00:00:00Z"
        asking = host("a.example", "require-scts = 2")
        for old, new, direction in [
                (asking + two, host("a.example") + two, "looser"),
                (asking + two, host("a.example", "require-scts = 1") + two, "looser"),
                (asking + two, host("a.example", REPORT, "require-scts = 2") + two, "looser"),
                (host("a.example", OFF, "require-scts = 2") + two, host("a.example", OFF) + two, "neither"),
                (asking + two, asking + three, "looser"), (asking + listed(one(a), one(c)), asking + two, "both"),
                (asking + listed(one(a, retired), one(b)), asking + two, "looser"),
                (asking + two, asking + listed(one(a), one(b), as_of="2026-11-19"), "looser"),
                (asking + listed(one(a), one(b), on_stale="refuse"),
                 asking + listed(one(a), one(b), as_of="2026-11-21", on_stale="refuse"), "looser"),
                (asking + listed(one(a), one(b), on_stale="refuse"), asking + two, "looser")]:
            with self.subTest(old=old, new=new):
                self.expect_changes(old, new, {"a.example": direction})
        moved = Log("Delta")
        moved.key = b.key
        self.expect_changes(asking + two, asking + listed(one(a), one(moved)), {"a.example": "both"})
        # What logs are called, and those that no rule asks for, change nothing.
        self.expect_changes(asking + two, asking + listed(one(b), renamed.section("other")), {})
        self.expect_changes(host("a.example") + two, host("a.example") + three, {})
        run = self.diff(asking + two, host("a.example", "require-scts = 1") + three)
        self.expect(run, 1, out=["looser: require-scts falls", "looser: SCTs of 1 log more count",
                                 "- require-scts = 2\n", "+ [ct-log] id "])

    def test_which_rule_decides(self):
        parent = host("a.example", BELOW)
        below = {"*.a.example": "looser", "**.a.example": "looser"}
        more = [*PINS, MORE]
        for old, new, expected in [
                ([*parent, *host("z.example")], host("z.example"), {"a.example": "looser", **below}),
                (parent, host("a.example"), below),
                (parent, [*parent, *host("b.a.example", pins=[OFF])], {"b.a.example": "looser"}),
                (parent, [*parent, *host("c.b.a.example", pins=more)], {"c.b.a.example": "looser"}),
                (parent, [*parent, *host("b.a.example")], {"b.a.example": "neither"}),
                (parent, [*parent, *host("*.a.example", pins=more)], {"*.a.example": "looser"}),
                (parent, [*parent, *host("*.b.a.example", pins=[OFF])], {"*.b.a.example": "looser"}),
                (host("*.a.example"), host("a.example", BELOW),
                 {"a.example": "stricter", "*.a.example": "neither", "**.a.example": "stricter"}),
                ([*host("b.a.example", pins=more), *parent], parent, {"b.a.example": "stricter"}),
                # A nearer ancestor takes the names below it from the farther one.
                (parent, [*parent, *host("b.a.example", BELOW, pins=more)],
                 {"b.a.example": "looser", "*.b.a.example": "looser", "**.b.a.example": "looser"}),
                # The name that stands for those below is one that no rule has.
                ([*parent, *host("x.a.example")], [*host("a.example"), *host("x.a.example")], below),
                (host("192.0.2.7"), host("192.0.2.7", OFF), {"192.0.2.7": "looser"})]:
            with self.subTest(old=old, new=new):
                self.expect_changes(old, new, expected)
        long = ".".join([letter * 63 for letter in "abc"] + ["d" * 59])
        self.expect_changes(host(long, BELOW), host(long, BELOW, OFF), {long: "looser", "*." + long: "looser"})

    def test_policy(self):
        rule, off = host("a.example"), host("b.example", pins=[OFF])
        refuse = "unpinned-hosts = refuse"
        every = [*rule, *off]
        for old, new, expected in [
                ([], [OFF], {"*": "neither", "a.example": "looser", "b.example": "neither"}),
                ([], [REPORT], {"*": "neither", "a.example": "looser", "b.example": "neither"}),
                ([REPORT], [OFF], {"*": "neither", "a.example": "looser", "b.example": "neither"}),
                ([refuse], [], {"*": "looser"}), ([refuse], [refuse, REPORT],
                                                  {"*": "looser", "a.example": "looser", "b.example": "neither"}),
                ([REJECTED], [], {"*": "looser", "a.example": "looser", "b.example": "looser"}),
                ([REJECTED], [REJECTED, REPORT], {"*": "looser", "a.example": "looser", "b.example": "looser"}),
                ([REJECTED], [REJECTED, OFF], {"*": "looser", "a.example": "looser", "b.example": "looser"})]:
            with self.subTest(old=old, new=new):
                self.expect_changes(every, every, expected, settings=(old, new))
        # A host that gets a rule of its own, where others are refused.
        self.expect_changes(rule, [*rule, *host("c.example")], {"c.example": "looser"}, settings=([refuse], [refuse]))

    def test_keys_of_the_policy_are_compared_whatever_the_rule(self):
        """They are refused under a rule that is off, too, and only reported where [policy] reports."""
        rule, off = host("a.example"), host("a.example", pins=[OFF])
        refuse = "unpinned-hosts = refuse"
        self.expect_changes(off, rule, {"*": "both", "a.example": "both"},
                            settings=([REJECTED], [REJECTED, REPORT, refuse]))

    def test_rollouts_of_other_rules(self):
        """Which installations one is for depends on the rule's name."""
        half = "rollout-percent = 50"
        self.expect_changes(host("a.example", half), host("example", half, BELOW),
                            {"a.example": "both", "example": "stricter", "*.example": "stricter",
                             "**.example": "stricter"})
        self.expect_changes(host("a.example", half), host("a.example", half, "match = any"), {})

    def test_rejected_keys_that_move(self):
        rule = host("a.example")
        for settings, direction in [([], "neither"), ([REPORT], "looser"), (["rollout-percent = 9"], "looser")]:
            run = self.diff([*rule, *settings], [*rule, *settings, REJECTED], "--json", settings=([REJECTED], []))
            found = {change["host"]: change["direction"] for change in run.json["changes"]}
            self.assertEqual(found, {"*": "looser", "a.example": direction}, run)

    def test_environments(self):
        both = ["environments = dev prod"]
        dev, prod = "environments = dev", "environments = prod"
        rule = host("a.example")
        self.expect_changes([*rule, dev, *host("a.example", prod)], [*rule, dev, *host("a.example", prod, MORE)],
                            {("a.example", "prod"): "looser"}, settings=(both, both))
        self.expect_changes(rule, [*rule, prod], {("a.example", "dev"): "looser"}, settings=(both, both))
        self.expect_changes([*rule, *both], [*rule, *both, MORE], {"a.example": "looser"}, settings=(both, both))
        # Names, not their places in the list, tell environments.
        self.expect_changes([*rule, dev], [*rule, dev], {}, settings=(both, ["environments = prod dev"]))

    def test_environments_that_one_policy_lacks(self):
        """Checkers there keep the policy that they have: nothing gets looser, and it is told."""
        rule = [*host("a.example"), "environments = dev"]
        self.expect_changes(rule, [*host("a.example", OFF), "environments = prod"],
                            {("*", "dev"): "neither", ("*", "prod"): "neither"},
                            settings=(["environments = dev"], ["environments = prod"]))
        self.expect_changes(rule, [*rule, MORE], {("*", "prod"): "neither", "a.example": "looser"},
                            settings=(["environments = dev"], ["environments = dev prod"]))

    def test_text(self):
        run = self.diff(host("a.example", "max-depth = 3"), host("a.example", "max-depth = 2", MORE))
        self.assertEqual(self.expect(run, 1).out, (
            "new.conf:3: looser and stricter: a.example\n    looser: 1 pin more\n    stricter: max-depth falls\n"
            f"    - max-depth = 3\n    + max-depth = 2\n    + {MORE}\n"
            "new.conf: 1 change: 0 looser, 0 stricter, 1 both, 0 neither\n"))
        run = self.diff([*host("*.a.example"), *host("z.example")], host("z.example"))
        self.expect(run, 1, out=["new.conf: looser: *.a.example\n"
                                 "    looser: what fails is let through, and was refused\n",
                                 "    - [host *.a.example]\n", "    + no rule, unpinned-hosts = allow\n"])

    def test_json(self):
        change = self.diff(host("a.example"), host("a.example", MORE), "--json").json["changes"][0]
        self.assertEqual(change, {
            "host": "a.example", "environment": None, "direction": "looser", "old_line": 3, "line": 3,
            "reasons": [{"direction": "looser", "message": "1 pin more"}], "lines": ["+ " + MORE]})

    def test_misuse(self):
        self.diff(host("a.example"), host("a.example"))
        self.write("bad.conf", "[policy]\n")
        self.expect(self.run_command("diff", "bad.conf", "new.conf"), 2, err="bad.conf:1: error: ")
        self.expect(self.run_command("diff", "old.conf", "missing.conf"), 2, err="missing.conf: No such file")
        run = self.expect(self.run_command("diff", "--json", "old.conf", "bad.conf"), 2)
        self.assertEqual(run.json["errors"], run.err.splitlines())

    def test_many_hosts(self):
        hosts = [line for number in range(10_000) for line in host(f"h{number}.example")]
        run = self.diff(hosts, hosts, settings=([], [REPORT]))
        self.expect(run, 1, out="10001 changes: 10000 looser, 0 stricter, 0 both, 1 neither\n")
