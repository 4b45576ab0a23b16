# SPDX-License-Identifier: Apache-2.0
"""The pages of doc/ tell the truth: every example in them is carried out, every link leads somewhere.

A page with commands names its machines here (SCENES); those that need IPVS are in test_guide_ipvs.py.
"""

import functools
import re
import subprocess
import xml.etree.ElementTree

import pytest

from lib import pages, scenes
from lib.daemons import BUILD, TOP
from lib.pages import DOC, MADE, Block
from lib.reader import agrees, alike
from lib.topology import Topology

pytestmark = pytest.mark.ours

# Pages by the machines that they are about; those of IPVS are read by test_guide_ipvs.py.
SCENES = {
    "guide/10-concepts.md": scenes.pair,
    "guide/40-mysql.md": scenes.databases,
    "guide/60-ipv6.md": scenes.pair,
    "guide/70-cloud.md": scenes.pair,
    "guide/80-fast.md": scenes.pair,
    "guide/85-troubleshooting.md": scenes.pair,
    "guide/95-migration.md": scenes.keepalived_pair,
    "runbook.md": scenes.pair,
}
IPVS_PAIR = "guide/20-first-pair.md"
IPVS_SITE = ("guide/30-modes.md", "guide/45-nginx.md", "guide/50-fullnat.md")
ELSEWHERE = {"guide/90-ecmp.md": "test_ecmp.py"}  # pages that another drill carries out

# What a part of a configuration stands in, so that it can be read: by the block that it is a part of.
FRAMES = {
    "top": "{0}",
    "global_defs": "global_defs {{\n{0}\n}}\n" + (
        "vrrp_instance WEB {{ interface eth0 virtual_router_id 51 virtual_ipaddress {{ 192.0.2.10 }} }}\n"),
    "vrrp_instance": "vrrp_instance WEB {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{ 192.0.2.10 }}\n{0}\n}}\n",
    "virtual_server": "virtual_server 192.0.2.10 80 {{\n protocol TCP\n lb_algo wlc\n{0}\n"
                      " real_server 192.0.2.21 80 {{ TCP_CHECK {{ }} }}\n}}\n",
    "real_server": "virtual_server 192.0.2.10 80 {{\n protocol TCP\n lb_algo wlc\n lb_kind NAT\n"
                   " real_server 192.0.2.21 80 {{\n{0}\n }}\n}}\n",
}
# What is this machine's and not the file's: which subnets and programs it has.
SILENCED = "vip-not-local,script-missing"
LINT = re.compile(r"\[([a-z-]+)\]$", re.M)

ALL = pages.pages()
BY_NAME = {page.name: page for page in ALL}


def _named(names):
    return pytest.mark.parametrize("page", [BY_NAME[name] for name in names if name in BY_NAME],
                                   ids=lambda page: page.name)


every_page = pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)


@every_page
def test_every_example_is_carried_out_by_some_drill(page):
    """Whoever writes commands into a page says which machines they are for, here or in a drill of the page."""
    if any(block.kind != "conf" and block.hosts for block in page.blocks):
        assert page.name in (*SCENES, IPVS_PAIR, *IPVS_SITE, *ELSEWHERE), f"{page.name} has no scene"


@every_page
def test_no_code_escapes_by_its_indentation(page):
    """What looks like an example is one, but in the pages about the documents for programs."""
    if page.name not in ("metrics.md", "status.md"):
        assert not list(page.loose_code())


@every_page
def test_configurations_are_without_a_flaw(page, tmp_path):
    """On each host that they are for; a page that is about a warning names it, and gets it."""
    tmp_path.chmod(0o755)
    for block in page.blocks:  # one may include another, and name programs
        if block.kind in ("conf", "script") and "file" in block.words:
            _put(tmp_path, block.words["file"], block.text, 0o755 if block.kind == "script" else 0o644)
    for block in page.blocks:
        if block.kind != "conf":
            continue
        if "in" in block.words:
            file = tmp_path / "part.conf"
            file.write_text(FRAMES[block.words["in"]].format(block.text))
        else:
            file = _put(tmp_path, block.words["file"], block.text)
        for host in block.hosts or ["lb1", "lb2"]:
            _check(block, file, host)


