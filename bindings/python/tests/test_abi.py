# SPDX-License-Identifier: Apache-2.0
"""The ctypes table beside include/pinverdict.h: functions, arguments, enums, and structs as the compiler has them."""

import ctypes
import re
import subprocess
from pathlib import Path

import pytest

from pinverdict import _abi, loaded_library
from pinverdict._library import library

INCLUDE = Path(__file__).resolve().parents[3] / "include"
HEADER = (INCLUDE / "pinverdict.h").read_text()
TEXT = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S), flags=re.M)

ENUMS = {
    "pinverdict_status": (_abi.Status, "PINVERDICT_"),
    "pinverdict_decision": (_abi.Decision, "PINVERDICT_"),
    "pinverdict_reason": (_abi.Reason, "PINVERDICT_REASON_"),
    "pinverdict_backend": (_abi.Backend, "PINVERDICT_BACKEND_"),
    "pinverdict_pin_kind": (_abi.PinKind, "PINVERDICT_PIN_"),
    "pinverdict_pin_list": (_abi.PinList, "PINVERDICT_LIST_"),
}
STRUCTS = {
    "pinverdict_bytes": _abi.Bytes,
    "pinverdict_error": _abi.Error,
    "pinverdict_verdict": _abi.Verdict,
    "pinverdict_pin": _abi.Pin,
    "pinverdict_count": _abi.Count,
    "pinverdict_rule_count": _abi.RuleCount,
    "pinverdict_totals": _abi.Totals,
    "pinverdict_event": _abi.Event,
    "pinverdict_policy_info": _abi.PolicyInfo,
}

# C's types, without const, as they stand in declarations.
HANDLES = "policy", "config", "checker", "source"
TYPES = {
    "void": None,
    "int": ctypes.c_int,
    "bool": ctypes.c_bool,
    "char *": ctypes.c_char_p,
    "size_t": ctypes.c_size_t,
    "uint8_t": ctypes.c_uint8,
    "uint32_t": ctypes.c_uint32,
    "int32_t": ctypes.c_int32,
    "uint64_t": ctypes.c_uint64,
    "void *": ctypes.c_void_p,
    "int64_t (*)(void *)": _abi.Clock,
    "pinverdict_path_function": _abi.PathFunction,
    "pinverdict_bytes": _abi.Bytes,
    "pinverdict_bytes *": ctypes.c_char_p,
    "pinverdict_error *": ctypes.POINTER(_abi.Error),
    "pinverdict_pin *": ctypes.POINTER(_abi.Pin),
    "pinverdict_count *": ctypes.POINTER(_abi.Count),
    "pinverdict_rule_count *": ctypes.POINTER(_abi.RuleCount),
    "pinverdict_totals *": ctypes.POINTER(_abi.Totals),
    "pinverdict_event *": ctypes.POINTER(_abi.Event),
    "pinverdict_policy_info *": ctypes.POINTER(_abi.PolicyInfo),
    "bool *": ctypes.POINTER(ctypes.c_bool),
    "size_t *": ctypes.POINTER(ctypes.c_size_t),
    "uint8_t *": ctypes.POINTER(ctypes.c_uint8),
    "uint64_t *": ctypes.POINTER(ctypes.c_uint64),
    "pinverdict_verdict *": ctypes.POINTER(_abi.Verdict),
    **{f"pinverdict_{name} *": ctypes.c_void_p for name in HANDLES},
    **{f"pinverdict_{name} **": ctypes.POINTER(ctypes.c_void_p) for name in HANDLES},
    **{name: ctypes.c_int for name in ENUMS},
}
# Where one C type is two things.
EXCEPTIONS = {
    ("pinverdict_config_set_install_id", 1): ctypes.c_char_p,
    ("pinverdict_pin_of_certificate", 3): ctypes.POINTER(ctypes.c_uint8),
}


def declared_functions() -> "dict[str, tuple[str, list[str]]]":
    """Name: the result and the arguments, as C types."""
    pattern = r"^(?:PINVERDICT_MUST_USE\s+)?([\w ]+?[ *]+?)(pinverdict_\w+)\s*\(((?:[^()]|\([^()]*\))*)\);"
    functions = {}
    for result, name, arguments in re.findall(pattern, TEXT, flags=re.M):
        flat = " ".join(arguments.split())
        parts = re.split(r",\s*(?![^(]*\))", flat) if flat != "void" else []
        functions[name] = (c_type(result), [c_type(part, named=True) for part in parts])
    return functions


