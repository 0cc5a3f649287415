// A store on a simulated disk, a key beside it, and what was signed.
//
// Threads: thread-compatible
// Errors:  none; what a test takes for granted throws
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "batpak/proof/checkpoint_signer.hpp"
#include "batpak/proof/event_proof.hpp"
#include "proof/support.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::proof {

class LogFixture : public testing::StoreFixture {
protected:
    static constexpr const char* kKeyFile = "keys/ledger.key";

    LogFixture() { disk->open_directory("keys", true).value(); }

    void append(Store& store, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const Coordinate& who = appended_++ % 3 == 0 ? alice : bob;
            store.append_raw(who, kind, as_bytes("payload " + std::to_string(appended_))).value();
        }
    }
    VerifierKey make_key(const Store& store) {
        OneByteEntropy nine(9);
        return CheckpointSigner::create(*disk, kKeyFile, "example.com/ledger", store.log_id(), nine)
            .value();
    }
    Result<SignedCheckpoint> sign(const StoreReads& store) {
        BATPAK_TRY(CheckpointSigner signer, CheckpointSigner::open(*disk, kKeyFile));
        LogTree tree(store);
        return signer.sign(store, tree);
    }

private:
    std::uint64_t appended_ = 0;
};

}  // namespace batpak::proof
