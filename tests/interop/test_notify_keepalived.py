# SPDX-License-Identifier: Apache-2.0
"""Notify scripts are called as keepalived 2.2.7 calls them: word for word, as the same user."""

import re

import pytest

from lib.daemons import Holdfast, Keepalived
from lib.waiting import wait_until

LIMIT_S = 20
TEXT = """global_defs {
    script_user root
}
vrrp_sync_group G {
    group {
        A
    }
    notify "DIRECTORY/script any"
    notify_master "DIRECTORY/script group-master 'two words'"
    notify_backup "DIRECTORY/script group-backup"
    notify_fault "DIRECTORY/script group-fault"
    notify_stop "DIRECTORY/script group-stop"
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    priority 123
    advert_int 0.2
    notify DIRECTORY/script
    notify_master "DIRECTORY/script master"
    notify_backup "DIRECTORY/script backup 'a b' \\x41"
    notify_fault "DIRECTORY/script fault"
    notify_stop "DIRECTORY/script stop"
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
# With few programs of its own: a stop waits for a second for scripts that tell of it, whatever else the machine does.
SCRIPT = """#!/bin/sh
words=$(printf '[%s]' "$@")
read -r stat </proc/$$/stat
set -- ${stat##*)}
own_group=no
[ "$3" = $$ ] && own_group=yes
while read -r key value; do
    case $key in Uid:|Gid:|Groups:|SigBlk:|SigIgn:) who="$who $key $value";; esac
done </proc/$$/status
echo "$words user$who umask $(umask) own group $own_group" \
    in and out $(readlink /proc/$$/fd/0 /proc/$$/fd/1) \
    environment $(env | grep -vE '^(HOLDFAST_|_=|SHLVL=|OLDPWD=)' | sort | cksum) >>DIRECTORY/told
"""


class Life:
    """A director alone, from its start to its stop, with a fault between."""

    def __init__(self, net, kind, number):
        lan = net.switch(f"lan{number}")
        self.host = net.host(kind.kind, eth1=(lan, "10.5.0.1/24"))
        path = self.host.directory / "script"
        path.write_text(SCRIPT.replace("DIRECTORY", str(self.host.directory)))
        path.chmod(0o755)
        self.daemon = kind(self.host, TEXT.replace("DIRECTORY", str(self.host.directory)))

    def told(self):
        """The lines of the script; where it lies is left out."""
        path = self.host.directory / "told"
        return path.read_text().splitlines() if path.exists() else []

    def wait(self, word, count):
        """Waits until a word was told so often."""
        wait_until(lambda: sum(word in line for line in self.told()) >= count, LIMIT_S,
                   f"{word} is told to the scripts of {self.daemon.kind}")

    def live(self):
        """Backup, master, fault, backup, master, stop; all that the scripts were told."""
        self.daemon.start()
        self.wait("[MASTER]", 2)
        self.wait("[master]", 1)
        self.host.unplug("eth1")
        self.wait("[FAULT]", 2)
        self.wait("[fault]", 1)
        self.host.plug("eth1")
        self.wait("[MASTER]", 4)
        self.wait("[master]", 2)
        self.daemon.terminate()
        self.wait("[STOP]", 2)
        self.wait("[group-stop]", 1)
        self.wait("[stop]", 1)
        return sorted(self.told())


@pytest.mark.ours
def test_scripts_are_called_as_keepalived_calls_them(net):
    """Arguments, user, groups, umask, process group, files, signals, environment."""
    ours = Life(net, Holdfast, 1).live()
    theirs = Life(net, Keepalived, 2).live()
    words = {re.match(r"(\[.*?\]) user", line).group(1) for line in theirs}
    assert {"[any][GROUP][G][MASTER][0]", "[INSTANCE][A][MASTER][123]", "[INSTANCE][A][STOP][123]",
            "[group-master][two words]", "[backup][a b][A]", "[stop]"} <= words
    assert ours == theirs
