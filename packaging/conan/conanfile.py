"""The Conan 2 recipe of batpak: `conan create packaging/conan` from the root of the tree.

The dependencies come from a remote, or from the system: packaging/conan/system.profile tells Conan which
versions the system has, and CMake finds them there.
"""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class Batpak(ConanFile):
    name = "batpak"
    description = "Embedded, tamper-evident event store for C++20"
    license = "MIT OR Apache-2.0"
    topics = ("event-sourcing", "event-store", "embedded", "append-only", "log")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "with_blake3": [True, False],
               "with_lmdb": [True, False], "with_sqlite": [True, False],
               "with_proof": [True, False]}
    default_options = {"shared": False, "fPIC": True, "with_blake3": True, "with_lmdb": False,
                       "with_sqlite": False, "with_proof": False}
    implements = ["auto_shared_fpic"]

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "..", "..", "CMakeLists.txt"))
        self.version = re.search(r"project\(batpak VERSION ([0-9.]+)", text)[1]

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE-*", "cmake/*", "include/*", "src/*"):
            copy(self, pattern, root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def requirements(self):
        # Headers that users of batpak compile as well.
        self.requires("tl-expected/[>=1.0 <2]", transitive_headers=True)
        self.requires("nlohmann_json/[>=3.10 <4]", transitive_headers=True)
        self.requires("libdeflate/[>=1.14 <2]")
        if self.options.with_blake3:
            self.requires("blake3/[>=1.3 <2]")
        if self.options.with_lmdb:
            self.requires("lmdb/[>=0.9.24 <1]")
        if self.options.with_sqlite:
            self.requires("sqlite3/[>=3.35 <4]")
        if self.options.with_proof:
            self.requires("libsodium/[>=1.0.18 <2]")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "TOOLS", "EXAMPLES"):
            toolchain.cache_variables[f"BATPAK_BUILD_{part}"] = False
        for name in ("blake3", "lmdb", "sqlite", "proof"):
            toolchain.cache_variables[f"BATPAK_WITH_{name.upper()}"] = bool(self.options.get_safe(f"with_{name}"))
        # Its page is not among the exported sources.
        toolchain.cache_variables["BATPAK_WITH_INSPECTOR"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "batpak")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "batpak::batpak")
        core.set_property("pkg_config_name", "batpak")
        core.libs = ["batpak"]
        self._require(core, {"tl-expected": None, "nlohmann_json": None, "libdeflate": "deflate"})
        if self.options.with_blake3:
            # Without a library in the system, its sources are compiled into batpak.
            self._require(core, {"blake3": None})
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs.append("pthread")
        self._add_component("testing", {})
        if self.options.with_lmdb:
            self._add_component("lmdb", {"lmdb": "lmdb"})
        if self.options.with_sqlite:
            self._add_component("sqlite", {"sqlite3": "sqlite3"})
        if self.options.with_proof:
            self._add_component("proof", {"libsodium": "sodium"})

    def _require(self, component, libraries):
        """Of Conan, or else, where a profile says that the system has it, what the linker calls it."""
        known = {dependency.ref.name for dependency in self.dependencies.values() if dependency.recipe != "Platform"}
        for name, linked in libraries.items():
            if name in known:
                component.requires.append(f"{name}::{name}")
            elif linked:
                component.system_libs.append(linked)

    def _add_component(self, name, libraries):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"batpak::{name}")
        component.set_property("pkg_config_name", f"batpak-{name}")
        component.libs = [f"batpak_{name}"]
        component.requires = ["core"]
        self._require(component, libraries)
