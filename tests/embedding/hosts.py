#!/usr/bin/env python3
"""Embeds the store in the programs of this folder, in one of the ways that
there are, and runs them.

    hosts.py WAY --build FOLDER --work FOLDER --compiler CXX [OPTION]...

  install       installs the store of the build folder, for the others, and
                looks at what was installed
  static        find_package(), the static library
  shared        find_package(), the shared library
  versions      find_package() of other versions, which fails
  pkg-config    a line of the compiler's with what pkg-config says
  pkg-config-static
                the same, and everything in the program is static
  c             the same two ways for a program in C, by the C compiler
  subdirectory  add_subdirectory()
  folders       what is installed, and where, as CMake's options have it

Everything is made in folders of the work folder, and what was built there is
gone on from. Exit status: 0, or 1 with what went wrong.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
# What is wrong in a header of the store is wrong in a program that includes it.
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


class Failed(Exception):
  """Something is not as it should be; the text says what."""


def run(*words, expected: int = 0, **options) -> str:
  """Runs a command, and returns all that it prints."""
  command = [str(word) for word in words]
  done = subprocess.run(
      command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
      **options)
  if done.returncode != expected:
    raise Failed(f"$ {shlex.join(command)}\n{done.stdout}\n"
                 f"exit status {done.returncode}, not {expected}")
  return done.stdout


def check(holds: bool, claim: str):
  if not holds:
    raise Failed(f"it does not hold that {claim}")


def the_one(folder: pathlib.Path, pattern: str) -> pathlib.Path:
  """The only file below the folder whose name fits the pattern."""
  found = list(folder.rglob(pattern))
  check(len(found) == 1, f"{folder} has one {pattern}; it has {found}")
  return found[0]


def needed(program: pathlib.Path) -> list[str]:
  """The shared libraries that a program names."""
  return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", program))


def loader_environment(libraries: pathlib.Path | None) -> dict[str, str]:
  """Ours, in which shared libraries are found in the folder too."""
  found = {"LD_LIBRARY_PATH": str(libraries)} if libraries else {}
  return {**os.environ, **found}


class Hosts:
  """Programs that embed the store, each in a folder of `work`."""

  def __init__(self, work: pathlib.Path, compiler: str, launcher: str,
               generator: str):
    self.work = work
    self.compiler = compiler
    self.configuration = (
        "-G", generator, f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}",
        f"-DCMAKE_CXX_FLAGS={' '.join(WARNINGS)}")
    work.mkdir(parents=True, exist_ok=True)

  def configure(self, name: str, *options: str, expected: int = 0) -> str:
    return run("cmake", "-S", HERE, "-B", self.work / name,
               *self.configuration, *options, expected=expected)

  def build(self, name: str, *options: str) -> pathlib.Path:
    """Builds the programs with CMake, and returns the shop."""
    self.configure(name, *options)
    run("cmake", "--build", self.work / name)
    return self.work / name / "shop"

  def build_found(self, name: str, prefix: pathlib.Path,
                  library: str) -> pathlib.Path:
    """The same with a store that is installed in `prefix`."""
    shop = self.build(name, f"-DCMAKE_PREFIX_PATH={prefix}",
                      f"-DORDERSTORE_LIBRARY={library}")
    cache = (self.work / name / "CMakeCache.txt").read_text()
    found = re.search(r"^orderstore_DIR:PATH=(.*)$", cache, re.MULTILINE)[1]
    check(pathlib.Path(found).is_relative_to(prefix),
          f"the store is found in {prefix}, not in {found}")
    return shop

  def configure_store(self, name: str, *options: str, expected: int = 0) -> str:
    """Configures the store alone, in a new folder; what is in it is not
    built."""
    shutil.rmtree(self.work / name, ignore_errors=True)
    return run("cmake", "-S", TOP, "-B", self.work / name, *self.configuration,
               "-DORDERSTORE_TESTS=OFF", "-DORDERSTORE_BENCH=OFF", *options,
               expected=expected)

  def build_line(self, name: str, prefix: pathlib.Path, static: bool,
                 source: str = "shop.cc") -> pathlib.Path:
    """Builds a program with one line of the compiler's."""
    return self._build_line(name, prefix, static, self.compiler, "-std=c++20",
                            HERE / source)

  def build_c_line(self, name: str, prefix: pathlib.Path,
                   static: bool) -> pathlib.Path:
    """Builds a program in C with one line of the C compiler's."""
    return self._build_line(name, prefix, static, "cc", "-std=c99",
                            TOP / "tests/capi/life.c")

  def _build_line(self, name: str, prefix: pathlib.Path, static: bool,
                  *compilation) -> pathlib.Path:
    folder = the_one(prefix, "orderstore.pc").parent
    flags = run("pkg-config", *(["--static"] if static else []), "--cflags",
                "--libs", "orderstore",
                env={**os.environ, "PKG_CONFIG_PATH": str(folder)})
    program = self.work / name
    run(*compilation, *WARNINGS, *(["-static"] if static else []), "-o",
        program, *shlex.split(flags))
    return program

  def run_shop(self, shop: pathlib.Path, libraries: pathlib.Path | None = None):
    """The shop, which checks its own results, and that it does check them."""
    store = self.work / f"{shop.parent.name}-{shop.name}-store"
    shutil.rmtree(store, ignore_errors=True)
    environment = loader_environment(libraries)
    print(run(shop, store, env=environment), end="")
    again = run(shop, store, env=environment, expected=1)
    check("the folder was new or empty" in again,
          f"the shop refuses a folder that is not new, and says: {again}")
    shutil.rmtree(store)

  def run_first(self, first: pathlib.Path,
                libraries: pathlib.Path | None = None):
    """The README's program, twice in a folder, and where it finds no store."""
    environment = loader_environment(libraries)
    with tempfile.TemporaryDirectory() as folder:
      for count in (1, 2):
        printed = run(first, cwd=folder, env=environment)
        check(printed == f"A{count} is in; sold: {count}\n",
              f"it sells one ticket more, and lets that in: {printed}")
      shop = pathlib.Path(folder) / "shop"
      shutil.rmtree(shop)
      shop.write_text("no store")
      printed = run(first, cwd=folder, env=environment, expected=1)
      check(printed.startswith("shop: ") and len(printed.splitlines()) == 1,
            f"it tells what is wrong: {printed}")


