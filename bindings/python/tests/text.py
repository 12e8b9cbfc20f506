# SPDX-License-Identifier: Apache-2.0
"""bindings/c/pinverdict-text.h, on the library that Python has loaded."""

import ctypes
import subprocess
from pathlib import Path

from pinverdict import Checker, _abi, loaded_library

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCE = """
#include "pinverdict-text.h"
size_t metrics(const pinverdict_checker *checker, char *text, size_t capacity)
{
    static pinverdict_numbers numbers;
    return pinverdict_text_read(checker, &numbers, NULL) == PINVERDICT_OK
        ? pinverdict_text_metrics(&numbers, text, capacity) : 0;
}
size_t quoted(const char *name, char *text, size_t capacity)
{
    pinverdict_text_out out = { text, capacity, 0 };
    pinverdict_text_quoted(&out, name, 256);
    return pinverdict_text_end(&out);
}
size_t event(const pinverdict_event *event, const uint8_t *der, size_t size, char *text, size_t capacity)
{
    return pinverdict_text_event(event, der, size, text, capacity);
}
"""


class CText:
    def __init__(self, directory: Path) -> None:
        (directory / "text.c").write_text(SOURCE)
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{REPOSITORY}/include", f"-I{REPOSITORY}/bindings/c",
                        directory / "text.c", "-o", directory / "text.so", loaded_library().path], check=True)
        self._functions = ctypes.CDLL(str(directory / "text.so"))

    def metrics(self, checker: Checker) -> str:
        return self._text("metrics", checker._open().pointer)

    def quoted(self, name: bytes) -> str:
        return self._text("quoted", ctypes.c_char_p(name))

    def event(self, event: _abi.Event, der: bytes) -> str:
        return self._text("event", ctypes.byref(event), der, ctypes.c_size_t(len(der)))

    def _text(self, function: str, *arguments: object) -> str:
        buffer = ctypes.create_string_buffer(1 << 20)
        call = self._functions[function]
        call.restype = ctypes.c_size_t
        length = call(*arguments, buffer, ctypes.c_size_t(len(buffer)))
        assert length == len(buffer.value) > 0
        return buffer.value.decode("ascii")
