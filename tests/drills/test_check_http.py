# SPDX-License-Identifier: Apache-2.0
"""HTTP_GET and SSL_GET against real nginx, and against servers that do what they must not."""

import hashlib
import subprocess

import pytest

from lib.checked import LIMIT_S, Checked
from lib.daemons import Holdfast, Keepalived
from lib.nginx import Nginx
from lib.waiting import hold, wait_until
from lib.web_talkers import Authority, WebTalker, drip, hang, pour, reset_behind, say

pytestmark = pytest.mark.ours

DIRECTOR, NGINX = "10.0.0.5", "10.0.0.7"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
TIMEOUT = 0.6

PAGES = """
    server {
        listen 10.0.0.7:8081;
        location /health { return 200 "fine\\n"; }
        location /moved { return 301 /health; }
        location /broken { return 503; }
        location /big { alias DIRECTORY/; }
        location /streamed { alias DIRECTORY/; gzip off; chunked_transfer_encoding on; }
    }
    server {
        listen 10.0.0.7:8443 ssl;
        server_name www.drill.example;
        ssl_certificate DIRECTORY/www.pem;
        ssl_certificate_key DIRECTORY/www.key;
        location / { return 200 "www\\n"; }
    }
    server {
        listen 10.0.0.7:8443 ssl;
        server_name other.drill.example;
        ssl_certificate DIRECTORY/other.pem;
        ssl_certificate_key DIRECTORY/other.key;
        location / { return 200 "other\\n"; }
    }
    server {
        listen 10.0.0.7:8444 ssl;
        ssl_certificate DIRECTORY/www.pem;
        ssl_certificate_key DIRECTORY/www.key;
        ssl_client_certificate DIRECTORY/ca.pem;
        ssl_verify_client on;
        location / { return 200 "$ssl_client_s_dn\\n"; }
    }
    server {
        listen 10.0.0.7:8082;
        location / { proxy_pass http://10.0.0.7:8083; proxy_connect_timeout 1s; }
    }
}
"""


class Site:
    """A director and a host with as many addresses as servers are needed."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
        self.addresses = [f"10.0.0.{number}" for number in range(11, 40)]
        self.host = net.host("server", eth1=(lan, f"{NGINX}/24", *(
            f"{address}/24" for address in self.addresses)))


@pytest.fixture
def site(net):
    """The hosts."""
    return Site(net)


@pytest.fixture
def nginx(site):
    """nginx with pages, plain and over TLS, and its CA."""
    server = Nginx(site.host)
    directory = server.configuration_file.parent
    authority = Authority(directory)
    authority.sign("www", "www.drill.example", "DNS:www.drill.example")
    authority.sign("other", "other.drill.example", "DNS:other.drill.example")
    (directory / "big").write_bytes(bytes(range(256)) * 4096)
    text = server.configuration_file.read_text()
    head, _, _ = text.rstrip().rpartition("}")
    server.configuration_file.write_text(head + PAGES.replace("DIRECTORY", str(directory)))
    server.start()
    server.wait_ready()
    server.authority = authority
    return server


def check(kind, url, more="", port=8081):
    """A checker of one url of nginx."""
    return (f"{kind} {{\nconnect_ip {NGINX}\nconnect_port {port}\nconnect_timeout 3\n{more}\n"
            f"url {{\n{url}\n}}\n}}")


def judged(site, cases, head=""):
    """Waits until each checker has the verdict that is wanted, all at once.

    cases -- (checker, class, text) each
    """
    servers = dict(zip(site.addresses, cases, strict=False))
    daemon = Checked(site.director, {address: case[0] for address, case in servers.items()},
                     protocol="TCP", head=head)
    for address, (_, word, text) in servers.items():
        daemon.wait_result(address, word, text)
        daemon.wait_state(address, "up" if word == "ok" else "down")
    return daemon


def test_nginx_is_judged_by_status_digest_and_pattern(site, nginx):
    """genhash's digest of a page is ours; a redirect is not followed."""
    del nginx
    with site.host.entered():
        said = subprocess.run(["genhash", "-s", NGINX, "-p", "8081", "-u", "/big/big"], check=True,
                              capture_output=True, text=True).stdout
    big = hashlib.md5(bytes(range(256)) * 4096).hexdigest()
    fine = hashlib.md5(b"fine\n").hexdigest()
    assert big in said
    judged(site, [
        (check("HTTP_GET", "path /health"), "ok", "good answer"),
        (check("HTTP_GET", "path /moved"), "answer", "status 301, not 200-299"),
        (check("HTTP_GET", "path /moved\nstatus_code 301"), "ok", "good answer"),
        (check("HTTP_GET", "path /broken"), "answer", "status 503, not 200-299"),
        (check("HTTP_GET", "path /none\nstatus_code 400-499"), "ok", "good answer"),
        (check("HTTP_GET", f"path /health\ndigest {fine}"), "ok", "good answer"),
        (check("HTTP_GET", f"path /health\ndigest {big}"), "answer",
         f"body's MD5 is {fine}, not {big}"),
        (check("HTTP_GET", f"path /big/big\ndigest {big}"), "ok", "good answer"),
        (check("HTTP_GET", f"path /big/big\ndigest {big}", "http_protocol 1.1"), "ok",
         "good answer"),
        (check("HTTP_GET", 'path /health\nregex "^fine$"\nregex_options multiline'), "ok",
         "good answer"),
        (check("HTTP_GET", 'path /health\nregex "Server: nginx"'), "ok", "good answer"),
        (check("HTTP_GET", 'path /health\nregex FINE'), "answer", "regex does not match"),
        (check("SSL_GET", "path /health"), "tls", "wrong version number; is it a TLS port?"),
    ])


