#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""make-functions.py DIRECTORY: writes a page of section 3 for each function and type that the headers declare, from the
comment above it. A function without a comment is an error; the day is that of pinverdict(7).

Of a comment, a line "name  text" begins an entry of a list, as far as the lines below are indented deeper; other lines
are sentences. A comment that belongs to no declaration is about all that follow, up to the next one of its kind or the
next section of the header."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADERS = "pinverdict.h", "pinverdict-openssl.h", "pinverdict-gnutls.h"
# What begins a line of its own: comments, types, functions, macros with their lines, and whatever else.
PART = re.compile(
    r"/\*(?P<comment>.*?)\*/\n(?P<blank>\n)?|"
    r"(?P<type>typedef (?:struct|enum) \{.*?^\} (?P<struct>\w+);.*?|"
    r"typedef (?:[^;{]*\(\*(?P<callback>\w+)\)[^;]*|struct \w+ (?P<handle>\w+));)\n|"
    r"(?:PINVERDICT_MUST_USE\n)?(?P<result>[a-z][\w *]*?[ *])(?P<name>pinverdict_\w+)\((?P<arguments>[^;]*)\);\n|"
    r"#(?:[^\n]*\\\n)*[^\n]*\n|[^\n]*\n", re.M | re.S)
ENTRY = re.compile(r" {3,5}(?P<name>\S+(?: \S+)*?) {2,}(?P<text>\S.*)")


class Page:
    def __init__(self, header, name, synopsis, comment, notes, text):
        self.header, self.name, self.synopsis, self.comment, self.notes = header, name, synopsis, comment, notes
        self.names = set(re.findall(r"\bpinverdict_\w+", text + "\n".join([comment, notes]))) - {name}


def escaped(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text.startswith((".", "'")) else text


def sentences(words):
    """Each on a line of its own, as mdoc wants them."""
    return [escaped(line) for line in re.sub(r"([.?!][)\"']*) +", r"\1\n", " ".join(words)).split("\n")]


def body(comment):
    """The mdoc source of a comment."""
    lines, words, is_list = [], [], False
    # The comment's own marks are three columns, as what other lines are indented by.
    for line in ("   " + comment.strip()).split("\n") + [""]:
        entry = ENTRY.fullmatch(line)
        ends = entry or not line.strip() or is_list and not line.startswith(" " * 6)
        if ends and words:
            lines += sentences(words)
            words = []
        if is_list and ends and not entry:
            lines, is_list = lines + [".El"], False
            lines += [".Pp"] if line.strip() else []
        if entry:
            lines += [] if is_list else [".Bl -tag -width Ds"]
            lines, is_list = lines + [".It " + quoted(entry["name"])], True
            words = [entry["text"]]
        elif line.strip():
            words.append(line.strip())
        elif lines and lines[-1] != ".Pp":
            lines.append(".Pp")
    while lines and lines[-1] == ".Pp":
        lines.pop()
    return lines


def quoted(text):
    return '"' + escaped(text).replace('"', '""') + '"'


def pages(header):
    """What a header declares."""
    text = (ROOT / "include" / header).read_text()
    text = re.sub(r"/\* -{20,}.*?\*/\n", "/* section */\n", text)
    comment, notes = "", ""
    for found in PART.finditer(text, text.index('extern "C"')):
        if found["comment"]:
            comment = found["comment"].strip()
            if found["blank"]:
                comment, notes = "", "" if comment == "section" else comment
            continue
        if found["name"]:
            if not comment:
                sys.exit(f"{header}: {found['name']} has no comment")
            arguments = re.split(r",\s*(?![^()]*\))", re.sub(r"\s+", " ", found["arguments"]))
            synopsis = [f".Ft {quoted(found['result'].strip())}", f".Fo {found['name']}",
                        *(f".Fa {quoted(argument)}" for argument in arguments), ".Fc"]
            yield Page(header, found["name"], synopsis, comment, notes, found[0])
        elif found["type"] and comment:
            name = found["struct"] or found["callback"] or found["handle"]
            declaration = [escaped(line) for line in found["type"].split("\n")]
            yield Page(header, name, [".Bd -literal", *declaration, ".Ed"], comment, notes, found[0])
        comment = ""


def source(page, all_names, day):
    title = re.split(r"(?<=[^A-Z])[.?:;](?:\s|$)", " ".join(page.comment.split()))[0]
    others = sorted(page.names & all_names)
    lines = [day, f".Dt {page.name.upper()} 3", ".Os", ".Sh NAME", f".Nm {page.name}", f".Nd {title}", ".Sh SYNOPSIS",
             f".In {page.header}", *page.synopsis, ".Sh DESCRIPTION", *body(page.comment)]
    if page.notes:
        lines += [".Pp", *body(page.notes)]
    lines += [".Sh SEE ALSO", *(f".Xr {name} 3 ," for name in others), ".Xr pinverdict 7"]
    return "\n".join(lines) + "\n"


def main():
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    day = next(line for line in (ROOT / "man/pinverdict.7").read_text().split("\n") if line.startswith(".Dd"))
    made = [page for header in HEADERS for page in pages(header)]
    names = {page.name for page in made}
    for page in made:
        (directory / f"{page.name}.3").write_text(source(page, names, day))


if __name__ == "__main__":
    main()
