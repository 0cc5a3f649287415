// What is left after a crash: a new disk made from an old one.
//
//     mode          unsynced sectors              sizes             pending names
//     None          lost                          as synced         lost
//     All           kept                          as written        kept
//     LastOnly      only the last write kept      as written        kept
//     AllButFirst   only the first write lost     as written        kept
//     SizeOnly      lost                          as written        kept
//     Subset        bit i of the seed: the i-th   as written        kept
//     Random        kept, lost or torn, each      synced, written   a prefix, for each
//                                                 or between        directory
//
// A sector that a failed sync called clean is lost in every mode. In a journaled file system the
// prefix of Random is one for all directories.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "batpak/base/assert.hpp"
#include "testing/disk/disk_model.hpp"
#include "testing/random.hpp"

namespace batpak::testing {
namespace {

enum class Fate : std::uint8_t { Kept, Lost, Torn };

// Copies of nodes, each made once however many names lead to it.
using Copies = std::unordered_map<const Node*, NodePointer>;

// Calls visit(node) once for each node that memory or disk can reach.
template <class Visit>
void walk(const NodePointer& node, Copies& seen, Visit& visit) {
    if (!node || !seen.emplace(node.get(), node).second) return;
    visit(*node);
    for (const auto& [name, child] : node->entries) walk(child, seen, visit);
    for (const auto& [name, child] : node->durable_entries) walk(child, seen, visit);
    for (const NameChange& change : node->pending)
        for (const NameChange::Setting& setting : change.settings) walk(setting.node, seen, visit);
}

// A write of what was there before is no write that a cut can lose.
bool differs(const Node& file, std::uint64_t number, const DirtySector& sector) {
    const std::uint64_t begin = std::min(number * kSectorBytes, file.content.size());
    const std::uint64_t length = std::min(kSectorBytes, file.content.size() - begin);
    std::array<std::byte, kSectorBytes> now{};
    copy_shared(file.content.bytes().subspan(begin, length), now);
    return now != sector.durable;
}

// Where a write stands among all unsynced ones.
struct WritePlace {
    std::uint64_t stamp = 0;
    std::uint64_t file = 0;
    std::uint64_t sector = 0;

    friend auto operator<=>(const WritePlace&, const WritePlace&) = default;
};

std::vector<WritePlace> writes_in_order(const NodePointer& root) {
    std::vector<WritePlace> places;
    auto visit = [&places](const Node& node) {
        for (const auto& [number, sector] : node.dirty)
            if (differs(node, number, sector)) places.push_back({sector.stamp, node.id, number});
    };
    Copies seen;
    walk(root, seen, visit);
    std::ranges::sort(places);
    return places;
}

// Stamps below the answer are in the journal, the others are not.
std::uint64_t choose_journal_end(const NodePointer& root, Random& random) {
    std::vector<std::uint64_t> stamps;
    auto visit = [&stamps](const Node& node) {
        for (const NameChange& change : node.pending) stamps.push_back(change.stamp);
    };
    Copies seen;
    walk(root, seen, visit);
    std::ranges::sort(stamps);
    const std::uint64_t count = random.below(stamps.size() + 1);
    return count == stamps.size() ? ~std::uint64_t{0} : stamps[count];
}

// Makes the disk after the cut, node by node.
class Survivor {
public:
    Survivor(const NodePointer& root, PowerCut cut, NameDurability names, std::uint64_t seed)
        : cut_(cut), names_(names), random_(seed) {
        if (cut_.mode == CutMode::Random) {
            kept_quarters_ = random_.below(5);
            journal_end_ = choose_journal_end(root, random_);
        } else {
            writes_ = writes_in_order(root);
        }
    }

    NodePointer copy(const NodePointer& node);

private:
    void fill_file(const Node& node, Node& survivor);
    void fill_directory(const Node& node, Node& survivor);
    std::uint64_t choose_size(const Node& file);
    Fate choose_fate(const Node& file, std::uint64_t number, const DirtySector& sector);
    bool keeps_write(const WritePlace& place) const;
    std::size_t choose_names(const Node& directory);

