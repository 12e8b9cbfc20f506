# SPDX-License-Identifier: Apache-2.0
"""`pinverdict ct-logs`."""
import base64
import hashlib
import json

from command import ROOT, TestCase, pin
from kit.keys import Key

SCTS = ROOT / "Tests/Conformance/scts"


def rows(name):
    lines = (SCTS / name).read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


SYNTHETIC = {name: (key, operator) for name, _, key, operator, *_ in rows("synthetic/logs.tsv")}
REAL = [[*row, ""][:7] for row in rows("logs.tsv")]


def log(key, description="A log", state="usable", since="2026-01-02T03:04:05Z", until=None, **more):
    """A log of a list."""
    entry = {"description": description, "log_id": base64.b64encode(hashlib.sha256(
        base64.b64decode(key)).digest()).decode(), "key": key, "mmd": 60, "state": {state: {"timestamp": since}}}
    if until:
        entry["temporal_interval"] = {"start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": until}
    return entry | more


def synthetic(name, **more):
    return log(SYNTHETIC[name][0], f"Log '{name}'", **more)


def operator(name, logs, tiled=()):
    return {"name": name, "email": [], "logs": list(logs), "tiled_logs": list(tiled)}


def document(*operators, timestamp="2026-11-20T12:53:15Z", **more):
    return {"version": "1.2", "log_list_timestamp": timestamp, "operators": list(operators), **more}


