#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""bench.py BUILD [--quick | --replacements]: runs the benchmarks that were built there, and prints their figures.

Asserts no figure: it fails only where an answer is wrong or a counter does not count. README.md says how each figure
comes about. The last table holds the figures against what they are meant to be. --quick shows that all of it works,
in a few seconds; its figures are worth nothing. --replacements measures checks under replacements alone.
"""
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Release"))

from flavours import FLAVOURS, GLIBC_FLOOR, LIBC, needed_glibc, needed_libraries, output, stripped_size

LIBRARIES = ["OpenSSL", "GnuTLS"]
# The paths: their certificates, leaf first, the host of the leaf, and the trust file.
PATHS = {
    "EC P-256": (["leaf", "intermediate", "root"], "api.example.com", "root.pem"),
    "RSA-2048": (["rsa-leaf", "rsa-intermediate", "rsa-root"], "rsa.example.com", "rsa-root.pem"),
    "Ed25519": (["ed25519", "intermediate", "root"], "api.example.com", "root.pem"),
}
IN_GOALS = ["EC P-256", "RSA-2048"]
# What connections.h calls its ways.
ALONE, FIRST, ATTACHED = "verification alone", "and attach and check, a server not seen before", "and attach and check"
BY_HAND, CHECKED = "and the leaf's pin by hand", "check alone"
TLS = "TLS 1.3", "TLS 1.2"
PRESENTED, PRESENTED_FIRST = "check_presented", "check_presented, a chain not seen before"
PRESENTED_ALONE = "validation alone, from DER"
MAKING = "a checker without presented chains is made"
CHECK = "check, leaf pin"
FROM_DER = "by hand from DER, the three certificates"
SHA256_LEAF, SHA256_ALL = "floor: SHA-256 of the leaf's SPKI", "floor: SHA-256 of the three SPKIs"
PYTHON_CHECK, PYTHON_NOTHING = "PinVerdict: check, leaf pin", "ctypes: a call that does nothing"
PINS, PINS_OF_NOTHING = "pin_of_certificate, the three", "pin_of_certificate, three cut off"


class Settings:
    def __init__(self, is_quick):
        self.kinds = IN_GOALS if is_quick else list(PATHS)
        self.rounds, self.nanoseconds = (3, 2e4) if is_quick else (301, 1e6)
        self.slow_rounds, self.slow_nanoseconds = (3, 2e4) if is_quick else (101, 2e6)
        self.connections = 3 if is_quick else 300
        self.thread_rounds, self.thread_nanoseconds = (3, 1e5) if is_quick else (31, 5e7)
        self.scale_rounds, self.most_hosts = (3, 1000) if is_quick else (31, 1_000_000)
        self.growth_rounds, self.most_hundredths = (3, 1) if is_quick else (101, 100)
        self.replaced_seconds = 0.1 if is_quick else 3
        self.counted_calls = 1000 if is_quick else 1_000_000
        self.traced_kinds, self.traced_calls = (IN_GOALS[:1], 2) if is_quick else (self.kinds, 10)


# --------------------------------------------------------------------------------------------------- the programs


class Programs:
    def __init__(self, build):
        self.build = Path(build).resolve()
        self.versions = {}  # that they print of the libraries in use

    def files(self, kind):
        return [self.fixture(name + ".der") for name in PATHS[kind][0]]

    def fixture(self, name):
        return self.build / "fixtures" / name

    def command(self, name):
        if name.endswith(" from Python"):
            return [self.build / "venv/cryptography/bin/python", "-B",
                    Path(__file__).with_name(f"{name.split()[0]}.py")]
        return [self.build / "bin" / f"bench-{name}"]

    def run(self, command, *arguments):
        environment = dict(os.environ, PINVERDICT_LIBRARY=str(self.build / "lib/libpinverdict.so"))
        return subprocess.run([*map(str, command), *map(str, arguments)], capture_output=True, text=True,
                              env=environment)

    def rows(self, command, *arguments):
        """What a program prints: of each library and contender, the quantities and their values."""
        run = self.run(command, *arguments)
        if run.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with status {run.returncode}\n{run.stderr.strip()}")
        found = defaultdict(dict)
        for line in run.stdout.splitlines():
            library, what, quantity, value = line.split("\t")
            if what == "version":
                self.versions[library] = value
            else:
                found[library, what][quantity] = float(value)
        return found

    def server(self, kind):
        """The host, what trusts it, and what its server has."""
        (leaf, intermediate, _), host, trust = PATHS[kind]
        return [host, *map(self.fixture, [trust, leaf + ".pem", intermediate + ".pem", leaf + ".key"])]

    def connections(self, kind, rounds):
        """Of each library, kind of connection and way, the client's time, and that of verification alone; and how many
        allocations more the client makes."""
        rows, (host, *files) = {}, self.server(kind)
        for tls in TLS:
            for library in LIBRARIES:
                rows |= self.rows(self.command(f"connections-{library.lower()}"), rounds, tls.split()[1], host, *files)
        for (library, what), row in rows.items():
            alone = rows[library, f"{what.partition(': ')[0]}: {ALONE}"]
            row["alone"], row["more"] = alone["median"], row["allocations"] - alone["allocations"]
            if what.endswith(BY_HAND) and row["more"] <= 0:
                sys.exit("a pin by hand allocates, but that was not counted")
        return dict(sorted(rows.items(), key=lambda row: row[0][1].split(":")[0], reverse=True))

    def counts(self, kind, calls, *contender):
        """Of each contender, or of the one named, the allocations and the system calls of a call."""
        trace, counted, current = self.build / "bin/bench-cost.strace", Counter(), None
        rows = self.rows(["strace", "-f", "-s", "256", "-o", trace, *self.command("cost")], calls, *self.files(kind),
                         *contender)
        for line in trace.read_text().splitlines():
            if mark := re.search(r'write\(-1, "(.*)", \d+\)', line):
                current = tuple(mark[1].split("\\t"))
                counted[current] = 0  # a contender's last mark is that before the calls that count
            else:
                counted[current] += 1
        for name, row in rows.items():
            row["system calls"] = counted[name] / calls
        return rows

    def check_counters(self):
        (counted,) = self.counts(IN_GOALS[0], 1000, "", "control").values()
        if counted != {"allocations": 1, "system calls": 1}:
            sys.exit("the control makes one allocation and one system call, but that is not what was counted")

    def instructions(self, kind, calls):
        """Of each contender the instructions of a call by object file, of its last dump, and its allocations."""
        dump = self.build / "bin/bench-cost.callgrind"
        valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--combine-dumps=yes",
                    "--compress-strings=no", "--compress-pos=no", f"--callgrind-out-file={dump}"]
        rows = self.rows(valgrind + self.command("cost"), calls, *self.files(kind))
        contender, library, is_inclusive = None, None, False
        for line in dump.read_text().splitlines():
            if line.startswith("part:"):
                contender = None
            elif line.startswith("desc: Trigger: Client Request: "):
                contender = rows[tuple(line.split(": ", 3)[3].split("\t"))]
                contender["instructions"] = Counter()
            elif line.startswith("ob="):
                library = object_name(line[3:])
            elif line.startswith("calls="):
                is_inclusive = True  # what the next line counts is counted again where it was spent
            elif line[:1].isdigit():
                if contender and not is_inclusive:
                    contender["instructions"][library] += int(line.split()[1]) / calls
                is_inclusive = False
        del rows["", "control"]
        return rows


def object_name(path):
    return path.rpartition("/")[2].partition(".so")[0]


# ----------------------------------------------------------------------------------------------------- the tables


def number(value):
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(row):
    return f"{number(row['median'])} ({number(row['p10'])} to {number(row['p90'])})"


def print_table(columns, rows):
    """In Markdown, aligned."""
    table = [columns, ["---"] * len(columns), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(columns))]
    for row in table:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    print(flush=True)


def print_by_library(rows, columns, cells):
    """A line for each contender; for each library its name and these columns, which `cells` fills."""
    lines = []
    for what in dict.fromkeys(what for _, what in rows):
        line = [what]
        for library in LIBRARIES:
            row = rows.get((library, what)) or rows.get(("", what))
            line += cells(library, row) if row else [""] * (1 + len(columns))
        lines.append(line)
    print_table(["", *(column for library in LIBRARIES for column in [library, *columns])], lines)


def print_times(title, rows, base):
    """The ratio is to `base` by the same library."""
    print(f"{title}: nanoseconds of a call, median (10th to 90th percentile), and ratio to “{base}”\n")
    print_by_library(rows, ["ratio"], lambda library, row: [
        spread(row), number(row["median"] / rows[library, base]["median"])])


def print_connections(kind, rows):
    """The ratio is to the library's own verification in a connection of the same kind."""
    print(f"{kind}, connections: nanoseconds of the client's, median (10th to 90th percentile), ratio to “{ALONE}”, "
          "and allocations more than there, libpinverdict's own in parentheses\n")
    print_by_library(rows, ["ratio", "allocations"], lambda library, row: [
        spread(row), f"{row['median'] / row['alone']:.2f}", f"{row['more']:+.0f} ({row['own allocations']:.0f})"])


