// tlog: the hashes of a store as static files, for programs that know C2SP tlog-tiles.
#include <filesystem>

#include "batpak/proof/tlog_files.hpp"
#include "batpak/store/read_only_store.hpp"
#include "tool/commands/proof_commands.hpp"
#include "tool/commands/proof_files.hpp"
#include "tool/files/public_directory.hpp"
#include "tool/files/store_files.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

void print(Console& console, const proof::SignedCheckpoint& checkpoint,
           const proof::TlogReport& report) {
    if (!console.is_json()) {
        console.print("{}, {} written, {} kept\n", count_of(checkpoint.head().size, "event"),
                      count_of(report.files_written, "file"), format_count(report.files_kept));
        return;
    }
    JsonLine line(console.ascii_json());
    line.text("origin", checkpoint.checkpoint().origin);
    line.number("size", checkpoint.head().size);
    line.number("files_written", report.files_written);
    line.number("bytes_written", report.bytes_written);
    line.number("files_kept", report.files_kept);
    console.write(line.finish() + "\n");
}

}  // namespace

Result<ExitCode> run(const TlogCommand& command, Console& console) {
    BATPAK_CHECK(named("OUT", check_no_store_around(command.output + "/checkpoint")));
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    BATPAK_TRY(const proof::SignedCheckpoint checkpoint,
               read_checkpoint(command.checkpoint, command.policy));
    proof::LogTree tree(store);
    if (command.tree) BATPAK_CHECK(load_tree(tree, *command.tree));
    BATPAK_TRY(const auto out, open_public_directory(command.output));
    BATPAK_TRY(const proof::TlogReport report, proof::write_tlog(store, tree, checkpoint, *out));
    print(console, checkpoint, report);
    return ExitCode::Ok;
}

}  // namespace batpak::tool
