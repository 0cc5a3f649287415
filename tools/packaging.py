#!/usr/bin/env python3
"""Checks what is in the tree for other tools: each says the same as the tree does, and is well formed.

    tools/packaging.py [--selftest]

    justfile                          has a recipe for each command of ./dev
    .devcontainer/devcontainer.json   is JSON, names an image, and sets up through ./dev
    packaging/vcpkg/batpak            has the version of the project, and a feature for each component
    packaging/debian/changelog        begins with the version of the project
    cmake/BatpakDependencies.cmake    pins each archive by a version and a SHA-256 hash
"""

import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = ("CMakeLists.txt", "dev", "justfile", ".devcontainer/devcontainer.json", "packaging/vcpkg/batpak/vcpkg.json",
         "packaging/vcpkg/batpak/portfile.cmake", "packaging/debian/changelog", "cmake/BatpakDependencies.cmake")
PIN = re.compile(r"^set\(BATPAK_PIN_(\w+) ([\d.]+) ([\w.-]+/[\w.-]+) v?([\d.]+)\s+([0-9a-f]{64})\)$", re.MULTILINE)


def read_tree():
    files = {}
    for path in FILES:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            files[path] = file.read()
    return files


def commands_of_dev(text):
    """The names of the case that calls command_<name>."""
    match = re.search(r'^    (setup \| [\w| -]+)\)\n +"command_', text, re.MULTILINE)
    return set(re.split(r"\s*\|\s*", match[1])) if match else set()


def check_justfile(files):
    recipes = dict(re.findall(r"^([\w-]+) \*arguments:\n    @\./dev ([\w-]+) \"\$@\"$", files["justfile"], re.MULTILINE))
    commands = commands_of_dev(files["dev"])
    findings = [f"justfile: no recipe for ./dev {name}" for name in sorted(commands - set(recipes))]
    findings += [f"justfile: ./dev has no command {name}" for name in sorted(set(recipes) - commands)]
    findings += [f"justfile: {name} runs ./dev {does}" for name, does in sorted(recipes.items()) if name != does]
    return findings


def check_devcontainer(files):
    path = ".devcontainer/devcontainer.json"
    try:
        made = json.loads(files[path])
    except json.JSONDecodeError as error:
        return [f"{path}: {error}"]
    findings = []
    if not re.fullmatch(r"[\w./-]+:[\w.-]+", made.get("image", "")) or made["image"].endswith(":latest"):
        findings.append(f"{path}: the image has no fixed tag")
    if "./dev setup" not in made.get("onCreateCommand", ""):
        findings.append(f"{path}: it does not call ./dev setup")
    return findings


def check_vcpkg(files, version):
    path = "packaging/vcpkg/batpak/vcpkg.json"
    try:
        manifest = json.loads(files[path])
    except json.JSONDecodeError as error:
        return [f"{path}: {error}"]
    findings = []
    if manifest.get("version") != version:
        findings.append(f"{path}: version {manifest.get('version')}, and the project has {version}")
    for feature in manifest.get("features", {}):
        if f"{feature} BATPAK_WITH_{feature.upper()}" not in files["packaging/vcpkg/batpak/portfile.cmake"]:
            findings.append(f"{path}: the portfile does nothing for the feature {feature}")
    return findings


def check_pins(files):
    path = "cmake/BatpakDependencies.cmake"
    text = files[path]
    pins = PIN.findall(text)
    findings = [f"{path}: {name} is version {version}, and its tag {tag}" for name, version, _, tag, _ in pins
                if version != tag]
    if len(pins) != text.count("set(BATPAK_PIN_"):
        findings.append(f"{path}: a pin without version, repository, tag or hash")
    fetched = set(re.findall(r"batpak_fetch\((\w+) ", text)) - {"name"}
    if fetched != {pin[0] for pin in pins}:
        findings.append(f"{path}: fetched are {sorted(fetched)}, pinned {sorted(pin[0] for pin in pins)}")
    return findings


def check(files):
    version = re.search(r"project\(batpak VERSION ([0-9.]+)", files["CMakeLists.txt"])[1]
    findings = check_justfile(files) + check_devcontainer(files) + check_vcpkg(files, version) + check_pins(files)
    if not files["packaging/debian/changelog"].startswith(f"batpak ({version}-"):
        findings.append(f"packaging/debian/changelog: does not begin with {version}")
    return findings


def selftest():
    """Each fault must be found."""
    good = read_tree()
    for path, right, wrong, expected in (
            ("justfile", "@./dev fmt ", "@./dev tidy ", "fmt runs ./dev tidy"),
            ("justfile", "\nfmt *", "\nformat *", "no recipe for ./dev fmt"),
            (".devcontainer/devcontainer.json", ",", "", "Expecting"),
            (".devcontainer/devcontainer.json", "debian:bookworm", "debian:latest", "fixed tag"),
            ("packaging/vcpkg/batpak/vcpkg.json", '"version": "', '"version": "9', "and the project has"),
            ("packaging/vcpkg/batpak/portfile.cmake", "lmdb BATPAK_WITH_LMDB", "", "feature lmdb"),
            ("packaging/debian/changelog", "batpak (", "batpak (9", "does not begin"),
            ("cmake/BatpakDependencies.cmake", "BATPAK_PIN_json 3.", "BATPAK_PIN_json 4.", "and its tag"),
            ("cmake/BatpakDependencies.cmake", "batpak_fetch(json ", "batpak_fetch(other ", "fetched are")):
        if right not in good[path]:
            sys.exit(f"selftest: {path} has no {right!r} to break")
        findings = check({**good, path: good[path].replace(right, wrong, 1)})
        if not any(expected in finding for finding in findings):
            sys.exit(f"selftest: not found: {expected!r} among {findings}")


def main():
    if "--selftest" in sys.argv[1:]:
        selftest()
        return
    findings = check(read_tree())
    if findings:
        sys.exit("\n".join(findings))


if __name__ == "__main__":
    main()
