# SPDX-License-Identifier: Apache-2.0
"""The command as a whole: its version, its help, and what becomes of results that cannot be written."""
import re
import subprocess

from command import ROOT, TestCase

SUBCOMMANDS = ["pin", "check", "probe", "lint", "explain", "diff", "draft", "verify", "caa", "import", "export",
               "ct-logs", "ct-judge", "ct-watch", "run"]


class CommandTests(TestCase):
    def test_version_is_that_of_the_header(self):
        header = (ROOT / "include/pinverdict.h").read_text()
        version = re.search(r'PINVERDICT_VERSION "(.*)"', header)[1]
        run = self.expect(self.run_command("--version"), 0)
        self.assertRegex(run.out, rf"^pinverdict {re.escape(version)} with (OpenSSL 3\S+)?(, )?(GnuTLS 3\S+)?\n$")

    def test_help(self):
        run = self.expect(self.run_command("--help"), 0, out=SUBCOMMANDS)
        self.assertEqual(self.run_command().out, run.out)
        for name in SUBCOMMANDS:
            # A program that is run prints what it prints.
            form = "--strict" if name == "run" else "--json"
            self.expect(self.run_command(name, "--help"), 0, out=[form, f"pinverdict {name}"])
        self.expect(self.run_command("check", "--help"), 0, out="does not validate")

    def test_misuse(self):
        for arguments in [["peel"], ["pin", "--jsn"], ["check"], ["check", "--policy"], ["lint"],
                          ["explain", "--host", "x"], ["lint", "--now", "2026-02-30", "p"],
                          ["lint", "--now", "soon", "p"],
                          ["import", "x"], ["import", "--format", "hpkp", "x"], ["import", "--format", "json"],
                          ["diff", "p"], ["diff", "-", "-"],
                          ["export", "p"], ["export", "--format", "curl", "p"],
                          ["export", "--format", "json", "--environment", "a b", "p"],
                          ["pin", "-", "-"], ["lint", "-", "-"], ["check", "--policy", "-", "--host", "x", "-"],
                          ["check", "--policy", "p", "--host", "x", "--backend", "nss", "c"],
                          ["check", "--policy", "p", "--host", "x", "--install-id", "", "c"],
                          ["check", "--policy", "p", "--host", "x", "--install-id", "x" * 257, "c"],
                          ["check", "--policy", "p", "--host", "x", "--environment", "a b", "c"]]:
            with self.subTest(arguments):
                run = self.expect(self.run_command(*arguments), 2, err="Usage: pinverdict")
                self.assertEqual(run.out, "")

    def writers(self):
        leaf = self.fixtures["leaf"]
        self.policy("[host a.example]", "allow-single-pin = yes", f"pin-sha256 = {leaf.pin}")
        yield "--help"
        yield f"pin {leaf.path}"
        yield f"pin --json {leaf.path}"
        yield f"check --policy policy.conf --host a.example {leaf.path}"
        yield "lint policy.conf"
        yield "explain --policy policy.conf --host a.example"
        self.write("pins.json", f'{{"a.example": ["{leaf.pin}"]}}')
        yield "import --format json pins.json"
        yield "export --format json policy.conf"
        yield "diff policy.conf policy.conf"

    def test_full_disk(self):
        for arguments in self.writers():
            with self.subTest(arguments):
                self.expect(self.shell(f'"$pinverdict" {arguments} >/dev/full'), 2, err="No space left on device")

    def test_file_that_may_not_grow(self):
        self.expect(self.shell('ulimit -f 0; "$pinverdict" --help >out'), 2, err="File too large")

    def test_closed_standard_output(self):
        for arguments in self.writers():
            with self.subTest(arguments):
                self.expect(self.shell(f'"$pinverdict" {arguments} >&-'), 2, err="cannot write to standard output")

    def test_reader_that_has_gone(self):
        for arguments in self.writers():
            with self.subTest(arguments):
                # The reader closes its end before the command starts.
                run = self.shell(f'{{ sleep 0.2; "$pinverdict" {arguments}; echo $? >status; }} | true; cat status')
                self.assertEqual(run.out.split(), ["2"], run)
                self.assertEqual(run.err, "")

    def test_closed_standard_error(self):
        run = self.shell('"$pinverdict" pin missing 2>&-')
        self.assertEqual(run.status, 2)

    def test_no_environment_variables(self):
        run = self.run_command("pin", self.fixtures["leaf"].path, env={})
        self.expect(run, 0, out=self.fixtures["leaf"].pin)

    def test_files_that_are_none(self):
        self.policy("[host a.example]")
        (self.directory / "large").touch()
        with open(self.directory / "large", "r+b") as file:
            file.truncate((256 << 20) + 1)
        commands = [["pin"], ["lint"], ["explain", "--host", "x", "--policy"],
                    ["check", "--host", "x", self.fixtures["leaf"].path, "--policy"]]
        for arguments in commands:
            for file, why in [("missing", "No such file"), (".", "is a directory"), ("large", "larger than 256 MiB")]:
                with self.subTest(arguments=arguments, file=file):
                    self.expect(self.run_command(*arguments, file), 2, err=f"{file}: {why}")

    def test_largest_input(self):
        run = self.shell('head -c $((256 << 20)) /dev/zero | "$pinverdict" pin')
        self.expect(run, 2, err="standard input: holds no certificate")
        run = self.shell('head -c $(((256 << 20) + 1)) /dev/zero | "$pinverdict" pin')
        self.expect(run, 2, err="standard input: larger than 256 MiB")

    def test_endless_input(self):
        for arguments in ["pin", "lint -", "explain --host x --policy -"]:
            with self.subTest(arguments):
                run = self.shell(f'ulimit -v $((1536 << 10)); "$pinverdict" {arguments} </dev/zero')
                self.expect(run, 2, err="standard input: larger than 256 MiB")

    def test_fifo(self):
        leaf = self.fixtures["leaf"]
        run = self.shell(f'mkfifo fifo; (sleep 0.1; cat {leaf.path} >fifo) & "$pinverdict" pin fifo')
        self.expect(run, 0, out=leaf.pin)
        self.policy("[host a.example]", f"pin-sha256 = {leaf.pin}", "allow-single-pin = yes")
        run = self.shell(f'"$pinverdict" check --policy <(cat policy.conf) --host a.example <(cat {leaf.path})')
        self.expect(run, 0, out="allow")

    def test_names_cannot_steer_a_terminal(self):
        run = self.run_command("pin", "\x1b[31mred\nline")
        self.expect(run, 2, err=r"\u{1b}[31mred\u{a}line: No such file")
        self.assertNotIn("\x1b", run.err)

    def test_colours(self):
        """On a terminal alone, and what is coloured reads the same."""
        leaf = self.fixtures["leaf"].path
        self.policy("[host a.example]", "allow-single-pin = yes", f"pin-sha256 = {self.fixtures['leaf'].pin}")
        check = ["check", "--policy", "policy.conf", "--host"]
        self.write("off.conf", "[policy]\nserial = 2\nenforcement = off\n")
        for arguments, word in [(["diff", "policy.conf", "off.conf"], "\x1b[31mlooser\x1b[0m: "),
                                (["diff", "off.conf", "policy.conf"], "\x1b[32mstricter\x1b[0m: "),
                                (["lint", "policy.conf"], "\x1b[33mwarning\x1b[0m: "),
                                ([*check, "a.example", leaf], "\x1b[32mallow        \x1b[0m"),
                                ([*check, "a..example", leaf], "\x1b[31mrefuse       \x1b[0m")]:
            with self.subTest(arguments):
                plain = self.run_command(*arguments)
                self.assertNotIn("\x1b", plain.out)
                shown = self.run_on_terminal(*arguments, NO_COLOR="").out
                self.assertIn(word, shown)
                self.assertEqual(re.sub(r"\x1b\[\d+m", "", shown).replace("\r\n", "\n"), plain.out)
                for settings in [{"NO_COLOR": "1"}, {"TERM": "dumb"}]:
                    self.assertNotIn("\x1b", self.run_on_terminal(*arguments, **settings).out)

    def test_completions(self):
        """Every shell takes its script, and offers subcommands and options."""
        scripts = {shell: self.write(f"completion.{shell}", self.expect(
            self.run_command("--generate-completion-script", shell), 0).out) for shell in ["bash", "zsh", "fish"]}
        self.expect(self.shell(f"zsh -n {scripts['zsh']} && head -1 {scripts['zsh']}"), 0, out="#compdef pinverdict")
        for words, expected in [(["pinverdict", ""], SUBCOMMANDS), (["pinverdict", "pin", "--k"], ["--kind"])]:
            line = " ".join(words)
            run = self.shell(f"fish --no-config -c 'source {scripts['fish']}; complete -C \"{line}\"'")
            self.expect(run, 0, out=expected)
            listed = " ".join(f"'{word}'" for word in words)
            run = self.shell(f"source {scripts['bash']}; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; "
                             f"COMP_LINE='{line}'; COMP_POINT={len(line)}; "
                             '_pinverdict pinverdict "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; echo "${COMPREPLY[@]}"')
            self.expect(run, 0, out=expected)

    def test_examples_of_the_help(self):
        """Each subcommand's help has an example, of options that it has."""
        for name in SUBCOMMANDS:
            text = self.run_command(name, "--help").out
            overview, rest = text.split("USAGE:")
            used = re.findall(rf"pinverdict {name} -*[\w-]+[^\n]*(?:\n +\S[^\n]*)*", overview)
            self.assertTrue(used, name)
            offered = re.findall(r"--[a-z-]+", rest)
            self.assertEqual(set(re.findall(r"--[a-z-]+", used[0])) - set(offered), set(), name)
