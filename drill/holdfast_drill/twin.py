# SPDX-License-Identifier: Apache-2.0
"""The second director's file, made of the first one's, for an example that has only one.

What differs between the two files of a pair is little: the priority is lower, the state BACKUP, the
router_id another one, and a unicast source changes places with its peer. Where each stands in the file
is known from holdfastd's parser. Pure.
"""

import re

from holdfast_drill.facts import FactsError

LOWER_BY = 50


def derive(text, facts, name):
    """The text of the twin's file.

    facts -- of the text; each value that is changed must stand in that file, not in one that it includes
    name  -- the twin's router_id
    """
    lines = text.split("\n")
    for instance in facts.instances:
        if not _change(lines, facts, instance.block, "priority", str(max(instance.priority - LOWER_BY, 1))):
            _insert(lines, facts, instance.block, f"    priority {max(instance.priority - LOWER_BY, 1)}")
        _change(lines, facts, instance.block, "state", "BACKUP")
        if instance.peers and instance.source:
            _swap(lines, facts, instance)
    for block in facts.root.all("global_defs"):
        _change(lines, facts, block, "router_id", name)
    return "\n".join(lines)


def _line(facts, entry, what):
    """Where an entry stands, from 0; None for a default."""
    if entry is None or "line" not in entry:
        return None
    if entry["file"] != facts.file:
        raise FactsError(f"{what} stands in {entry['file']}, not in {facts.file}: "
                         "no twin can be made of it; give both files")
    return entry["line"] - 1


def _change(lines, facts, block, keyword, value):
    """Gives a setting another value; says whether the file has it."""
    number = _line(facts, block.entry(keyword), f"{keyword} of {block.name}")
    if number is None:
        return False
    lines[number] = re.sub(rf"(\b{keyword}\s+)(\"[^\"]*\"|\S+)", rf"\g<1>{value}", lines[number], count=1)
    return True


def _insert(lines, facts, block, text):
    """Adds a setting behind the line that opens a block."""
    number = _line(facts, {"file": block.file, "line": block.line}, block.name)
    at = number
    while "{" not in lines[at]:
        at += 1
    head, brace, rest = lines[at].partition("{")
    lines[at] = f"{head}{brace}\n{text}\n{rest}" if rest.strip() else f"{head}{brace}\n{text}"


def _swap(lines, facts, instance):
    """The source and the first peer change places, wherever they stand in the block."""
    source, peer = instance.source, instance.peers[0]
    entries = [instance.block.entry("unicast_src_ip") or instance.block.entry("mcast_src_ip")]
    entries += [line for line in instance.block.lists.get("unicast_peer", ())]
    other = {source: peer, peer: source}
    for entry in entries:
        number = _line(facts, entry, f"an address of {instance.name}")
        if number is not None:
            lines[number] = re.sub(
                r"[0-9a-fA-F:.]+", lambda found: other.get(found.group(), found.group()), lines[number])
