# SPDX-License-Identifier: Apache-2.0
"""What the recipes for packages and containers have in common, and must have of the program."""

import json
import pathlib
import re
import shlex
import subprocess

import pytest

from lib.unprivileged import USER, capabilities

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
    assert done.stdout.count("\n%files") == 4


def files_of_debian():
    """What each Debian package installs, as the RPMs would have it: places, and no compression."""
    found = {}
    for path in PACKAGES.glob("holdfast*.deb"):
        name = path.name.partition("_")[0]
        if name.endswith("-dbgsym"):
            continue
        listed = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True).stdout
        names = subprocess.run(["tar", "-t"], check=True, input=listed, capture_output=True).stdout.decode()
        files = {line[1:].removesuffix(".gz") for line in names.splitlines() if not line.endswith("/")}
        found[name] = {re.sub("/zsh/vendor-completions/", "/zsh/site-functions/", file) for file in files
                       if not re.search("/(copyright|changelog.*)$|/lintian/|doc-base", file)}
    return found


@pytest.fixture(name="rpms", scope="module")
def _rpms(tmp_path_factory):
    """The RPMs, made by rpmbuild of what the Debian packages were made of, so that nothing is compiled."""
    top = tmp_path_factory.mktemp("rpm")
    made = PACKAGES / "holdfast/build"
    (top / "BUILD").mkdir()
    version = field("Version", "holdfast")
    (top / "BUILD" / f"holdfast-{version}").symlink_to(made)
    if not (made / "LICENSE").exists():
        (made / "LICENSE").symlink_to(TOP / "LICENSE")
    defines = {"_topdir": top, "configure": "true", "_unitdir": "/lib/systemd/system"}
    subprocess.run(["rpmbuild", "-bb", "--noprep", "--noclean", "--nodeps", "--quiet",
                    *[word for name, value in defines.items() for word in ("--define", f"{name} {value}")],
                    TOP / "contrib/rpm/holdfast.spec"], check=True)
    return list(top.glob("RPMS/*/*.rpm"))


def test_the_rpms_have_what_the_debian_packages_have(rpms):
    """rpmbuild leaves no file out; here each is in the package of the same name. No folder is nobody's."""
    wanted = files_of_debian()
    assert {path.name.partition("-0")[0] for path in rpms} == set(wanted)
    owned, needed = set(), set()
    for path in rpms:
        lines = subprocess.run(["rpm", "-qp", "--queryformat", "[%{FILEMODES:perms} %{FILENAMES}\\n]", path],
                               check=True, capture_output=True, text=True).stdout.splitlines()
        files = {line.split()[1] for line in lines if line[0] == "-"}
        owned |= {line.split()[1] for line in lines if line[0] == "d"}
        needed |= {str(parent) for file in files for parent in pathlib.Path(file).parents
                   if "holdfast" in str(parent)}
        files = {file for file in files if "/licenses/" not in file}
        name = path.name.partition("-0")[0]
        files.discard("/usr/share/doc/holdfast/CHANGELOG.md")  # Debian's has another name
        differ = files ^ wanted[name]
        assert not differ, f"{name}: {differ}"
    assert not needed - owned


class Recipe:
    """The Containerfile: what it says to do, and the command that its head has for who uses it."""

    def __init__(self):
        text = (TOP / "contrib/container/Containerfile").read_text()
        self.command = shlex.split(re.search(r"podman run .*", re.sub(r"\\\n# +", "", text))[0])
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        steps = [line.split(None, 1) for line in lines if line.strip() and line[0] != "#"]
        last = max(at for at, (verb, _) in enumerate(steps) if verb == "FROM")
        self.steps = steps[last:]

    def of(self, verb):
        """What the last stage has of a verb."""
        return [rest for name, rest in self.steps if name == verb]

    def words(self):
        """All of the last stage."""
        return {word for _, rest in self.steps for word in rest.split()}


def test_the_container_has_the_libraries_of_the_program():
    """Those that the Debian package depends on, but what every image has."""
    wanted = {entry.split()[0] for entry in field("Depends", "holdfast").split(",") if "|" not in entry}
    assert wanted - Recipe().words() == {"libc6"}


def test_the_container_runs_as_a_user_who_is_not_root():
    """The one that the drills run the daemon as (test_container.py); who owns the runtime directory, too."""
    recipe = Recipe()
    (user,) = recipe.of("USER")
    assert [verb for verb, _ in recipe.steps][-3:] == ["USER", "STOPSIGNAL", "ENTRYPOINT"], "nothing undoes it"
    made = shlex.split(re.search(rf"useradd ([^&]* {user}) ", " ".join(recipe.of("RUN")) + " ")[1])
    assert int(made[made.index("--uid") + 1]) == USER != 0
    assert re.search(rf"install -d -o {user} \S+ \S+ /run/holdfast\b", " ".join(recipe.of("RUN")))


def test_the_container_is_given_the_capabilities_that_its_program_has():
    """With less the kernel does not execute it, with more it would have what nobody needs."""
    recipe = Recipe()
    command = recipe.command
    given = command[command.index("--cap-add") + 1].split(",")
    assert command[command.index("--cap-drop") + 1] == "all"
    assert {f"cap_{name}" for name in given} == set(capabilities())
    (entry,) = recipe.of("ENTRYPOINT")
    program = json.loads(entry)[0]
    assert f"=ep {program} " in " ".join(recipe.of("RUN"))
    assert command[command.index("--stop-timeout") + 1] == re.search(
        r"TimeoutStopSec=(\d+)", (TOP / "contrib/systemd/holdfast.service.in").read_text())[1]
