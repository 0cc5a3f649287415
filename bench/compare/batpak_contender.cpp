// batpak, through its public interface, with its hashes on.
#include "batpak/store/store.hpp"
#include "compare/contender.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint32_t kBatchItemsMax = 1000;

ExpectedVersion expectation(const NewEvent& event) {
    return event.expected == 0 ? ExpectedVersion::none()
                               : ExpectedVersion::exactly(event.expected - 1);
}

bool stored(ErrorCode code) {
    if (code == ErrorCode::VersionConflict) return false;
    give_up("batpak: " + std::string(to_string(code)));
}

class BatpakContender final : public Contender {
public:
    explicit BatpakContender(const Setup& setup)
        : is_durable_(setup.sync_each == 1),
          store_(must(Store::open(
              StoreConfig(setup.directory)
                  .with_batch_items_max(kBatchItemsMax)
                  .with_mapped_reads(setup.mapped_reads)
                  .with_sync_every_n_events(static_cast<std::uint32_t>(setup.sync_each))))) {}

    bool append(const NewEvent& event) override {
        const auto receipt = store_.append_raw(*event.coordinate, event.kind, event.payload,
                                               {.expect = expectation(event)});
        return receipt ? kept(receipt->durability) : stored(receipt.error().code());
    }

    bool append_batch(std::span<const NewEvent> events) override {
        BatchBuilder batch;
        for (const NewEvent& event : events) {
            batch.add(*event.coordinate, event.kind, event.payload, {.expect = expectation(event)});
        }
        const auto receipts = store_.append_batch(std::move(batch));
        return receipts ? kept(receipts->back().durability) : stored(receipts.error().code());
    }

    void read_stream(const std::string& entity, std::uint64_t limit, const Visit& see) override {
        drain(store_.stream(entity, {.limit = limit}), see);
    }
    void scan(const Visit& see) override { drain(store_.query(Region::all()), see); }
    void get(const EventId& id, const Visit& see) override { see(seen(*must(store_.find(id)))); }

private:
    static SeenEvent seen(const EventView& event) {
        return {event.event_id(),      event.sequence().value,
                event.version().value, event.header.timestamp_us,
                event.kind(),          event.entity,
                event.scope,           event.payload};
    }

    static void drain(EventRange range, const Visit& see) {
        while (const Result<EventView>* event = range.next()) {
            if (!*event) give_up((*event).error().to_string());
            see(seen(**event));
        }
    }

    bool kept(batpak::Durability reached) const {
        if (is_durable_ && reached != batpak::Durability::Durable)
            give_up("batpak: an append is not durable");
        return true;
    }

    const bool is_durable_;
    Store store_;
};

}  // namespace

std::unique_ptr<Contender> open_batpak(const Setup& setup) {
    return std::make_unique<BatpakContender>(setup);
}

}  // namespace batpak::bench