def c_type(text: str, named: bool = False) -> str:
    """The type in a declaration: const and the name taken out, an array a pointer."""
    text = re.sub(r"\bconst\b|\bstruct\b", "", text).strip()
    if "(*" in text:
        return re.sub(r"\(\*\w*\)", "(*)", text)
    text, arrays = re.subn(r"\[\d*\]$", "", text)
    words, stars = re.findall(r"\w+", text), text.count("*") + arrays
    # An argument without a name has one word only.
    name = words[0] if named or len(words) == 1 else " ".join(words)
    return f"{name} {'*' * stars}".strip()


def declared_enums() -> "dict[str, dict[str, int]]":
    enums = {}
    for body, name in re.findall(r"typedef\s+enum\s*\{(.*?)\}\s*(\w+);", TEXT, flags=re.S):
        members = re.findall(r"(\w+)\s*=\s*(\w+)", body)
        enums[name] = {member: int(value, 0) for member, value in members if not member.endswith("FORCE_32")}
    return enums


def declared_structs() -> "dict[str, list[str]]":
    structs = {}
    for body, name in re.findall(r"typedef\s+struct\s*\{(.*?)\}\s*(\w+);", TEXT, flags=re.S):
        structs[name] = re.findall(r"(\w+)(?:\[\d+\])?;", body)
    return structs


def test_the_parser_sees_the_header() -> None:
    # Every name that is followed by a parenthesis, however it is declared.
    names = set(re.findall(r"\b(pinverdict_\w+)\s*\(", TEXT))
    assert names == declared_functions().keys()
    assert len(names) >= 20
    assert len(declared_enums()) == TEXT.count("typedef enum") == len(ENUMS)
    assert len(declared_structs()) == len(re.findall(r"typedef struct \{", TEXT)) == len(STRUCTS)


def test_the_functions_are_the_same() -> None:
    assert _abi.FUNCTIONS.keys() == declared_functions().keys()


@pytest.mark.parametrize("name", sorted(declared_functions()))
def test_function(name: str) -> None:
    result, arguments = declared_functions()[name]
    table_result, table_arguments = _abi.FUNCTIONS[name]
    assert table_result is TYPES[result]
    assert len(table_arguments) == len(arguments)
    for index, (found, declared) in enumerate(zip(table_arguments, arguments)):
        assert found is EXCEPTIONS.get((name, index), TYPES.get(declared)), f"argument {index} is {declared}"
    assert getattr(library, name).argtypes == table_arguments


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_enum(name: str) -> None:
    enum, prefix = ENUMS[name]
    assert {prefix + member.name: member.value for member in enum} == declared_enums()[name]


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> "dict[str, tuple[int, int]]":
    """"struct" or "struct.field": offset and size, as the C compiler has them."""
    directory = tmp_path_factory.mktemp("layout")
    lines = ["#include <pinverdict.h>", "#include <stdio.h>", "int main(void) {"]
    for struct, fields in declared_structs().items():
        lines.append(f'    printf("{struct} 0 %zu\\n", sizeof({struct}));')
        for field in fields:
            size, offset = f"sizeof((({struct} *)0)->{field})", f"offsetof({struct}, {field})"
            lines.append(f'    printf("{struct}.{field} %zu %zu\\n", {offset}, {size});')
    for enum in declared_enums():
        lines.append(f'    printf("{enum} 0 %zu\\n", sizeof({enum}));')
    source = directory / "layout.c"
    source.write_text("\n".join([*lines, "    return 0;", "}", ""]))
    subprocess.run(["cc", f"-I{INCLUDE}", source, "-o", directory / "layout"], check=True)
    output = subprocess.run([directory / "layout"], check=True, capture_output=True, text=True).stdout
    return {name: (int(offset), int(size)) for name, offset, size in map(str.split, output.splitlines())}


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_struct(name: str, layout: "dict[str, tuple[int, int]]") -> None:
    struct = STRUCTS[name]
    assert [field[0] for field in struct._fields_] == declared_structs()[name]
    assert layout[name] == (0, ctypes.sizeof(struct))
    for field in declared_structs()[name]:
        descriptor = getattr(struct, field)
        assert layout[f"{name}.{field}"] == (descriptor.offset, descriptor.size), field


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_enum_size(name: str, layout: "dict[str, tuple[int, int]]") -> None:
    assert layout[name][1] == ctypes.sizeof(ctypes.c_int)


def test_names_are_the_library_s() -> None:
    for reason in _abi.Reason:
        assert str(reason) == library.pinverdict_reason_name(reason).decode()
    for status in _abi.Status:
        assert status.name.lower().replace("_", "-") == library.pinverdict_status_name(status).decode()


def test_version_is_the_header_s() -> None:
    assert f'#define PINVERDICT_VERSION "{loaded_library().version}"' in HEADER


def test_a_reason_of_a_newer_library() -> None:
    reason = _abi.Reason(99)
    assert (reason, str(reason)) == (99, "unknown-99")