def print_python(versions, rows):
    print(f"{IN_GOALS[0]}, from Python {versions['Python']} with cryptography {versions['cryptography']}: "
          "nanoseconds of a call, and ratio to the check\n")
    base = rows["Python", PYTHON_CHECK]["median"]
    print_table(["", "Python", "ratio"],
                [[what, spread(row), number(row["median"] / base)] for (_, what), row in rows.items()])


def print_python_connections(rows):
    print(f"{IN_GOALS[0]}, connections from Python: nanoseconds of the client's in a handshake\n")
    print_table(["", "Python"], [[what, spread(row)] for (_, what), row in rows.items()])


def print_instructions(kind, rows):
    print(f"{kind}: instructions of a call by callgrind, of these libpinverdict's own and libc's, and allocations\n")
    print_by_library(rows, ["own", "libc", "allocations"], lambda library, row: [
        number(sum(row["instructions"].values())), number(row["instructions"]["libpinverdict"]),
        number(row["instructions"]["libc"]), number(row["allocations"])])
    own = {what: row["instructions"]["libpinverdict"] for (library, what), row in rows.items() if library == "OpenSSL"}
    walk = (own[PINS] - own[PINS_OF_NOTHING]) / 3
    print(f"A walk of one of these certificates takes {walk:,.0f} instructions on average, "
          f"three walks {3 * walk / own[CHECK]:.0%} of what a check takes of its own.\n", flush=True)


