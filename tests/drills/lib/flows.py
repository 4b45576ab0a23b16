# SPDX-License-Identifier: Apache-2.0
"""Many long-lived TCP connections through a service, and servers that say who they are.

A flow has survived if what is said on it is echoed by the server that it began with.
"""

import contextlib
import selectors
import socket
import threading
import time


class Echoes:
    """Servers that greet each connection with their name and echo lines, all on one thread."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._listeners = {}
        self._connections = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def open(self, host, port, address="0.0.0.0"):
        """A server begins to listen."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with host.entered():
            listener = socket.create_server((address, port), family=family, backlog=512)
        listener.setblocking(False)
        with self._lock:
            self._listeners[host.name, port, family] = listener
            self._selector.register(listener, selectors.EVENT_READ, (self._accept, host.name))

    def close(self, host, port, family=socket.AF_INET):
        """A server takes no more connections; those that it has go on."""
        with self._lock:
            listener = self._listeners.pop((host.name, port, family))
            self._selector.unregister(listener)
            listener.close()

    def _run(self):
        while not self._over.is_set():
            with self._lock:
                ready = self._selector.select(0)
                for key, _ in ready:
                    act, name = key.data
                    act(key.fileobj, name)
            if not ready:
                time.sleep(0.002)

    def _accept(self, listener, name):
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self._connections[connection] = name
            self._selector.register(connection, selectors.EVENT_READ, (self._echo, name))
            connection.send(f"{name}\n".encode())

    def _echo(self, connection, _):
        try:
            data = connection.recv(4096)
            if data:
                connection.send(data)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._selector.unregister(connection)
        del self._connections[connection]
        connection.close()

    def end(self):
        """Ends them all."""
        self._over.set()
        self._thread.join()
        for one in [*self._listeners.values(), *self._connections]:
            one.close()
        self._selector.close()


class Flow:
    """A client's connection."""

    def __init__(self, connection):
        self.socket = connection
        self.port = connection.getsockname()[1]
        self.server = None  # the name that it was greeted with
        self.error = None   # why it is over
        self.heard = b""

    def read(self):
        """Takes what has come."""
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            self.error = str(error)
            return
        if data:
            self.heard += data
        else:
            self.error = "closed by the server"


class Flows:
    """A client's connections to one address."""

    def __init__(self, host, address, port):
        self._host = host
        self._peer = (address, port)
        self._round = 0
        self.flows = []

    def begin(self, count, limit_s):
        """Opens so many more, and waits until servers have greeted all of them."""
        new = []
        with self._host.entered():
            for _ in range(count):
                connection = socket.socket()
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    connection.connect(self._peer)
                new.append(Flow(connection))
        self._wait(new, lambda flow: flow.heard.endswith(b"\n"), limit_s)
        for flow in new:
            assert flow.heard.endswith(b"\n"), f"no server greets: {flow.error or flow.heard}"
            flow.server = flow.heard.decode().strip()
            flow.heard = b""
        self.flows += new

    def exchange(self, limit_s, may_fail=False):
        """Says something on all that live and waits for the echoes.

        may_fail -- some are lost: returns as soon as each is answered or has an error, at the latest
                    after limit_s
        Returns those that were lost; they are not asked again.
        """
        self._round += 1
        word = f"{self._round}\n".encode()
        for flow in self.flows:
            flow.heard = b""
            try:
                flow.socket.send(word)
            except OSError as error:
                flow.error = str(error)
        self._wait(self.flows, lambda flow: flow.heard == word, limit_s)
        lost = [flow for flow in self.flows if flow.heard != word]
        if not may_fail:
            assert not lost, (f"{len(lost)} of {len(self.flows)} flows are lost: "
                              f"{sorted({flow.error or 'silence' for flow in lost})}")
        self.flows = [flow for flow in self.flows if flow.heard == word]
        for flow in lost:
            flow.socket.close()
        return lost

    @staticmethod
    def _wait(flows, done, limit_s):
        deadline = time.monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            waiting = 0
            for flow in flows:
                if not flow.error and not done(flow):
                    selector.register(flow.socket, selectors.EVENT_READ, flow)
                    waiting += 1
            while waiting and time.monotonic() < deadline:
                for key, _ in selector.select(0.1):
                    flow = key.data
                    flow.read()
                    if flow.error or done(flow):
                        selector.unregister(flow.socket)
                        waiting -= 1

    def by_server(self):
        """How many each server has."""
        names = [flow.server for flow in self.flows]
        return {name: names.count(name) for name in sorted(set(names))}

    def end(self):
        """Closes them all."""
        for flow in self.flows:
            flow.socket.close()
        self.flows = []
