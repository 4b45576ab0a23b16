# SPDX-License-Identifier: Apache-2.0
"""A daemon that is replaced by its next version in place, as an upgrade of the package does it."""

import stat
import subprocess

from lib.daemons import BUILD, Holdfast

NEXT_VERSION = "9.9.9"


def next_version(directory):
    """The program as a later version has it: its version, which is a text in it, is another one."""
    version = subprocess.run([BUILD / "holdfastd", "--version"], check=True, capture_output=True,
                             text=True).stdout.split()[1]
    assert len(version) == len(NEXT_VERSION), "the text keeps its length"
    target = directory / "holdfastd"
    data = (BUILD / "holdfastd").read_bytes()
    assert version.encode() + b"\0" in data
    target.write_bytes(data.replace(version.encode() + b"\0", NEXT_VERSION.encode() + b"\0"))
    target.chmod(target.stat().st_mode | stat.S_IXUSR)
    return target


class Upgraded(Holdfast):
    """A daemon whose program can be replaced."""

    program = BUILD / "holdfastd"

    def arguments(self):
        return [self.program, *super().arguments()[1:]]

    def leave(self):
        """It ends for its successor; returns what holdfastctl says."""
        self.process.expect_end()
        said = self.control("stop", "--resume")
        assert self.process.wait_end() == 0
        return said

    def upgrade(self, meanwhile=lambda: None):
        """The old process ends, the new program starts; returns what holdfastctl says.

        meanwhile -- is called when there is no process
        """
        program = next_version(self.directory)
        said = self.leave()
        meanwhile()
        self.program = program
        self.start()
        return said
