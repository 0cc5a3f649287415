#!/usr/bin/env python3
"""Puts wrong lines into a copy of the store, one at a time, and expects the crash tests to fail.

    tools/mutants.py              all of them
    tools/mutants.py --list       their names
    tools/mutants.py NAME...      only these
    tools/mutants.py --selftest   whether each wrong line still has its place; takes no build

A mutant names its file, the exact text that it replaces, which must stand there once, and why nobody
may miss it. A text that is gone is an error: the mutant has to follow the code. A mutant that the
tests survive is a hole in the tests. Mistakes below the store, in the disk, are tried by the crash
tests themselves (tests/store/crash/wrong_disk_crash_test.cpp).
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "batpak_store_crash_tests"
# The quick ones first: most mutants need no more.
TESTS = ("ForgedLog.*:RandomCrash.*", "FaultCrash.*", "ExhaustiveCrash.*")
# What runs out is tried in a program of its own, who leads in another.
SHORTAGE = {"target": "batpak_resources_tests", "tests": ("Shortage.*",)}
QUEUE = {"target": "batpak_store_concurrency_tests", "tests": ("CommitQueue.*",)}
CRASHES = "20000"
SECONDS_MAX = 900


@dataclasses.dataclass
class Mutant:
    name: str
    path: str
    why: str
    changes: list  # of (text, what stands there instead)
    target: str = TARGET
    tests: tuple = TESTS


MUTANTS = [
    Mutant("no_poison_after_failed_sync", "src/store/commit/committer.cpp",
           "a second sync may succeed although the bytes are lost",
           [("        return poison(std::move(synced).error());\n",
             "        return std::move(synced).error();\n")]),
    Mutant("no_poison_after_failed_undo", "src/store/commit/committer.cpp",
           "nobody knows what the file holds",
           [("        if (state_.segment->broken()) return poison(std::move(written).error());\n"
             "        // The file", "        // The file")]),
    Mutant("acknowledged_as_durable_without_sync", "src/store/commit/committer.cpp",
           "a power cut takes it back",
           [("    const bool durable = unsynced_events_ == 0;\n",
             "    const bool durable = true;\n")]),
    Mutant("sync_is_never_due", "src/store/commit/committer.cpp", "who asked for a sync waits for one",
           [("return item->durable && !item->error; });\n    if (asked",
             "return item->durable && item->error; });\n    if (asked")]),
    Mutant("heads_stay_after_failed_write", "src/store/commit/staging.cpp",
           "the next event of the stream skips a version",
           [("    heads_.take_back();\n    next_ = kept_next_;\n", "    next_ = kept_next_;\n")]),
    Mutant("sequence_stays_after_failed_write", "src/store/commit/staging.cpp",
           "the next event leaves a hole",
           [("    next_ = kept_next_;\n    forget_notings(0);\n", "    forget_notings(0);\n")]),
    Mutant("testifies_too_much", "src/store/commit/staging.cpp",
           "an honest crash is refused",
           [("    const Sequence durable_end = target_.durable_end;\n    if (count",
             "    const Sequence durable_end = first;\n    if (count"),
            ("                           .durable_end = target_.durable_end,\n",
             "                           .durable_end = batch_first,\n")]),
    Mutant("goes_on_with_an_unknown_manifest", "src/store/commit/committer.cpp",
           "either manifest may be the one in force",
           [("        if (!written) return fail(poison(std::move(written).error()));\n"
             "        state_.manifest",
             "        if (!written) return fail(std::move(written).error());\n"
             "        state_.manifest")]),
    Mutant("waits_for_one_event_too_few", "src/store/engine.cpp", "it was not made durable",
           [("if (sequence < side_->ends().durable()) return true;",
             "if (sequence <= side_->ends().durable()) return true;")]),
    Mutant("no_undo_of_a_failed_write", "src/store/log/segment_writer.cpp",
           "a whole frame of it may be taken for an event",
           [("        BATPAK_CHECK(break_if_failed(caught([&] { return undo_write(); })));\n", "")]),
    Mutant("undo_does_not_cut", "src/store/log/segment_writer.cpp",
           "a whole frame of it may be taken for an event",
           [("    BATPAK_CHECK(file_->resize(offset_));\n"
             "    BATPAK_CHECK(file_->sync(SyncMode::All));\n",
             "    BATPAK_CHECK(file_->sync(SyncMode::All));\n")]),
    Mutant("sealed_with_space_behind", "src/store/log/segment_writer.cpp",
           "a sealed segment has the size that the MANIFEST says",
           [("    BATPAK_CHECK(caught([&] { return file_->resize(offset_); }));\n", "")]),
    Mutant("sealed_without_sync", "src/store/log/segment_writer.cpp",
           "the MANIFEST says how long it is",
           [("    BATPAK_CHECK(break_if_failed(caught([&] { return file_->sync(SyncMode::All); })));\n",
             "")]),
    Mutant("manifest_not_synced", "src/store/log/store_directory.cpp",
           "the name is durable before the content",
           [("    if (durable) BATPAK_CHECK(file->sync(SyncMode::All));\n", "")]),
    Mutant("manifest_name_not_synced", "src/store/log/store_directory.cpp",
           "events of the new segment are acknowledged under the old MANIFEST",
           [("    if (durable) BATPAK_CHECK(directory.sync());\n", "")]),
    Mutant("manifest_of_a_dead_process_trusted", "src/store/log/store_directory.cpp",
           "its name may be in the cache only",
           [("    pair = agree                ? ManifestPair::Equal\n",
             "    pair = agree || have_manifest ? ManifestPair::Equal\n")]),
    Mutant("segment_name_not_synced", "src/store/log/store_directory.cpp",
           "the MANIFEST lists a segment that is gone",
           [("    BATPAK_CHECK(segments_->sync());\n", "")]),
    Mutant("new_segment_not_synced", "src/store/log/store_directory.cpp",
           "the MANIFEST lists a segment without a header",
           [("    BATPAK_CHECK(file->sync(SyncMode::All));\n"
             "    BATPAK_CHECK(segments_->rename", "    BATPAK_CHECK(segments_->rename")]),
    Mutant("no_testimony", "src/store/open/recovery.cpp",
           "rot is repaired by deleting what was acknowledged",
           [("    Result<Testimony> testimony_behind() {\n",
             "    Result<Testimony> testimony_behind() {\n"
             "        if (end_.behind == Behind::Damage) return Testimony::No;\n")]),
    Mutant("tail_not_cut", "src/store/open/recovery.cpp",
           "the next frames are written over half of it",
           [("    BATPAK_CHECK(segment.resize(cut.offset));\n", "")]),
    Mutant("opened_without_writing_anew", "src/store/open/recovery.cpp",
           "a failed sync called clean what is not on the disk",
           [("    BATPAK_CHECK(rewrite(*file, log.testified_offset, log.active_end));\n", "")]),
    Mutant("opened_without_sync", "src/store/open/recovery.cpp",
           "what a dead process left in the cache is called durable",
           [("    BATPAK_CHECK(segment.sync(SyncMode::All));\n", ""),
            ("        BATPAK_CHECK(file->sync(SyncMode::All));\n", "")]),
    Mutant("no_sequence_check", "src/store/log/segment_scan.cpp",
           "events twice, or holes",
           [("frame.type != FrameType::BatchCommit && frame.sequence == next_ &&\n",
             "frame.type != FrameType::BatchCommit &&\n")]),
    Mutant("batch_without_commit_counts", "src/store/log/segment_scan.cpp",
           "half a batch is none",
           [("        end_.open_batch = batch_ ? OpenBatch::Yes : OpenBatch::No;\n",
             "        end_.open_batch = OpenBatch::No;\n"
             "        if (batch_) end_.offset = offset_;\n")]),
    Mutant("offset_not_in_checksum", "src/store/frame/frame.cpp",
           "a frame counts wherever it lands",
           [("    store_little_endian(std::span(place).subspan(16), offset);\n",
             "    store_little_endian(std::span(place).subspan(16), offset & 0);\n")]),
    Mutant("salt_not_in_checksum", "src/store/frame/frame.cpp",
           "frames of another segment count",
           [("    std::memcpy(place.data(), salt.data(), salt.size());\n",
             "    std::memset(place.data(), 0, salt.size());\n")]),
    Mutant("leader_keeps_its_seat", "src/store/commit/commit_queue.cpp",
           "who comes next waits for a leader that is gone",
           [("        leading_ = captain_ != nullptr;\n",
             "        leading_ = captain_ != nullptr || wave_.front()->error.has_value();\n")], **QUEUE),
    Mutant("what_a_commit_throws_is_no_answer", "src/store/commit/commit_queue.cpp",
           "what was not stored is acknowledged",
           [("            if (!item->error) item->error = copy_of(error);\n", "")], **QUEUE),
    Mutant("poisons_at_an_untouched_step", "src/store/commit/committer.cpp",
           "a rotation that finds no room is tried again",
           [("    BATPAK_CHECK(directory_.prepare_manifest(manifest));\n",
             "    if (auto made = directory_.prepare_manifest(manifest); !made)\n"
             "        return fail(poison(std::move(made).error()));\n")], **SHORTAGE),
    Mutant("room_is_kept_after_a_failed_write", "src/store/commit/committer.cpp",
           "the index has room for events that never come",
           [("        release_index();\n        staging_.take_back();\n"
             "        return std::move(written).error();\n",
             "        staging_.take_back();\n        return std::move(written).error();\n")], **SHORTAGE),
    Mutant("a_passed_event_is_forgotten", "src/delivery/group/group_state.cpp",
           "a group never gives it out",
           [("            passed_ = sequence;\n", "")], **SHORTAGE),
    Mutant("a_walk_goes_on_after_an_exception", "src/delivery/cursor/cursor_state.cpp",
           "it may have stepped over an event",
           [("        range_.reset();  // it may have stepped over what it could not read\n", "")],
           **SHORTAGE),
]


class Gone(Exception):
    pass


def mutated(mutant, text):
    for before, after in mutant.changes:
        if text.count(before) != 1:
            raise Gone(f"{mutant.name}: {mutant.path} has {text.count(before)} places for\n{before}")
        text = text.replace(before, after)
    return text


def selftest():
    failures = []
    names = [mutant.name for mutant in MUTANTS]
    if len(set(names)) != len(names):
        failures.append("two mutants of one name")
    for mutant in MUTANTS:
        try:
            mutated(mutant, (ROOT / mutant.path).read_text())
        except Gone as gone:
            failures.append(str(gone))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


class Copy:
    """A copy of the tree with a build folder that stays, so that a mutant costs one file."""

    def __init__(self, folder):
        self.tree = folder / "tree"
        self.build = folder / "build"
        self.tree.mkdir(parents=True, exist_ok=True)
        files = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                               check=True, capture_output=True).stdout.split(b"\0")
        for name in filter(None, map(os.fsdecode, files)):
            source, target = ROOT / name, self.tree / name
            if not source.is_file():
                continue
            same = target.exists() and target.read_bytes() == source.read_bytes()
            if not same:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        subprocess.run(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja",
                        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O2",
                        "-DBATPAK_FEW_UNITS=ON", "-DBATPAK_BUILD_TOOLS=OFF",
                        "-DBATPAK_BUILD_EXAMPLES=OFF"], check=True, stdout=subprocess.DEVNULL)

    def make(self, target):
        made = subprocess.run(["ninja", "-C", self.build, "-j2", target], capture_output=True,
                              text=True)
        if made.returncode != 0:
            raise SystemExit(made.stdout[-4000:])

    def test(self, target, filters):
        """What the first test says that fails; nothing if none does."""
        begin = time.monotonic()
        for tests in filters:
            command = [self.build / "tests" / target, "--gtest_fail_fast", f"--gtest_filter={tests}"]
            environment = dict(os.environ, BATPAK_CRASHES=CRASHES)
            try:
                run = subprocess.run(command, env=environment, timeout=SECONDS_MAX,
                                     capture_output=True, text=True, errors="replace")
            except subprocess.TimeoutExpired:
                return f"{tests}: no end after {SECONDS_MAX} s"
            if run.returncode == 0:
                continue
            took = f"{time.monotonic() - begin:.0f} s: "
            failed = re.search(r"^\[  FAILED  \] ([\w./]+)", run.stdout, re.MULTILINE)
            return took + (failed[1] if failed else f"{tests} ended with {run.returncode}")
        return None


def main(arguments):
    if arguments == ["--selftest"]:
        return selftest()
    if arguments == ["--list"]:
        print("\n".join(f"{mutant.name:40} {mutant.why}" for mutant in MUTANTS))
        return 0
    unknown = set(arguments) - {mutant.name for mutant in MUTANTS}
    if unknown:
        raise SystemExit(f"no such mutant: {', '.join(sorted(unknown))}")
    copy = Copy(ROOT / "build" / "mutants")
    chosen = [mutant for mutant in MUTANTS if not arguments or mutant.name in arguments]
    for target, tests in {(mutant.target, mutant.tests) for mutant in chosen}:
        copy.make(target)
        problem = copy.test(target, tests)
        if problem is not None:
            raise SystemExit(f"without any mutant the tests fail: {problem}")
    survivors = []
    for mutant in chosen:
        begin = time.monotonic()
        path = copy.tree / mutant.path
        original = path.read_text()
        path.write_text(mutated(mutant, original))
        try:
            copy.make(mutant.target)
            problem = copy.test(mutant.target, mutant.tests)
        finally:
            path.write_text(original)
        took = time.monotonic() - begin
        print(f"{'SURVIVED' if problem is None else 'caught':9} {mutant.name:40} {took:5.0f} s  "
              f"{problem or mutant.why}", flush=True)
        if problem is None:
            survivors.append(mutant.name)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
