# SPDX-License-Identifier: Apache-2.0
"""Mails about changes (smtp_alert): to a real mail server, and to some that misbehave."""

import email
import json
import pathlib
import types

import pytest

from lib.daemons import Holdfast
from lib.process import Process
from lib.punctual import Punctuality
from lib.waiting import SOON_S, hold, late_s, wait_until

pytestmark = pytest.mark.ours

PYTHON = "/usr/bin/python3"
SERVER = pathlib.Path(__file__).parent / "lib/mail_server.py"
ADDRESS, PORT = "10.5.0.25", 2525
MAIL_S = 20  # until a first mail is there: gathered for a second, and a pause of some behind another
STOP_S = 1   # as much time has what is under way at the stop, and again what is told of it
HEAD = f"""global_defs {{
    router_id lb1
    notification_email_from lb1@example.com
    notification_email {{
        first@example.com
        "On call <oncall@example.com>"
    }}
    smtp_server {ADDRESS} {PORT}
    smtp_connect_timeout 2
    smtp_alert_vrrp
    script_user root
}}
"""
INSTANCE = """vrrp_instance VI_%d {
    interface eth1
    virtual_router_id %d
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.5.1.%d/24
    }
}
"""


def instances(count):
    """So many instances, as a configuration."""
    return "".join(INSTANCE % (number, number, number) for number in range(1, count + 1))


