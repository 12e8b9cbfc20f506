# SPDX-License-Identifier: Apache-2.0
"""An ABI, and what has become of it: the types and functions of the headers, the symbols that the libraries export.

abidw sees no types in a Swift object, so that it describes a stub instead: a shared object in C with an empty function
for each that the headers declare, under the version script of the libraries. The symbols come from the libraries.
abi-baseline/README.md says what may change, and when.
"""

import os
import re
import subprocess
from collections import namedtuple
from pathlib import Path
from xml.etree import ElementTree

from flavours import output
from release import functions_of, headers, text_of

# Nothing that depends on the machine or on where the sources lie.
DESCRIBE = ("abidw", "--no-architecture", "--no-corpus-path", "--no-show-locs", "--no-comp-dir-path", "--no-elf-needed",
            "--no-write-default-sizes", "--no-parameter-names", "--type-id-style", "hash", "--drop-undefined-syms")
# Reports what libabigail takes for harmless too, such as a field that was renamed. Symbols are compared here.
COMPARE = ("abidiff", "--no-default-suppression", "--no-show-locs", "--harmless", "--no-added-syms")
FAILED = 1 | 2  # of the bits of abidiff's exit status; the others tell of changes

UNVERSIONED = "no-node"
Symbol = namedtuple("Symbol", "flavour name node")

# description: the file that abidw wrote; symbols: what each flavour exports; nodes: the version nodes of all flavours.
ABI = namedtuple("ABI", "description symbols nodes")


def stub_of(include):
    """A program with a definition of every function that the headers declare."""
    lines = [f'#include "{header.name}"' for header in headers(include)]
    for header in headers(include):
        declaration = r"^(?:PINVERDICT_MUST_USE\s+)?([\w ]+?[ *]+?pinverdict_\w+\s*\((?:[^()]|\([^()]*\))*\));"
        lines += [f"{head} {{ __builtin_trap(); }}" for head in re.findall(declaration, text_of(header), flags=re.M)]
    return "\n".join([*lines, ""])


def describe(include, version_script, directory, compiler="cc"):
    """Builds the stub of these headers in a directory, and has abidw describe it: both files."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "stub.c").write_text(stub_of(include))
    library, description = directory / "libpinverdict.so", directory / "pinverdict.abi"
    # Without optimisation, which would merge functions that do the same; in DWARF 4, as clang and gcc differ in 5.
    subprocess.run([compiler, "-shared", "-fPIC", "-O0", "-gdwarf-4", "-w", f"-I{include.resolve()}", "stub.c", "-o",
                    library.name, "-Wl,-soname,libpinverdict.so.0", f"-Wl,--version-script={version_script.resolve()}"],
                   cwd=directory, check=True)
    output(*DESCRIBE, "--out-file", str(description), str(library))
    return library, description


def exported(libraries):
    """What the shared objects export, a file by the name of its flavour, and their version nodes."""
    symbols, nodes = set(), set()
    for flavour, path in libraries.items():
        table = output("readelf", "--dyn-syms", "-W", str(path))
        # A number where its section stands: it is defined, and no version node.
        defined = re.findall(r" (?:GLOBAL|WEAK|UNIQUE) +\w+ +\d+ (\w+)(?:@@?(\S+))?$", table, flags=re.M)
        symbols |= {Symbol(flavour, name, node or UNVERSIONED) for name, node in defined}
        versions = output("readelf", "-VW", str(path))
        nodes |= set(re.findall(r"Flags: (?:none|WEAK) +Index: \d+ +Cnt: \d+ +Name: (\S+)", versions))
    return symbols, nodes


def undescribed(description, include):
    """What the headers declare and the description lacks: abidiff would not compare it."""
    text = description.read_text()
    declared = set().union(*map(functions_of, headers(include)))
    types = set().union(*(re.findall(r"\btypedef\s[^;{]*\b(\w+);|\}\s*(\w+);", text_of(header))
                          for header in headers(include)))
    missing = {name for name in declared if f"<function-decl name='{name}'" not in text}
    return missing | {name for pair in types for name in pair if name and f"<typedef-decl name='{name}'" not in text}


def additions(baseline, now):
    """Takes out of a description what was only added to types of the baseline, and says what that was: enumerators,
    and fields behind the end of a struct that begins with struct_size, by which the library knows the caller's."""
    added = []
    known = {(node.tag, node.get("name")): node for node in baseline.iter() if node.get("name")}
    for enum in now.iter("enum-decl"):
        old = known.get((enum.tag, enum.get("name")))
        names = {enumerator.get("name") for enumerator in (old or enum).iter("enumerator")}
        for enumerator in enum.findall("enumerator"):
            if enumerator.get("name") not in names:
                enum.remove(enumerator)
                added.append(f"{enumerator.get('name')} in {enum.get('name')}")
    for struct in now.iter("class-decl"):
        old = known.get((struct.tag, struct.get("name")))
        first = struct.find("data-member/var-decl")
        if old is None or first is None or first.get("name") != "struct_size":
            continue
        for field in struct.findall("data-member"):
            if int(field.get("layout-offset-in-bits")) >= int(old.get("size-in-bits")):
                struct.remove(field)
                added.append(f"{field.find('var-decl').get('name')} at the end of {struct.get('name')}")
                struct.set("size-in-bits", old.get("size-in-bits"))
    return added