def test_nginx_over_tls_has_the_name_that_it_is_asked_for(site, nginx):
    """SNI chooses the certificate and the page; verification holds both to the name."""
    authority = nginx.authority
    certificate, key = authority.sign("client", "director", password="s3cret")
    ssl = (f"SSL {{\n    ca {authority.certificate}\n    certificate {certificate}\n"
           f"    key {key}\n    password s3cret\n}}\n")
    www, other = 'path /\nregex "\\nwww\\n"', 'path /\nregex "\\nother\\n"'
    judged(site, [
        (check("SSL_GET", www, port=8443), "ok", "good answer"),
        (check("SSL_GET", other, "sni_name other.drill.example\nverify\n"
               "virtualhost other.drill.example", 8443), "ok", "good answer"),
        (check("SSL_GET", other, "enable_sni\nverify\nvirtualhost other.drill.example:8443", 8443),
         "ok", "good answer"),
        (check("SSL_GET", www, "verify\nvirtualhost www.drill.example", 8443), "ok", "good answer"),
        (check("SSL_GET", www, "verify\nvirtualhost other.drill.example", 8443), "tls",
         "certificate: it is not for other.drill.example"),
        (check("SSL_GET", www, "verify", 8443), "tls", "certificate: it is not for 10.0.0.7"),
        (check("SSL_GET", 'path /\nregex "CN=director"\ntls_compliant', "", 8444), "ok",
         "good answer"),
        (check("HTTP_GET", "path /", "", 8443), "answer", "status 400, not 200-299"),
    ], ssl)


def test_a_proxy_is_out_while_what_it_stands_for_is_dead(site, nginx):
    """The seed's second layer: its port takes connections all the time."""
    del nginx
    address = site.addresses[0]
    with WebTalker(site.host, NGINX, 8083, say(OK)):
        daemon = judged(site, [(check("HTTP_GET", "path /", port=8082), "ok", "good answer"),
                               (f"TCP_CHECK {{\nconnect_ip {NGINX}\nconnect_port 8082\n}}", "ok",
                                "connected")])
    daemon.wait_result(address, "answer", "status 502, not 200-299")
    daemon.wait_state(address, "down")
    daemon.wait_state(site.addresses[1], "up")
    with WebTalker(site.host, NGINX, 8083, say(OK)):
        daemon.wait_state(address, "up")