class Site:
    """A director, and a host for the mail server."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.lb = net.host("lb", eth1=(lan, "10.5.0.1/24"))
        self.mx = net.host("mx", eth1=(lan, f"{ADDRESS}/24"))
        self.daemon = None
        self.server = None

    def serve(self, mode, host=None, address=ADDRESS, port=PORT):
        """Starts the mail server."""
        self.server = Process(host or self.mx, "mail_server", [PYTHON, SERVER, address, port, mode])
        self.server.wait_for("^ready$", 10)

    def start(self, text):
        """Starts the director."""
        self.daemon = Holdfast(self.lb, text)
        self.daemon.start()
        self.daemon.wait_started()

    def mails(self):
        """What the server has taken."""
        return [json.loads(line.text) for line in self.server.log if line.text.startswith("{")]

    def bodies(self):
        """What all mails say, without their subjects, which say it once more where it is one change."""
        return "".join(email.message_from_string(mail["text"]).get_payload() for mail in self.mails())

    def wait_state(self, state):
        """Waits until the first instance is so."""
        wait_until(lambda: self.daemon.status()["instances"][0]["state"] == state, MAIL_S, state)

    def mail(self):
        """The mail section of the status."""
        return self.daemon.status()["mail"]


@pytest.fixture(name="site")
def _site(net):
    return Site(net)


def test_a_change_is_mailed_to_all_with_its_reason(site):
    """MASTER at the start, FAULT when the link goes, each with why."""
    site.serve("good")
    site.start(HEAD + instances(1))
    wait_until(site.mails, MAIL_S, "a mail")
    first = site.mails()[0]
    assert first["from"] == "lb1@example.com"
    assert first["to"] == ["first@example.com", "oncall@example.com"]
    text = "".join(mail["text"] for mail in site.mails())
    assert "[lb1] VRRP Instance VI_1 - Entering" in text
    wait_until(lambda: "no advert for" in "".join(mail["text"] for mail in site.mails()),
               MAIL_S, "the reason of MASTER")
    site.lb.unplug("eth1")
    site.wait_state("FAULT")
    site.lb.plug("eth1")
    wait_until(lambda: "Entering FAULT state" in "".join(mail["text"] for mail in site.mails()),
               60, "FAULT is told when the network is back")
    assert site.mail()["lost"] == 0


def test_no_email_faults_and_own_words_count(site):
    """FAULT is not told where the file says so; an instance with `smtp_alert off` is not told of."""
    site.serve("good")
    two = instances(2).replace("virtual_router_id 2\n", "virtual_router_id 2\n    smtp_alert off\n")
    site.start(HEAD.replace("smtp_alert_vrrp", "smtp_alert_vrrp\n    no_email_faults") + two)
    wait_until(lambda: "VI_1 - Entering MASTER" in site.bodies(), MAIL_S, "MASTER is told")
    site.lb.unplug("eth1")
    site.wait_state("FAULT")
    site.lb.plug("eth1")
    wait_until(lambda: site.bodies().count("VI_1 - Entering MASTER") == 2, 60, "MASTER again")
    assert "FAULT" not in str(site.mails())
    assert "VI_2" not in str(site.mails())


def test_a_storm_of_200_is_one_mail(site):
    """Two hundred instances become MASTER at once: one mail that names each (keepalived: 400)."""
    site.serve("good")
    site.start(HEAD + instances(200))
    wait_until(lambda: str(site.mails()).count("- Entering MASTER state") >= 200, 60,
               "all are told of")
    told = str([mail["text"] for mail in site.mails()])
    assert all(f"VRRP Instance VI_{number} - Entering MASTER state" in told
               for number in range(1, 201))
    assert len(site.mails()) <= 3
    assert site.mail()["lost"] == 0


def test_real_servers_are_told_of_unless_somebody_says_no(site):
    """A real server that is down is mailed by default; of the quorum only when it is asked for."""
    site.serve("good")
    site.start(HEAD + """virtual_server 10.5.0.9 80 {
    delay_loop 1
    protocol TCP
    lb_algo rr
    lb_kind NAT
    smtp_alert
    real_server 10.5.0.25 81 {
        TCP_CHECK {
            connect_timeout 1
            retry 0
        }
    }
    real_server 10.5.0.25 82 {
        smtp_alert off
        TCP_CHECK {
            connect_timeout 1
            retry 0
        }
    }
}
""")
    wait_until(lambda: "DOWN" in str(site.mails()), MAIL_S, "a mail")
    wait_until(lambda: "Virtualserver [10.5.0.9]:tcp:80 - DOWN" in str(site.mails()), MAIL_S, "quorum")
    told = str([mail["text"] for mail in site.mails()])
    assert "Realserver [10.5.0.25]:tcp:81 of virtual server [10.5.0.9]:tcp:80 - DOWN" in told
    assert "refused" in told
    assert ":82" not in told


def test_one_refused_recipient_does_not_keep_the_others_from_being_told(site):
    """And the status says who it was."""
    site.serve("refuse-one")
    site.start(HEAD + instances(1))
    wait_until(site.mails, MAIL_S, "a mail")
    assert site.mails()[0]["to"] == ["oncall@example.com"]
    wait_until(lambda: site.mail()["last_error"], SOON_S, "the refusal is shown")
    assert "first@example.com was refused: 550" in site.mail()["last_error"]["text"]
    assert "first@example.com was refused" in site.daemon.control("status")


def test_what_cannot_be_delivered_now_is_delivered_later(site):
    """No server first, then one that says `later` once: nothing is lost, and all is in one mail."""
    site.start(HEAD + instances(1))
    wait_until(lambda: site.mail()["failed"] >= 1, MAIL_S, "a failed try")
    assert site.mail()["waiting"] >= 1
    site.wait_state("MASTER")
    site.serve("later-then-good")
    wait_until(site.mails, 60, "a mail")
    assert "Entering MASTER state" in site.mails()[0]["text"]
    wait_until(lambda: site.mail()["waiting"] == 0, SOON_S, "nothing waits any more")
    assert site.mail()["last_error"] is None


@pytest.mark.parametrize("mode, error", [
    ("silent", "its greeting did not come within 2.00 s"),
    ("drip", "its greeting did not come within 2.00 s"),
    ("endless", "its greeting: the server's answer has no end"),
    ("hang-up", "the server closed before the answer to EHLO"),
])
def test_a_server_that_misbehaves_holds_nobody_up(site, mode, error):
    """The try ends, the connection too, and not one advert is late for it."""
    site.serve(mode)
    site.start(HEAD + instances(1))
    with Punctuality(types.SimpleNamespace(host=site.lb, daemon=site.daemon, address=site.lb.address), 0.1) as watch:
        wait_until(lambda: site.mail()["failed"] >= 1, MAIL_S, "the try is given up")
        assert site.mail()["last_error"]["text"] == error
        site.server.wait_for("^gone$", SOON_S)
        wait_until(lambda: len(watch.adverts()) > 12, MAIL_S, "a dozen adverts")
    assert not watch.late()


def test_a_stop_is_told_within_its_time(site):
    """The last mail goes out; a server that hangs does not hold the stop up."""
    site.serve("good")
    site.start(HEAD + instances(1))
    wait_until(lambda: "Entering MASTER" in str(site.mails()), MAIL_S, "MASTER is told")
    site.daemon.process.terminate()
    site.daemon.process.wait_end()
    wait_until(lambda: "VRRP Instance VI_1 - Stopping" in str(site.mails()), SOON_S, "the stop is told")
    site.server.kill()
    site.serve("silent")
    site.daemon.start()
    site.daemon.wait_started()
    site.server.wait_for("connected", MAIL_S)
    at = site.daemon.process.terminate()
    site.daemon.process.wait_end()
    assert site.daemon.process.log[-1].at - at < 2 * STOP_S + 2 + late_s()


def test_a_reload_keeps_what_waits_and_takes_the_new_server(site):
    """The wrong port first; a reload with the right one, and what waited is told."""
    site.serve("good")
    site.start(HEAD.replace(str(PORT), str(PORT + 1)) + instances(1))
    wait_until(lambda: site.mail()["failed"] >= 1, MAIL_S, "a failed try")
    site.daemon.write_configuration(HEAD + instances(1))
    assert site.daemon.reload() is None
    wait_until(site.mails, MAIL_S, "a mail")
    hold(lambda: site.mail()["lost"] == 0, 0.2, "nothing is lost")


def test_a_reload_leaves_the_mail_under_way_alone(site):
    """It hangs at a silent server; the reload names another, which gets what was not told."""
    site.serve("silent")
    silent = site.server
    site.start(HEAD + instances(1))
    silent.wait_for("connected", MAIL_S)
    site.serve("good", port=PORT + 1)
    site.daemon.write_configuration(HEAD.replace(str(PORT), str(PORT + 1)) + instances(1))
    assert site.daemon.reload() is None
    wait_until(lambda: "Entering MASTER state" in str(site.mails()), 60, "MASTER is told")
    silent.wait_for("^gone$", SOON_S)


def test_a_stop_waits_for_the_mail_under_way_and_sends_the_last_one(site):
    """The server takes its time with the first one; the second tells of the stop."""
    site.serve("slow")
    site.start(HEAD + instances(1))
    site.server.wait_for("^taking$", MAIL_S)
    site.daemon.process.terminate()
    site.daemon.process.wait_end()
    wait_until(lambda: "VRRP Instance VI_1 - Stopping" in str(site.mails()), SOON_S, "the stop is told")
    assert len(site.mails()) == 2


def test_a_mail_server_may_be_a_name(site):
    """Looked up beside the loop; one that nobody knows is said, and tried again."""
    site.lb.ip("link set lo up")
    site.serve("good", host=site.lb, address="127.0.0.1")
    site.start(HEAD.replace(ADDRESS, "mail.invalid") + instances(1))
    wait_until(lambda: site.mail()["failed"] >= 1, 30, "the name is not known")
    assert "mail.invalid" in str(site.mail())
    site.daemon.write_configuration(HEAD.replace(ADDRESS, "localhost") + instances(1))
    assert site.daemon.reload() is None
    wait_until(site.mails, 60, "a mail")
