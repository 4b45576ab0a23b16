# SPDX-License-Identifier: Apache-2.0
"""The web page of http_listen: in a browser, and what clients can do to the daemon by it."""

import contextlib
import http.client
import json
import socket

import pytest

from lib.browser import Browser
from lib.daemons import Holdfast
from lib.talkers import TcpTalker
from lib.topology import Topology
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

PORT = 9650
SOON_S = 60  # until a page shows it: the machine may be busy with everything else

CONFIGURATION = """
global_defs {
    router_id NAME
    http_listen 0.0.0.0:9650
    LISTEN
}
vrrp_instance WEB {
    interface eth1
    virtual_router_id 51
    version 3
    advert_int 0.5
    priority PRIORITY
    virtual_ipaddress {
        10.0.0.100/24
    }
}
virtual_server 10.0.0.100 80 {
    delay_loop 1
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.21 8001 { weight 3 TCP_CHECK { connect_timeout 1 retry 0 } }
    real_server 10.0.0.21 8002 { weight 1 TCP_CHECK { connect_timeout 1 retry 0 } }
}
virtual_server 10.0.0.100 443 {
    lb_algo mh
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.21 8443 { weight 1 }
}
"""

SERVICES = 1000
HOSTILE = "<img/src=x/onerror=document.title='hurt'>"
MANY = ("global_defs {\n router_id <b>many</b>\n http_listen 0.0.0.0:9650\n}\n"
        f'vrrp_instance "{HOSTILE}" {{\n interface eth1\n virtual_router_id 99\n'
        " virtual_ipaddress {\n  10.0.0.199/24\n }\n}\n") + "".join(
    f"virtual_server 10.9.{i // 250}.{i % 250} 80 {{\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
    f" real_server 10.8.0.1 {2000 + i} {{\n  weight 1\n }}\n}}\n" for i in range(SERVICES))


def configuration(name, priority, listen=""):
    """Of one director; listen -- further lines of global_defs"""
    return (CONFIGURATION.replace("NAME", name).replace("PRIORITY", str(priority))
            .replace("LISTEN", listen))


class Site:
    """Two directors, a host with real servers, and a host with a browser."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, "10.0.0.9/24"))
        self.servers = net.host("servers", eth1=(lan, "10.0.0.21/24"))
        self.daemons = [
            Holdfast(net.host(f"lb{i}", eth1=(lan, f"10.0.0.{i}/24")),
                     configuration(f"lb{i}", 250 - 50 * i)) for i in (1, 2)]
        self.many = Holdfast(net.host("many", eth1=(lan, "10.0.0.3/24")), MANY)
        self.talkers = {}
        for port in (8001, 8002):
            self.start_server(port)

    def start_server(self, port):
        """A real server takes connections."""
        self.talkers[port] = TcpTalker(self.servers, port, lambda connection: None)

    def stop_server(self, port):
        """It refuses them."""
        self.talkers.pop(port).close()

    def ask(self, path, address="10.0.0.1", method="GET", headers=None):
        """One request of the client: status code, headers, body."""
        with self.client.entered():
            connection = http.client.HTTPConnection(address, PORT, timeout=SOON_S)
            connection.connect()
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()

    def state(self, i):
        """The state of a director's instance."""
        (instance,) = json.loads(self.ask("/status.json", f"10.0.0.{i + 1}")[2])["instances"]
        return instance["state"]

    def wait_settled(self):
        """The first director is master, the second knows it."""
        wait_until(lambda: (self.state(0), self.state(1)) == ("MASTER", "BACKUP"), SOON_S,
                   "lb1 is master, lb2 is backup")

    def close(self):
        """Ends the real servers."""
        for talker in self.talkers.values():
            talker.close()


@pytest.fixture(scope="module", name="site")
def make_site():
    """Up for all drills of this file; each leaves it as it was."""
    with Topology() as net:
        site = Site(net)
        try:
            for daemon in site.daemons:
                daemon.start()
            site.wait_settled()
            yield site
        finally:
            site.close()


@pytest.fixture(scope="module", name="browser")
def make_browser(site):
    """One browser for all of them."""
    with Browser(site.client) as browser:
        yield browser


