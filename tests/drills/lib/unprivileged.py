# SPDX-License-Identifier: Apache-2.0
"""A daemon as the container recipe (contrib/container) runs it: a user's process with three capabilities."""

import os
import pathlib
import shutil
import subprocess

from lib.daemons import BUILD, TOP, Holdfast

RECIPE = TOP / "contrib/container/Containerfile"
USER = 990


def capabilities():
    """Those that the recipe gives the program, by the line that does."""
    (line,) = [line for line in RECIPE.read_text().splitlines() if line.startswith("RUN setcap")]
    return line.split()[2].removesuffix("=ep").split(",")


class Unprivileged(Holdfast):
    """The program has capabilities of its file, and whatever starts it bounds them, as a container does."""

    def arguments(self):
        program = self.directory / "holdfastd"
        if not program.exists():
            shutil.copy(BUILD / "holdfastd", program)
            subprocess.run(["/usr/sbin/setcap", f"{','.join(capabilities())}=ep", program], check=True)
            for parent in self.directory.relative_to(TOP.anchor).parents:
                path = pathlib.Path(TOP.anchor, parent)
                if not path.stat().st_mode & 0o001:
                    path.chmod(path.stat().st_mode | 0o011)
            for path in (self.directory, self.file):
                os.chown(path, USER, USER)
        bound = ",".join(f"+{name.removeprefix('cap_')}" for name in capabilities())
        return ["/usr/bin/setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                f"--bounding-set=-all,{bound}", program, *super().arguments()[1:]]
