# SPDX-License-Identifier: Apache-2.0
"""Postfix on a host: a real mail server, strict about SMTP, that keeps what it takes in one maildir.

Its configuration, queue and data are its own; it knows nothing of the machine's, and ends with the drill.
"""

import email
import email.policy
import json
import os
import shutil
import signal

from lib.process import Process

MASTER = "/usr/lib/postfix/sbin/master"
START_LIMIT_S = 30
READER, READERS = "nobody", "nogroup"  # whose maildir it is: Postfix delivers to none of root's
# What Postfix asks of its queue: (name, group, mode); postfix-files(5).
QUEUE = [(name, "root", 0o700) for name in (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
    "trace")] + [("maildrop", "postdrop", 0o730), ("public", "postdrop", 0o710)]
MAIN = """
compatibility_level = 3.6
queue_directory = {top}/queue
data_directory = {top}/data
maillog_file = /dev/stdout
inet_protocols = all
inet_interfaces = {addresses}
mynetworks_style = host
myhostname = mx.example.com
mydestination =
alias_maps =
smtpd_peername_lookup = no
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = {users}
virtual_mailbox_base = {top}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_helo_required = yes
strict_rfc821_envelopes = yes
smtpd_forbid_bare_newline = yes
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_relay_restrictions = reject_unauth_destination
smtpd_helo_restrictions = reject_invalid_helo_hostname
smtpd_delay_reject = no
"""
SERVICES = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A Postfix that takes mail for a domain, by default to any name in it."""

    def __init__(self, host, port=25, domain="example.com", users=None, addresses=None, words=""):
        """users -- the only names that there are in the domain, others are refused with 550
        addresses -- where it listens; all of the host's by default
        words -- lines for main.cf, such as "soft_bounce = yes"
        """
        self.host = host
        self.process = None
        self._top = host.directory / "postfix"
        self._port = port
        for name in ("config", "queue", "queue/pid", "data", "mail"):
            (self._top / name).mkdir(parents=True)
        shutil.chown(self._top / "data", "postfix", "postfix")
        for name, group, mode in QUEUE:
            path = self._top / "queue" / name
            path.mkdir()
            shutil.chown(path, "postfix", group)
            path.chmod(mode)
        shutil.chown(self._top / "mail", READER, READERS)
        reader = os.stat(self._top / "mail")
        known = ("inline:{" + ", ".join(f"{{{user}@{domain} = mail/}}" for user in users) + "}"
                 if users else "static:mail/")
        (self._top / "config/main.cf").write_text(MAIN.format(
            top=self._top, domain=domain, users=known, uid=reader.st_uid, gid=reader.st_gid,
            addresses=" ".join(addresses) if addresses else "all") + words + "\n")
        (self._top / "config/master.cf").write_text(SERVICES.format(port=port))

    def start(self):
        """Starts the server and waits until it takes connections."""
        self.process = Process(self.host, "postfix", [MASTER, "-s", "-c", self._top / "config"],
                               {"MAIL_CONFIG": str(self._top / "config"), "MAIL_LOGTAG": "postfix"})
        self.process.wait_for("daemon started", START_LIMIT_S)

    def stop(self):
        """Stops the server in order; what it has in its queue stays there."""
        self.process.terminate()
        self.process.wait_end()

    def set(self, **parameters):
        """Changes parameters of main.cf (postconf(5)); connections from now on are treated so."""
        self.host.run("/usr/sbin/postconf", "-c", self._top / "config",
                      *(f"{name}={value}" for name, value in parameters.items()))
        self.process.signal(signal.SIGHUP)
        self.process.wait_for("reload -- version", START_LIMIT_S)

    def kill(self):
        """The server dies at once, all of it; returns when."""
        return self.process.kill()

    def mails(self):
        """What has been delivered, in order: email.message.EmailMessage, by the maildir's file names."""
        files = sorted((self._top / "mail/new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                for file in files]

    def queue(self):
        """What waits in the queue: dictionaries as `postqueue -j` has them (postqueue(1))."""
        return [json.loads(line) for line in self.host.run(
            "/usr/sbin/postqueue", "-c", self._top / "config", "-j").splitlines()]

    def log(self, pattern, since=0):
        """The first line of its log that a pattern matches, or None."""
        return self.process.find(pattern, since)
