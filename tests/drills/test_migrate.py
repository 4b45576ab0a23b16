# SPDX-License-Identifier: Apache-2.0
"""From keepalived to Holdfast: what holdfast-migrate says and writes, and a pair that goes over under load."""

import re
import subprocess
import time

import pytest

from lib.clients import Pings
from lib.daemons import BUILD, Holdfast, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, MySqlLayout, Pair
from lib.waiting import SLACK_S, SOON_S, late_s, wait_until

pytestmark = pytest.mark.ours

MIGRATE = BUILD / "contrib/migrate/holdfast-migrate"
SKEW_S = (256 - BACKUP_PRIORITY) / 256
DROP_IN = "etc/systemd/system/holdfast.service.d/50-holdfast-migrate.conf"

SYSCONFDIR = re.search(r'"(/\S*)/holdfast/holdfast.conf"', MIGRATE.read_text())[1]
SHADOW = f"{SYSCONFDIR}/holdfast/holdfast.conf".lstrip("/")

PLAIN = """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.0.17/24
    }
}
"""
# A notify script, a FIFO outside /run, checks.
RICH = """global_defs {
    vrrp_garp_master_refresh 10
    notify_fifo /var/lib/site/events
}
vrrp_instance VI_1 {
    state BACKUP
    nopreempt
    interface eth0
    virtual_router_id 51
    priority 100
    notify "/bin/true"
    virtual_ipaddress {
        10.0.0.17/24
    }
}
virtual_server 10.0.0.17 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.0.0.7 80 {
        MISC_CHECK {
            misc_path "/bin/true"
        }
    }
}
"""
UNIT = """[Unit]
After=network-online.target
[Service]
EnvironmentFile=-/etc/default/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $DAEMON_ARGS
"""


class Root:
    """The files of a host with keepalived."""

    def __init__(self, path):
        self.path = path
        self.write("etc/keepalived/keepalived.conf", PLAIN)
        self.write("lib/systemd/system/keepalived.service", UNIT)

    def write(self, path, text):
        """A file of the host."""
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def read(self, path):
        """A file's text, empty where there is none."""
        target = self.path / path
        return target.read_text() if target.exists() else ""

    def files(self):
        """All files with their times."""
        return {path: path.stat().st_mtime_ns for path in self.path.rglob("*") if path.is_file()}

    def migrate(self, *arguments, path=None, before=()):
        """Runs it; returns its exit status and what it said. before -- what starts it"""
        done = subprocess.run(
            [*before, MIGRATE, "--root", self.path, "--holdfastd", BUILD / "holdfastd", *arguments,
             path or self.path / "etc/keepalived"], check=False, capture_output=True, text=True,
            stdin=subprocess.DEVNULL)
        assert done.stderr == "", done.stderr
        return done.returncode, done.stdout


@pytest.fixture(name="root")
def _root(tmp_path):
    """A host with a plain keepalived."""
    return Root(tmp_path)


def section(said, title):
    """What stands under a headline."""
    return said.partition(f"\n{title}")[2].partition("\n\n")[0]


def test_a_file_with_an_error_is_told_and_nothing_is_written(root):
    """With line and column."""
    file = root.write("etc/keepalived/keepalived.conf", PLAIN.replace("priority 100", "priority 300"))
    before = root.files()
    code, said = root.migrate()
    assert code == 1
    assert f"{file}:4:14: error: priority 300 is outside 1..255" in said
    assert "cannot be used" in said and "What will differ" not in said
    assert root.files() == before


def test_only_what_this_configuration_meets_is_told(root):
    """By keywords that it has, and that it has not."""
    plain = section(root.migrate("--dry-run")[1], "What will differ")
    assert "vrrp_garp_master_refresh" in plain
    for word in ("MISC_CHECK", "FIFO", "Scripts", "nopreempt", "IPVS"):
        assert word not in plain, plain
    root.write("etc/keepalived/keepalived.conf", RICH)
    code, said = root.migrate("--dry-run")
    rich = section(said, "What will differ")
    assert code == 0
    assert "vrrp_garp_master_refresh" not in rich, "the file says it"
    for word in ("MISC_CHECK", "FIFO", "Scripts run in the service's box", "Notify scripts", "IPVS"):
        assert word in rich, rich
    assert "BACKUP: nopreempt" in said


