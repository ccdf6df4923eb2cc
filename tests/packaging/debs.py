#!/usr/bin/env python3
"""Makes the packages of Debian, looks at them, installs them below a folder,
and builds and runs a program with what is there.

    debs.py --build FOLDER --work FOLDER --compiler CXX [OPTION]...

dpkg itself installs them: into a root folder of the work folder whose list of
packages is a copy of this system's. So it checks for real whether their Depends
are there, as packages of this system, and refuses them otherwise, which is
tried too. What this does not show: that a system which has only those Depends
suffices, as a chroot would. Maintainer scripts run with the rest of this
system, and an ldconfig that only takes down that it was called.

Exit status: 0, or 1 with what went wrong; 77 where this is no Debian.
"""

import argparse
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "embedding"))

# pylint: disable=wrong-import-position
from hosts import (Failed, Hosts, check, command_files, python_examples,
                   python_files, run, the_one)

SKIPPED = 77
MODULE = "usr/lib/python3/dist-packages/orderstore"
EXAMPLES = "usr/share/doc/python3-orderstore/examples"
# What a program in Python sees of the store.
PROGRAM = """
import orderstore
with orderstore.in_memory() as store:
  with store.transaction() as txn:
    txn.insert_barcode("A")
  print(orderstore.__version__, orderstore.__file__, txn.lsn)
"""
STATUS = pathlib.Path("/var/lib/dpkg/status")