@pytest.mark.ipvs
def test_requests_are_those_of_keepalived(site):
    """Byte by byte, whatever decides them; keepalived runs only where there is IPVS."""
    address = site.addresses[0]
    head = f"""
vrrp_instance VI {{
    interface eth1
    virtual_router_id 51
    virtual_ipaddress {{
        192.0.2.17/24
    }}
}}
virtual_server 192.0.2.17 80 {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 1
    warmup 0
    VIRTUALHOST
    real_server {address} 8080 {{
"""
    checks = """
        HTTP_GET {
            url {
                path /plain?a=b
            }
        }
        HTTP_GET {
            http_protocol 1.0C
            url {
                path /close
            }
        }
        HTTP_GET {
            http_protocol 1.1
            virtualhost checker.example
            url {
                path /new
            }
            url {
                path /other
                virtualhost url.example:8080
            }
        }
    }
}
"""
    for virtualhost in ("", "virtualhost service.example"):
        asked = {}
        configuration = head.replace("VIRTUALHOST", virtualhost) + checks
        for kind in (Keepalived, Holdfast):
            with WebTalker(site.host, address, 8080, say(OK)) as talker:
                daemon = kind(site.director, configuration)
                daemon.start()
                wait_until(lambda seen=talker.requests: len(set(seen)) >= 4, 2 * LIMIT_S,
                           "each request was made")
                daemon.terminate()
                asked[kind] = set(talker.requests)
            daemon.directory.rename(f"{daemon.directory}-{len(virtualhost)}")
        assert asked[Holdfast] == asked[Keepalived]
        assert len(asked[Holdfast]) == 4


def test_a_server_is_out_while_one_of_its_urls_is_wrong(site, nginx):
    """B43: and in again once all of them are good."""
    state = {"/b": b"503 No"}

    def answer(peer, talker):
        path = talker.requests[-1].split()[1].decode()
        peer.sendall(b"HTTP/1.0 " + state.get(path, b"200 OK") + b"\r\n\r\n")

    del nginx
    address = site.addresses[0]
    urls = "".join(f"url {{\npath {path}\n}}\n" for path in ("/a", "/b", "/c"))
    with WebTalker(site.host, address, 8080, answer) as talker:
        daemon = Checked(site.director, {
            address: f"HTTP_GET {{\nconnect_port 8080\n{urls}}}"}, protocol="TCP")
        daemon.wait_state(address, "down")
        assert daemon.result(address) == ("answer", "/b: status 503, not 200-299")
        seen = len(talker.requests)
        wait_until(lambda: len(talker.requests) > seen + 2, LIMIT_S, "it is asked again")
        assert {request.split()[1] for request in talker.requests[seen:]} == {b"/b"}
        seen = len(talker.requests)
        state.clear()
        daemon.wait_state(address, "up")
        paths = [request.split()[1] for request in talker.requests[seen:]]
        assert {b"/a", b"/b", b"/c"} <= set(paths)
        seen = len(talker.requests)
        wait_until(lambda: len(talker.requests) > seen + 6, 2 * LIMIT_S, "it goes on")
        paths = [request.split()[1] for request in talker.requests[seen:seen + 6]]
        assert paths[:3] == paths[3:] and len(set(paths[:3])) == 3


