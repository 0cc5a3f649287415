// store_reader: says what a store holds, for tests in Python.
//
//     store_reader json STORE     each event as a JSON object, then a summary, in the words of
//                                 tests/format/reader.py; exit code 3 if the store is refused
//     store_reader kinds STORE    its catalogue, as the "kinds" of that reader's summary; texts in
//                                 hexadecimal
//     store_reader serve          reads a path a line; answers EVT lines and `END verdict`
//
// Serving, it also appends one event to each store, named by the store's length, so that the next
// look shows whether a recovered store can go on. The verdicts: ok, refused, damaged, failed.
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "support/store/event_copy.hpp"
#include "token.hpp"

namespace batpak::testing {
namespace {

constexpr int kRefused = 3;

StoreConfig config_of(const std::string& path) {
    return StoreConfig(path).with_segment_bytes(4096);
}

// Texts as hexadecimal, so that they need no escapes.
std::string kinds_of(const StoreReads& store) {
    const Catalogue catalogue = store.catalogue().value();
    std::string json;
    for (const KindEntry& entry : catalogue) {
        std::string versions;
        for (const KindVersion& version : entry.versions) {
            versions += (versions.empty() ? "[" : ", [") + std::to_string(version.payload_version) +
                        ", \"" + to_hex(as_bytes(version.name)) + "\", \"" +
                        to_hex(as_bytes(version.shape)) + "\", " + to_string(version.noted_at) +
                        "]";
        }
        json += (json.empty() ? "{\"kind\": " : ", {\"kind\": ") +
                std::to_string(entry.kind.number()) + ", \"first\": " + to_string(entry.first) +
                ", \"events\": " + std::to_string(entry.events) + ", \"versions\": [" + versions +
                "]}";
    }
    return "[" + json + "]";
}

std::string summary_of(const Store& store, const VerifyReport& verified) {
    const OpenReport& report = store.open_report();
    const bool torn = report.outcome == OpenReport::Outcome::Recovered;
    std::string json = "{\"summary\": true, \"events\": " + to_string(report.end);
    json += ", \"root\": ";
    json += verified.hashes_checked ? '"' + to_hex(verified.root.view()) + '"' : "null";
    json += ", \"log\": \"" + to_string(store.log_id()) + "\", \"tail\": ";
    if (torn) {
        json += "{\"segment\": " + std::to_string(report.cut->segment_id) +
                ", \"offset\": " + std::to_string(report.cut->offset) + "}";
    } else {
        json += "null";
    }
    const std::string damage = verified.damage ? verified.damage->to_string() : "";
    return json + ", \"segments\": " + std::to_string(report.segments) + ", \"damage\": \"" +
           damage + "\"}";
}

int show_json(const std::string& path) {
    const auto store = Store::open(config_of(path).with_create_if_missing(false));
    if (!store) {
        std::cerr << store.error().to_string() << '\n';
        return store.error().error_class() == ErrorClass::Refused ? kRefused : 1;
    }
    for (const EventCopy& event : copies_of(*store)) std::cout << event.to_json() << '\n';
    const auto verified = store->verify();
    if (!verified) return 1;
    std::cout << summary_of(*store, *verified) << '\n';
    return 0;
}

int show_kinds(const std::string& path) {
    const auto store = ReadOnlyStore::open(config_of(path));
    if (!store) return 1;
    std::cout << kinds_of(*store) << '\n';
    return 0;
}

std::string look_at(const std::string& path) {
    auto store = Store::open(config_of(path));
    if (!store) {
        std::cerr << store.error().to_string() << '\n';
        return store.error().error_class() == ErrorClass::Refused ? "refused" : "failed";
    }
    for (const auto& event : store->query(Region::all())) {
        if (!event) return "damaged";
        const std::string token = token_of(event->payload);
        say("EVT", token.empty() ? "changed" : token);
    }
    const auto verified = store->verify();
    if (!verified || verified->damage) return "damaged";
    const std::string number = to_string(store->visible_end());
    const auto coordinate = Coordinate::create("reader", "scope:tests").value();
    const std::string payload = payload_of("after.0." + number, store->visible_end().value);
    const auto receipt =
        store->append_raw(coordinate, EventKind::custom(0xF, 2), as_bytes(payload));
    return receipt ? "ok" : "failed";
}

}  // namespace
}  // namespace batpak::testing

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 2 && arguments[0] == "json")
        return batpak::testing::show_json(arguments[1]);
    if (arguments.size() == 2 && arguments[0] == "kinds")
        return batpak::testing::show_kinds(arguments[1]);
    if (arguments.size() != 1 || arguments[0] != "serve") {
        std::cerr << "usage: store_reader json STORE | kinds STORE | serve\n";
        return 2;
    }
    std::string path;
    while (std::getline(std::cin, path))
        batpak::testing::say("END", batpak::testing::look_at(path));
    return 0;
}