def problems(baseline, now, released, directory):
    """What is wrong with an ABI beside its baseline, where `released` names the nodes that have been released."""
    trees = ElementTree.parse(baseline.description), ElementTree.parse(now.description)
    added = additions(*(tree.getroot() for tree in trees))
    trees[1].write(directory / "without-additions.abi")
    comparison = subprocess.run([*COMPARE, str(baseline.description), str(directory / "without-additions.abi")],
                                capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    if comparison.returncode < 0 or comparison.returncode & FAILED:
        raise RuntimeError(f"abidiff: exit status {comparison.returncode}\n{comparison.stdout}{comparison.stderr}")
    found = []
    if comparison.returncode:
        found.append(f"types or functions of the baseline have changed or are gone:\n{comparison.stdout.strip()}")
    for symbol in sorted(baseline.symbols - now.symbols):
        found.append(f"lib{symbol.flavour}.so no longer exports {symbol.name}@{symbol.node}")
    for symbol in sorted(now.symbols - baseline.symbols):
        if symbol.node in released | {UNVERSIONED}:
            found.append(f"lib{symbol.flavour}.so exports {symbol.name} anew, under {symbol.node}")
    if not now.nodes - baseline.nodes - released:
        found += [f"{what} is new, and no version node is" for what in added]
    return found


# The files of a baseline.

def read(directory):
    """The baseline, and the nodes that have been released."""
    symbols = set()
    for line in lines_of(directory / "symbols.txt"):
        name, node, *flavours = line.split()
        symbols |= {Symbol(flavour, name, node) for flavour in flavours}
    released = set(lines_of(directory / "released-nodes.txt"))
    return ABI(directory / "pinverdict.abi", symbols, {symbol.node for symbol in symbols}), released


def lines_of(path):
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line]


def write(abi, directory):
    """Makes an ABI the baseline."""
    rows = {}
    for symbol in sorted(abi.symbols):
        rows.setdefault((symbol.name, symbol.node), []).append(symbol.flavour)
    width = max(len(name) for name, _ in rows)
    table = [f"{name:{width}}  {node}  {' '.join(flavours)}" for (name, node), flavours in sorted(rows.items())]
    (directory / "symbols.txt").write_text("\n".join(["# symbol, version node, flavours that export it", *table, ""]))
    (directory / "pinverdict.abi").write_text(abi.description.read_text())


def renew(now, directory, work):
    """Makes an ABI the baseline in a directory, unless a node was released and the ABI breaks a promise. Returns what
    speaks against it."""
    baseline, released = read(directory) if (directory / "pinverdict.abi").exists() else (None, set())
    against = problems(baseline, now, released, work) if released else []
    if not against:
        write(now, directory)
    return against
