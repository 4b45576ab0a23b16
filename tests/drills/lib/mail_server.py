#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server that prints each mail it has taken as a line of JSON, or misbehaves as it is told to.

mail_server.py ADDRESS PORT MODE: good, slow, refuse-one, later-then-good, silent, drip, endless, hang-up
"""

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP

DRIP_S = 0.2
SLOW_S = 0.5


class Recorder:
    """What becomes of recipients and messages."""

    def __init__(self, mode):
        self._mode = mode
        self._refusals = 1 if mode == "later-then-good" else 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """Refuses the first of several where that is the mode."""
        if self._mode == "refuse-one" and address.startswith("first@"):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        """Prints the mail, or says `later` once."""
        if self._mode == "slow":
            print("taking", flush=True)
            await asyncio.sleep(SLOW_S)
        if self._refusals:
            self._refusals -= 1
            return "451 try again later"
        print(json.dumps({"helo": session.host_name, "from": envelope.mail_from,
                          "to": envelope.rcpt_tos,
                          "text": envelope.content.decode("utf-8", "replace")}), flush=True)
        return "250 OK"


async def misbehave(mode, reader, writer):
    """Serves one client badly until it gives up."""
    print("connected", flush=True)
    try:
        if mode == "silent":
            await reader.read()
        elif mode == "hang-up":
            writer.write(b"220 hello\r\n")
            await reader.readline()
        while mode in ("drip", "endless"):
            writer.write(b"2" if mode == "drip" else b"220-hello\r\n" * 50)
            await writer.drain()
            await asyncio.sleep(DRIP_S)
    except ConnectionError:
        pass
    print("gone", flush=True)
    writer.close()


async def main(address, port, mode):
    """Serves until it is killed."""
    loop = asyncio.get_running_loop()
    if mode in ("silent", "drip", "endless", "hang-up"):
        server = await asyncio.start_server(
            lambda reader, writer: misbehave(mode, reader, writer), address, port)
    else:
        recorder = Recorder(mode)
        server = await loop.create_server(
            lambda: SMTP(recorder, hostname="mx", loop=loop), address, port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
