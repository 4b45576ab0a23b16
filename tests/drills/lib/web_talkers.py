# SPDX-License-Identifier: Apache-2.0
"""Web servers that misbehave, and the certificates of a CA of the drill's own.

    with WebTalker(host, "10.0.0.11", 80, lambda peer: peer.sendall(b"...")):
"""

import socket
import ssl
import struct
import subprocess
import threading
import time


class WebTalker:
    """Calls answer(peer, request) for each connection, on a thread of its own; keeps the requests.

    tls -- an ssl.SSLContext: it speaks TLS; a handshake that fails is the end of its connection
    reads -- it waits for a request first
    """

    def __init__(self, host, address, port, answer, tls=None, reads=True):
        with host.entered():
            self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen(64)
        self._socket.settimeout(0.05)
        self.answer = answer
        self.requests = []
        self.ended = threading.Event()
        self._tls = tls
        self._reads = reads
        self._threads = [threading.Thread(target=self._run, daemon=True)]
        self._threads[0].start()

    def _run(self):
        while not self.ended.is_set():
            try:
                peer, _ = self._socket.accept()
            except TimeoutError:
                continue
            peer.settimeout(10)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer):
        try:
            if self._tls:
                peer = self._tls.wrap_socket(peer, server_side=True)
            request = b""
            while self._reads and b"\r\n\r\n" not in request:
                data = peer.recv(4096)
                if not data:
                    break
                request += data
            if request:
                self.requests.append(request)
            self.answer(peer, self)
        except OSError:
            pass # the client has gone, or there is no TLS with it
        finally:
            peer.close()

    def close(self):
        """Ends it."""
        self.ended.set()
        for thread in list(self._threads):
            thread.join(5)
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def say(text):
    """Says it, and closes."""
    return lambda peer, _: peer.sendall(text)


def hang(peer, talker):
    """Says nothing until the client goes."""
    talker.ended.wait(20)
    del peer


def drip(text):
    """A byte each 0.1 s, and the last one for ever."""
    def answer(peer, talker):
        at = 0
        while not talker.ended.wait(0.1):
            peer.sendall(text[at:at + 1])
            at = min(at + 1, len(text) - 1)
    return answer


def pour(begin, more):
    """More and more of it, for ever."""
    def answer(peer, talker):
        peer.sendall(begin)
        while not talker.ended.is_set():
            peer.sendall(more)
    return answer


def reset_behind(text):
    """Breaks off behind a text."""
    def answer(peer, _):
        peer.sendall(text)
        time.sleep(0.05)  # the text goes first: a reset throws away what is not yet read
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return answer


class Authority:
    """A CA that signs certificates into a directory."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self._count = 0
        self.certificate = directory / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9",
                      "-subj", "/CN=drill CA", "-keyout", directory / "ca.key",
                      "-out", self.certificate)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def sign(self, name, subject, names="", days=9, password=None):
        """A certificate and its key; returns their paths.

        names -- as subjectAltName has them
        days -- negative: it is over
        """
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate, extensions = self.directory / f"{name}.pem", self.directory / f"{name}.ext"
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject}",
                      "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={names}\n" if names else "")
        self._count += 1
        # x509 refuses days below 1; `ca` takes dates, and x509 -days -1 is taken by OpenSSL 3.0.
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey",
                      self.directory / "ca.key", "-set_serial", self._count, "-days", days,
                      "-extfile", extensions, "-out", certificate)
        if password:
            self._openssl("rsa", "-in", key, "-aes256", "-passout", f"pass:{password}",
                          "-out", f"{key}.locked")
            key = self.directory / f"{name}.key.locked"
        return certificate, key

    def context(self, name, subject, names="", days=9, clients=False):
        """A server's TLS with such a certificate. clients -- it asks for one of this CA's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.sign(name, subject, names, days))
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.certificate)
        return context
