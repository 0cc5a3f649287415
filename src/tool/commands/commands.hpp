// Commands: what each command is asked, and what it answers.
//
// The structs hold arguments as they were given; a command parses them itself, so that it is whole
// without the command line. Commands that read open the store read-only.
//
// Threads: thread-compatible
// Errors:  each: InvalidArgument for arguments, and those of the store
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/result.hpp"
#include "tool/console/console.hpp"
#include "tool/console/exit_code.hpp"
#include "tool/events/event_list.hpp"
#include "tool/input/import_mapping.hpp"
#include "tool/questions/filter.hpp"

namespace batpak::tool {

struct InitCommand {
    std::string directory;
    bool without_hashes = false;
};
// The --format of an export and of an import that is that of others.
inline constexpr std::string_view kCloudEventsFormat = "cloudevents";
struct ImportCommand {
    std::string directory;
    std::string input = "-";
    std::string format = "lines";
    MappingOptions mapping;
    std::uint32_t batch_size = 1000;
    std::optional<std::uint64_t> segment_bytes;
    bool create = false;
    bool resume = false;
};
struct ImportFbatCommand {
    std::string directory;  // of the source
    std::string destination;
    bool salvage = false;
    bool dry_run = false;
};
struct AppendCommand {
    std::string directory;
    std::string entity;
    std::string scope;
    std::string kind;
    std::optional<std::string> kind_name;
    std::string payload;  // "-": standard input
    std::string expect = "any";
    std::optional<std::string> correlation;
    std::optional<std::string> causation;
    std::vector<std::string> metadata;
    std::vector<std::string> tags;
    std::optional<std::string> idempotency_key;
    std::optional<std::uint32_t> flags;
};
struct GetCommand {
    std::string directory;
    std::string event;  // an id or a sequence
    std::optional<std::string> at;
    OutputOptions output;
    bool check_hash = false;
};
struct QueryCommand {
    std::string directory;
    Filter filter;
    std::optional<std::string> at;
    OutputOptions output;
    std::optional<std::uint64_t> limit;
    bool reverse = false;
    bool count = false;
    bool check_hash = false;
};
struct ExportCommand {
    std::string directory;
    std::string file = "-";  // standard output
    Filter filter;
    std::string format = "ndjson";
    std::optional<std::uint64_t> limit;
    bool resume = false;
};
struct TailCommand {
    std::string directory;
    Filter filter;
    std::optional<std::string> at;
    OutputOptions output;
    std::uint64_t last = 10;
    bool follow = false;
};
struct ListsCommand {
    std::string what;  // entities, scopes, tags or kinds
    std::string directory;
    std::string prefix;
    std::optional<std::string> at;
    OutputOptions output;
};
// The --format of a catalogue that is none of the others'.
inline constexpr std::string_view kMermaidFormat = "mermaid";
struct CatalogueCommand {
    std::string directory;
    std::optional<std::string> at;
    OutputOptions output;
};
struct AncestorsCommand {
    std::string directory;
    std::string event;
    std::optional<std::string> at;
    OutputOptions output;
    std::uint64_t limit = 1000;
    bool cause = false;
};
struct ProjectCommand {
    std::string directory;
    Filter filter;
    std::optional<std::string> at;
    OutputOptions output;
    std::string fold = "count";
    std::optional<std::string> by;
    std::optional<std::uint64_t> top;
};
struct WhyCommand {
    std::string directory;
    std::string event;
    std::optional<std::string> at;
    std::uint64_t limit = 100;
    bool effects = false;
};
struct GraphCommand {
    std::string directory;
    Filter filter;
    std::optional<std::string> at;
    std::string language = "dot";
    std::uint64_t limit = 500;
};
struct DiffCommand {
    std::string directory;
    std::string other;  // a second store; empty: two moments of the first
    std::optional<std::string> from;
    std::optional<std::string> to;
    OutputOptions output;
};
struct BisectCommand {
    std::string directory;
    std::vector<std::string> words;  // the command
    std::optional<std::string> from;
    std::optional<std::string> to;
    bool code_only = false;
};
struct TopCommand {
    std::string directory;
    OutputOptions output;
    std::uint32_t interval_s = 1;
    std::optional<std::uint64_t> count;  // of intervals; none: one, and without end on a terminal
    bool once = false;
};
struct WatchCommand {
    std::string directory;
    std::vector<std::string> words;  // the command
    Filter filter;                   // without a range of sequences or times
    std::string from = "end";        // or a sequence
    std::optional<std::string> state;
    std::string on_error = "stop";  // or skip, retry
    std::optional<std::uint64_t> limit;
    bool durable = false;
    bool once = false;
};
struct DoctorCommand {
    std::string directory;
    OutputOptions output;
    bool deep = false;
};
struct VerifyCommand {
    std::string directory;
    std::uint64_t from = 0;
    std::optional<std::uint64_t> before;
    std::optional<std::string> expect_root;
    std::optional<std::uint64_t> expect_events;
    std::optional<std::string> since;   // a checkpoint
    std::optional<std::string> policy;  // that believes it
};
struct StatsCommand {
    std::string directory;
    std::optional<std::string> at;
};
struct SegmentsCommand {
    std::string directory;
};
struct DumpCommand {
    std::string directory;
    std::optional<std::uint64_t> segment;
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> limit;
    bool explain = false;
};
struct SnapshotCommand {
    std::string directory;
    std::string destination;
    std::string previous;
    bool verify = false;
};
// And fork, which is a restore that shares files.
struct RestoreCommand {
    std::string directory;  // of the snapshot
    std::string destination;
    bool share_files = false;
    std::optional<std::uint64_t> before;
    bool same_log = false;
    std::optional<std::uint64_t> expect_events;
    std::optional<std::string> expect_root;
};
struct RepairCommand {
    std::string directory;
    std::string snapshot;
};
struct ScrubCommand {
    std::string directory;
    std::uint64_t from = 0;
    std::optional<std::uint64_t> before;
    std::optional<std::string> throttle;  // bytes a second
};
struct SalvageCommand {
    std::string directory;
    std::string destination;
};
struct CompactCommand {
    std::string directory;
    bool merge = false;
    bool tombstone = false;
    bool finish = false;
    bool dry_run = false;
    std::optional<std::uint64_t> bytes_max;
    // Of a tombstone.
    Filter filter;
    std::vector<std::string> ids;
    std::optional<std::string> reason;
};
struct ServeCommand {
    std::string directory;
    std::uint16_t port = 0;  // 0: one that is free
    bool open = false;       // a browser
};
// Becomes another program, if there is one.
struct BenchCommand {
    std::string against = "sqlite";
    std::string directory = ".";
    std::optional<std::string> only;
    bool quick = false;
};

[[nodiscard]] Result<ExitCode> run(const InitCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ImportCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ImportFbatCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const AppendCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const GetCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const QueryCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ExportCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const TailCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ListsCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const CatalogueCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const AncestorsCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ProjectCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const WhyCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const GraphCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const DiffCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const BisectCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const TopCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const WatchCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const DoctorCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const VerifyCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const StatsCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const SegmentsCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const DumpCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const SnapshotCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const RestoreCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const RepairCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ScrubCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const SalvageCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const CompactCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const ServeCommand& command, Console& console);
[[nodiscard]] Result<ExitCode> run(const BenchCommand& command, Console& console);

}  // namespace batpak::tool