def url(i):
    """The page of a director."""
    return f"http://10.0.0.{i + 1}:{PORT}/"


def shows(selector, text):
    """Whether a part of the page has a text: an expression for Browser.wait()."""
    return f"document.querySelector({json.dumps(selector)})?.innerText.includes({json.dumps(text)})"


def open_live(browser, i, **device):
    """Opens a director's page and waits until it is live."""
    assert browser.open(url(i), **device) == 200
    browser.wait(shows("#live", "live"), SOON_S)


def test_page_loads_shows_all_and_says_nothing_to_the_console(site, browser):
    """Everything is there, from nowhere else, and the page's policy is not in its own way."""
    site.wait_settled()
    open_live(browser, 0)
    assert browser.text("#name") == "lb1"
    assert "MASTER" in browser.text("#instances") and "10.0.0.100/24" in browser.text("#instances")
    assert "this director" in browser.text("#directors")
    for text in ("10.0.0.100:80/tcp", "10.0.0.100:443/tcp", "10.0.0.21:8001", "TCP_CHECK"):
        assert text in browser.text("#services")
    assert browser.evaluate("document.querySelectorAll('.tile svg').length") == 4
    browser.wait("document.querySelector('.tile:last-child .value').innerText.includes('s')", SOON_S)
    assert {address for address in browser.requests() if not address.startswith("data:")} == {
        url(0), url(0) + "events"}
    assert browser.complaints() == []


@pytest.mark.parametrize("device", [
    {"scheme": "light"}, {"scheme": "dark"}, {"scheme": "dark", "width": 360, "height": 740}],
    ids=["light", "dark", "phone"])
def test_axe_finds_nothing_serious(browser, device):
    """In the light, in the dark, and on a phone, where nothing is wider than it."""
    open_live(browser, 0, **device)
    assert browser.axe() == []
    assert browser.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_server_that_dies_is_shown_live_with_the_reason(site, browser):
    """And told to those who do not see it; when it is back all is as before."""
    open_live(browser, 0)
    browser.wait(shows(".service", "2 of 2 servers up"), SOON_S)
    site.stop_server(8002)
    browser.wait(shows("#troubles", "10.0.0.21:8002 of 10.0.0.100:80/tcp is down"), SOON_S)
    assert "refused" in browser.text("#troubles")
    assert "1 of 2 servers up" in browser.text(".service")
    browser.wait(shows("#events li", "10.0.0.21:8002 of 10.0.0.100:80/tcp"), SOON_S)
    assert "down" in browser.text("#events li") and "refused" in browser.text("#events li")
    assert "10.0.0.21:8002 of 10.0.0.100:80/tcp is down" in browser.evaluate(
        "document.getElementById('announce').textContent")
    assert browser.axe() == []
    site.start_server(8002)
    browser.wait(shows(".service", "2 of 2 servers up"), SOON_S)
    assert browser.complaints() == []


def test_takeover_is_shown_live_on_the_backup(site, browser):
    """The page of the director that takes over; that of the other says that it is old."""
    open_live(browser, 1)
    assert "BACKUP" in browser.text("#instances") and "10.0.0.1" in browser.text("#directors")
    site.daemons[0].kill()
    browser.wait(shows("#instances", "MASTER"), SOON_S)
    assert "no advert" in browser.text("#instances")
    browser.wait(shows("#events li", "BACKUP → MASTER"), SOON_S)
    assert "WEB is MASTER now" in browser.evaluate(
        "document.getElementById('announce').textContent")
    assert browser.complaints() == []
    site.daemons[0].start()
    site.wait_settled()
    browser.wait(shows("#instances", "BACKUP"), SOON_S)


def test_page_says_when_it_is_old_and_goes_on_by_itself(site, browser):
    """Its director is gone, then back."""
    open_live(browser, 1)
    site.daemons[1].kill()
    browser.wait(shows("#verdict", "What is shown is old"), SOON_S)
    browser.wait(shows("#live", "trying again"), SOON_S)
    site.daemons[1].start()
    browser.wait("!document.body.classList.contains('stale')", SOON_S)
    site.wait_settled()


