# SPDX-License-Identifier: Apache-2.0
"""Mails about changes (smtp_alert) to Postfix, set to be strict: what arrives in the mailbox."""

import time

import pytest

from lib.daemons import Holdfast
from lib.postfix import Postfix
from lib.waiting import SOON_S, wait_until

pytestmark = pytest.mark.ours

ADDRESS = "10.5.0.25"
HEAD = f"""global_defs {{
    router_id lb1
    notification_email_from "Director <lb1@example.com>"
    notification_email {{
        first@example.com
        "On call <oncall@example.com>"
    }}
    smtp_server {ADDRESS}
    smtp_helo_name lb1.example.com
    smtp_connect_timeout 5
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
MASTER = "VRRP Instance VI_%d - Entering MASTER state"
LIMIT_S = 60
MOST_LINE_BYTES = 998  # RFC 5322 2.1.1


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

    def serve(self, **how):
        """Starts the mail server."""
        self.server = Postfix(self.mx, **how)
        self.server.start()

    def direct(self, text):
        """Starts the director."""
        self.daemon = Holdfast(self.lb, HEAD + text)
        self.daemon.start()

    def delivered(self, user):
        """The mails in a user's mailbox."""
        return [mail for mail in self.server.mails()
                if mail["Delivered-To"] == f"{user}@example.com"]

    def told(self, user):
        """All that the mails of a user say, without their subjects, which say it once more where it is one change."""
        return "".join(mail.get_content() for mail in self.delivered(user))

    def mail(self):
        """The mail section of the status."""
        return self.daemon.status()["mail"]


@pytest.fixture(name="site")
def _site(net):
    return Site(net)


def test_a_storm_of_200_arrives_as_a_mail_or_two(site):
    """Two hundred instances become MASTER: each recipient has all names, in three mails at most."""
    site.serve()
    site.direct(instances(200))
    for user in ("first", "oncall"):
        wait_until(lambda user=user: all(MASTER % number in site.told(user)
                                         for number in range(1, 201)), LIMIT_S,
                   f"{user} is told of all")
        assert len(site.delivered(user)) <= 3
    for mail in site.server.mails():
        assert mail["From"].addresses[0].addr_spec == "lb1@example.com"
        assert [address.addr_spec for address in mail["To"].addresses] == [
            "first@example.com", "oncall@example.com"]
        assert abs(mail["Date"].datetime.timestamp() - time.time()) < LIMIT_S
        assert mail["Message-ID"] and not mail.defects
        assert max(len(line) for line in mail.as_bytes().splitlines()) <= MOST_LINE_BYTES
        assert "from lb1.example.com (unknown [10.5.0.1])" in mail["Received"]
    wait_until(lambda: site.server.queue() == [], SOON_S, "nothing waits at the server")
    assert not site.server.log(r"reject|warning: (?!dict_nis)|lost connection|timeout|improper|Bare")
    assert site.mail()["lost"] == 0 and site.mail()["failed"] == 0


def test_who_is_unknown_to_the_server_keeps_nobody_else_from_being_told(site):
    """Postfix says 550 to one of two; the status names it."""
    site.serve(users=["oncall"])
    site.direct(instances(1))
    wait_until(lambda: MASTER % 1 in site.told("oncall"), LIMIT_S, "oncall is told")
    assert site.delivered("first") == []
    wait_until(lambda: site.mail()["last_error"], SOON_S, "the refusal is shown")
    assert "first@example.com was refused: 550" in site.mail()["last_error"]["text"]
    assert site.mail()["lost"] == 0


def test_what_happened_while_the_server_was_down_is_told_when_it_is_up(site):
    """It stops in order and starts again; meanwhile a link is lost and comes back."""
    site.serve()
    site.direct(instances(2))
    wait_until(lambda: all(MASTER % number in site.told("first") for number in (1, 2)), LIMIT_S,
               "the start is told")
    before = len(site.delivered("first"))
    site.server.stop()
    site.lb.unplug("eth1")
    wait_until(lambda: site.daemon.status()["instances"][0]["state"] == "FAULT", SOON_S, "FAULT")
    site.lb.plug("eth1")
    wait_until(lambda: site.mail()["failed"] >= 1, 30, "a try fails")
    assert len(site.delivered("first")) == before
    site.server.start()
    wait_until(lambda: site.told("first").count(MASTER % 2) == 2, 2 * LIMIT_S, "all is told")
    assert "VRRP Instance VI_2 - Entering FAULT state" in site.told("first")
    wait_until(lambda: site.mail()["waiting"] == 0, SOON_S, "and nothing waits any more")
    assert site.mail()["lost"] == 0


def test_a_server_that_defers_everything_for_a_while_gets_it_later(site):
    """Greylisting: 450 to each recipient until the server is told otherwise."""
    site.serve(words="smtpd_recipient_restrictions = defer")
    site.direct(instances(1))
    wait_until(lambda: site.mail()["failed"] >= 1, LIMIT_S, "a try fails")
    assert site.mail()["waiting"] >= 1 and site.mail()["lost"] == 0
    assert site.server.mails() == []
    site.server.set(smtpd_recipient_restrictions="permit")
    wait_until(lambda: MASTER % 1 in site.told("oncall"), 2 * LIMIT_S, "it is told now")
    wait_until(lambda: site.mail()["waiting"] == 0, SOON_S, "and no longer waits")