def test_drop_ins_carry_over_what_the_service_had_and_a_second_run_changes_nothing(root):
    """Options, order, limits, credentials; folders that the configuration writes to."""
    root.write("etc/keepalived/site.conf", RICH)
    root.write("etc/default/keepalived", 'DAEMON_ARGS="-D -f /etc/keepalived/site.conf -i lb1 -x -V"\n')
    root.write("etc/systemd/system/keepalived.service.d/site.conf",
               "[Unit]\nAfter=openvpn.service\nWants=openvpn.service\n[Service]\nLimitNOFILE=99999\n")
    root.write("etc/systemd/system/watcher.service", "[Unit]\nAfter=keepalived.service\n")
    root.write("etc/systemd/system/bound.service", "[Unit]\nBindsTo=keepalived.service\n")
    assert root.migrate("--dry-run")[0] == 0
    assert not root.read(DROP_IN), "a dry run writes nothing"
    code, said = root.migrate()
    written = root.read(DROP_IN)
    assert code == 0
    for line in ("After=openvpn.service", "Wants=openvpn.service", "LimitNOFILE=99999", "ExecStart=",
                 "ReadWritePaths=-/var/lib/site"):
        assert line in written.splitlines(), written
    (start,) = [line for line in written.splitlines() if line.startswith("ExecStart=/")]
    assert start.endswith("holdfastd -i lb1 -f /etc/keepalived/site.conf"), "as the host calls it"
    watcher = "etc/systemd/system/watcher.service.d/50-holdfast-migrate.conf"
    assert root.read(watcher).splitlines()[1:] == ["[Unit]", "After=holdfast.service"]
    assert "option -x is about SNMP" in said
    assert "option -V leaves the addresses" in said
    assert "bound.service needs keepalived.service" in said
    before = root.files()
    code, said = root.migrate()
    assert (code, said.count("is so already")) == (0, 2)
    assert root.files() == before


CARRIED = {
    "Unit": ["After=openvpn.service", "OnFailure=mail@%n.service", "ConditionPathExists=|/srv/a b",
             "StartLimitIntervalSec=0"],
    "Service": ["Nice=-5", "CPUSchedulingPolicy=rr", "CPUSchedulingPriority=10", "IOSchedulingClass=realtime",
                "OOMScoreAdjust=-1000", "LimitCORE=infinity", "CPUAffinity=2 3", "Environment=A=b", "Restart=always",
                "RestartSec=1", "MemoryMax=1G", "CPUQuota=50%", "UMask=0027", "ReadWritePaths=/srv/told"]}
LEFT = {
    "Unit": ["Description=mine", "DefaultDependencies=no"],
    "Service": ["PrivateTmp=yes", "MemoryDenyWriteExecute=no", "TimeoutStopSec=5", "Type=simple", "User=nobody",
                "ExecStop=/bin/true", "NoSuchKey=1"],
    "Install": ["Alias=vrrp.service"]}


def test_every_key_of_keepalived_s_unit_is_carried_over_or_told(root):
    """Scheduling, limits, order, restarts, resources are; what the service has in its own way is named, with why."""
    root.write("etc/systemd/system/keepalived.service.d/site.conf", "".join(
        f"[{name}]\n" + "\n".join((*CARRIED.get(name, ()), *LEFT[name])) + "\n" for name in LEFT))
    code, said = root.migrate()
    assert code == 0, said
    written = root.read(DROP_IN).splitlines()
    told = [line.strip() for line in said.splitlines() if "not carried over" in line]
    for line in (*CARRIED["Unit"], *CARRIED["Service"]):
        assert line in written, line
        assert not [one for one in told if line in one]
    left = [line for lines in LEFT.values() for line in lines]
    assert [line.rpartition(": ")[0] for line in told] == [f"not carried over: {line}" for line in left]
    assert not set(left) & set(written)


def test_what_was_set_by_systemctl_and_other_variables_of_the_defaults_are_not_forgotten(root):
    """`systemctl set-property` has a folder of its own; a script may want a variable beside the options."""
    root.write("etc/systemd/system.control/keepalived.service.d/50-CPUWeight.conf", "[Service]\nCPUWeight=500\n")
    root.write("etc/default/keepalived", 'DAEMON_ARGS="-D"\nSITE=berlin\n')
    code, said = root.migrate()
    assert code == 0
    assert "CPUWeight=500" in root.read(DROP_IN).splitlines()
    assert "not carried over: EnvironmentFile=-/etc/default/keepalived: keepalived's options in it are, but not SITE:" in said


def test_what_units_of_keepalived_say_of_themselves_is_not_told(root):
    """Debian's and Red Hat's have nothing that is missed, but for what somebody changed."""
    root.write("lib/systemd/system/keepalived.service", UNIT.replace("[Unit]", """[Unit]
Description=Keepalive Daemon
Documentation=man:keepalived(8)
ConditionFileNotEmpty=/etc/keepalived/keepalived.conf""") + """Type=forking
PIDFile=/run/keepalived.pid
KillMode=process
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
""")
    code, said = root.migrate()
    assert code == 0 and "none is needed" in said and "not carried over" not in said, said


