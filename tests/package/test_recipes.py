# SPDX-License-Identifier: Apache-2.0
"""What the recipes for packages and containers have in common, and must have of the program."""

import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = TOP / "build-package"


def field(name, package):
    """A field of a package that was built."""
    (path,) = PACKAGES.glob(f"{package}_*.deb")
    return subprocess.run(["dpkg-deb", "--field", path, name], check=True, capture_output=True,
                          text=True).stdout.strip()


def test_all_name_the_same_version():
    """configure.ac, Debian's changelog, the RPM spec file."""
    (version,) = re.findall(r"^AC_INIT\(\[holdfast\], \[(\S+)\]", (TOP / "configure.ac").read_text(),
                            re.MULTILINE)
    assert field("Version", "holdfast") == version
    spec = (TOP / "contrib/rpm/holdfast.spec").read_text()
    assert re.findall(r"^Version: +(\S+)$", spec, re.MULTILINE) == [version]
    assert f"> - {version}-1\n" in spec


def test_rpm_takes_the_spec_file():
    """Every line of it, with the macros that a host without systemd's has as well."""
    done = subprocess.run(["rpmspec", "--parse", TOP / "contrib/rpm/holdfast.spec"], check=False,
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n%files") == 3


def test_the_container_has_the_libraries_of_the_program():
    """Those that the Debian package depends on, but what every image has."""
    recipe = (TOP / "contrib/container/Containerfile").read_text()
    wanted = {entry.split()[0] for entry in field("Depends", "holdfast").split(",") if "|" not in entry}
    words = set(recipe.rpartition("FROM ")[2].split())
    assert wanted - words == {"libc6"}
    assert "USER holdfast" in recipe
