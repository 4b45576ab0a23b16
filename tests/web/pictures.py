#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the README's pictures of the web page anew: `./dev pictures`.

The page is the one that is built in. What it shows is staged here, so that the pictures are the same
whenever they are made: a director of the seed's installation, with load and with one server that has
died. What the real daemon tells is the drills' affair (tests/drills/test_web.py).
"""

import contextlib
import http.server
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "src/control/page"
PICTURES = TOP / "doc/pictures"

sys.path.insert(0, str(TOP / "tests/drills"))
from lib.browser import Browser  # noqa: E402  pylint: disable=wrong-import-position

SECONDS = 100  # of load before the picture is taken
LIMIT_BYTES = 200_000
DAY = 86400

# Each picture: the device, and whether the whole page is in it.
DEVICES = {
    "page-light": ({"width": 1200, "height": 1270, "scheme": "light"}, False),
    "page-dark": ({"width": 1200, "height": 1270, "scheme": "dark"}, False),
    "page-phone": ({"width": 390, "height": 844, "scheme": "light", "scale": 2}, False),
}

# Of Debian's fonts-inter, in place of whatever a machine without a desktop has.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>FAMILY</string></edit></match>
</fontconfig>
"""


def instant(seconds_ago):
    """An instant as the status document has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - seconds_ago)) + ".000Z"


def server(name, checks, **members):
    """A real server that is well, but for what is said."""
    return {"name": name, "state": "up", "admin": "ready", "weight": 1, "weight_configured": 1,
            "since": instant(3 * DAY), "forward": "DR", "checks": checks} | members


def service(name, servers, **members):
    """A virtual service."""
    up = sum(one["state"] == "up" for one in servers)
    return {"name": name, "family": "ipv4", "protocol": "tcp", "scheduler": "wrr", "forward": "DR",
            "quorum": 1, "live_weight": up, "live_weight_needed": 1, "quorum_met": True,
            "servers_ready": len(servers), "servers_up": up, "servers_needed": 0,
            "fail_open": False, "suspended": False, "persistence_timeout_s": 0,
            "servers": servers} | members


def instance(name, vrid, state, master, addresses, **members):
    """A virtual router."""
    return {"name": name, "family": "ipv4", "interface": "eth1", "vrid": vrid, "version": 3,
            "state": state, "since": instant(5 * 3600), "priority_base": 150,
            "priority_effective": 150, "advert_interval_ms": 100, "faults": [], "cures": [],
            "master": master, "peers": [], "addresses": [
                {"address": address, "device": "eth1", "present": state == "MASTER"}
                for address in addresses]} | members


def staged():
    """What is shown."""
    own = {"address": "172.16.1.5", "priority": 150, "self": True}
    other = {"address": "172.16.1.6", "priority": 150, "self": False}
    dead = server("172.16.1.52:3306", ["MYSQL_CHECK"], state="down", weight=0, since=instant(95), why={
        "kind": "MYSQL_CHECK", "target": "172.16.1.52:3306", "class": "refused",
        "text": "connection refused"})
    web = ["HTTP_GET"]
    return {
        "head": {"daemon": {"name": "lb4-01", "version": "0.1.0", "started": instant(3 * DAY + 600),
                            "config_file": "/etc/holdfast/holdfast.conf"},
                 "ipvs": {"available": True, "missing": []}, "reload": {"result": "ok", "count": 4},
                 "bfd": [], "scripts": [], "lacking": [], "helper": True},
        "instances": [
            instance("DATABASE", 51, "MASTER", own, ["172.16.1.18/24"],
                     reason="no advert for 361 ms (limit 361 ms)"),
            instance("WEB", 52, "BACKUP", other, ["172.16.1.19/24", "172.16.1.20/24"],
                     reason="a higher priority is heard: 150", priority_base=100,
                     priority_effective=90)],
        "services": [
            service("172.16.1.18:3306/tcp", [
                server("172.16.1.7:3306", ["MYSQL_CHECK"], weight=3, weight_configured=3),
                server("172.16.1.51:3306", ["MYSQL_CHECK"], weight=2, weight_configured=2), dead],
                    persistence_timeout_s=20),
            service("172.16.1.19:443/tcp", [server(f"10.0.0.{i}:443", web) for i in range(7, 11)]
                    + [server("10.0.0.11:443", web, admin="drain", weight=0, operator={
                        "by": "anna", "until": instant(-1500)})], scheduler="mh"),
            service("172.16.1.20:53/udp", [server(f"10.0.1.{i}:53", ["DNS_CHECK"]) for i in (3, 4)],
                    scheduler="sh")],
        "events": [
            {"seq": 1, "at": instant(5 * 3600), "kind": "instance", "object": "DATABASE", "server": None,
             "from": "BACKUP", "to": "MASTER", "reason": "no advert for 361 ms (limit 361 ms)", "by": None},
            {"seq": 2, "at": instant(1800), "kind": "reload", "object": "holdfast.conf", "server": None,
             "from": None, "to": "ok", "reason": "3 virtual servers, 10 real servers", "by": None},
            {"seq": 3, "at": instant(320), "kind": "operator", "object": "172.16.1.19:443/tcp",
             "server": "10.0.0.11:443", "from": None, "to": "drain", "reason": None,
             "by": "anna (uid 1000), holdfastctl"},
            {"seq": 4, "at": instant(95), "kind": "server", "object": "172.16.1.18:3306/tcp",
             "server": "172.16.1.52:3306", "from": "up", "to": "down",
             "reason": "MYSQL_CHECK: connection refused", "by": None}]}


class Load:
    """Counters that grow as those of a day's traffic do."""

    def __init__(self, services):
        self._random = random.Random(7)
        self._services = services
        self._counters = [[0] * 5 for _ in services]
        self._lag = {}

    def numbers(self, second):
        """The member `numbers`."""
        answer = []
        for i, (counters, one) in enumerate(zip(self._counters, self._services)):
            height = (60, 420, 150)[i]
            rate = int(height * (1 + 0.35 * math.sin(second / 9 + 2 * i) + self._random.uniform(-0.1, 0.1)))
            for k, grows in enumerate((rate, 9 * rate, 11 * rate, 900 * rate, (4000, 15000, 300)[i] * rate)):
                counters[k] += grows
            up = [each["state"] == "up" and each["admin"] == "ready" for each in one["servers"]]
            each = [[2 * rate // max(1, sum(up)) if alive else 0, rate // 4 if alive else 3] for alive in up]
            answer.append(counters + [sum(pair[0] for pair in each), sum(pair[1] for pair in each), each])
        return answer

    def loop(self):
        """The member `loop`."""
        for bound in (16, 32, 64):
            self._lag[bound] = self._lag.get(bound, 0) + 20
        late = self._random.choice((64, 64, 64, 128, 128, 256))
        self._lag[late] = self._lag.get(late, 0) + 1
        lag = {"count": 1, "p50_us": 32, "p99_us": 256, "max_us": 412, "buckets": [
            {"up_to_us": bound, "count": count} for bound, count in sorted(self._lag.items())]}
        return {"lag": lag, "vrrp_lag": lag | {"max_us": 87}}


def make_page():
    """The page as make puts it together."""
    page = (PAGE / "page.html").read_text()
    for word, name in (("@STYLE@\n", "page.css"), ("@SCRIPT@\n", "page.js")):
        page = page.replace(word, (PAGE / name).read_text())
    return page


class Stage(http.server.BaseHTTPRequestHandler):
    """Serves the page, and the load as events as fast as they are taken."""

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Says nothing."""

    def _send(self, kind, text):
        self.wfile.write(f"event: {kind}\ndata: {json.dumps(text)}\n\n".encode())

    def do_GET(self):  # pylint: disable=invalid-name
        """/ or /events."""
        events = self.path == "/events"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if events else "text/html; charset=utf-8")
        self.end_headers()
        if not events:
            self.wfile.write(make_page().encode())
            return
        show = staged()
        load = Load(show["services"])
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for second in range(SECONDS):
                self._send("change" if second else "full", {
                    "at": instant(0), "clock_us": (second + 1) * 1_000_000, "loop": load.loop(),
                    "numbers": load.numbers(second)} | ({} if second else show))
            while True:  # a director goes on
                time.sleep(1)
                self._send("nothing", {})


class Here:
    """This machine, as a host for Browser."""

    def __init__(self, directory):
        self.directory = directory

    @staticmethod
    def entered():
        """We are there."""
        return contextlib.nullcontext()


def squeeze(path):
    """Makes a picture small: 256 colours are enough for it."""
    subprocess.run(["pngquant", "--force", "--skip-if-larger", "--speed", "1", "--strip", "--output", path, path],
                   check=False)
    size = path.stat().st_size
    assert size < LIMIT_BYTES, f"{path} has {size} bytes, more than {LIMIT_BYTES}"
    print(f"{path.relative_to(TOP)}: {size} bytes")


def main():
    """Makes all pictures."""
    PICTURES.mkdir(exist_ok=True)
    stage = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stage)
    threading.Thread(target=stage.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        fonts = pathlib.Path(directory, "fonts.conf")
        fonts.write_text(FONTS.replace("FAMILY", "Inter"))
        with Browser(Here(pathlib.Path(directory)), {"FONTCONFIG_FILE": str(fonts)}) as browser:
            for name, (device, whole) in DEVICES.items():
                browser.open(f"http://127.0.0.1:{stage.server_address[1]}/", **device)
                browser.wait(f"window.history && document.querySelector('.tile path').getAttribute('d').split('L').length >= {90}", 20)
                path = PICTURES / f"{name}.png"
                browser.picture(path, whole)
                assert not re.search("error", " ".join(browser.complaints()), re.I), browser.complaints()
                squeeze(path)
    stage.shutdown()


if __name__ == "__main__":
    main()