def print_threads(rows):
    print("Two threads that check by one checker, beside two processes that share nothing: how much more two do\n")
    print_table(["", *LIBRARIES], [[what, *(spread(rows[library, what]) for library in LIBRARIES)]
                                   for what in dict.fromkeys(what for _, what in rows)])


def print_scale(rows):
    print("Policies by their number of hosts, each with two pins; a check takes nanoseconds\n")
    print_table(
        ["hosts", "MB of text", "load, ms", "MB/s", "MB of names, digests", "MB used", "ratio", "check, one host",
         "random hosts"],
        [[f"{int(hosts):,}", number(row["bytes of text"] / 1e6), number(row["load"] / 1e6), number(load_speed(row)),
          f"{row['bytes of names and digests'] / 1e6:.3f}", f"{row['bytes used'] / 1e6:.3f}",
          number(memory_ratio(row)), number(row["one host"]), number(row["random hosts"])]
         for (_, hosts), row in rows.items()])


def print_growth(rows):
    print("What a policy's text controls, and what it costs; a check takes nanoseconds\n")
    print_table(["what", "how many", "MB of text", "load, ms", "MB/s", "check"],
                [[*what.split("; "), number(row["bytes of text"] / 1e6), number(row["load"] / 1e6),
                  number(load_speed(row)), number(row["check"])] for (_, what), row in rows.items()])


def print_replacements(programs, seconds):
    print("A check while nothing happens, and while the policy is replaced a thousand times a second: nanoseconds\n")
    rows, lines = programs.rows(programs.command("replacements"), seconds, *programs.files(IN_GOALS[0])), []
    for (_, what), row in rows.items():
        threads, policy = what.split("; ")
        idle = rows["", f"{threads}; idle"]["p99.9"]
        lines.append([threads, policy, *(number(row[each]) for each in ["median", "p99.9", "p99.99", "slowest"]),
                      f"{row['slowest'] / idle:.1f}", f"{int(row['samples']):,}", f"{int(row['stopped']):,}",
                      number(row["slowest stopped"]), f"{row['sets a second']:,.0f}"])
    print_table(["", "policy", "median", "99.9 %", "99.99 %", "slowest", "of idle 99.9 %", "samples",
                 "stopped by the kernel", "slowest of these", "sets a second"], lines)
    return rows


