// In place of proof_commands.cpp where batpak is built without libsodium.
#include "tool/commands/proof_commands.hpp"

namespace batpak::tool {
namespace {

tl::unexpected<Error> without_libsodium() {
    return fail(ErrorCode::Unsupported,
                "this batpak was built without libsodium: it makes and checks no proofs");
}

}  // namespace

Result<void> check_anchor(const std::string&, const std::string&) { return without_libsodium(); }

Result<Anchor> anchor_of(const ReadOnlyStore&, const std::string&, const std::string&) {
    return without_libsodium();
}

Result<std::optional<std::uint64_t>> true_heads_of(const ReadOnlyStore&) {
    return std::optional<std::uint64_t>();
}

Result<ExitCode> run(const KeygenCommand&, Console&) { return without_libsodium(); }
Result<ExitCode> run(const CheckpointCommand&, Console&) { return without_libsodium(); }
Result<ExitCode> run(const ProveCommand&, Console&) { return without_libsodium(); }
Result<ExitCode> run(const TlogCommand&, Console&) { return without_libsodium(); }
Result<ExitCode> run(const CheckProofCommand&, Console&) { return without_libsodium(); }

}  // namespace batpak::tool
