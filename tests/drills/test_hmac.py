# SPDX-License-Identifier: Apache-2.0
"""Signed adverts (auth_hmac): who is heard, a change of keys, and recorded packets."""

import os
import re
import socket
import subprocess
import time

import pytest

from lib.daemons import BUILD
from lib.pairs import LayoutV6, MySqlLayout, MySqlLayoutV3, Pair, unicast
from lib.steady import rules_alone
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 10  # for what comes true, whenever the machine gets to it
KEYS = {1: "hex:" + "0123456789abcdef" * 4, 2: "another-key-that-is-long-enough-"}


def signed(layout, words):
    """A layout whose adverts are signed."""
    configuration = re.sub(r"    authentication \{.*?\}\n", "", layout.configuration,
                           flags=re.DOTALL)
    return type("Signed", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", f"auth_hmac {{\n        {words}\n    }}\n    virtual_ipaddress {{",
        1)})


def is_vrrp(frame):
    """Whether an Ethernet frame carries an advert over IPv4."""
    return frame[12:14] == b"\x08\x00" and frame[23] == 112


class Credentials:
    """What systemd makes of a unit's LoadCredential=: systemd.exec(5), systemd 252.

    A directory that nobody may write to, with files that their owner may read, which is the service's user.
    """

    def __init__(self, director, **keys):
        self._directory = director.host.directory / "credentials"
        self._directory.mkdir(mode=0o700)
        for name, key in keys.items():
            self.load(name, key)
        self._directory.chmod(0o500)
        director.daemon.environment = {"CREDENTIALS_DIRECTORY": str(self._directory)}

    def load(self, name, key):
        """Adds a credential, or replaces one, as a whole."""
        fresh = self._directory / f".{name}"
        fresh.write_text(key + "\n", encoding="ascii")
        fresh.chmod(0o400)
        os.rename(fresh, self._directory / name)


ONE_KEY = f"key 1 {KEYS[1]}\n        active_key 1"


def started(net, layout):
    """A settled pair."""
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    return pair


def hmac(director):
    """The counters of the instance."""
    return director.daemon.status()["instances"][0]["counters"]["hmac"]


def none_refused(director):
    """Whether all that it heard was signed as it should be."""
    return all(count == 0 for name, count in hmac(director).items() if name != "ok")


@pytest.mark.parametrize("layout", [MySqlLayout, MySqlLayoutV3, LayoutV6, unicast(MySqlLayoutV3)],
                         ids=["v2", "v3", "v6", "unicast"])
def test_signed_adverts_are_heard_and_takeovers_work(net, layout):
    """Each version and transport; nothing is refused."""
    pair = started(net, signed(layout, ONE_KEY))
    wait_until(lambda: hmac(pair.backup)["ok"] > 3, LIMIT_S, "adverts are admitted")
    assert none_refused(pair.backup)
    pair.master.daemon.kill()
    wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "a takeover")


def test_unsigned_adverts_count_where_the_mode_says_so(net):
    """permissive admits them, enforce does not: the change of a site goes through permissive."""
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY + "\n        mode permissive"))
    plain = MySqlLayoutV3.configuration.partition("virtual_server ")[0]
    pair.master.daemon.write_configuration(plain)
    assert pair.master.daemon.reload() is None
    at = time.time()
    wait_until(lambda: hmac(pair.backup)["unsigned_admitted"] > 3, LIMIT_S, "they are admitted")
    assert rules_alone(pair, at)
    pair.backup.daemon.write_configuration(pair.backup.configuration.replace(
        "mode permissive", "mode enforce"))
    assert pair.backup.daemon.reload() is None
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "the backup hears nobody")
    wait_until(lambda: hmac(pair.backup)["unsigned"] > 0, LIMIT_S, "it is counted")


def test_keys_from_files_sign_and_admit_and_are_read_again_by_a_reload(net):
    """file: of a file that only root may read."""
    path = net.directory / "key"
    path.write_text(KEYS[1] + "\n", encoding="ascii")
    path.chmod(0o400)
    pair = started(net, signed(MySqlLayoutV3, f"key 1 file:{path}\n        active_key 1"))
    wait_until(lambda: hmac(pair.backup)["ok"] > 3, LIMIT_S, "adverts are admitted")
    path.write_text(KEYS[2] + "\n", encoding="ascii")
    assert pair.backup.daemon.reload() is None
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "the backup hears nobody")
    wait_until(lambda: hmac(pair.backup)["wrong_hmac"] > 0, LIMIT_S, "it is counted")


def test_keys_are_changed_without_a_flap(net):
    """Both keys everywhere, then the other one active, then the first one gone."""
    both = f"key 1 {KEYS[1]}\n        key 2 {KEYS[2]}\n        active_key"
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY))
    at = time.time()
    for words in (f"{both} 1", f"{both} 2", f"key 2 {KEYS[2]}\n        active_key 2"):
        for director in (pair.backup, pair.master):
            director.daemon.write_configuration(
                director.configuration.replace(ONE_KEY, words))
            assert director.daemon.reload() is None
            hold(lambda: rules_alone(pair, at), 0.5, "the master alone is master")
    before = hmac(pair.backup)["ok"]
    wait_until(lambda: hmac(pair.backup)["ok"] > before + 2, LIMIT_S, "adverts are admitted")
    assert none_refused(pair.backup)


