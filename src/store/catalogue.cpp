// What the index has on two of its axes: which events are of a kind, and which of them say what it
// is called. Only the latter are read.
//
// It costs a look at each kind of each run, and a read of each event that says what a kind is
// called: so it grows with kinds and segments, and not with events.
#include "batpak/store/catalogue.hpp"

#include <algorithm>
#include <map>

#include "batpak/base/assert.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/store/reads.hpp"
#include "event/shape_text.hpp"
#include "store/index/damaged_index.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/read_side.hpp"

namespace batpak {

using store::EventReader;

namespace {

struct Counted {
    std::uint32_t first_ordinal = 0;
    std::uint32_t events = 0;
};

// The kinds of the events below `count`, with how many there are.
std::map<EventKind, Counted> kinds_in(const store::Index& index, std::uint32_t count) {
    std::map<EventKind, Counted> kinds;
    index.keys(store::Axis::Kind, {}, [&](std::string_view key) {
        std::optional<store::KeyEntry> entry = index.find(store::Axis::Kind, key);
        // The postings of the run that is appended to may go on past the end that was pinned (INV
        // I1).
        const std::uint32_t visible = entry ? entry->postings.lower_bound(count) : 0;
        if (visible > 0) kinds[store::KindKey::parse(key)] = {entry->postings.at(0), visible};
        return true;
    });
    return kinds;
}

// Adds what a run has. The runs come in the order of their events.
Result<void> add_run(EventReader& reader, std::size_t run, std::map<EventKind, KindEntry>& kinds) {
    const std::uint32_t count = reader.run_count(run);
    if (count == 0) return {};
    BATPAK_TRY(const auto found,
               reader.ask(run, [&](const store::Index& index) { return kinds_in(index, count); }));
    const Sequence begin = reader.pin().snapshot->runs[run]->first();
    for (const auto& [kind, counted] : found) {
        BATPAK_ASSERT(counted.events > 0);  // a kind without events is not in a catalogue
        KindEntry& entry =
            kinds.try_emplace(kind, KindEntry{.kind = kind, .name = {}}).first->second;
        if (entry.events == 0) entry.first = begin.plus(counted.first_ordinal);
        entry.events += counted.events;
    }
    return {};
}

void add_notes(EventReader& reader, KindEntry& entry) {
    BATPAK_ASSERT(entry.events > 0 && entry.versions.empty());
    std::map<std::uint16_t, KindVersion> versions;
    reader.visit_kind_notes(entry.kind, [&](const EventView& event, KindNote note) {
        const std::uint16_t version = event.header.payload_version;
        versions.try_emplace(version, KindVersion{version, std::move(note.name),
                                                  std::move(note.shape), event.sequence()});
        return true;
    });
    for (auto& [number, version] : versions) entry.versions.push_back(std::move(version));
    // The highest payload version names the kind; the older ones are found by named().
    entry.name = entry.versions.empty() ? std::string(system_kinds::name_of(entry.kind))
                                        : entry.versions.back().name;
}

}  // namespace

std::vector<KindField> KindVersion::fields() const {
    std::vector<KindField> fields;
    const std::string_view text = shape;
    if (!text.starts_with('{') || !text.ends_with('}')) return fields;
    shape_text::Parts parts(text.substr(1, text.size() - 2), ',');
    while (const auto part = parts.next()) {
        fields.push_back(
            {std::string(shape_text::name_of(*part)), std::string(shape_text::behind_name(*part))});
    }
    return fields;
}

const KindEntry* Catalogue::find(EventKind kind) const noexcept {
    const auto found = std::ranges::lower_bound(kinds_, kind, {}, &KindEntry::kind);
    return found == kinds_.end() || found->kind != kind ? nullptr : &*found;
}

std::string_view Catalogue::name_of(EventKind kind) const noexcept {
    const KindEntry* const entry = find(kind);
    return entry == nullptr ? std::string_view() : std::string_view(entry->name);
}

std::vector<EventKind> Catalogue::named(std::string_view name) const {
    std::vector<EventKind> kinds;
    for (const KindEntry& entry : kinds_) {
        const bool was_called = std::ranges::any_of(
            entry.versions, [&](const auto& version) { return version.name == name; });
        if (was_called || (!name.empty() && entry.name == name)) kinds.push_back(entry.kind);
    }
    return kinds;
}

Result<Catalogue> StoreReads::catalogue() const {
    BATPAK_CHECK(check());
    EventReader reader(pin(), side_);
    std::map<EventKind, KindEntry> kinds;
    for (std::size_t run = 0; run < reader.pin().snapshot->runs.size(); ++run)
        BATPAK_CHECK(add_run(reader, run, kinds));
    std::vector<KindEntry> entries;
    for (auto& [kind, entry] : kinds) {
        add_notes(reader, entry);
        entries.push_back(std::move(entry));
    }
    BATPAK_ASSERT(std::ranges::is_sorted(entries, {}, &KindEntry::kind));  // find() halves
    // Last: an index may have been lost meanwhile, and the one in its place know less.
    BATPAK_TRY(const auto lost, reader.first_lost());
    return Catalogue(std::move(entries), !lost.has_value());
}

}  // namespace batpak