def test_somebody_elses_drop_in_stays_as_it_is(root):
    """It is shown what it should have."""
    root.write("etc/systemd/system/keepalived.service.d/site.conf", "[Unit]\nAfter=openvpn.service\n")
    root.write(DROP_IN, "# mine\n")
    code, said = root.migrate()
    assert (code, root.read(DROP_IN)) == (3, "# mine\n")
    assert "somebody else has written it" in said and "After=openvpn.service" in said


def test_a_plain_service_needs_no_drop_in(root):
    """What the units have in common is not repeated."""
    before = root.files()
    code, said = root.migrate(path=root.path / "etc/keepalived/keepalived.conf")
    assert (code, root.files()) == (0, before)
    assert "none is needed" in said
    assert f"{SKEW_S:.2g} s" in said


def test_what_is_no_longer_needed_is_taken_away(root):
    """Of an earlier run; what somebody else wrote stays."""
    site = root.write("etc/systemd/system/keepalived.service.d/site.conf", "[Unit]\nAfter=openvpn.service\n")
    watcher = root.write("etc/systemd/system/watcher.service", "[Unit]\nAfter=keepalived.service\n")
    mine = root.write("etc/systemd/system/other.service.d/50-holdfast-migrate.conf", "# mine\n")
    assert root.migrate()[0] == 0
    assert root.read(DROP_IN) and root.read("etc/systemd/system/watcher.service.d/50-holdfast-migrate.conf")
    site.unlink()
    watcher.unlink()
    code, said = root.migrate("--dry-run")
    assert (code, said.count("would be removed")) == (0, 2) and root.read(DROP_IN)
    code, said = root.migrate()
    assert (code, said.count("was no longer needed: removed")) == (0, 2)
    assert not (root.path / DROP_IN).parent.exists() and mine.exists()


def test_strange_names_reach_the_service_as_they_are(root):
    """Blanks, quotes, percent signs, dollars; bytes that are no UTF-8; a quote that is not closed."""
    name = "etc/keepalived/a $b 100% \"c\".conf"
    root.write(name, PLAIN)
    root.write("etc/systemd/system/keepalived.service.d/site.conf",
               "[Service]\nEnvironment=A=caf\udce9\n".encode("utf-8", "surrogateescape").decode("latin-1"))
    root.write("etc/default/keepalived", "DAEMON_ARGS=don't\n")
    code, said = root.migrate(path=root.path / name)
    assert code == 0, said
    (start,) = [line for line in root.read(DROP_IN).splitlines() if line.startswith("ExecStart=/")]
    assert start.endswith('holdfastd -f "/etc/keepalived/a $$b 100%% \\"c\\".conf"')


def test_files_in_tmp_and_folders_with_blanks_are_within_reach(root):
    """The unit has a /tmp of its own, and may write to no more than it is given."""
    root.write("etc/keepalived/keepalived.conf", RICH.replace("/var/lib/site/events", '"/srv/my site/events"')
               .replace('notify "/bin/true"', 'notify "/tmp/told.sh"'))
    assert root.migrate()[0] == 0
    written = root.read(DROP_IN).splitlines()
    assert "PrivateTmp=no" in written
    assert 'ReadWritePaths="-/srv/my site"' in written


def test_a_file_of_our_own_that_hides_that_of_keepalived_is_told(root):
    """What was checked would not be what runs."""
    root.write(SHADOW, PLAIN)
    code, said = root.migrate()
    assert code == 3 and f"/{SHADOW} is there, and is read in place of" in said


def test_without_a_service_there_is_nothing_to_carry_over(root):
    """keepalived is not installed, or something else starts it."""
    (root.path / "lib/systemd/system/keepalived.service").unlink()
    code, said = root.migrate()
    assert code == 0 and "there is no keepalived.service" in said


@pytest.mark.parametrize("path", ["nowhere", "etc/keepalived/nowhere.conf", "etc"])
def test_a_place_without_a_configuration_is_told(root, path):
    """A folder, a file, a folder without one; nothing is written."""
    before = root.files()
    code, said = root.migrate(path=root.path / path)
    assert code == 1 and "cannot be read: there is no such file" in said, said
    assert root.files() == before


