// Whether a store is the log of a checkpoint that was kept elsewhere: the one thing that no look at
// the store alone can find out. Fewer events are a copy that is too old; other events are another
// history, which is worth keeping as evidence.
#include "batpak/proof/expect.hpp"

namespace batpak::proof {

Result<void> expect_checkpoint(const StoreReads& log, LogTree& tree, const Checkpoint& expected) {
    if (!expected.origin.ends_with("/" + batpak::to_string(log.log_id()))) {
        return fail(ErrorCode::InvalidArgument, "the checkpoint is of " + expected.origin +
                                                    ", and the log is " +
                                                    batpak::to_string(log.log_id()));
    }
    // What a checkpoint covers was durable when it was signed. A reader beside a writer may not
    // know that yet of the last events: it sees them all the same.
    const std::uint64_t events = log.visible_end().value;
    if (events < expected.head.size) {
        return fail(Error(ErrorCode::RolledBack,
                          "the log has " + std::to_string(events) + " events, and had " +
                              std::to_string(expected.head.size) +
                              " at the checkpoint: it is an old copy, or its end was cut off")
                        .at_sequence(Sequence(events)));
    }
    BATPAK_TRY(const TreeHead then, tree.head(Sequence(expected.head.size)));
    if (then == expected.head) return {};
    return fail(Error(ErrorCode::SplitHistory, "the first " + std::to_string(expected.head.size) +
                                                   " events are not those of the checkpoint: keep "
                                                   "it, and the store, as evidence")
                    .at_sequence(Sequence(expected.head.size)));
}

// A store that is refused is closed again, and not only dropped: the close says if it failed.
Result<Store> open_expecting(const StoreConfig& config, const Checkpoint& expected) {
    BATPAK_TRY(Store store, Store::open(config));
    LogTree tree(store);
    auto is_expected = expect_checkpoint(store, tree, expected);
    if (is_expected) return store;
    BATPAK_CHECK(std::move(store).close());
    return fail(std::move(is_expected).error());
}

}  // namespace batpak::proof
