// init and append: the commands that write single things.
//
// Of the two only init makes a store: a path that was mistyped must not become a new one.
// Everything that words can get wrong is found before the store is opened, and so before its lock
// is taken.
#include "batpak/json.hpp"
#include "batpak/store/store.hpp"
#include "event/kind_note.hpp"
#include "tool/commands/commands.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/files/store_files.hpp"
#include "tool/input/line_reader.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

Result<std::string> payload_text(const std::string& argument) {
    if (argument != "-") return argument;
    return read_text("-");
}

Result<AppendOptions> append_options(const AppendCommand& command) {
    AppendOptions options;
    BATPAK_TRY(options.expect, named("--expect", parse_expect(command.expect)));
    if (command.correlation) {
        BATPAK_TRY(options.correlation_id,
                   named("--correlation", parse_event_id(*command.correlation)));
    }
    if (command.causation) {
        BATPAK_TRY(options.causation_id, named("--causation", parse_event_id(*command.causation)));
    }
    for (const std::string& text : command.metadata) {
        BATPAK_TRY(const auto pair, named("--meta", parse_pair(text)));
        if (options.metadata.get(pair.first)) {
            return fail(ErrorCode::InvalidArgument,
                        "--meta: " + in_quotes(pair.first, 60) + " is there twice");
        }
        BATPAK_CHECK(named("--meta", options.metadata.set(pair.first, pair.second)));
    }
    options.tags = command.tags;
    if (command.kind_name) {
        BATPAK_CHECK(named("--kind-name", check_kind_name(*command.kind_name)));
        options.kind_name = *command.kind_name;
    }
    options.flags = command.flags.value_or(0);
    if ((options.flags & ~kApplicationFlags) != 0) {
        return fail(ErrorCode::InvalidArgument,
                    "--flags: bits 0 to 7 are batpak's own: give bits 8 to 31");
    }
    // A variable that was not set, most likely: the append would be stored again at each retry.
    if (command.idempotency_key && command.idempotency_key->empty())
        return fail(ErrorCode::InvalidArgument, "--key: an idempotency key has 1 to 256 bytes");
    options.idempotency_key = command.idempotency_key.value_or("");
    return options;
}

void print_receipt(Console& console, const AppendReceipt& receipt) {
    const bool durable = receipt.durability == Durability::Durable;
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.number("sequence", receipt.sequence.value);
        line.number("version", receipt.version.value);
        line.text("id", to_string(receipt.event_id));
        line.text("time", format_time(receipt.hlc.us));
        if (!receipt.hash.is_zero()) line.text("hash", to_string(receipt.hash));
        line.boolean("durable", durable);
        line.boolean("replayed", receipt.replayed);
        console.write(line.finish() + "\n");
        return;
    }
    console.print("sequence {}  version {}  {}  {}{}\n", receipt.sequence.value,
                  receipt.version.value, to_string(receipt.event_id),
                  durable ? "durable" : "buffered", receipt.replayed ? ", stored before" : "");
}

}  // namespace

// A store that is there is left alone, even if it is damaged: its MANIFEST is enough to say so.
Result<ExitCode> run(const InitCommand& command, Console& console) {
    if (has_store_files(command.directory)) {
        return console.complain(ExitCode::No,
                                "there is a store already: " + escape(command.directory));
    }
    BATPAK_CHECK(named("DIR", check_no_store_around(command.directory)));
    StoreConfig config(command.directory);
    if (command.without_hashes) config = config.with_hash_chain(false);
    BATPAK_TRY(Store store, Store::open(config));
    const std::string log = to_string(store.log_id());
    BATPAK_CHECK(std::move(store).close());
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.text("log", log);
        console.write(line.finish() + "\n");
    } else {
        console.print("{}\n", log);
    }
    return ExitCode::Ok;
}

Result<ExitCode> run(const AppendCommand& command, Console& console) {
    BATPAK_TRY(const Coordinate coordinate, Coordinate::create(command.entity, command.scope));
    // A number is known before the store is; a name is for the store to know.
    if (looks_like_kind_number(command.kind)) BATPAK_CHECK(named("KIND", parse_kind(command.kind)));
    BATPAK_TRY(const AppendOptions options, append_options(command));
    BATPAK_TRY(const std::string text, payload_text(command.payload));
    BATPAK_TRY(const nlohmann::json json, named("PAYLOAD", parse_json(text)));
    BATPAK_TRY(const Bytes payload, payload_from_json(json));
    BATPAK_TRY(Store store,
               Store::open(StoreConfig(command.directory)
                               .with_create_if_missing(false)
                               .with_payload_bytes_max(StoreConfig::kPayloadBytesMaxMax)));
    BATPAK_TRY(const EventKind kind, named("KIND", parse_one_kind(KindNames(store), command.kind)));
    BATPAK_TRY(const AppendReceipt receipt, store.append_raw(coordinate, kind, payload, options));
    BATPAK_CHECK(std::move(store).close());
    print_receipt(console, receipt);
    return ExitCode::Ok;
}

}  // namespace batpak::tool