FIRST_CREDENTIAL = "key 1 credential:vrrp-1\n        active_key 1"


@pytest.fixture(name="credited")
def _credited(net):
    """A settled pair whose keys are credentials; the second one is not used yet."""
    pair = Pair(net, ("holdfast", "holdfast"), signed(MySqlLayoutV3, FIRST_CREDENTIAL),
                vrrp_only=True)
    for director in pair.directors:
        director.credentials = Credentials(director, **{
            "vrrp-1": KEYS[1], "vrrp-2": KEYS[2]})
    pair.start()
    return pair


def test_keys_from_credentials_sign_and_admit(credited):
    """Two daemons that systemd gave the key know each other by it, and nobody shows it."""
    wait_until(lambda: hmac(credited.backup)["ok"] > 3, LIMIT_S, "adverts are admitted")
    assert none_refused(credited.backup)
    credited.capture.packets()
    frames = [frame for _, frame in credited.capture.frames if is_vrrp(frame)]
    assert frames and all(len(frame) == 14 + 20 + 12 + 28 for frame in frames)
    for director in credited.directors:
        told = director.daemon.process.output() + str(director.daemon.status())
        assert not any(key.removeprefix("hex:") in told for key in KEYS.values())
    credited.master.daemon.kill()
    wait_until(lambda: credited.backup.host.owns(credited.vip), LIMIT_S, "a takeover")


def test_keys_from_credentials_are_changed_by_a_reload(credited):
    """Without a restart: the second key was handed over at the start, and is made the active one."""
    at = time.time()
    both = "key 1 credential:vrrp-1\n        key 2 credential:vrrp-2\n        active_key"
    for words in (f"{both} 1", f"{both} 2", "key 2 credential:vrrp-2\n        active_key 2"):
        for director in (credited.backup, credited.master):
            director.daemon.write_configuration(
                director.configuration.replace(FIRST_CREDENTIAL, words))
            assert director.daemon.reload() is None
            hold(lambda: rules_alone(credited, at), 0.5, "no flap")
    before = hmac(credited.backup)["ok"]
    wait_until(lambda: hmac(credited.backup)["ok"] > before + 2, LIMIT_S, "adverts are admitted")
    assert none_refused(credited.backup)


def test_a_reload_reads_credentials_again(credited):
    """The file says the same as before, the credential does not: the master is a stranger now."""
    credited.backup.credentials.load("vrrp-1", KEYS[2])
    assert credited.backup.daemon.reload() is None
    wait_until(lambda: len(credited.owners()) == 2, LIMIT_S, "the backup hears nobody")
    wait_until(lambda: hmac(credited.backup)["wrong_hmac"] > 0, LIMIT_S, "it is counted")
    credited.master.credentials.load("vrrp-1", KEYS[2])
    assert credited.master.daemon.reload() is None
    wait_until(lambda: credited.owners() == [credited.master.name], LIMIT_S, "they agree again")


def test_a_reload_without_the_credential_is_refused_and_the_old_key_stays(credited):
    """It says which one; adverts are signed and admitted as before."""
    daemon = credited.backup.daemon
    daemon.write_configuration(daemon.file_text.replace("vrrp-1", "vrrp-3"))
    at = time.time()
    assert "key 1 cannot be read" in daemon.reload()
    before = hmac(credited.backup)["ok"]
    wait_until(lambda: hmac(credited.backup)["ok"] > before + 2, LIMIT_S, "adverts are admitted")
    assert rules_alone(credited, at) and none_refused(credited.backup)


def test_who_is_not_the_unit_can_test_and_plan_a_file_with_credentials(credited):
    """holdfastd -t, --dump-config and holdfastctl plan run without CREDENTIALS_DIRECTORY."""
    daemon = credited.backup.daemon
    commands = {"test": [BUILD / "holdfastd", "-t", "-f", daemon.file],
                "dump": [BUILD / "holdfastd", "--dump-config", "-f", daemon.file],
                "plan": [BUILD / "holdfastctl", "--socket", daemon.socket, "plan", daemon.file]}
    for name, command in commands.items():
        with credited.backup.host.entered():
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (name, done.returncode, done.stderr) == (name, 0, "")
        assert name != "dump" or "key 1 credential:vrrp-1" in done.stdout
        assert name != "plan" or "a reload would change nothing" in done.stdout


def test_recorded_packets_are_refused(net):
    """The master's own packet, sent again by somebody else in its name."""
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY))
    at = time.time()
    # What the backup has not heard itself would be news to it.
    wait_until(lambda: hmac(pair.backup)["ok"] > 1, LIMIT_S, "the backup hears the master")
    (first, *_) = wait_until(lambda: pair.capture.adverts(pair.master.address), LIMIT_S, "an advert")
    frame = next(frame for seen, frame in pair.capture.frames if seen == first.at and is_vrrp(frame))
    assert len(frame) == 14 + 20 + 12 + 28
    with pair.client.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("eth1", 0))
        for _ in range(3):
            sender.send(frame)
    wait_until(lambda: hmac(pair.backup)["replayed"] == 3, LIMIT_S, "they are counted")
    assert rules_alone(pair, at)
