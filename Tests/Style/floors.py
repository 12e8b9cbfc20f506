#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""floors.py [ROOT]: is the layout that of docs/ARCHITECTURE.md?

The core's folders use only those below them, modules import what their layer may, the tests lie as what they test, and
every file that the documents name is there. Names are compared as words (swift_names.py), so that a use is missed where
two folders declare the name. Prints each place that breaks a rule; exits 1 if there is one.
"""

import re
import sys
from pathlib import Path

from swift_names import STANDARD, File, code_of

ROOT = Path(__file__).resolve().parents[2]
CORE = "Sources/PinVerdictCore"
TESTS = "Tests/PinVerdictTests"
# Lowest first.
FLOORS = "Bytes", "Pin", "Certificate", "Host", "Policy", "Backend", "Signature", "PolicyText", "Verdict"
# Of the tests: what they share, what each backend is asked, and what Swift programs use.
BESIDE_FLOORS = {"Support", "Backends", "Product"}
DOCUMENTS = "docs/ARCHITECTURE.md", "CONTRIBUTING.md", "Tests/README.md"

# What every layer but the core may import.
BELOW = {"PinVerdictCore", "CPosix"}


def upward_uses(floors):
    """Of [{path: text}, ...], the lowest floor first: each use of a name that only a higher floor declares."""
    floors = [{path: File(text) for path, text in floor.items()} for floor in floors]
    types = [set().union(*(file.types for file in floor.values())) for floor in floors]
    # Of a folder's own types the members go with the type; those that it adds to others do not.
    added = [{name for file in floor.values() for extended, name in file.members if extended not in types[at]}
             for at, floor in enumerate(floors)]
    declared = [types[at].union(added[at], *(file.own for file in floor.values())) for at, floor in enumerate(floors)]
    for low, floor in enumerate(floors):
        for high in range(low + 1, len(floors)):
            elsewhere = set().union(*declared[:high], *declared[high + 1:])
            names = types[high] - set().union(*types[:high]) | added[high] - STANDARD - elsewhere
            for path, file in floor.items():
                for name, line in file.uses(names):
                    yield f"{path}:{line}: uses {name}, of a higher floor ({FLOORS[high]})"


def core_uses(root):
    return upward_uses([
        {path.relative_to(root): path.read_text() for path in sorted((root / CORE / floor).glob("**/*.swift"))}
        for floor in FLOORS])


def core_folders(root):
    """The floors are all that there is of the core."""
    for path in sorted((root / CORE).iterdir()):
        if path.name not in FLOORS:
            yield f"{path.relative_to(root)}: not on a floor"
    for floor in FLOORS:
        if not (root / CORE / floor).is_dir():
            yield f"{CORE}/{floor}: missing"


def targets_of(root):
    """The Swift targets of Package.swift, and the modules that each depends on."""
    text = re.sub(r"^\s*//[^\n]*", "", (root / "Package.swift").read_text(), flags=re.MULTILINE)
    found = {}
    # Inside the dependencies of another, a target has a condition.
    declaration = r'\.(?=(?:target|executableTarget|testTarget)\(\s*name: "\w+",(?! *condition))'
    for declaration in re.split(declaration, text)[1:]:
        declaration = declaration.split(".systemLibrary")[0]
        other = r'(?:path|package|exclude|condition|unsafeFlags)\b[^,)\]]*'
        name, *others = re.findall(r'"(\w+)"', re.sub(other, "", declaration))
        found[name] = set(others)
    return found


def backends(root):
    """OpenSSL and GnuTLS: what the backends are of."""
    return {path.name.removesuffix("Backend") for path in (root / "Sources").glob("*Backend") if path.is_dir()}


def allowed_imports(module, names):
    """What a module of the layers may import anywhere; None where it may import whatever it likes."""
    if module == "PinVerdictCore":
        return set()
    if module in ("BackendSupport", "PolicyStore"):
        return BELOW | {"Synchronization"}
    if module.removesuffix("Backend") in names:
        return BELOW | {"BackendSupport", "C" + module.removesuffix("Backend")}
    if module == "BuiltInBackends":
        return {"BackendSupport", "PinVerdictCore"}
    if module == "PinVerdict":
        return {"CPinVerdict", "PinVerdictCore"}
    return None


def imports_of(text):
    """Each import: the module, its line, and the `#if` conditions around it."""
    conditions = []
    for number, line in enumerate(code_of(text).split("\n"), 1):
        if found := re.match(r"\s*#(if|elseif|else|endif)\b\s*(.*)", line):
            word, condition = found[1], found[2].strip()
            if word == "if":
                conditions.append(condition)
            elif conditions:
                conditions.pop()
                conditions += [""] * (word == "else") + [condition] * (word == "elseif")
        elif found := re.match(r"\s*(?:@\w+(?:\(\w+\))? +|public +|package +|internal +|private +|fileprivate +)*"
                               r"import +(?:\w+ +(?=\w+\.))?(\w+)", line):
            yield found[1], number, set(conditions)


def module_imports(module, files, names, dependencies=None):
    """Of {path: text}, each import that its layer may not have."""
    allowed = allowed_imports(module, names)
    of_backends = {name + "Backend": name for name in names} | {"C" + name: name for name in names}
    for path, text in files.items():
        for imported, line, conditions in imports_of(text):
            trait = of_backends.get(imported)
            if imported in ("PinVerdictABI", "PinVerdictTool", module):
                yield f"{path}:{line}: imports {imported}, which nothing does"
            elif trait and module.removesuffix("Backend") != trait:
                if module not in ("BuiltInBackends", "PinVerdictABI", "PinVerdictTool"):
                    yield f"{path}:{line}: imports {imported}: only what is above the backends may"
                elif trait not in conditions:
                    yield f"{path}:{line}: imports {imported} outside `#if {trait}`"
            elif allowed is not None and imported not in allowed:
                yield f"{path}:{line}: {module} may not import {imported}"


def all_imports(root):
    names = backends(root)
    for folder in sorted((root / "Sources").iterdir()):
        files = {path.relative_to(root): path.read_text() for path in sorted(folder.glob("**/*.swift"))}
        yield from module_imports(folder.name, files, names)


def dependencies(targets, names):
    """Of the targets of Package.swift, each dependency that its layer may not have."""
    for module, found in targets.items():
        allowed = allowed_imports(module, names)
        if module == "BuiltInBackends":
            allowed = allowed | {name + "Backend" for name in names}
        elif module == "PinVerdict":
            allowed = allowed | {"PinVerdictABI"}  # which it is linked with
        elif module in ("PinVerdictABI", "PinVerdictTool"):
            allowed = found - {name + "Backend" for name in names}
            if "BuiltInBackends" not in found:
                yield f"Package.swift: {module} does not depend on BuiltInBackends"
        for dependency in sorted(found - allowed if allowed is not None else ()):
            yield f"Package.swift: {module} may not depend on {dependency}"


def all_dependencies(root):
    return dependencies(targets_of(root), backends(root))


def test_places(root):
    """Each floor has its tests, and each test lies in the folder of the type or file that it names."""
    folders = {floor: root / CORE / floor for floor in FLOORS}
    folders |= {path.name: path for path in (root / "Sources").iterdir() if path.name != "PinVerdictCore"}
    for floor in FLOORS:
        if not (root / TESTS / floor).is_dir():
            yield f"{TESTS}/{floor}: missing, and {CORE}/{floor} is there"
    for path in sorted((root / TESTS).glob("*/**/*.swift")):
        place, folder = path.relative_to(root), path.relative_to(root / TESTS).parts[0]
        if folder in BESIDE_FLOORS:
            continue
        if folder not in folders:
            yield f"{place}: {folder} is no folder of the core, and no module"
            continue
        names = set()
        for source in folders[folder].glob("**/*.swift"):
            names |= File(source.read_text()).types | {source.stem, source.stem.split("+")[0]}
        subject = path.stem.removesuffix("Tests").split("+")[0]
        if not path.stem.endswith("Tests"):
            yield f"{place}: not named after what it tests"
        elif subject not in names:
            yield f"{place}: {folder} has nothing named {subject}"


PATH = re.compile(r"(?:\.\./)*[\w.+-]+(?:/[\w.+-]+)+/?|[\w+-]+\.(?:swift|py|sh|c|h|md|txt|map|modulemap)|Makefile")


def named_paths(text):
    """Paths that a document names: what its links lead to, and words in backquotes that look like one."""
    for number, line in enumerate(text.split("\n"), 1):
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
            if "://" not in link:
                yield link, number
        for word in re.findall(r"`([^`]+)`", line):
            if PATH.fullmatch(word) and not re.match(r".*NAME|Name\b|\.build", word):
                yield word, number


def is_there(root, document, name):
    """From the root, the sources or the document; a file by its name alone wherever it lies."""
    places = root, root / "Sources", root / CORE, (root / document).parent
    if any((place / name).exists() for place in places):
        return True
    tops = "Sources", "Tests", "include", "bindings", "packaging"
    return "/" not in name and any(any((root / top).rglob(name)) for top in tops)


def document_paths(root):
    for document in DOCUMENTS:
        if not (root / document).is_file():
            yield f"{document}: missing"
            continue
        for name, line in named_paths((root / document).read_text()):
            if not is_there(root, document, name):
                yield f"{document}:{line}: {name} is not there"


RULES = {
    "the core's folders are its floors": core_folders,
    "no arrow goes up": core_uses,
    "modules import what their layer may": all_imports,
    "targets depend on what their layer may": all_dependencies,
    "tests lie as what they test": test_places,
    "what the documents name is there": document_paths,
}

# A floor above another, and in the lower one what has to be found and what has not.
ABOVE = """public struct Upper { let lid: Int; private var inside = 0 }
func lift(_ load: Int) {}
extension Lower { var roof: Int { let beam = 1; return beam }
    func polish() {}
    enum Attic { case dust }
}
"""
USES = {
    "let one = Upper()": 1, "lift(2)": 1, "func f(_ x: Int) -> Int { x.roof }": 1, "let a: Lower.Attic": 1,
    "func f(_ x: Int) { x.polish() }": 1, "func f() { polish() }": 1,
    "// Upper": 0, "/* Upper */": 0, 'let s = "Upper"': 0, "let b = beam": 0, "let i = inside": 0,
    "func f(roof: Int) { g(roof) }": 0, "let d = x(.dust)": 0, "struct Lower { var roof = 1 }": 0, "let load = 1": 0,
}


def test_rules(check):
    """Does each rule find what breaks it, and nothing else?"""
    for text, count in USES.items():
        found = list(upward_uses([{"low": "struct Lower {}\n" + text}, {"high": ABOVE}]))
        check(f"found in {text!r}: {count}", len(found) == count, found)
    down = list(upward_uses([{"low": ABOVE}, {"high": "let one = Upper(); lift(one.roof)"}]))
    check("an arrow down is none up", not down, down)

    names = {"OpenSSL", "GnuTLS"}
    for module, text, count in (
        ("PinVerdictCore", "import CPosix", 1), ("PinVerdictCore", "let x = 1 // import CPosix", 0),
        ("OpenSSLBackend", "import COpenSSL\nimport BackendSupport\nimport PinVerdictCore\nimport CPosix", 0),
        ("OpenSSLBackend", "import CGnuTLS\nimport GnuTLSBackend\nimport PolicyStore\nimport BuiltInBackends", 4),
        ("BuiltInBackends", "#if OpenSSL\n@_exported import OpenSSLBackend\n#endif", 0),
        ("BuiltInBackends", "#if GnuTLS\nimport OpenSSLBackend\n#endif\nimport GnuTLSBackend", 2),
        ("PinVerdictABI", "#if OpenSSL\n    import OpenSSLBackend\n#else\n    import OpenSSLBackend\n#endif", 1),
        ("PinVerdictTool", "import GnuTLSBackend\nimport PinVerdictABI", 2),
        ("PinVerdict", "internal import CPinVerdict\npublic import PinVerdictCore\nimport BackendSupport", 1),
    ):
        found = list(module_imports(module, {"file": text}, names))
        check(f"imports of {module} in {text!r}: {count}", len(found) == count, found)
    found = list(dependencies({"PinVerdictCore": {"CPosix"}, "PinVerdictABI": {"OpenSSLBackend"}}, names))
    check("dependencies that go the wrong way", len(found) == 3, found)


def main():
    root = Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT
    passed = failed = 0

    def check(name, is_kept, findings):
        nonlocal passed, failed
        passed, failed = passed + bool(is_kept), failed + (not is_kept)
        if not is_kept:
            for finding in findings:
                print(f"FAIL  {finding}")
        print(f"{'ok  ' if is_kept else 'FAIL'}  {name}")

    test_rules(check)
    for name, rule in RULES.items():
        findings = list(rule(root))
        check(name, not findings, findings)
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