def test_page_connects_anew_where_nothing_is_heard(browser):
    """A director that has lost its power ends no connection: only the silence tells."""
    open_live(browser, 0)
    events = url(0) + "events"
    assert browser.requests().count(events) == 1
    browser.evaluate("heard = tried = Date.now() - 2 * STALE_MS, showLive()")
    assert browser.requests().count(events) == 1  # it may be slow
    browser.evaluate("heard = tried = Date.now() - 2 * RETRY_MS, showLive()")
    wait_until(lambda: browser.requests().count(events) == 2, SOON_S, "it asks again")
    browser.wait(shows("#live", "live"), SOON_S)
    assert browser.complaints() == []


# What the page is told in place of a director: JavaScript. Graphs are asked for by their commands M.
TOLD = """
connect = () => {};
source.close();
globalThis.told = (clock_s, more) => receive({ data: JSON.stringify({ at: new Date().toISOString(),
    clock_us: clock_s * 1e6, head: { daemon: { name: "lb1" } }, troubles: [], numbers: [], events: [],
    loop: { lag: { max_us: 9, buckets: [{ up_to_us: 9, count: clock_s }] } },
    instances: [], services: [], ...more }) }, true);
globalThis.instance = { name: "V", state: "BACKUP", priority_base: 150, priority_effective: 1, faults: [] };
globalThis.parts = () => tiles[3].graph.line.getAttribute("d").split("M").length - 1;
"""


def test_page_tells_what_directors_seldom_say(browser):
    """A director whose host starts again, silence, a verdict of its own, operators, a second master."""
    open_live(browser, 0)
    browser.evaluate(TOLD + "history.lag.length = 0; for (const at of [100, 101, 102, 103]) told(at)")
    assert browser.evaluate("parts()") == 1
    # A minute of silence is a gap, and the clock of a host that was started again is no end of it.
    browser.evaluate("for (const at of [163, 164, 165]) told(at)")
    assert browser.evaluate("parts()") == 2
    assert browser.evaluate("history.lag.filter((value) => value === null).length") in range(55, 62)
    before = browser.evaluate("history.lag.filter((value) => value !== null).length")
    browser.evaluate("for (const at of [5, 6, 7]) told(at)")
    assert browser.evaluate("history.lag.filter((value) => value !== null).length") == before + 2
    # All is well only where the director says so, too.
    assert browser.text("#verdict") == "All well"
    browser.evaluate("told(8, { troubles: [{ level: 'critical', text: '1 route missing' },"
                     " { level: 'warning', text: '1 server down' }] })")
    assert browser.text("#verdict") == "2 things need attention"
    assert "1 route missing" in browser.text("#troubles")
    browser.evaluate("told(9, { instances: [{ ...instance, state: 'MASTER', dual_master: true,"
                     " complaint: '10.0.0.2 is a second master' }] })")
    assert "V is beside a second master" in browser.text("#troubles")
    browser.evaluate("told(10, { instances: [{ ...instance, operator: { by: 'root', demoted: true,"
                     " priority: 0 } }] })")
    assert "1 (150 − 149 demoted)" in browser.text("#instances")
    assert "demoted by root" in browser.text("#instances")
    browser.evaluate("told(11, { head: { daemon: {}, scripts: [{ name: 'chk', status: 'bad',"
                     " last_result: 'exit status 3' }] } })")
    assert "Script chk fails" in browser.text("#troubles")
    assert "exit status 3" in browser.text("#troubles")
    # Each graph has a name of its own.
    browser.evaluate("told(12, { services: ['a', 'b'].map((name) => ({ name, family: 'ipv4',"
                     " servers: [] })), numbers: [null, null] })")
    labels = browser.evaluate("[...document.querySelectorAll('svg[role=img]')]"
                              ".map((graph) => graph.getAttribute('aria-label').split(':')[0])")
    assert len(labels) == 6 == len(set(labels)), labels
    assert browser.axe() == []
    # A daemon that was started again counts from 0, its events too.
    browser.evaluate("""for (const [at, started, count, second] of [[20, 'a', 900, 1], [21, 'a', 901, 1],
            [22, 'b', 1, 2], [23, 'b', 2, 2]]) {
        told(at, { head: { daemon: { started } }, loop: { lag: { max_us: 9, buckets: [{ up_to_us: 9, count }] } },
            events: [{ seq: 1, at: `2026-11-28T10:00:0${second}.000Z`, object: 'daemon', to: started }] });
    }""")
    assert browser.evaluate("history.lag.slice(-2)") == [9, 9]
    assert "10:00:02" in browser.text("#events") and "10:00:01" not in browser.text("#events")
    # Of many servers those in trouble are seen.
    browser.evaluate("""told(30, { numbers: [null], services: [{ name: 'c', family: 'ipv4', servers:
        Array.from({ length: 1200 }, (none, i) => ({ name: `s${i}`, state: i === 1100 ? 'down' : 'up',
            admin: 'ready', weight: 1, weight_configured: 1, checks: [] })) }] })""")
    assert browser.text("#services tbody tr").startswith("s1100")
    assert browser.text("#services tbody tr:last-child") == "and 700 more"
    # In the background its title goes on; all is there when it is seen again.
    browser.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    browser.evaluate("told(31, { instances: [{ ...instance, state: 'FAULT', faults: ['no carrier'] }] })")
    assert browser.evaluate("document.title").startswith("(1) ")
    assert "FAULT" not in browser.text("#instances")
    browser.evaluate("delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))")
    assert "FAULT" in browser.text("#instances")
    assert browser.complaints() == []


