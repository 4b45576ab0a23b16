# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium on a host, driven by Playwright (tests/web/drive.js).

Playwright and axe-core come from npm, in the versions of tests/web/package-lock.json; they are in the
cache and not in the tree. `python3 -m lib.browser` fetches them, which ./dev does.
"""

import ctypes
import hashlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PROGRAM = pathlib.Path("/usr/bin/chromium")
HERE = pathlib.Path(__file__).resolve().parents[2] / "web"
LIMIT_S = 60  # for the browser to do something

_libc = ctypes.CDLL(None)


def _modules():
    """The folder with the modules of exactly these versions."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    lock = (HERE / "package-lock.json").read_bytes()
    return pathlib.Path(home, "holdfast-web", hashlib.sha256(lock).hexdigest()[:16])


def prepare():
    """Fetches the modules where they are not there; returns their folder."""
    folder = _modules()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, made)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                       cwd=made, check=True)
        try:
            os.rename(shutil.copytree(made, f"{made}.whole"), folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(f"{made}.whole", ignore_errors=True)
    return folder


class Browser:
    """One browser with one page."""

    def __init__(self, host, environment=None):
        folder = prepare()
        home = host.directory / "browser"
        home.mkdir(exist_ok=True)
        self._log = open(home / "log", "wb")  # pylint: disable=consider-using-with
        with host.entered():
            self._process = subprocess.Popen(
                ["node", HERE / "drive.js", PROGRAM], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=self._log, start_new_session=True,
                env=os.environ | {"HOME": str(home), "NODE_PATH": str(folder / "node_modules")}
                | (environment or {}),
                preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.version = self._answer()["ready"]

    def _answer(self):
        """The next line that the driver says."""
        deadline = time.monotonic() + LIMIT_S
        while not select.select([self._process.stdout], [], [], 0.5)[0]:
            assert time.monotonic() < deadline, f"the browser says nothing: {self._said()}"
        line = self._process.stdout.readline()
        assert line, f"the browser has ended: {self._said()}"
        return json.loads(line)

    def _said(self):
        return pathlib.Path(self._log.name).read_text(errors="replace")[-2000:]

    def _do(self, command, **arguments):
        self._process.stdin.write(json.dumps({"do": command} | arguments).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, f"{command} {arguments}: {answer['error']} {answer['console']}"
        return answer["value"]

    def open(self, url, width=1200, height=900, scheme="light", scale=1):
        """Opens a page anew, as one device would; returns the status code."""
        return self._do("open", url=url, width=width, height=height, scheme=scheme, scale=scale)

    def wait(self, expression, limit_s):
        """Waits until JavaScript is true in the page; returns what it is."""
        return self._do("wait", expression=expression, limit_ms=limit_s * 1000)

    def evaluate(self, expression):
        """What JavaScript is in the page."""
        return self._do("evaluate", expression=expression)

    def text(self, selector):
        """The text that is seen of an element."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def fill(self, selector, text):
        """Types into a field, in place of what is there."""
        self._do("fill", selector=selector, text=text)

    def click(self, selector):
        """Clicks."""
        self._do("click", selector=selector)

    def press(self, key):
        """Presses a key."""
        self._do("press", key=key)

    def picture(self, path, whole=False):
        """Takes a picture of what is seen, or of the whole page."""
        self._do("picture", path=str(path), whole=whole)

    def complaints(self):
        """What the page has told the console as errors or warnings since it was opened."""
        return self._do("console")

    def requests(self):
        """The addresses that the page has asked for."""
        return self._do("requests")

    def axe(self):
        """What axe-core finds that is serious or worse."""
        return self._do("axe")

    def close(self):
        """Ends it."""
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


if __name__ == "__main__":
    prepare()