class Deb:
  """A package, and what is in it."""

  def __init__(self, path: pathlib.Path):
    self.path = path
    self.name = self.field("Package")
    self.files = self._members("--fsys-tarfile")
    self.control = self._members("--ctrl-tarfile")

  def field(self, name: str) -> str:
    return run("dpkg-deb", "--field", self.path, name).strip()

  def depends(self) -> list[str]:
    return self.field("Depends").split(", ")

  def control_file(self, name: str) -> str:
    return run("dpkg-deb", "--info", self.path, name)

  def _members(self, option: str) -> dict[str, tarfile.TarInfo]:
    """The members of one of its archives by name, folders with a slash."""
    archive = subprocess.run(["dpkg-deb", option, str(self.path)], check=True,
                             stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
      return {member.name.removeprefix("./") + "/" * member.isdir(): member
              for member in members}


def make(build: pathlib.Path, folder: pathlib.Path) -> dict[str, Deb]:
  """The packages by name. Whoever makes them may have a strict umask."""
  shutil.rmtree(folder, ignore_errors=True)
  run("cpack", "--config", build / "CPackConfig.cmake", "-B", folder,
      umask=0o077)
  debs = [Deb(path) for path in folder.glob("*.deb")]
  return {deb.name: deb for deb in debs}


# ---- What the packages say --------------------------------------------------


def check_fields(debs: dict[str, Deb], version: str):
  minor = version.rpartition(".")[0]
  sections = {f"liborderstore{minor}": "libs", "liborderstore-dev": "libdevel",
              "orderstore": "database", "python3-orderstore": "python"}
  check(debs.keys() == sections.keys(),
        f"there is one package a component: {sorted(debs)}")
  machine = run("dpkg", "--print-architecture").strip()
  for name, deb in debs.items():
    architecture = "all" if name == "python3-orderstore" else machine
    check(deb.path.name == f"{name}_{version}_{architecture}.deb",
          f"the file is called as Debian does: {deb.path.name}")
    for field, value in (
        ("Version", version), ("Architecture", architecture),
        ("Section", sections[name]), ("Priority", "optional"),
        ("Maintainer", "The orderstore authors <orderstore@localhost>")):
      check(deb.field(field) == value, f"{name} has {field}: {value}; it has "
            f"{deb.field(field)}")
    check(int(deb.field("Installed-Size")) > 0, f"{name} tells its size")
    summary, *text = deb.field("Description").split("\n")
    check(0 < len(summary) <= 80 and len(text) > 3 and
          all(line.startswith(" ") for line in text),
          f"{name} has a line and a text of description: {summary}, {text}")
  summaries = {deb.field("Description").split("\n")[0]
               for deb in debs.values()}
  check(len(summaries) == len(debs), f"their lines differ: {summaries}")


def check_depends(debs: dict[str, Deb], version: str):
  """As dpkg-shlibdeps finds them, but for development and Python."""
  minor = version.rpartition(".")[0]
  used = {f"liborderstore{minor}": ("libabsl", "libzstd1", "libc6",
                                    "libstdc++6"),
          "orderstore": ("libabsl", "libzstd1", "libpq5", "libmd0", "libc6",
                         "libstdc++6")}
  for name, packages in used.items():
    for package in packages:
      check(any(re.match(rf"{re.escape(package)}\d*( \(>= .+\))?$", depend)
                for depend in debs[name].depends()),
            f"{name} needs {package}: {debs[name].depends()}")
  absl = run("pkg-config", "--modversion", "absl_status").strip()
  headers = ["libabsl-dev"]
  if absl.isdecimal():
    headers = [f"libabsl-dev (>= {absl})", f"libabsl-dev (<< {int(absl) + 1})"]
  check(debs["liborderstore-dev"].depends() ==
        [f"liborderstore{minor} (= {version})", *headers, "libzstd-dev"],
        f"the library of the same version, and the headers of what it is made "
        f"with, of Abseil's that version: {debs['liborderstore-dev'].depends()}")
  check(debs["python3-orderstore"].depends() ==
        ["python3 (>= 3.11)", f"liborderstore{minor} (= {version})"],
        f"an interpreter, and the library of the same version: "
        f"{debs['python3-orderstore'].depends()}")
  check(debs["python3-orderstore"].field("Suggests") == "python3-flask",
        "the example's needs are suggested")


def check_control(debs: dict[str, Deb], version: str):
  minor = version.rpartition(".")[0]
  runtime = debs[f"liborderstore{minor}"]
  check(runtime.control_file("shlibs").strip() ==
        f"liborderstore {minor} liborderstore{minor} (>= {version})",
        "packages of programs depend on the library's")
  check(runtime.control_file("triggers") == "activate-noawait ldconfig\n",
        "the library's triggers ldconfig")
  for deb in debs.values():
    for name, member in deb.control.items():
      if name in ("postinst", "postrm"):
        expected = 0o755
      elif name in ("control", "md5sums", "shlibs", "triggers"):
        expected = 0o644
      else:
        check(name in ("/", "./"), f"{deb.name} has no {name}")
        continue
      check(member.mode == expected and member.uid == member.gid == 0,
            f"{deb.name}'s {name} is {expected:o} and root's: "
            f"{member.mode:o}, {member.uid}:{member.gid}")


# ---- What is in them --------------------------------------------------------


def check_files(debs: dict[str, Deb], version: str):
  minor = version.rpartition(".")[0]
  triplet = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
  libraries = f"usr/lib/{triplet}"
  configuration = f"{libraries}/cmake/orderstore/orderstore"
  headers = TOP / "include"
  expected = {
      f"liborderstore{minor}": {
          f"{libraries}/liborderstore.so.{minor}",
          f"{libraries}/liborderstore.so.{version}"},
      "liborderstore-dev": {
          f"{libraries}/liborderstore.a", f"{libraries}/liborderstore.so",
          f"{libraries}/pkgconfig/orderstore.pc",
          f"{libraries}/pkgconfig/orderstore-cxx.pc",
          *(f"{configuration}{end}.cmake" for end in (
              "Config", "ConfigVersion", "Targets", "Targets-release")),
          *(f"usr/include/{header.relative_to(headers)}"
            for header in headers.rglob("*.h"))},
      "orderstore": {"usr/bin/orderstore",
                     *(f"usr/share/{name}" for name in command_files())},
      "python3-orderstore": {
          *(f"{MODULE}/{name}" for name in python_files()),
          *(f"{EXAMPLES}/{name}" for name in python_examples())}}
  for name, files in expected.items():
    found = {file for file in debs[name].files
             if not file.endswith("/")}
    files.add(f"usr/share/doc/{name}/copyright")
    check(found == files, f"these alone are missing in {name} or too many: "
          f"{sorted(found ^ files)}")


def check_permissions(debs: dict[str, Deb]):
  for deb in debs.values():
    for name, member in deb.files.items():
      if member.issym():
        continue
      expected = 0o644
      if member.isdir() or name.startswith("usr/bin/"):
        expected = 0o755
      check(member.mode == expected and member.uid == member.gid == 0,
            f"{name} is {expected:o} and root's: {member.mode:o}, "
            f"{member.uid}:{member.gid}")


# ---- What they do -----------------------------------------------------------


class Root:
  """A root folder with this system's list of packages, but for ours."""

  def __init__(self, folder: pathlib.Path):
    shutil.rmtree(folder, ignore_errors=True)
    self.folder = folder
    self.ldconfig_log = folder / "ldconfig.log"
    database = folder / "var/lib/dpkg"
    for name in ("info", "triggers", "updates"):
      (database / name).mkdir(parents=True)
    (database / "status").write_text("\n\n".join(
        package for package in STATUS.read_text().split("\n\n")
        if not re.match(r"\n*Package: \S*orderstore", package)))
    self._commands = folder / "commands"
    self._commands.mkdir()
    ldconfig = self._commands / "ldconfig"
    ldconfig.write_text(f"#!/bin/sh\necho called >>'{self.ldconfig_log}'\n")
    ldconfig.chmod(0o755)

  def install(self, *debs: Deb, expected: int = 0) -> str:
    path = f"{self._commands}:/usr/local/sbin:/usr/sbin:/sbin"
    return run("dpkg", f"--root={self.folder}", f"--log={self.folder}/log",
               "--force-not-root", "--force-script-chrootless",
               "--no-triggers", "--install", *(deb.path for deb in debs),
               expected=expected,
               env={**os.environ, "LC_ALL": "C", "HOME": str(self.folder),
                    "PATH": f"{path}:{os.environ['PATH']}"})

  def installed(self) -> set[str]:
    """The packages of ours that are installed and ready."""
    listed = run("dpkg-query", f"--admindir={self.folder}/var/lib/dpkg",
                 "--show", "--showformat=${Package} ${Status}\\n")
    return set(re.findall(r"^(\S*orderstore\S*) install ok installed$", listed,
                          re.MULTILINE))


def check_dpkg_refuses(debs: dict[str, Deb], folder: pathlib.Path):
  printed = Root(folder).install(debs["liborderstore-dev"], expected=1)
  check(re.search(r"liborderstore-dev depends on liborderstore[\d.]+ \(= ",
                  printed) is not None,
        f"dpkg looks at Depends: {printed}")


def check_installed(debs: dict[str, Deb], folder: pathlib.Path, hosts: Hosts,
                    version: str):
  root = Root(folder)
  root.install(*debs.values())
  check(root.installed() == debs.keys(),
        f"dpkg has installed them: {root.installed()}")
  check(root.ldconfig_log.exists(), "the loader learns of the library")

  prefix = folder / "usr"
  libraries = the_one(prefix, "liborderstore.a").parent
  for program in (libraries / f"liborderstore.so.{version}",
                  prefix / "bin/orderstore"):
    sections = run("readelf", "--sections", "--wide", program)
    check(" .text " in sections and " .symtab " not in sections
          and " .debug_info " not in sections, f"{program} is stripped")
    dynamic = run("readelf", "-d", program)
    check("RPATH" not in dynamic and "RUNPATH" not in dynamic,
          f"{program} knows no folder of whoever built it: {dynamic}")
  printed = run(prefix / "bin/orderstore", "--version")
  check(printed == f"orderstore {version}\n", f"it is {version}: {printed}")

  module = folder / MODULE
  environment = {**os.environ, "PYTHONPATH": str(module.parent),
                 "LD_LIBRARY_PATH": str(libraries)}
  environment.pop("ORDERSTORE_LIBRARY", None)
  printed = run(sys.executable, "-B", "-c", PROGRAM, env=environment)
  check(printed.split() == [version, f"{module}/__init__.py", "1"],
        f"the module finds the library by its name: {printed}")

  hosts.run_shop(
      hosts.build_found("debs-static", prefix, "orderstore::static"))
  hosts.run_shop(
      hosts.build_found("debs-shared", prefix, "orderstore::shared"))
  hosts.run_shop(hosts.build_line("debs-pkg-config", prefix, static=False),
                 libraries)


def main() -> int:
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("--build", type=pathlib.Path, required=True)
  parser.add_argument("--work", type=pathlib.Path, required=True)
  parser.add_argument("--version", required=True)
  parser.add_argument("--compiler", required=True)
  parser.add_argument("--launcher", default="")
  parser.add_argument("--generator", default="Ninja")
  options = parser.parse_args()
  if not STATUS.exists():
    print("this is no Debian")
    return SKIPPED
  hosts = Hosts(options.work, options.compiler, options.launcher,
                options.generator)
  try:
    debs = make(options.build, options.work / "debs")
    check_fields(debs, options.version)
    check_depends(debs, options.version)
    check_control(debs, options.version)
    check_files(debs, options.version)
    check_permissions(debs)
    check_dpkg_refuses(debs, options.work / "root")
    check_installed(debs, options.work / "root", hosts, options.version)
  except Failed as failed:
    print(failed, file=sys.stderr)
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