def test_keyboard_reaches_everything(browser):
    """A service is opened and closed by keys alone."""
    open_live(browser, 0)
    for _ in range(30):
        browser.press("Tab")
        if browser.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    is_open = "document.activeElement.parentElement.open"
    before = browser.evaluate(is_open)
    browser.press("Enter")
    assert browser.evaluate(is_open) is not before
    browser.press("Enter")
    assert browser.evaluate(is_open) is before


def test_thousand_services_are_shown_in_parts_and_found(site, browser):
    """The page stays small, and the filter finds what is not shown."""
    site.many.start()
    open_live(browser, 2)
    count = "document.querySelectorAll('#services > details').length"
    assert browser.text("#services-count") == str(SERVICES)
    assert browser.evaluate(count) == 50
    browser.click("#more-button")
    assert browser.evaluate(count) == 100
    browser.fill("#filter-text", "10.9.3.249")
    browser.wait(f"{count} === 1", SOON_S)
    assert "10.9.3.249:80/tcp" in browser.text("#services")
    # Names of the configuration are text, whatever they look like.
    assert HOSTILE in browser.text("#instances") and browser.text("#name") == "<b>many</b>"
    assert browser.evaluate("document.querySelectorAll('img, #name b').length") == 0
    assert "hurt" not in browser.evaluate("document.title")
    browser.fill("#filter-text", "no such service")
    browser.wait(f"{count} === 0", SOON_S)
    assert browser.complaints() == []
    site.many.terminate()


# ---- By HTTP alone -------------------------------------------------------------------------------


def test_status_is_the_document_that_holdfastctl_shows(site):
    """The same members, by HEAD too, and nothing by other methods."""
    code, headers, body = site.ask("/status.json")
    assert (code, headers["Content-Type"]) == (200, "application/json")
    own = site.daemons[0].status()
    assert set(json.loads(body)) == set(own)
    assert [service["name"] for service in json.loads(body)["services"]] == [
        service["name"] for service in own["services"]]
    assert own["web"]["listeners"] == [{"address": "0.0.0.0:9650", "open": True, "error": None}]
    code, headers, body = site.ask("/status.json", method="HEAD")
    assert code == 200 and int(headers["Content-Length"]) > 1000 and not body
    code, headers, _ = site.ask("/status.json", method="POST")
    assert (code, headers["Allow"]) == (405, "GET, HEAD")
    assert site.ask("/nothing")[0] == 404


def test_metrics_are_open_metrics(site):
    """As Prometheus asks for them."""
    code, headers, body = site.ask("/metrics")
    assert code == 200 and headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n") and "holdfast_" in body


