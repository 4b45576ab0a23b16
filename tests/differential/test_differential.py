# SPDX-License-Identifier: Apache-2.0
"""The same files to `keepalived -t` of Debian and to `holdfastd -t`: both take a file or both refuse
it. Where that is meant to differ, differences.txt says so and names the entry of the manual's table.
"""

import pathlib
import re
import subprocess

import pytest

from lib.daemons import BUILD
from lib.namespace import Namespace, ip_batch, remove_all

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.conf"))
MANUAL = HERE.parent.parent / "doc" / "holdfast.conf.5.in"
LIMIT_S = 60
CONFIG_ID = "lb1"

pytestmark = pytest.mark.ours


def read_differences():
    """File -> verdicts of keepalived and holdfastd, entry of the manual."""
    table = {}
    for line in (HERE / "differences.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, keepalived, holdfastd, entry = line.split(None, 3)
            assert name not in table, f"{name} is there twice"
            table[name] = (keepalived, holdfastd, entry)
    return table


DIFFERENCES = read_differences()


def manual_entries():
    """What the manual's section on differences lists."""
    section = MANUAL.read_text().split(".SH DIFFERENCES FROM KEEPALIVED")[1].split("\n.SH ")[0]
    return set(re.findall(r"^\.TP\n\.B (.*)$", section, re.MULTILINE))


@pytest.fixture(scope="module", name="machine")
def machine_fixture():
    """A machine with the interfaces that the files name."""
    namespace = Namespace("lb1")
    with namespace.entered():
        ip_batch(["link set lo up"] + [
            line for each in ("eth0", "eth1") for line in (
                f"link add {each} type veth peer name {each}-peer",
                f"link set {each} up", f"link set {each}-peer up")]
            + ["address add 10.0.0.2/24 dev eth0"])
    yield namespace
    namespace.close()
    remove_all([namespace.full_name])


def verdict(machine, *arguments):
    """Runs a test of a configuration; returns "accept" or "reject", and what was said."""
    with machine.entered():
        done = subprocess.run(arguments, cwd=CORPUS, check=False, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=LIMIT_S)
    assert done.returncode >= 0, f"ended by signal {-done.returncode}: {done.stderr}"
    return "accept" if done.returncode == 0 else "reject", done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_both_take_a_file_or_both_refuse_it(machine, name):
    """But for what is in the table, which must be so."""
    file = f"{name}.conf"
    keepalived, their_words = verdict(machine, "keepalived", "-t", "-i", CONFIG_ID, "-f", file)
    holdfastd, our_words = verdict(machine, BUILD / "holdfastd", "-t", "-i", CONFIG_ID, "-f", file)
    said = f"keepalived: {their_words}\nholdfastd: {our_words}"
    if name in DIFFERENCES:
        assert (keepalived, holdfastd) == DIFFERENCES[name][:2], said
        assert keepalived != holdfastd, "there is no difference; take it off differences.txt"
    else:
        assert keepalived == holdfastd, said


def test_a_warning_is_given_where_only_keepalived_refuses(machine):
    """What keepalived -t holds for an error is told by holdfastd, if not as one."""
    for name, (_, ours, entry) in DIFFERENCES.items():
        if entry == "Warnings" and name not in ("scripts_without_security",
                                                "value_interface_unknown", "value_no_address"):
            strict = subprocess.run([BUILD / "holdfastd", "-t", "--strict", "-i", CONFIG_ID, "-f",
                                     CORPUS / f"{name}.conf"], check=False, capture_output=True)
            assert (ours, strict.returncode) == ("accept", 2), name


def test_the_table_names_files_and_entries_that_exist():
    """No line of the table is about nothing."""
    entries = manual_entries()
    assert len(entries) > 10
    for name, (_, _, entry) in DIFFERENCES.items():
        assert name in NAMES, f"there is no corpus/{name}.conf"
        assert entry in entries, f"holdfast.conf(5) has no entry \"{entry}\""


def test_the_corpus_covers_every_block():
    """At least sixty files, and each block of the keyword table in one of them."""
    words = set(re.findall(r"[\w-]+", "\n".join(path.read_text(errors="replace")
                                                for path in CORPUS.rglob("*.*"))))
    keywords = subprocess.run([BUILD / "holdfastd", "--keywords"], check=True, capture_output=True,
                              text=True).stdout
    blocks = {line.split()[0] for line in keywords.splitlines()} - {"top"}
    assert len(NAMES) >= 60
    assert blocks - words == set()
