// Which version of a model serves is the latest event of a stream of its own. So readers in other
// processes see a switch as soon as they read the log, and the history of switches is kept.
#include "readmodel/switched.hpp"

#include <utility>
#include <vector>

#include "store/system_events.hpp"

namespace batpak {
namespace readmodel {
namespace {

ServingVersion serving_by(const ProjectionSwitched& switched, Sequence at) {
    return {.version = switched.version,
            .replaced = switched.replaced,
            .model_next = switched.model_next,
            .switched_at = at};
}

}  // namespace

Result<SwitchStream> SwitchStream::read(const StoreReads& store, std::string_view name) {
    BATPAK_TRY(Coordinate coordinate, Coordinate::create("batpak:projection:" + std::string(name),
                                                         system_kinds::kSystemScope));
    SwitchStream stream{std::move(coordinate), std::nullopt, std::nullopt};
    BATPAK_TRY(const std::optional<HeldEvent> latest,
               store.find_latest(stream.coordinate.entity()));
    if (!latest) return stream;
    BATPAK_TRY(const ProjectionSwitched switched, (*latest)->as<ProjectionSwitched>());
    stream.head = (*latest)->version();
    stream.serving = serving_by(switched, (*latest)->sequence());
    return stream;
}

// On the version of the stream that was read: of two switches at once, one is told of the other
// (INV U4). Durable, because readers go over to the new version at once, and a power cut must not
// bring the old one back (INV U4).
Result<ServingVersion> SwitchStream::append(Store& store,
                                            const ProjectionSwitched& switched) const {
    BatchBuilder batch;
    BatchItemOptions item;
    item.expect = head ? ExpectedVersion::exactly(*head) : ExpectedVersion::none();
    store::SystemEvents::add(batch, coordinate, switched, std::move(item));
    BatchOptions options;
    options.durability = Durability::Durable;
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               store.append_batch(std::move(batch), options));
    return serving_by(switched, receipts[0].sequence);
}

}  // namespace readmodel

Result<std::optional<ServingVersion>> serving_version(const StoreReads& store,
                                                      std::string_view name) {
    BATPAK_TRY(const readmodel::SwitchStream stream, readmodel::SwitchStream::read(store, name));
    return stream.serving;
}

}  // namespace batpak