def test_name_that_is_not_ours_is_refused(site):
    """DNS rebinding: a browser that was led here by somebody else's name."""
    code, _, body = site.ask("/status.json", headers={"Host": "evil.example:9650"})
    assert code == 421 and "http_host" in body and "services" not in body
    assert site.ask("/status.json", headers={"Host": "lb1:9650"})[0] == 200


def test_health_tells_of_an_instance_in_fault(site):
    """503 with the reason, in the words of holdfastctl healthy."""
    backup = site.daemons[1]
    with backup.host.entered():  # the link is where the page is, too: it is asked by lo
        backup.host.unplug("eth1")

    def health():
        with backup.host.entered():
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SOON_S)
            connection.connect()
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
    wait_until(lambda: "1 instance in FAULT" in health()[1], SOON_S, "/healthz tells of FAULT")
    assert health()[0] == 503 and health()[1].startswith("critical: ")
    backup.host.plug("eth1")
    wait_until(lambda: "FAULT" not in health()[1], SOON_S, "/healthz tells of it no more")
    # The same judgement as holdfastctl's; this kernel may lack IPVS, which is critical to both.
    line = backup.control("healthy", check=False)
    assert health()[1].split(":")[0].strip().lower() in line.lower(), (health(), line)
    site.wait_settled()


def test_reload_opens_what_is_new_and_keeps_the_rest(site):
    """An open connection lives on; what cannot be opened is told and tried again."""
    daemon = site.daemons[1]
    path = daemon.directory / "web.sock"
    with site.client.entered():
        stream = socket.create_connection(("10.0.0.2", PORT), SOON_S)
    stream.sendall(b"GET /events HTTP/1.1\r\nHost: 10.0.0.2\r\n\r\n")
    assert stream.recv(12) == b"HTTP/1.1 200"
    daemon.write_configuration(
        configuration("lb2", 150, f"http_listen {path} 10.0.0.77:9651"))
    assert daemon.reload() is None
    listeners = {one["address"]: one for one in daemon.status()["web"]["listeners"]}
    assert listeners[str(path)]["open"] and path.is_socket()
    assert not listeners["10.0.0.77:9651"]["open"]
    assert "assign" in listeners["10.0.0.77:9651"]["error"]
    assert daemon.process.find(r"10\.0\.0\.77:9651 cannot be opened")
    daemon.host.ip("addr add 10.0.0.77/24 dev eth1")
    wait_until(lambda: all(one["open"] for one in daemon.status()["web"]["listeners"]), SOON_S,
               "it is open as soon as the address is there")
    daemon.host.ip("addr del 10.0.0.77/24 dev eth1")
    daemon.write_configuration(configuration("lb2", 150))
    assert daemon.reload() is None
    assert not path.exists()
    with stream:
        stream.settimeout(SOON_S)
        heard = b""
        while b"event: change" not in heard:
            part = stream.recv(65536)
            assert part, "the stream has ended"
            heard += part


def test_crowd_and_slow_clients_are_bounded_and_hold_nothing_up(site):
    """A hundred connections and readers that do not read: the master stays master, others are served."""
    daemon = site.daemons[0]
    before = daemon.status()
    crowd = []
    with site.client.entered():
        for i in range(100):
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)  # tcp(7): as little as can be
            client.settimeout(SOON_S)
            client.connect(("10.0.0.1", PORT))
            client.sendall(b"GET /events HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n" if i % 2 else b"GET")
            crowd.append(client)
    wait_until(lambda: daemon.status()["web"]["clients"] == 64, SOON_S, "as many as there may be")
    wait_until(lambda: daemon.status()["web"]["dropped"] - before["web"]["dropped"] > 64, 60,
               "those that send nothing and those that take nothing are dropped")
    assert site.ask("/status.json")[0] == 200
    after = daemon.status()
    assert after["web"]["streams"] <= 32 and after["web"]["clients"] <= 64
    (was,), (now,) = before["instances"], after["instances"]
    assert (now["state"], now["since"]) == (was["state"], was["since"]) and was["state"] == "MASTER"
    for client in crowd:
        client.close()
    wait_until(lambda: daemon.status()["web"]["clients"] <= before["web"]["clients"], SOON_S,
               "all are gone but the page that another drill has left open")