def load_speed(row):
    """MB of text in a second."""
    return row["bytes of text"] / row["load"] * 1e3


def memory_ratio(row):
    return row["bytes used"] / row["bytes of names and digests"]


# ------------------------------------------------------------------------------------------------------ the goals


class Goals:
    """The lines of the last table."""

    def __init__(self):
        self.lines = []

    def add(self, what, goal, figure, is_met, is_shown=True):
        self.lines.append([what, goal, figure, ("yes" if is_met else "no") if is_shown else "not shown"])

    def add_check(self, kind, library, rows):
        median = {what: row["median"] for (by, what), row in rows.items() if by == "OpenSSL"}
        walks = median[PINS] - median[SHA256_ALL] - median[PINS_OF_NOTHING]
        sha256, check = rows[library, SHA256_LEAF]["median"], rows[library, CHECK]["median"]
        allowed = 1.25 * sha256 + walks + 60
        self.add(f"check of a validated path of three, leaf pin: {kind}, {library}",
                 f"at most 1.25 × {number(sha256)} (SHA-256 of the SPKI) + {number(walks)} (three walks) + 60 "
                 f"= {number(allowed)} ns", f"{number(check)} ns", check <= allowed)

    def add_library(self, kind, library, times, rows):
        ratio = rows[library, FROM_DER]["median"] / rows[library, CHECK]["median"]
        self.add(f"against {library} from DER, the three certificates: {kind}", f"{times:,} × faster",
                 f"{number(ratio)} ×", ratio >= times)

    def add_connections(self, kind, rows):
        def figures(library, connection, way):
            row = rows[library, f"{connection}: {way}"]
            return row["median"] / row["alone"], (row["median"] - row["alone"]) / 1e3

        for tls in TLS:
            for library, connection, way, times, more in [
                    ("OpenSSL", "full", ATTACHED, None, 4), ("OpenSSL", "resumed", ATTACHED, None, 6),
                    ("GnuTLS", "full", FIRST, 1.6, None), ("GnuTLS", "full", ATTACHED, 1.05, None),
                    ("GnuTLS", "resumed", ATTACHED, None, 15)]:
                ratio, difference = figures(library, f"{tls} {connection}", way)
                self.add(f"a connection, {kind}: {library}, {tls} {connection}: {way[4:]}",
                         f"at most {times} × verification alone" if times else f"at most {more} µs more",
                         f"{ratio:.2f} ×, {difference:+.1f} µs", ratio <= times if times else difference <= more)
            for library in LIBRARIES:
                for connection in "full", "resumed":
                    row = rows[library, f"{tls} {connection}: {CHECKED}"]
                    self.add(f"allocations by pins, {kind}: {library}, {tls} {connection}: {CHECKED}",
                             "those of the TLS library alone",
                             f"{row['own allocations']:.0f} beside {row['more']:.0f} of the TLS library",
                             row["own allocations"] == 0)

    def add_presented(self, kind, library, rows):
        first, again, alone = (rows[library, what]["median"] for what in (PRESENTED_FIRST, PRESENTED, PRESENTED_ALONE))
        self.add(f"{PRESENTED_FIRST}: {kind}, {library}", "at most 1.03 × the library alone",
                 f"{first / alone:.2f} ×", first <= 1.03 * alone)
        self.add(f"{PRESENTED}, a chain seen before: {kind}, {library}", "at most 8 µs", f"{again / 1e3:.1f} µs",
                 again <= 8e3)
        making = rows[library, MAKING]["median"]
        self.add(f"{MAKING}: {library}", "at most 0.1 ms", f"{making / 1e6:.3f} ms", making <= 1e5)

    def add_python(self, checks, connections):
        check, nothing = (checks["Python", what]["median"] for what in (PYTHON_CHECK, PYTHON_NOTHING))
        self.add("check_validated from Python", "at most 3 µs",
                 f"{check / 1e3:.1f} µs, {number(check / nothing)} × a call of ctypes that does nothing", check <= 3e3)
        for tls in TLS:
            alone, pinned = (connections["Python", f"{tls}, full: {what}"]["median"]
                             for what in ("a context", "a pinned context"))
            self.add(f"a pinned context from Python, {tls}, a full handshake", "at most 15 µs more than a plain one",
                     f"{(pinned - alone) / 1e3:+.1f} µs, {pinned / alone:.3f} ×", pinned - alone <= 15e3)

    def add_counts(self, what, calls, counts):
        self.add(f"{what} in a check, {calls:,} checks of the EC and of the RSA path by each library", "0",
                 f"{max(counts):g}", max(counts) == 0)

    def add_threads(self, library, rows):
        ratio = rows[library, "threads, of the processes"]["median"]
        threads, processes = rows[library, "two threads, of one"], rows[library, "two processes, of one"]
        self.add(f"two threads on two cores: {library}", "0.95 × the scaling of a loop that shares nothing",
                 f"{ratio:.2f} ×, the median of all rounds (medians alone: threads {threads['median']:.2f}, "
                 f"processes {processes['median']:.2f})", ratio >= 0.95,
                 is_shown=processes["median"] >= 1.5)  # else there were no two cores to be had

    def add_replacements(self, rows):
        idle, replaced = rows["", "two readers; idle"], rows["", "two readers; replaced"]
        self.add(f"two threads check, and the policy is replaced {replaced['sets a second']:,.0f} times a second",
                 f"the slowest check at most twice the 99.9th percentile of idle = {number(2 * idle['p99.9'])} ns",
                 f"{number(replaced['slowest'])} ns; 99.9 % within {number(replaced['p99.9'])} "
                 f"(idle: {number(idle['slowest'])}, {number(idle['p99.9'])})",
                 replaced["slowest"] <= 2 * idle["p99.9"])

    def add_scale(self, rows):
        (_, few), (_, many) = list(rows)[0], list(rows)[-1]
        least, row = rows["", few], rows["", many]
        hosts = f"{int(many):,} hosts with two pins each"
        for what, most in ("one host", 1.2), ("random hosts", 3):
            ratio = row[what] / least["one host"]
            self.add(f"{hosts}: the check of {what}", f"at most {most} × that of one of {few}", f"{ratio:.2f} ×",
                     ratio <= most)
        ratio, speed = memory_ratio(row), load_speed(row)
        self.add(f"{hosts}: steady memory", "at most 1.5 × their names and digests", f"{ratio:.2f} ×", ratio <= 1.5)
        self.add(f"{hosts}: load", "100 MB of text in a second, or more", f"{number(speed)} MB/s", speed >= 100)

    def add_growth(self, rows):
        most = {what.split("; ")[0]: (what.split("; ")[1], row) for (_, what), row in rows.items()}
        none = rows["", "rejected keys of a rule; 0"]
        count, rejecting = most["rejected keys of a rule"]
        ratio = rejecting["check"] / none["check"]
        self.add(f"{int(count):,} rejected keys on a rule: the check", "at most 2 × that without", f"{ratio:.2f} ×",
                 ratio <= 2)
        (count, chosen), (_, others) = most["hosts chosen to collide"], most["hosts at random"]
        for what in "check", "load":
            ratio = chosen[what] / others[what]
            self.add(f"{int(count):,} chosen host names: the {what}", "at most 1.5 × that of random ones",
                     f"{ratio:.2f} ×", ratio <= 1.5)

    def add_flavour(self, name, build):
        _, libraries, limit = FLAVOURS[name]
        path = build / f"lib/lib{name}.so"
        size, needed, glibc = stripped_size(path) / 1024, needed_libraries(path), needed_glibc(path)
        self.add(f"`lib{name}.so`, stripped",
                 f"at most {limit} KiB; libc, libm and its TLS libraries; glibc {version(GLIBC_FLOOR)}",
                 f"{size:.0f} KiB; {', '.join(sorted(object_name(each) for each in needed))}; glibc {version(glibc)}",
                 size <= limit and needed <= libraries | LIBC and glibc <= GLIBC_FLOOR)

    def print(self):
        print_table(["what", "goal", "figure", "met"], self.lines)


