# SPDX-License-Identifier: Apache-2.0
"""The names that Swift files declare and use, as far as words tell: nothing is resolved."""

import re

TOKEN = re.compile(r"`?[A-Za-z_]\w*`?|\d\w*|\.|[^\s\w]")
TYPES = {"struct", "enum", "class", "protocol", "actor"}
CODE = {"func", "init", "deinit", "subscript", "get", "set"}
COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|"""(?:\\.|.)*?"""|"(?:\\\((?:[^()]|\([^()]*\))*\)|\\.|[^"\\\n])*"', re.DOTALL)
# Names that the standard library's types have too: of these a word does not tell whose it is.
STANDARD = set("""
    allCases append bitWidth compactMap contains count description Element endIndex extracting filter first
    firstIndex forEach index indices init insert intersection isDisjoint isEmpty isSubset last load lowercased map
    max min mutableSpan next pointee prefix rawValue reduce remove repeating reversed self Self span start
    startIndex store subscript subtracting suffix union zip
""".split())


def code_of(text):
    """The text with its comments and strings blank, each line where it was."""
    return COMMENT_OR_STRING.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


class File:
    """What one file declares, and the words in it."""

    def __init__(self, text):
        # Types and top-level functions; and of extensions, each member with the type that it is of.
        self.types = set()
        self.members = set()
        # Parameters, labels, locals and private members: the words of theirs that need not be another file's names.
        self.own = set()
        self.words = []
        lines = code_of(text).split("\n")
        self.read([(found[0].strip("`"), number)
                   for number, line in enumerate(lines, 1) for found in TOKEN.finditer(line)])

    def read(self, tokens):
        # Of each brace that is open: None for code, "" for a type, and for an extension the type's name.
        scopes, opening, is_private = [], None, False
        for place, (word, line) in enumerate(tokens):
            before = tokens[place - 1][0] if place else ""
            after = tokens[place + 1][0] if place + 1 < len(tokens) else ""
            is_member = before == "."
            in_types = None not in scopes
            if word == "{":
                scopes.append(opening)
                opening = None
            elif word == "}":
                scopes = scopes[:-1]
                is_private = False
            elif word in ("private", "fileprivate") and not is_member and after != "(":
                is_private = True
            elif is_member or not (word[0].isalpha() or word[0] == "_"):
                if is_member:
                    self.words.append((word, line, True))
            elif word in TYPES and after[:1].isalpha() and after not in CODE | {"var", "let"}:
                opening = ""
                self.declare(after, in_types and not is_private, self.types)
                is_private = False
            elif word == "extension":
                opening, is_private = after, False
            elif word in ("typealias", "associatedtype"):
                self.declare(after, in_types and not is_private, self.types)
                is_private = False
            elif word in ("func", "var", "let", "case"):
                opening = None
                for name in self.cases(tokens, place) if word == "case" and in_types else [after]:
                    if not scopes:
                        self.declare(name, in_types and not is_private, self.types)
                    elif scopes[-1] and in_types and not is_private:
                        self.members.add((scopes[-1], name))
                    elif not in_types or scopes[-1] == "":
                        self.own.add(name)
                is_private = False
            elif word in CODE:
                opening, is_private = None, False
            elif after == ":" and before != "?" or before == "for" or after == "in" or self.is_label(tokens, place):
                # A type before a colon is a generic parameter, or what conforms to a protocol.
                if not word[0].isupper() or before in "<,":
                    self.own.add(word)
                self.words.append((word, line, False))
            else:
                self.words.append((word, line, False))

    def declare(self, name, is_visible, names):
        (names if is_visible else self.own).add(name)

    @staticmethod
    def is_label(tokens, place):
        """`(label name: Type)`"""
        words = [word for word, _ in tokens[max(place - 1, 0):place + 3]]
        return len(words) == 4 and words[0] in "(," and words[2][0].isalpha() and words[3] == ":"

    @staticmethod
    def cases(tokens, place):
        """`case one, two(Int)`: the names, up to the end of the line."""
        line, depth, names = tokens[place][1], 0, []
        for word, at in tokens[place + 1:]:
            if at != line:
                break
            depth += (word in "([") - (word in ")]")
            if depth == 0 and word[0].isalpha() and (not names or previous == ","):
                names.append(word)
            previous = word
        return names

    def uses(self, names):
        """Where words of it are one of these names: the word and its line."""
        for word, line, is_member in self.words:
            if word in names and (is_member or word not in self.own):
                yield word, line