# ---- What is installed ------------------------------------------------------


def python_files() -> list[str]:
  """The names of the files of the module for Python."""
  folder = TOP / "tools/python/orderstore"
  return ["py.typed", *(path.name for path in folder.glob("*.py"))]


def command_files() -> list[str]:
  """The names below share/ of the command's man pages and its completion."""
  names = [path.stem for path in (TOP / "tools/manual").glob("*.prose")]
  pages = [name if name == "orderstore" else f"orderstore-{name}"
           for name in names]
  return ["bash-completion/completions/orderstore",
          *(f"man/man1/{page}.1" for page in pages)]


def python_examples() -> list[str]:
  """The names of the programs that show its use."""
  return [path.name for path in (TOP / "tools/python/examples").glob("*.py")]


def check_installed(prefix: pathlib.Path, version: str):
  """The files, and no word of what the store is built with alone."""
  libraries = the_one(prefix, "liborderstore.a").parent
  configuration = libraries / "cmake/orderstore"
  minor = version.rpartition(".")[0]
  expected = {
      prefix / "bin/orderstore", prefix / "share/doc/orderstore/LICENSE",
      libraries / "liborderstore.a", libraries / "liborderstore.so",
      libraries / f"liborderstore.so.{minor}",
      libraries / f"liborderstore.so.{version}",
      libraries / "pkgconfig/orderstore.pc",
      libraries / "pkgconfig/orderstore-cxx.pc",
      configuration / "orderstoreConfig.cmake",
      configuration / "orderstoreConfigVersion.cmake",
      configuration / "orderstoreTargets.cmake",
      the_one(configuration, "orderstoreTargets-*.cmake")}
  headers = TOP / "include"
  expected |= {prefix / "include" / header.relative_to(headers)
               for header in headers.rglob("*.h")}
  expected |= {prefix / "lib/python3/dist-packages/orderstore" / name
               for name in python_files()}
  expected |= {prefix / "share" / name for name in command_files()}
  expected |= {prefix / "share/doc/python3-orderstore/examples" / name
               for name in python_examples()}
  files = {path for path in prefix.rglob("*") if not path.is_dir()}
  check(files == expected,
        f"these alone are missing or too many: {sorted(files ^ expected)}")

  for path in files:
    if path.suffix in (".h", ".cmake", ".pc"):
      found = re.search(r"cereal|xxh", path.read_text(), re.IGNORECASE)
      check(not found, f"{path} does not know of {found and found[0]}")
  sections = run("readelf", "--sections", "--wide",
                 libraries / "liborderstore.a")
  check(".text" in sections and ".gnu.lto_" not in sections,
        "liborderstore.a is machine code, for every compiler")
  printed = run(prefix / "bin/orderstore", "--version")
  check(printed == f"orderstore {version}\n", f"it is {version}: {printed}")


# ---- The ways ---------------------------------------------------------------