@pytest.mark.parametrize("program", ["/nowhere/holdfastd", "/etc/passwd", "/bin/true"])
def test_without_a_daemon_that_answers_nothing_is_said_of_the_file(root, program):
    """Not there, not a program, another program."""
    done = subprocess.run([MIGRATE, "--root", root.path, "--holdfastd", program, root.path / "etc/keepalived"],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 3
    assert "cannot say what it thinks of it" in done.stderr and "Traceback" not in done.stderr
    assert "install the package holdfast, or name the program by --holdfastd" in done.stderr


def test_what_cannot_be_written_is_told(root):
    """Where a file stands in the place of the folder, and where the drop-in was masked by a link to nothing."""
    root.write("etc/systemd/system/keepalived.service.d/site.conf", "[Unit]\nAfter=openvpn.service\n")
    blocking = root.write("etc/systemd/system/holdfast.service.d", "")
    code, said = root.migrate()
    assert code == 3 and "cannot be written" in said and "After=openvpn.service" in said
    blocking.unlink()
    blocking.mkdir()
    (root.path / DROP_IN).symlink_to("/dev/null")
    code, said = root.migrate()
    assert code == 3 and "somebody else has written it" in said
    assert (root.path / DROP_IN).is_symlink()


def test_an_ordinary_user_is_told_what_he_may_not_read_or_write(root):
    """A unit that only root may read, a folder that only root may write to."""
    root.write("etc/systemd/system/keepalived.service.d/site.conf", "[Unit]\nAfter=openvpn.service\n")
    secret = root.write("etc/systemd/system/keepalived.service.d/secret.conf", "[Service]\nEnvironment=A=b\n")
    secret.chmod(0o600)
    for parent in root.path.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    root.path.chmod(0o755)
    before = root.files()
    code, said = root.migrate(before=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    assert code == 3
    assert f"{secret}: cannot be read: Permission denied" in said
    assert "cannot be written: Permission denied" in said
    assert root.files() == before


def change(director):
    """keepalived's place on a director is taken, by the file that keepalived had; returns when."""
    keepalived = director.daemon
    done = subprocess.run([MIGRATE, "--dry-run", "--root", director.host.directory, "--holdfastd",
                           BUILD / "holdfastd", keepalived.file], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    at = keepalived.terminate()
    director.daemon = Holdfast(director.host, keepalived.file.read_text())
    director.daemon.start()
    return at


def noticed_s(pair):
    """The shortest time without the address that is one: a third of what a backup waits after a farewell. Who takes
    the address says so first and puts it on then; if it was late, the other one had already let it go."""
    lags = [director.daemon.status()["loop"]["lag"]["max_us"] for director in pair.directors]
    return SKEW_S / 3 + max(lags) / 1e6


def state(director):
    """Of its instance."""
    return director.daemon.status()["instances"][0]["state"]


def test_a_keepalived_pair_becomes_a_holdfast_pair_for_the_price_of_one_takeover(net):
    """As holdfast-migrate says: the backup first. The client misses the address once, for a skew time."""
    pair = Pair(net, ("keepalived", "keepalived"), MySqlLayout, vrrp_only=True)
    pair.start()
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 100, SOON_S, "the client is served")
        change(pair.backup)
        wait_until(lambda: state(pair.backup) == "BACKUP", SOON_S, "it hears the master")
        assert pings.outage_s(0) < SKEW_S / 3, "the backup's change is nobody's business"
        assert pair.owners() == [pair.master.name]
        stopped = change(pair.master)
        wait_until(lambda: state(pair.master) == "MASTER" and pair.owners() == [pair.master.name],
                   2 * advert_limit_s(MASTER_PRIORITY) + SLACK_S, "all is as before")
        settled = time.time()
        wait_until(lambda: pings.answered(settled) >= 100, SOON_S, "the client is served")
        gaps = sorted(pings.gaps_s(0, SKEW_S / 3), reverse=True)
        assert gaps and not [gap for gap in gaps[1:] if gap > noticed_s(pair)], f"it was missed more than once: {gaps}"
        assert pings.outage_s(stopped) == gaps[0] < SKEW_S + late_s()
    assert state(pair.backup) == "BACKUP"


def test_where_the_backup_outbids_the_master_first_no_client_waits(net):
    """As the guide's chapter says: keepalived yields to who is master already, and gets it back without a gap."""
    pair = Pair(net, ("keepalived", "keepalived"), MySqlLayout, vrrp_only=True)
    pair.start()
    limit = 2 * advert_limit_s(MASTER_PRIORITY) + SLACK_S
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 100, SOON_S, "the client is served")
        change(pair.backup)
        wait_until(lambda: state(pair.backup) == "BACKUP", SOON_S, "it hears the master")
        name = pair.backup.daemon.status()["instances"][0]["name"]
        pair.backup.daemon.control("prio", "+100", name)
        wait_until(lambda: state(pair.backup) == "MASTER" and pair.owners() == [pair.backup.name], limit,
                   "the master yields")
        change(pair.master)
        wait_until(lambda: state(pair.master) == "BACKUP", SOON_S, "it hears the other one")
        pair.backup.daemon.control("release", name)
        wait_until(lambda: state(pair.master) == "MASTER" and pair.owners() == [pair.master.name], limit,
                   "all is as before")
        settled = time.time()
        wait_until(lambda: pings.answered(settled) >= 100, SOON_S, "the client is served")
        assert not pings.gaps_s(0, noticed_s(pair)), "nobody waited"
