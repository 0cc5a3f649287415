#!/usr/bin/env python3
"""Writes the SBOM of batpak: SPDX 2.3 as JSON, of the library and of the four libraries that it is made with.

    tools/sbom.py [FILE]         default: standard output
    tools/sbom.py --selftest     checks what it would write

Versions, archives and hashes are those of cmake/BatpakDependencies.cmake. The time is SOURCE_DATE_EPOCH, else that of
the last commit; so the same tree gives the same bytes.
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# name: licence, how batpak uses it
LIBRARIES = {
    "expected": ("CC0-1.0", "DEPENDS_ON"),
    "json": ("MIT", "DEPENDS_ON"),
    "libdeflate": ("MIT", "STATIC_LINK"),
    "blake3": ("CC0-1.0 OR Apache-2.0", "STATIC_LINK"),
}
PIN = re.compile(r"^set\(BATPAK_PIN_(\w+) (\S+) (\S+) (\S+)\s+([0-9a-f]{64})\)$", re.MULTILINE)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def project_version():
    return re.search(r"project\(batpak VERSION ([0-9.]+)", read("CMakeLists.txt"))[1]


def created():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        asked = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True,
                               check=False)
        epoch = asked.stdout.strip() or "0"
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def library(name, version, repository, tag, digest):
    return {
        "SPDXID": f"SPDXRef-{name}",
        "name": repository.split("/")[1],
        "versionInfo": version,
        "downloadLocation": f"https://github.com/{repository}/archive/refs/tags/{tag}.tar.gz",
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "filesAnalyzed": False,
        "licenseConcluded": LIBRARIES[name][0],
        "licenseDeclared": LIBRARIES[name][0],
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:github/{repository.lower()}@{tag}"}],
    }


def document():
    version = project_version()
    packages = [{
        "SPDXID": "SPDXRef-batpak",
        "name": "batpak",
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "LIBRARY",
        "licenseConcluded": "MIT OR Apache-2.0",
        "licenseDeclared": "MIT OR Apache-2.0",
        "copyrightText": "2026 The batpak authors",
        "comment": "The libraries have the versions that batpak downloads itself (BATPAK_FETCH_DEPS); a build with "
                   "libraries of the system has the system's.",
    }]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                  "relatedSpdxElement": "SPDXRef-batpak"}]
    for name, *pin in PIN.findall(read("cmake", "BatpakDependencies.cmake")):
        packages.append(library(name, *pin))
        relations.append({"spdxElementId": "SPDXRef-batpak", "relationshipType": LIBRARIES[name][1],
                          "relatedSpdxElement": f"SPDXRef-{name}"})
    content = json.dumps([packages, relations], sort_keys=True).encode()
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"batpak-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/batpak-{version}-{hashlib.sha256(content).hexdigest()[:32]}",
        "creationInfo": {"created": created(), "creators": ["Organization: The batpak authors", "Tool: sbom.py"]},
        "packages": packages,
        "relationships": relations,
    }


def selftest():
    made = document()
    names = {package["SPDXID"].removeprefix("SPDXRef-") for package in made["packages"]}
    if names != {"batpak", *LIBRARIES}:
        sys.exit(f"selftest: cmake/BatpakDependencies.cmake pins {names}, not {set(LIBRARIES)}")
    related = {relation["relatedSpdxElement"] for relation in made["relationships"]}
    if related != {package["SPDXID"] for package in made["packages"]}:
        sys.exit("selftest: a package has no relation")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["creationInfo"]["created"]):
        sys.exit("selftest: no time of SPDX")
    if made != document():
        sys.exit("selftest: two runs differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    if arguments.selftest:
        selftest()
        return
    text = json.dumps(document(), indent=2) + "\n"
    if arguments.file is None:
        sys.stdout.write(text)
        return
    with open(arguments.file, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