class CTLogsTests(TestCase):
    def ct_logs(self, content, *options):
        """Runs it over a list, which is text already or becomes it."""
        self.write("list.json", content if isinstance(content, (str, bytes)) else json.dumps(content))
        return self.run_command("ct-logs", *options, "list.json")

    def taken(self, run, scts=0):
        """The sections are ones that a policy takes, with a host that asks for so many logs."""
        self.assertEqual(run.status, 0, run)
        self.write("policy.conf", f"[policy]\nserial = 1\n[host a.example.com]\npin-sha256 = {pin(1)}\n"
                   f"backup-pin-sha256 = {pin(2)}\n" + (f"require-scts = {scts}\n" if scts else "") + run.out)
        lint = self.run_command("lint", "--json", "--now", "2026-11-28", "policy.conf")
        self.assertEqual([problem for problem in lint.json["files"][0]["problems"]
                          if problem["severity"] == "error"], [], run)
        return [line for line in run.out.splitlines() if line and not line.startswith("#")]

    def expect_mistake(self, content, *words):
        """One line on standard error, with the file, and nothing else."""
        run = self.expect(self.ct_logs(content), 2, err=["list.json: error: ", *words])
        self.assertEqual((len(run.err.splitlines()), run.out), (1, ""), run)

    # ------------------------------------------------------------------------------------------------ sections

    def test_sections(self):
        run = self.ct_logs(document(
            operator("Alpha", [synthetic("A", until="2027-07-01T00:00:00Z")], [synthetic("A2", state="readonly")]),
            operator("Beta", [], [synthetic("B", state="qualified")]),
            operator("Gamma", [synthetic("C", state="retired", since="2026-06-10T01:02:03Z")])), "--on-stale", "allow")
        self.expect(run, 0)
        keys = {name: key for name, (key, _) in SYNTHETIC.items()}
        self.assertEqual(self.taken(run, scts=2), [
            "[ct-logs]", "as-of = 2026-11-20", "max-age = 70", "on-stale = allow",
            "[ct-log log-a]", f"key = {keys['A']}", "operator = Alpha", "certificates-until = 2027-07-01",
            "[ct-log log-a2]", f"key = {keys['A2']}", "operator = Alpha",
            "[ct-log log-b]", f"key = {keys['B']}", "operator = Beta",
            "[ct-log log-c]", f"key = {keys['C']}", "operator = Gamma", "retired = 2026-06-10T01:02:03Z"])
        self.assertIn("# From a list of 2026-11-20: 4 logs of 3 operators.\n", run.out)

    def test_real_logs(self):
        """Those that certificates name, in the states that they had last."""
        owners, states = {}, {}
        for _, key, owner, description, kind, interval, history in REAL:
            states[key], _, since = (history.split() or [""])[-1].partition("@")
            end = interval.partition("/")[2]
            entry = log(key, description, states[key], since, until=end or None)
            if not states[key]:
                del entry["state"]
            owners.setdefault(owner, {"logs": [], "tiled_logs": []})[kind].append(entry)
        run = self.ct_logs(document(*(operator(name, kinds["logs"], kinds["tiled_logs"])
                                      for name, kinds in owners.items())), "--on-stale", "refuse")
        lines = self.taken(run, scts=2)
        self.assertEqual(sorted(line[6:] for line in lines if line.startswith("key = ")),
                         sorted(key for key, state in states.items() if state))
        self.assertEqual(len(run.err.splitlines()), list(states.values()).count(""), run)
        self.assertEqual(sum(line.startswith("retired = ") for line in lines), list(states.values()).count("retired"))
        self.assertEqual(sum(line.startswith("certificates-until = ") for line in lines),
                         sum(bool(row[5].partition("/")[2]) and bool(row[6]) for row in REAL))

    def test_on_stale_has_to_be_chosen(self):
        content = document(operator("Alpha", [synthetic("A")]))
        run = self.expect(self.ct_logs(content), 0, out="on-stale = ALLOW-OR-REFUSE\n")
        self.policy(run.out, settings=["unpinned-hosts = refuse"])
        self.expect(self.run_command("lint", "policy.conf"), 2, out="ALLOW-OR-REFUSE")
        self.taken(self.ct_logs(content, "--on-stale", "refuse"))
        self.expect(self.ct_logs(content, "--on-stale", "keep"), 2, err="--on-stale")

    def test_names(self):
        keys = [base64.b64encode(Key().spki).decode() for _ in range(6)]
        descriptions = ["Google 'Argon2027h1' log", "google argon2027h1 LOG!", "", None, "Ärger\n2027", "x" * 200]
        run = self.ct_logs(document(operator("Alpha", [log(*each) for each in zip(keys, descriptions)])),
                           "--on-stale", "allow")
        self.assertEqual([line[8:-1] for line in self.taken(run) if line.startswith("[ct-log ")],
                         ["google-argon2027h1-log", "google-argon2027h1-log-2", "log", "log-2", "rger-2027", "x" * 59])

    def test_json(self):
        content = document(operator("Alpha", [synthetic("A"), synthetic("X", state="pending")]))
        text = self.ct_logs(content, "--on-stale", "allow").out
        run = self.ct_logs(content, "--on-stale", "allow", "--json")
        self.assertEqual(run.json, {
            "format": 1, "command": "ct-logs", "policy": text, "errors": [],
            "losses": [{"line": None, "message": "\"Log 'X'\": its state is \"pending\""}]})
        run = self.expect(self.ct_logs("[]", "--json"), 2)
        self.assertEqual((run.json["command"], len(run.json["errors"])), ("ct-logs", 1))

    # ----------------------------------------------------------------------------------------- what is left out

    def test_logs_that_are_left_out(self):
        off = bytearray(base64.b64decode(SYNTHETIC["A"][0]))
        off[-1] ^= 1
        good = synthetic("B")
        stateless = synthetic("X")
        del stateless["state"]
        for entry, words in [
                (synthetic("MIMIC1"), "the private half of its key is public"),
                (synthetic("MIMIC2", state="retired"), "the private half of its key is public"),
                (synthetic("RSA"), "its key is not one of P-256"), (synthetic("P384"), "its key is not one of P-256"),
                (log(base64.b64encode(off).decode()), "its key is no point of the curve"),
                (synthetic("X", state="pending"), "its state is \"pending\""),
                (synthetic("X", state="rejected"), "its state is \"rejected\""),
                (synthetic("X", state="new"), "its state is \"new\""), (stateless, "it has no state"),
                (synthetic("X", state="usable", log_type="test"), "its log_type is \"test\"")]:
            with self.subTest(words):
                content = document(operator("Alpha", [entry], [good]))
                run = self.ct_logs(content, "--on-stale", "allow")
                self.assertEqual(run.err, f"list.json: not expressed: \"{entry['description']}\": {words}\n")
                self.assertEqual(self.taken(run)[4:], [
                    "[ct-log log-b]", f"key = {good['key']}", "operator = Alpha"])
                self.assertIn(f"# not expressed: \"{entry['description']}\": {words}\n", run.out)
                run = self.expect(self.ct_logs(content, "--strict"), 2, err="error: not expressed: ")
                self.assertEqual(run.out, "")
        self.expect(self.ct_logs(document(operator("Alpha", [synthetic("MIMIC1")]))), 2,
                    err="there is no log in it that a policy takes")

    # ------------------------------------------------------------------------------------------------- mistakes

    def test_mistakes(self):
        a = synthetic("A")

        def having(**changes):
            return document(operator("Alpha", [a | changes]))

        for content, *words in [
                (having(log_id=synthetic("B")["log_id"]), "log_id is not the SHA-256 of the key", a["log_id"]),
                (having(log_id="no base64"), "log_id is not the SHA-256"),
                (having(key="?"), "key is not base64"), (having(key=""), "key is not base64"),
                (having(key=7), "\"operators[0].logs[0].key\" has another type"),
                (having(key=None), "\"operators[0].logs[0].key\""), (having(state=[]), "logs[0].state\""),
                (having(state={"usable": {}}), "usable.timestamp\" is missing"),
                (having(state={"usable": {"timestamp": "x"}, "retired": {"timestamp": "x"}}), "has several states"),
                (having(state={"retired": {"timestamp": "2026-01-01"}}), "timestamp is a time in UTC"),
                (having(temporal_interval={"end_exclusive": "2027-02-30T00:00:00Z"}), "end_exclusive is a time in UTC"),
                (having(temporal_interval={}), "temporal_interval.end_exclusive\" is missing"),
                (document(operator("Alpha", [a], [a])), "has the key of \"Log 'A'\""),
                (document(operator("Alpha", [a]), operator("Beta", [a])), "has the key of \"Log 'A'\""),
                (document(operator("", [a])), "an operator's name that no policy can have"),
                (document(operator("Al # pha", [a])), "an operator's name"),
                (document(operator("A\nkey = x", [a])), "\"A\\u{a}key = x\": an operator's name"),
                (document(operator("A\u202e", [a])), "\"A\\u{202e}\": an operator's name"),
                (document(operator("A" * 300, [a])), "an operator's name"),
                (document(operator("Alpha", [])), "there is no log in it"), (document(), "there is no log in it"),
                (document(timestamp="2026-11-20"), "log_list_timestamp is a time in UTC"),
                (document(timestamp="1969-11-20T00:00:00Z"), "log_list_timestamp is a time in UTC"),
                ({"operators": []}, "\"log_list_timestamp\" is missing"),
                (document() | {"operators": {}}, "\"operators\" has another type"),
                (document() | {"operators": [1]}, "\"operators[0]\" has another type"),
                (document({"logs": []}), "\"operators[0].name\" is missing"),
                ([], "the whole has another type"), ("", "the file is empty"), ("{", "not JSON"),
                ("[" * 100_000, "not JSON, or nested too deeply"), (b"\xff{}", "not UTF-8"),
                (json.dumps(having()).encode("utf-16"), "UTF-16"), ("-----BEGIN X-----", "PEM")]:
            with self.subTest(words[0]):
                self.expect_mistake(content, *words)

    def test_too_much(self):
        keys = [base64.b64encode(Key().spki).decode() for _ in range(129)]
        logs = [log(key, f"log {number}") for number, key in enumerate(keys)]
        self.expect_mistake(document(operator("Alpha", logs)), "129 logs; a policy has at most 128")
        self.taken(self.ct_logs(document(operator("Alpha", logs[:128])), "--on-stale", "allow"))
        each = [operator(f"Operator {number}", [entry]) for number, entry in enumerate(logs)]
        self.taken(self.ct_logs(document(*each[:64]), "--on-stale", "allow"))
        self.expect_mistake(document(*each[:65]), "at most 64 operators")
        self.expect(self.ct_logs(" " * (17 << 20)), 2, err="list.json: larger than 16 MiB")
        self.expect(self.run_command("ct-logs", "missing.json"), 2, err="missing.json: No such file")

    def test_standard_input(self):
        content = json.dumps(document(operator("Alpha", [synthetic("A")])))
        run = self.run_command("ct-logs", "--on-stale", "allow", "-", stdin=content)
        self.assertEqual(len(self.taken(run)), 7)
