#!/usr/bin/env python3
"""Proves what bench/machine writes, of small scripts in the place of the
commands that it asks."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["processor", "cores", "caches", "memory", "huge pages", "kernel",
         "system", "virtualization", "file system", "disk", "compiler", "flags",
         "commit", "packages"]
# A benchmark is linked with the first library, which needs the second. The
# third is nothing but headers, and gcc has some that are nobody's.
COMMANDS = {
    "readelf": 'echo " 0x1 (NEEDED) Shared library: [liblinked.so.1]"',
    "ldd": 'echo "liblinked.so.1 => /lib/liblinked.so.1 (0x1)"\n'
           'echo "libneeded.so.1 => /lib/libneeded.so.1 (0x2)"',
    "ninja": 'case $4 in\n'
             'deps) printf "%s\\n" "src/a.o: #deps 3, deps mtime 1 (VALID)" '
             '"    ../../src/a.cc" "    /usr/include/cereal/cereal.hpp" '
             '"    /usr/include/xxhash.h" "    /usr/include/stdio.h";;\n'
             'commands) echo "g++ -O3 -flto=auto -o orderstore_bench";;\n'
             'esac',
    # As it knows files: by the paths that they were installed with.
    "dpkg": 'shift\nfor path; do case $path in\n'
            '/usr/lib/liblinked.so.1) echo "liblinked1:amd64: $path";;\n'
            '/usr/lib/libneeded.so.1) echo "libneeded1:amd64: $path";;\n'
            '*/cereal.hpp) echo "libcereal-dev: $path";;\n'
            '*/xxhash.h) echo "libxxhash-dev:amd64: $path";;\n'
            '*/stdio.h) echo "libc6-dev:amd64: $path";;\n'
            '*/build/g++) echo "g++-12: $path";;\n'
            'esac; done\nexit 1',
    "dpkg-query": 'shift 3\nfor name; do echo "${name%:*} 1.2"; done',
    "git": 'case $1 in\nrev-parse) echo c0ffee;;\nstatus) cat "$CHANGES";;\n'
           'esac',
    "lscpu": 'echo "Model name:        A Processor"\n'
             'echo "L2 cache:          4 MiB"\n'
             'echo "Hypervisor vendor: KVM"',
    "systemd-detect-virt": "echo docker",
    "findmnt": 'echo "ext4 /dev/sda[/a] rw"',
    "lsblk": '[ "$3" = /dev/sda ] && echo "Model  256G  1"',
}


class MachineTest(unittest.TestCase):

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.changes = self.put("changes", "")
        self.commands = {**os.environ, "CHANGES": str(self.changes)}

    def put(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def put_command(self, path, script):
        self.put(path, f"#!/bin/sh\n{script}\n").chmod(0o755)

    def put_build(self):
        """A build, and the commands that know of it."""
        for name, script in COMMANDS.items():
            self.put_command(f"commands/{name}", script)
        self.commands["PATH"] = (f"{self.folder}/commands:"
                                 f"{os.environ['PATH']}")
        self.put("build/bench/orderstore_bench", "")
        self.put_command("build/g++", 'echo "g++ 12.2.0"\necho "more of it"')
        self.put("build/CMakeCache.txt",
                 f"CMAKE_CXX_COMPILER:FILEPATH={self.folder}/build/g++\n"
                 "CMAKE_BUILD_TYPE:STRING=Release\n"
                 "CMAKE_CXX_FLAGS:STRING=-march=native\n"
                 "CMAKE_CXX_FLAGS_DEBUG:STRING=-g\n"
                 "CMAKE_CXX_FLAGS_RELEASE:STRING=-O3 -DNDEBUG\n")

    def stamp(self):
        told = subprocess.run(
            [sys.executable, ROOT / "bench/machine", self.folder / "build",
             self.folder], env=self.commands, stdout=subprocess.PIPE, check=True)
        return json.loads(told.stdout)

    def test_tells_of_this_machine_without_a_build(self):
        stamp = self.stamp()
        self.assertEqual(list(stamp), NAMES)
        self.assertEqual({name for name in stamp
                          if not isinstance(stamp[name], str)}, {"packages"})
        self.assertEqual(stamp["cores"], str(os.cpu_count()))
        self.assertRegex(stamp["memory"], r"^\d+\.\d GiB$")
        self.assertEqual(stamp["kernel"], platform.release())
        for name in ("processor", "system", "virtualization", "commit"):
            self.assertTrue(stamp[name], name)
        self.assertEqual(stamp["packages"], {})

    def test_tells_what_the_commands_say(self):
        self.put_build()
        stamp = self.stamp()
        self.assertEqual(stamp["processor"], "A Processor")
        self.assertEqual(stamp["caches"], "L2 4 MiB")
        self.assertEqual(stamp["virtualization"], "KVM, docker")
        self.assertEqual(stamp["file system"], "ext4 /dev/sda[/a] rw")
        self.assertEqual(stamp["disk"], "/dev/sda Model 256G 1")
        self.assertEqual(stamp["compiler"], "g++ 12.2.0")
        self.assertEqual(stamp["flags"],
                         "-march=native -O3 -DNDEBUG -flto=auto")

    def test_packages_are_those_of_what_is_linked_or_included(self):
        self.put_build()
        self.assertEqual(self.stamp()["packages"], {
            "g++-12": "1.2", "liblinked1": "1.2", "libcereal-dev": "1.2",
            "libxxhash-dev": "1.2"})

    def test_tells_a_commit_from_a_tree_that_differs(self):
        self.put_build()
        self.assertEqual(self.stamp()["commit"], "c0ffee")
        self.changes.write_text(" M bench/machine\n", encoding="utf-8")
        self.assertEqual(self.stamp()["commit"],
                         "c0ffee, and changes that are not committed")


if __name__ == "__main__":
    unittest.main()