BAD = {
    "accepts and hangs": (hang, True, "timeout", "no answer to GET /health within "),
    "a byte each tenth of a second": (drip(OK), True, "timeout", "no answer to GET /health within"),
    "a body a byte each tenth": (
        lambda peer, talker: (peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n"), drip(b"x")(peer, talker)),
        True, "timeout", "no end of the body of GET /health within "),
    "an endless header": (pour(b"HTTP/1.0 200 OK\r\n", b"X: y\r\n" * 500), True, "protocol",
                          "its header is longer than 32768 bytes"),
    "an endless line": (pour(b"HTTP/1.0 200 ", b"K" * 4096), True, "protocol",
                        "its header is longer than 32768 bytes"),
    "an endless body": (pour(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 65536), True, "ok", "good answer"),
    "too short a body": (say(b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nok\n"), True, "protocol",
                         "its body ends after 3 of 9 bytes"),
    "too long a body": (say(OK + b"more"), True, "ok", "good answer"),
    "a length that is none": (say(b"HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n"), True,
                              "protocol", 'Content-Length is "x", which is no number'),
    "a reset in the body": (reset_behind(b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nok"), True,
                            "reset", "connection reset by peer"),
    "a reset in the header": (reset_behind(b"HTTP/1.0 200"), True, "reset",
                              "connection reset by peer"),
    "nothing at all": (say(b""), True, "protocol", "it was closed without a reply"),
    "another protocol": (say(b"220 mail.example ESMTP\r\n"), False, "protocol",
                         'not HTTP/1: it begins with "220 mai"'),
    "chunks without an end": (
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), True, "protocol",
        "its chunked body has no end"),
    "chunks": (say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n\n\r\n"
                   b"0\r\n\r\n"), True, "ok", "good answer"),
}


def test_servers_that_misbehave_are_told_by_what_they_do(site):
    """All at once; each is given up within the time of its step, however much it says."""
    talkers = []
    checks = {}
    try:
        for address, (answer, reads, _, _) in zip(site.addresses, BAD.values(), strict=False):
            talkers.append(WebTalker(site.host, address, 8080, answer, reads=reads))
            digest = ("\ndigest " + hashlib.md5(b"ok\n").hexdigest()) if answer is BAD["chunks"][0] \
                else ""
            checks[address] = (f"HTTP_GET {{\nconnect_port 8080\nconnect_timeout {TIMEOUT}\n"
                               f"url {{\npath /health{digest}\n}}\n}}")
        daemon = Checked(site.director, checks, protocol="TCP")
        for address, (_, _, word, text) in zip(site.addresses, BAD.values(), strict=False):
            found = daemon.wait_result(address, word, text)
            daemon.wait_state(address, "up" if word == "ok" else "down")
            assert found["last_result"]["duration_ms"] < 1000 * 2 * TIMEOUT + daemon.machine_ms(), text
        hold(lambda: daemon.process.running, 1, "the daemon lives")
    finally:
        for talker in talkers:
            talker.close()


def test_bad_tls_is_told_by_what_is_wrong_with_it(site):
    """Each certificate that must not be believed, each handshake that is none."""
    good = Authority(site.host.directory / "good")
    unknown = Authority(site.host.directory / "unknown")
    names = "DNS:www.drill.example"
    cases = [
        (say(OK), good.context("fine", "x", names), "verify", "ok", "good answer"),
        (say(OK), good.context("old", "x", names, days=-1), "verify", "tls",
         "certificate: certificate has expired"),
        (say(OK), good.context("old2", "x", names, days=-1), "verify off", "ok", "good answer"),
        (say(OK), good.context("wrong", "x", "DNS:wrong.drill.example"), "verify", "tls",
         "certificate: it is not for www.drill.example"),
        (say(OK), unknown.context("unknown", "x", names), "verify", "tls",
         "certificate: unable to get local issuer certificate"),
        (say(OK), good.context("clients", "x", names, clients=True), "verify", "tls",
         "certificate required"),
        (say(OK), None, "", "tls", "is it a TLS port?"),
        (lambda peer, _: peer.recv(8192), None, "", "tls",
         "TLS: the server closed the connection"),
        (hang, None, "", "timeout", "no TLS handshake within "),
        (drip(b"\x16\x03\x03\x40\x00\x02"), None, "", "timeout", "no TLS handshake within "),
        (reset_behind(b"\x16\x03"), None, "", "reset", "connection reset by peer"),
        (reset_behind(b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nok"),
         good.context("reset", "x", names), "verify", "reset", "connection reset by peer"),
    ]
    talkers = []
    checks = {}
    try:
        for address, (answer, context, more, _, _) in zip(site.addresses, cases, strict=False):
            talkers.append(WebTalker(site.host, address, 8443, answer, context,
                                     reads=context is not None))
            checks[address] = (f"SSL_GET {{\nconnect_port 8443\nconnect_timeout {TIMEOUT}\n{more}\n"
                               f"enable_sni\nvirtualhost www.drill.example\n"
                               f"url {{\npath /\n}}\n}}")
        daemon = Checked(site.director, checks, protocol="TCP",
                         head=f"SSL {{\n    ca {good.certificate}\n}}\n")
        for address, (_, _, _, word, text) in zip(site.addresses, cases, strict=False):
            daemon.wait_result(address, word, text)
            daemon.wait_state(address, "up" if word == "ok" else "down")
    finally:
        for talker in talkers:
            talker.close()


def test_a_new_certificate_under_an_old_name_is_taken_by_a_reload(site):
    """What the files hold counts, not what they are called."""
    mine = Authority(site.host.directory / "mine")
    theirs = Authority(site.host.directory / "theirs")
    address = site.addresses[0]
    with WebTalker(site.host, address, 8443, say(OK),
                   theirs.context("www", "x", "DNS:www.drill.example")):
        daemon = judged(site, [(
            "SSL_GET {\nconnect_port 8443\nverify\nvirtualhost www.drill.example\n"
            "url {\npath /\n}\n}", "tls", "unable to get local issuer certificate")],
            f"SSL {{\n    ca {mine.certificate}\n}}\n")
        mine.certificate.write_bytes(theirs.certificate.read_bytes())
        assert daemon.reload() is None
        daemon.wait_state(address, "up")