def version(numbers):
    return ".".join(map(str, numbers))


# ------------------------------------------------------------------------------------------------------------ all


def print_machine():
    processor = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", processor, re.M)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"{model[1] if model else os.uname().machine}, {cores} cores, "
          f"{'with' if re.search(r' sha_ni| sha2 ', processor) else 'without'} instructions for SHA-256")
    if load > 0.5:
        print(f"The machine was busy when this began (load {load:.1f}): take the figures with care.")


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(arguments) != 1:
        sys.exit(__doc__.splitlines()[0])
    settings, programs, goals = Settings("--quick" in sys.argv), Programs(arguments[0]), Goals()
    print_machine()
    if "--replacements" in sys.argv:
        print_replacements(programs, settings.replaced_seconds)
        return

    checks = {kind: programs.rows(programs.command("check"), settings.rounds, settings.nanoseconds,
                                  *programs.files(kind)) for kind in settings.kinds}
    print(", ".join(f"{library} {text}" for library, text in programs.versions.items()))
    first = checks[settings.kinds[0]]
    once, again = first["OpenSSL", CHECK]["median"], first["OpenSSL", CHECK + ", once more"]["median"]
    print(f"The same contender measured twice: {number(once)} and {number(again)} ns, {abs(again / once - 1):.1%} "
          "apart. Differences of that size are noise.\n")
    for kind, rows in checks.items():
        print_times(kind, rows, CHECK)
    for kind in IN_GOALS:
        for library in LIBRARIES:
            goals.add_check(kind, library, checks[kind])
    for library, times in ("OpenSSL", 700), ("GnuTLS", 200):
        for kind in IN_GOALS:
            goals.add_library(kind, library, times, checks[kind])

    for kind in settings.kinds:
        host, trust = PATHS[kind][1:]
        rows = programs.rows(programs.command("presented"), settings.slow_rounds, settings.slow_nanoseconds, host,
                             programs.fixture(trust), *programs.files(kind))
        print_times(f"{kind}, presented chains", rows, PRESENTED_ALONE)
        if kind == IN_GOALS[0]:
            for library in LIBRARIES:
                goals.add_presented(kind, library, rows)

    for kind in IN_GOALS:
        rows = programs.connections(kind, settings.connections)
        print_connections(kind, rows)
        if kind == IN_GOALS[0]:
            goals.add_connections(kind, rows)

    rows = programs.rows(programs.command("check from Python"), settings.slow_rounds, settings.slow_nanoseconds,
                         *programs.files(IN_GOALS[0]))
    print_python(programs.versions, rows)
    connections = programs.rows(programs.command("connections from Python"), settings.connections,
                                *programs.server(IN_GOALS[0]))
    print_python_connections(connections)
    goals.add_python(rows, connections)

    programs.check_counters()
    counts = [programs.counts(kind, settings.counted_calls, library, CHECK)[library, CHECK]
              for kind in IN_GOALS for library in LIBRARIES]
    for what in "allocations", "system calls":
        goals.add_counts(what, settings.counted_calls, [row[what] for row in counts])
    for kind in settings.traced_kinds:
        print_instructions(kind, programs.instructions(kind, settings.traced_calls))

    threads = programs.rows(programs.command("threads"), settings.thread_rounds, settings.thread_nanoseconds,
                            *programs.files(IN_GOALS[0]))
    print_threads(threads)
    for library in LIBRARIES:
        goals.add_threads(library, threads)

    goals.add_replacements(print_replacements(programs, settings.replaced_seconds))

    scale = programs.rows(programs.command("scale"), settings.scale_rounds, settings.most_hosts,
                          *programs.files(IN_GOALS[0]))
    print_scale(scale)
    goals.add_scale(scale)
    growth = programs.rows(programs.command("growth"), settings.growth_rounds, settings.most_hundredths,
                           *programs.files(IN_GOALS[0]))
    print_growth(growth)
    goals.add_growth(growth)
    for name in FLAVOURS:
        goals.add_flavour(name, programs.build)
    goals.print()


if __name__ == "__main__":
    main()