def _put(root, name, text, mode=0o644):
    """Writes a file of a page below a folder, where its own paths lead, too; returns it."""
    path = root / name.removeprefix("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("/etc/holdfast/", f"{root}/etc/holdfast/"))
    path.chmod(mode)
    return path


def _check(block, file, host):
    done = subprocess.run([BUILD / "holdfastd", "--config-test", f"--silence={SILENCED}", "--config-id", host,
                           "--use-file", file], check=False, capture_output=True, text=True)
    wanted = block.words.get("expect")
    said = done.stdout + done.stderr
    if wanted:
        assert set(LINT.findall(said)) == set(wanted.split(",")), f"{block} for {host}: {said}"
    else:
        assert not said and done.returncode == 0, f"{block} for {host}:\n{said}"


@every_page
def test_links_lead_somewhere(page):
    """Files and headings exist, and what is installed links to what is installed with it."""
    broken = list(pages.broken_links(page, DOC))
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_the_tree_lead_somewhere(name):
    """The files beside doc/ may link to anything in the tree."""
    broken = list(pages.broken_links(pages.Page(TOP / name, examples=False), TOP))
    assert not broken, "\n".join(broken)


@functools.cache
def _index():
    return pages.Page(DOC / "guide/README.md")


def test_the_index_has_every_chapter_once_and_in_order():
    """And each chapter leads to the next."""
    chapters = [page for page in ALL if page.path.parent.name == "guide" and page.path.name != "README.md"]
    names = [page.path.name for page in chapters]
    assert [target for _, target in _index().links() if re.match(r"\d\d-", target)] == names
    for page, following in zip(chapters, [*names[1:], "../runbook.md"]):
        assert [target for _, target in page.links()][-1] == following, page.name


@pytest.mark.parametrize("wanted,seen,same", [
    ("pid 7, up 3.1 s", "pid 12, up 400 ms", True),
    ("WEB  MASTER 3 s", "WEB BACKUP 3 s", False),
    ("...\nWEB MASTER ... 150\n...", "all well\nWEB  MASTER  2.00 s  150\n192.0.2.10/24", True),
    ("...\nWEB MASTER", "WEB MASTER 3.00 s", False),
    ("weight 1", "weight 2", False),
    ("up ... ago", "up\nago", True),
])
def test_what_is_seen_is_compared_but_for_times_and_numbers_of_processes(wanted, seen, same):
    """A page may leave out what differs, and nothing else."""
    assert agrees(alike(wanted), alike(seen)) is same


@pytest.mark.parametrize("info", ["", "bash", "console", "console host=lb1 hosts=2", "conf of=x", "sh",
                                  "sh only=syntax", "sh host=lb1 only=syntax why=x"])
def test_an_example_of_no_kind_or_for_no_machine_is_an_error(info):
    """So that none is overlooked."""
    with pytest.raises(AssertionError):
        Block(DOC / "guide/README.md", 1, info)


@pytest.mark.parametrize("picture", sorted(DOC.glob("pictures/*.svg")), ids=lambda path: path.name)
def test_pictures_are_shown_and_stand_alone(picture):
    """Well-formed, with a description for who cannot see them, for light and dark, without outside resources."""
    text = picture.read_text(encoding="utf-8")
    root = xml.etree.ElementTree.fromstring(text)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"title", "desc"} <= names and "viewBox" in root.attrib
    assert "prefers-color-scheme: dark" in text
    assert "href" not in text and "url(http" not in text and "@import" not in text and "script" not in names
    assert any(picture.name in page.text for page in ALL), f"no page shows {picture.name}"


def test_figures_are_those_that_were_measured():
    """The guide has no figure of its own: README.md has those that tests/bench printed."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .* \| ([\d.]+ ms) \| ([\d.]+ ms) \|$", BY_NAME["guide/80-fast.md"].text, re.M)
    costs = re.findall(r"[\d.]+ %", BY_NAME["guide/50-fullnat.md"].text.partition("## What it costs")[2])
    assert len(rows) == 3 and len(costs) == 4
    assert not [row for row in rows if ", ".join(row) not in readme]
    assert not [cost for cost in costs if cost not in readme]


def test_the_architecture_page_names_files_that_exist():
    """Each path of the tree in it is one of the tree."""
    text = BY_NAME["architecture.md"].text
    named = set(re.findall(r"`((?:src|tests|doc|etc|contrib)/[\w./*{},-]+)`", text))
    assert len(named) > 30
    missing = [name for name in named if not _exists(name)]
    assert not missing, missing


def _exists(name):
    words = re.sub(r"\{([^}]*)\}", lambda match: match[1].split(",")[0], name)
    return any(TOP.glob(words))


def test_the_reference_has_every_keyword():
    """It is made from the table that the parser reads by."""
    names = subprocess.run([BUILD / "doc/make_manual", "--names"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    reference = (BUILD / "doc" / MADE[0]).read_text(encoding="utf-8")
    heading, found = None, set()
    for line in reference.splitlines():
        if match := re.match(r"## `([^`]+)`(?:, in `([^`]+)`)?", line):
            heading = match[1] + (f", in {match[2]}" if match[2] else "")
        elif match := re.match(r"#### `([^`]+)`|- `([^`]+)`", line):
            found.add(((match[1] or match[2]).split()[0], heading))
    wanted = {(name, where) for _, name, where in (line.split("\t") for line in names)}
    assert wanted == found, (wanted - found, found - wanted)


@_named(SCENES)
def test_page_tells_the_truth(page):
    """From its top to its bottom, on its machines."""
    with Topology() as net:
        SCENES[page.name](net).read(page)