def install(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  shutil.rmtree(prefix, ignore_errors=True)
  run("cmake", "--install", options.build, "--prefix", prefix)
  check_installed(prefix, options.version)


def static(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  shop = hosts.build_found("static", prefix, "orderstore::orderstore")
  check(not any("orderstore" in library for library in needed(shop)),
        "the static library is linked unless another is asked for")
  hosts.run_shop(shop)
  hosts.run_first(shop.parent / "first")


def shared(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  shop = hosts.build_found("shared", prefix, "orderstore::shared")
  minor = options.version.rpartition(".")[0]
  check(f"liborderstore.so.{minor}" in needed(shop),
        "the shared library is linked by its name and version")
  hosts.run_shop(shop)


def versions(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  major, minor, _ = options.version.split(".")
  for version in ("99", f"{major}.{int(minor) + 1}", f"{major}.{minor}.99"):
    shutil.rmtree(hosts.work / "versions", ignore_errors=True)
    printed = " ".join(hosts.configure(
        "versions", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DORDERSTORE_VERSION={version}", expected=1).split())
    check(f'compatible with requested version "{version}"' in printed
          and f"version: {options.version}" in printed,
          f"{version} is refused, because it is {options.version}: {printed}")


def pkg_config(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  shop = hosts.build_line("pkg-config", prefix, static=False)
  minor = options.version.rpartition(".")[0]
  check(f"liborderstore.so.{minor}" in needed(shop),
        "the shared library is linked by its name and version")
  libraries = the_one(prefix, "liborderstore.a").parent
  hosts.run_shop(shop, libraries)
  first = hosts.build_line("pkg-config-first", prefix, static=False,
                           source="first.cc")
  hosts.run_first(first, libraries)


def pkg_config_static(hosts: Hosts, prefix: pathlib.Path,
                      options: argparse.Namespace):
  shop = hosts.build_line("pkg-config-static", prefix, static=True)
  check(not needed(shop), f"nothing is shared: {needed(shop)}")
  hosts.run_shop(shop)


def c(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  minor = options.version.rpartition(".")[0]
  shared_life = hosts.build_c_line("c-shared", prefix, static=False)
  check(f"liborderstore.so.{minor}" in needed(shared_life),
        "the shared library is linked by its name and version")
  static_life = hosts.build_c_line("c-static", prefix, static=True)
  check(not needed(static_life), f"nothing is shared: {needed(static_life)}")
  libraries = the_one(prefix, "liborderstore.a").parent
  for life in (shared_life, static_life):
    with tempfile.TemporaryDirectory() as folder:
      run(life, folder, env=loader_environment(libraries))


def subdirectory(hosts: Hosts, prefix: pathlib.Path,
                 options: argparse.Namespace):
  source = f"-DORDERSTORE_SOURCE={TOP}"
  folder = hosts.work / "subdirectory"
  for path in folder.rglob("liborderstore.so*"):
    path.unlink()  # of the last run, which ended with it
  shop = hosts.build("subdirectory", source, "-UORDERSTORE_INSTALL")
  hosts.run_shop(shop)
  run(folder / "import")
  check(not list(folder.rglob("liborderstore.so*")),
        "what the host does not link is not built")

  # Only a host that asks for it installs the store with itself.
  installed = hosts.work / "subdirectory-installed"
  shutil.rmtree(installed, ignore_errors=True)
  run("cmake", "--install", folder, "--prefix", installed)
  check(not installed.exists(), "nothing of the store is installed unasked")
  hosts.configure("subdirectory", source, "-DORDERSTORE_INSTALL=ON")
  run("cmake", "--build", folder)
  run("cmake", "--install", folder, "--prefix", installed)
  the_one(installed, "liborderstore.a")
  the_one(installed, "orderstoreConfig.cmake")
  check((installed / "share/doc/orderstore/LICENSE").exists(),
        "the license is where the store's is, not where the host's is")

  # Nor do the command's targets have the names of the host's.
  hosts.configure("subdirectory-command", source, "-DORDERSTORE_TOOLS=ON")


def folders(hosts: Hosts, prefix: pathlib.Path, options: argparse.Namespace):
  hosts.configure_store("not-installed", "-DORDERSTORE_INSTALL=OFF")
  nowhere = hosts.work / "not-installed-prefix"
  shutil.rmtree(nowhere, ignore_errors=True)
  run("cmake", "--install", hosts.work / "not-installed", "--prefix", nowhere)
  check(not nowhere.exists(), "without ORDERSTORE_INSTALL nothing is installed")
  for folder in ("CMAKE_INSTALL_LIBDIR", "CMAKE_INSTALL_INCLUDEDIR"):
    printed = " ".join(hosts.configure_store(
        "absolute-folder", f"-D{folder}=/opt/store", expected=1).split())
    check(f"{folder} is /opt/store; it has to be relative" in printed,
          f"an absolute folder is refused: {printed}")


WAYS = {way.__name__.replace("_", "-"): way
        for way in (install, static, shared, versions, pkg_config,
                    pkg_config_static, c, subdirectory, folders)}


def main() -> int:
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("way", choices=WAYS)
  parser.add_argument("--build", type=pathlib.Path, required=True)
  parser.add_argument("--work", type=pathlib.Path, required=True)
  parser.add_argument("--version", required=True)
  parser.add_argument("--compiler", required=True)
  parser.add_argument("--launcher", default="")
  parser.add_argument("--generator", default="Ninja")
  options = parser.parse_args()
  hosts = Hosts(options.work, options.compiler, options.launcher,
                options.generator)
  try:
    WAYS[options.way](hosts, options.work / "installed", options)
  except Failed as failed:
    print(failed, file=sys.stderr)
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
