# SPDX-License-Identifier: Apache-2.0
"""A text in which a regular expression is found: what a stand-in says to a check that wants one. Pure.

The patterns are PCRE2's; they are read by Python's reader, to which the common ones mean the same. What
it makes is tried before it is used, so that a text that is returned does match.
"""

import re

try:
    import re._parser as reader  # the tree of a pattern, as `re` itself reads it
except ImportError:  # before Python 3.11
    import sre_parse as reader

OPTIONS = {"caseless": re.IGNORECASE, "multiline": re.MULTILINE, "dotall": re.DOTALL, "extended": re.VERBOSE}
MOST = 4096  # bytes of a sample
PRINTABLE = [chr(number) for number in (*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1),
                                        *range(ord("0"), ord("9") + 1), *range(ord(" "), ord("0")), *range(ord(":"), 127))]


def compiled(pattern, options=""):
    """A pattern of PCRE2 as Python's, and its options' names; None where Python cannot read it."""
    flags = 0
    for word in options.split():
        flags |= OPTIONS.get(word, 0)
    words = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)  # a named group
    words = re.sub(r"\\[hR]", lambda found: {"h": r"[ \t]", "R": r"\r?\n"}[found.group()[1]], words)
    try:
        return re.compile(words, flags)
    except (re.error, OverflowError, RecursionError):
        return None


def samples(pattern, options=""):
    """Texts that may match a pattern, the likeliest first; they are to be tried."""
    expression = compiled(pattern, options)
    if expression is None:
        return
    tree = reader.parse(expression.pattern, expression.flags & ~re.UNICODE)
    for choice in range(3):
        for fewest in (0, 1):
            text = _Writer(choice, fewest).write(tree)
            if text is not None:
                yield text


class _Writer:
    """Writes a text for a pattern's tree.

    choice -- which branch of an alternative is taken, as far as there are so many
    fewest -- how often at least what may be absent is there
    """

    def __init__(self, choice, fewest):
        self._choice, self._fewest = choice, fewest
        self._groups = {}

    def write(self, tree):
        """The text, or None if the pattern has what this cannot write."""
        parts = []
        for operation, argument in tree:
            part = self._one(str(operation), argument)
            if part is None or sum(map(len, parts)) > MOST:
                return None
            parts.append(part)
        return "".join(parts)

    def _one(self, operation, argument):
        """The text for one operation."""
        if operation == "LITERAL":
            return chr(argument)
        if operation == "NOT_LITERAL":
            return next(sign for sign in PRINTABLE if ord(sign) != argument)
        if operation == "ANY":
            return "x"
        if operation in ("AT", "ASSERT_NOT"):
            return ""  # whether it holds is seen when the text is tried
        if operation == "ASSERT":
            return self.write(argument[1]) if argument[0] > 0 else ""
        if operation == "IN":
            return next((sign for sign in PRINTABLE + ["\t", "\n", "é"] if _is_in(sign, argument)), None)
        if operation == "BRANCH":
            branches = argument[1]
            return self.write(branches[min(self._choice, len(branches) - 1)])
        if operation == "SUBPATTERN":
            text = self._groups[argument[0]] = self.write(argument[3])
            return text
        if operation == "ATOMIC_GROUP":
            return self.write(argument)
        if operation == "GROUPREF":
            return self._groups.get(argument)
        if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = argument
            count = max(least, min(self._fewest, most))
            text = self.write(inner) if count else ""
            return None if text is None or count * len(text) > MOST else text * count
        return None


def _is_in(sign, members):
    """Says whether a character is in a set."""
    negated = str(members[0][0]) == "NEGATE"
    return negated != any(_is_member(sign, str(kind), argument) for kind, argument in members)


def _is_member(sign, kind, argument):
    """Says whether a character is one member of a set: itself, in a range, of a category."""
    if kind == "LITERAL":
        return ord(sign) == argument
    if kind == "RANGE":
        return argument[0] <= ord(sign) <= argument[1]
    if kind == "CATEGORY":
        return re.match(CATEGORIES[str(argument)], sign) is not None
    return False


CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
              "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W"}


class Wanted:
    """What a check's regex and what goes with it want of a reply (header and body are one text)."""

    def __init__(self, pattern="", options="", absent=False, first=0, last=None):
        """absent -- a match is a failure; first, last -- the offsets at which a match may begin"""
        self.pattern, self.options, self.absent, self.first, self.last = pattern, options, absent, first, last
        self._expression = compiled(pattern, options) if pattern else None

    @property
    def readable(self):
        """Says whether the pattern can be tried here."""
        return not self.pattern or self._expression is not None

    def takes(self, reply):
        """Says whether a whole reply is as it is wanted."""
        if not self.pattern:
            return True
        if self._expression is None:
            return False
        found = self._expression.search(reply, self.first)
        within = found is not None and (self.last is None or found.start() <= self.last)
        return within != self.absent

    def bodies(self, ordinary, header_length):
        """Bodies to try, the most ordinary first."""
        yield ordinary
        if self.pattern and not self.absent:
            for text in dict.fromkeys(samples(self.pattern, self.options)):
                yield text
                yield "\n" * max(self.first - header_length, 0) + text
                yield f"{ordinary}{text}\n"
        yield ""
