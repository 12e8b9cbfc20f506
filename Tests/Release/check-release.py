#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check-release.py DIRECTORY: are the libraries built there what a release promises?

Looks at the shared objects and archives of the three flavours with nm and readelf: what they export, what
they need, how they are hardened, how large they are. Prints a line per check; exits 1 if one failed.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the tests leave nothing among the sources

from flavours import (FLAVOURS, GLIBC_FLOOR, LIBC, dynamic_tags, needed_glibc, needed_libraries, output,
                      stripped_size)
from release import INCLUDE, VERSION_SCRIPT, check, check_equal, finish, functions_of, headers
from versions import VERSION, check_versions


def functions_by_backend():
    """The functions that the headers declare: under None those of every flavour, else of one backend's."""
    declared = {None: set(), "openssl": set(), "gnutls": set()}
    for header in headers():
        backend = header.stem.removeprefix("pinverdict").removeprefix("-") or None
        declared[backend] |= functions_of(header)
    return declared


def global_symbols(path, *options):
    """The names that nm lists, without their versions; version nodes, which nm lists as absolute, left out."""
    lines = output("nm", "--defined-only", "-g", *options, str(path)).splitlines()
    rows = [line.split() for line in lines if len(line.split()) == 3]
    return {name.split("@")[0] for _, kind, name in rows if kind != "A"}


def undefined_symbols(path, *options):
    listed = output("nm", "-u", *options, str(path))
    return {name.split("@")[0] for name in re.findall(r"^ +[Uw] (\S+)$", listed, flags=re.M)}


def check_shared(path, name, functions, libraries, limit):
    segments = output("readelf", "-lW", str(path))
    values = dict(dynamic_tags(path))
    needed = needed_libraries(path)

    check_equal("exports the header's functions and nothing else", global_symbols(path, "-D"), functions)
    unversioned = re.findall(r" [A-Z] (\w+)$", output("nm", "-D", "--defined-only", str(path)), flags=re.M)
    check("every export under a version node", not [s for s in unversioned if not s.startswith("PINVERDICT_")])
    node = name.upper().replace("-", "_") + "_"
    nodes = set(re.findall(r"@@?(\w+?_)\d", output("nm", "-D", "--defined-only", str(path))))
    check(f"version nodes {node}...", nodes == {node}, " ".join(sorted(nodes)))
    check("needs libc and its TLS libraries alone", needed <= libraries | LIBC and needed & libraries,
          " ".join(sorted(needed)))
    check("SONAME", f"[lib{name}.so.0]" in values.get("SONAME", ""), values.get("SONAME", "none"))
    for link in (path.with_name(f"lib{name}.so.0"), path.with_name(f"lib{name}.so")):
        check(f"{link.name} leads to it", link.is_symlink() and link.resolve() == path.resolve())

    check("BIND_NOW", "BIND_NOW" in values.get("FLAGS", "") and "NOW" in values.get("FLAGS_1", ""))
    check("GNU_RELRO", "GNU_RELRO" in segments)
    check("NODELETE", "NODELETE" in values.get("FLAGS_1", ""), values.get("FLAGS_1", "no FLAGS_1"))
    check("no RPATH, no RUNPATH", not {"RPATH", "RUNPATH"} & values.keys())
    check("makes no objects, since no memory for one would end the process",
          "swift_allocObject" not in output("nm", str(path)))
    check("no text relocations", "TEXTREL" not in values and "TEXTREL" not in values.get("FLAGS", ""))
    stack = re.search(r"GNU_STACK(?:\s+0x\w+){5}\s+([RWE ]+?)\s+0", segments)
    check("stack not executable", stack and "E" not in stack[1], stack[1] if stack else "no GNU_STACK")
    writable = re.findall(r"LOAD(?:\s+0x\w+){5}\s+([RWE ]+?)\s+0x", segments)
    check("no segment both writable and executable", not [f for f in writable if "W" in f and "E" in f])
    code_at_load = {"INIT", "FINI", "INIT_ARRAY", "FINI_ARRAY", "PREINIT_ARRAY"} & values.keys()
    check("nothing runs when it is loaded", not code_at_load, " ".join(sorted(code_at_load)))

    newest = needed_glibc(path)
    check("glibc 2.34 is enough", newest <= GLIBC_FLOOR, ".".join(map(str, newest)))
    size = stripped_size(path) / 1024
    check(f"at most {limit} KiB stripped", size <= limit, f"{size:.1f} KiB")


def check_archive(path, functions, shared):
    check_equal("defines the header's functions alone", global_symbols(path), functions)
    newly_needed = undefined_symbols(path) - (undefined_symbols(shared, "-D") if shared.is_file() else set())
    check("needs nothing that the shared object does not", not newly_needed, " ".join(sorted(newly_needed)))


def check_two_flavours(directory):
    """A program and its plugin that were linked with different flavours get each its own."""
    source = Path(__file__).with_name("two-flavours.c")
    with tempfile.TemporaryDirectory() as scratch:
        def build(name, flavour, *options):
            path = Path(scratch, name)
            output("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", *options, str(source), "-o",
                   str(path), f"-L{directory}", f"-Wl,-rpath,{directory.resolve()}", "-Wl,--no-as-needed",
                   f"-lpinverdict-{flavour}", "-ldl")
            return path

        program = build("program", "openssl")
        plugin = build("plugin.so", "gnutls", "-DPLUGIN", "-shared", "-fPIC")
        run = subprocess.run([program, plugin, directory.resolve() / "libpinverdict-gnutls.so.0"], text=True,
                             capture_output=True, timeout=60)
        check("a process may have two", run.returncode == 0, f"ended with {run.returncode}\n{run.stdout}{run.stderr}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    directory = Path(sys.argv[1])
    check_versions()
    declared = functions_by_backend()
    script = re.sub(r"/\*.*?\*/", "", VERSION_SCRIPT.read_text(), flags=re.S)

    print("pinverdict.map")
    check_equal("lists the functions of every header", set(re.findall(r"\b(pinverdict_\w+);", script)),
                set().union(*declared.values()))
    for name, (backends, libraries, limit) in FLAVOURS.items():
        functions = declared[None].union(*(declared[backend] for backend in backends))
        shared, archive = directory / f"lib{name}.so.{VERSION}", directory / f"lib{name}.a"
        for path in shared, archive:
            print(path.name)
            if not path.is_file():
                check("is there", False)
            elif path == archive:
                check_archive(archive, functions, shared)
            else:
                check_shared(shared, name, functions, libraries, limit)
    print("two flavours")
    check_two_flavours(directory)

    finish()


main()
