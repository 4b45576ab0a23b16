# SPDX-License-Identifier: Apache-2.0
"""The pages of doc/: their examples and their links, as Markdown has them.

An example is a fenced block whose info string says what it is, what it is for, and where:

    ```conf file=/etc/holdfast/holdfast.conf host=lb1,lb2   a configuration, on these hosts
    ```conf in=vrrp_instance                                a part of one
    ```console host=lb1                                     "# command", then what one sees
    ```sh host=lb1                                          commands, a line each, that must succeed
    ```script file=/etc/holdfast/told.sh host=lb1           a program
    ```frr file=/etc/frr/frr.conf host=lb1                  FRR with this file (test_ecmp.py)
    ```nginx file=/etc/nginx/nginx.conf host=web1           nginx with this file
    ```sh only=syntax why="..."                             commands that cannot be carried out here
    ```sql host=db1                                         statements for the database's administrator

More words: `expect=LINT` (a lint that the configuration is about), `counts` (numbers differ from run to
run), `exit=1` (the status that a command ends with). There is no other kind and no other word.
"""

import pathlib
import re
import shlex

from lib.daemons import TOP

DOC = TOP / "doc"
MADE = ("reference.md",)  # by make, from the table of keywords
FENCE = re.compile(r"^( *)```(.*)$")
KINDS = {
    "conf": {"file", "host", "in", "expect"},
    "console": {"host", "counts", "exit"},
    "sh": {"host", "exit", "only", "why"},
    "script": {"file", "host"},
    "nginx": {"file", "host"},
    "frr": {"file", "host"},
    "sql": {"host"},
}
NEEDS = {"console": {"host"}, "script": {"file", "host"}, "nginx": {"file", "host"},
         "frr": {"file", "host"}, "sql": {"host"}}


class Block:
    """An example: its kind, its words, its text, and where it stands."""

    def __init__(self, page, line, info):
        self.page = page
        self.line = line
        self.lines = []
        words = shlex.split(info)
        self.kind = words[0] if words else ""
        self.words = dict(word.partition("=")[::2] for word in words[1:])
        assert self.kind in KINDS, f"{self}: no kind of example is called {self.kind!r}"
        unknown = set(self.words) - KINDS[self.kind]
        assert not unknown, f"{self}: {self.kind} has no word {unknown}"
        if self.kind == "sh":
            assert ("host" in self.words) != (self.words.get("only") == "syntax" and "why" in self.words), (
                f"{self}: commands need a host, or only=syntax and why=")
        missing = NEEDS.get(self.kind, set()) - set(self.words)
        assert not missing, f"{self}: {self.kind} needs {missing}"

    def __str__(self):
        return f"{self.page.relative_to(TOP)}:{self.line}"

    @property
    def hosts(self):
        """The hosts that it is for."""
        return self.words.get("host", "").split(",") if self.words.get("host") else []

    @property
    def text(self):
        """What stands in it."""
        return "".join(line + "\n" for line in self.lines)


class Page:
    """A page: its text, and its examples from the top to the bottom."""

    def __init__(self, path, examples=True):
        """examples -- False: its blocks are nothing but text"""
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.blocks = []
        self.prose = []  # the lines outside of examples, with their numbers
        block, indent = None, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            fence = FENCE.match(line)
            if fence and block is None:
                indent = len(fence[1])
                block = Block(path, number, fence[2] if examples else "conf")
            elif fence:
                assert not fence[2], f"{path}:{number}: a block within {block}"
                self.blocks.append(block)
                block = None
            elif block is not None:
                block.lines.append(line[indent:] if not line[:indent].strip() else line)
            else:
                self.prose.append((number, line))
        assert block is None, f"{block}: the block does not end"

    @property
    def name(self):
        """As the tests and the reader call it."""
        return str(self.path.relative_to(DOC))

    def replace(self, block, lines):
        """Puts other lines into one of its blocks, in the file; for HOLDFAST_GUIDE_WRITE."""
        whole = self.path.read_text(encoding="utf-8").splitlines()
        at = block.line + sum(self._growth(other) for other in self.blocks if other.line < block.line)
        whole[at:at + len(block.lines)] = lines
        block.growth = len(lines) - len(block.lines)
        self.path.write_text("\n".join(whole) + "\n", encoding="utf-8")

    @staticmethod
    def _growth(block):
        return getattr(block, "growth", 0)

    def loose_code(self):
        """Lines that are set as code by their indentation, so that no test sees them."""
        before = ""
        for number, line in self.prose:
            code = re.match(r" {4,}\S", line)
            if code and not before.strip():
                yield number
            before = "" if code else line

    # ---- Links ----------------------------------------------------------------------------------

    def anchors(self):
        """What a link may name behind a #: the headings, as GitHub makes them of their text."""
        found = {}
        for _, line in self.prose:
            if heading := re.match(r"#{1,6} +(.*)", line):
                slug = re.sub(r"[^\w\- ]", "", heading[1].strip().lower()).replace(" ", "-")
                number = found[slug] = found.get(slug, -1) + 1
                if number:
                    found[f"{slug}-{number}"] = 0
        return set(found)

    def links(self):
        """Its links and pictures: line and target."""
        for number, line in self.prose:
            bare = re.sub(r"`[^`]*`", "``", line)
            for match in re.finditer(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"", bare):
                yield number, match[1] or match[2]


def pages():
    """All pages of doc/, but for what make has made."""
    return [Page(path) for path in sorted(DOC.rglob("*.md")) if path.name not in MADE]


def broken_links(page, inside):
    """What is wrong with a page's links, as text; inside -- the folder that they must not leave."""
    for number, target in page.links():
        where = f"{page.path.relative_to(TOP)}:{number}: {target}"
        if re.match(r"https?://|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if not path.exists():
            yield f"{where} is not there"
        elif not path.is_relative_to(inside):
            yield f"{where} is outside of {inside.name}/, which is installed without it"
        elif anchor and path.suffix == ".md" and anchor not in Page(pathlib.Path(path)).anchors():
            yield f"{where}: there is no such heading"