    const PowerCut cut_;
    const NameDurability names_;
    Random random_;
    std::uint64_t kept_quarters_ = 0;  // how willing the disk was to write: 0 never, 4 always
    std::uint64_t journal_end_ = 0;
    std::vector<WritePlace> writes_;
    Copies copies_;
};

NodePointer Survivor::copy(const NodePointer& node) {
    NodePointer& survivor = copies_[node.get()];
    if (survivor) return survivor;
    survivor = std::make_shared<Node>();
    const NodePointer made = survivor;  // the reference does not outlive further copies
    made->id = node->id;
    made->kind = node->kind;
    if (node->kind == FileKind::Directory) {
        fill_directory(*node, *made);
    } else {
        fill_file(*node, *made);
    }
    return made;
}

void Survivor::fill_file(const Node& node, Node& survivor) {
    survivor.link_count = 0;  // each name that is left counts
    const std::uint64_t size = choose_size(node);
    const bool sized = survivor.content.resize(size);
    BATPAK_ASSERT(sized);
    const std::uint64_t common = std::min(size, node.content.size());
    copy_shared(node.content.bytes().first(common), survivor.content.bytes());
    survivor.durable_size = size;

    for (const auto& [number, sector] : node.dirty) {
        const Fate fate = choose_fate(node, number, sector);
        const std::uint64_t begin = number * kSectorBytes;
        if (fate == Fate::Kept || begin >= size) continue;
        const std::uint64_t length = std::min(kSectorBytes, size - begin);
        const std::uint64_t written =
            fate == Fate::Torn ? std::min(length, 1 + random_.below(kSectorBytes - 1)) : 0;
        std::ranges::copy(BytesView(sector.durable).first(length).subspan(written),
                          survivor.content.bytes().subspan(begin + written).begin());
    }
}

std::uint64_t Survivor::choose_size(const Node& file) {
    const std::uint64_t before = file.durable_size;
    const std::uint64_t after = file.content.size();
    if (cut_.mode == CutMode::None) return before;
    if (cut_.mode != CutMode::Random || before == after) return after;
    switch (random_.below(3)) {
        case 0: return before;
        case 1: return after;
        default: break;
    }
    const auto [low, high] = std::minmax(before, after);
    return low + random_.below(high - low + 1);
}

Fate Survivor::choose_fate(const Node& file, std::uint64_t number, const DirtySector& sector) {
    if (sector.dropped) return Fate::Lost;
    if (cut_.mode == CutMode::Random) {
        if (random_.below(8) == 0) return Fate::Torn;
        return random_.below(4) < kept_quarters_ ? Fate::Kept : Fate::Lost;
    }
    return keeps_write({sector.stamp, file.id, number}) ? Fate::Kept : Fate::Lost;
}

// Numbered over all files in the order of their writes: "the last write" is one of the whole disk.
bool Survivor::keeps_write(const WritePlace& place) const {
    const auto found = std::ranges::lower_bound(writes_, place);
    if (found == writes_.end() || *found != place) return true;  // wrote what was there before
    const auto index = static_cast<std::size_t>(found - writes_.begin());
    switch (cut_.mode) {
        case CutMode::None:
        case CutMode::SizeOnly: return false;
        case CutMode::All: return true;
        case CutMode::LastOnly: return index + 1 == writes_.size();
        case CutMode::AllButFirst: return index != 0;
        case CutMode::Subset: return index < 64 && ((cut_.seed >> index) & 1U) != 0;
        case CutMode::Random: break;
    }
    BATPAK_UNREACHABLE();
}

void Survivor::fill_directory(const Node& node, Node& survivor) {
    Entries entries = node.durable_entries;
    const std::size_t kept = choose_names(node);
    BATPAK_ASSERT(kept <= node.pending.size());
    for (const NameChange& change : std::span(node.pending).first(kept))
        apply_change(entries, change);
    for (const auto& [name, child] : entries) {
        const NodePointer made = survivor.entries.emplace(name, copy(child)).first->second;
        if (made->kind == FileKind::Regular) ++made->link_count;
    }
    survivor.durable_entries = survivor.entries;
}

// Changes of one folder become durable in order, so what is left of them is a front part.
std::size_t Survivor::choose_names(const Node& directory) {
    const std::size_t count = directory.pending.size();
    if (cut_.mode == CutMode::None) return 0;
    if (cut_.mode != CutMode::Random) return count;
    if (names_ == NameDurability::Strict) return random_.below(count + 1);
    const auto beyond = std::ranges::find_if(
        directory.pending, [&](const NameChange& change) { return change.stamp >= journal_end_; });
    return static_cast<std::size_t>(beyond - directory.pending.begin());
}

Entries copy_entries(const Entries& entries, Copies& copies);

// The node as it is, unsynced changes and all; but nobody holds a lock or a mapping.
NodePointer clone(const NodePointer& node, Copies& copies) {
    if (!node) return nullptr;
    if (const auto found = copies.find(node.get()); found != copies.end()) return found->second;
    auto made = std::make_shared<Node>(*node);
    copies.emplace(node.get(), made);
    made->locked = false;
    made->writable_mappings.clear();
    made->entries = copy_entries(node->entries, copies);
    made->durable_entries = copy_entries(node->durable_entries, copies);
    for (NameChange& change : made->pending)
        for (NameChange::Setting& setting : change.settings)
            setting.node = clone(setting.node, copies);
    return made;
}

Entries copy_entries(const Entries& entries, Copies& copies) {
    Entries made;
    for (const auto& [name, child] : entries) made.emplace(name, clone(child, copies));
    return made;
}

}  // namespace

// The kernel lives on: what was written is there, synced or not.
DiskModel DiskModel::after_process_kill() const {
    DiskModel model(tracking_, names_);
    Copies copies;
    model.root_ = clone(root_, copies);
    model.capacity_bytes_ = capacity_bytes_;
    model.next_stamp_ = next_stamp_;
    model.next_id_ = next_id_;
    return model;
}

DiskModel DiskModel::after_power_cut(PowerCut cut, std::uint64_t seed) const {
    DiskModel model(tracking_, names_);
    model.root_ = Survivor(root_, cut, names_, seed).copy(root_);
    model.capacity_bytes_ = capacity_bytes_;
    model.next_stamp_ = next_stamp_;
    model.next_id_ = next_id_;
    return model;
}

std::uint64_t DiskModel::unsynced_sectors() const { return writes_in_order(root_).size(); }

}  // namespace batpak::testing
