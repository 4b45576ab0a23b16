# SPDX-License-Identifier: Apache-2.0
"""What a daemon tells its service manager: sd_notify(3)'s datagrams, and a watchdog's time."""

import socket


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        self.messages = []

    def environment(self, watchdog_s=None):
        """The variables that a service is started with."""
        variables = {"NOTIFY_SOCKET": str(self._path)}
        if watchdog_s:
            variables["WATCHDOG_USEC"] = str(round(watchdog_s * 1e6))
        return variables

    def read(self):
        """What was told so far: a list of messages, each a dictionary."""
        while True:
            try:
                text = self._socket.recv(4096).decode()
            except BlockingIOError:
                return self.messages
            self.messages.append(dict(line.split("=", 1) for line in text.splitlines()))

    def count(self, name, value):
        """How often a variable had a value."""
        return sum(message.get(name) == value for message in self.read())

    def close(self):
        """Closes the socket."""
        self._socket.close()
