#include "batpak/inspector/inspector.hpp"

#include <algorithm>

#include "base/exceptions.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/store/store.hpp"
#include "inspector/server.hpp"

namespace batpak {
namespace {

using inspector::Server;
using inspector::Shown;

std::string random_token() {
    std::array<std::byte, 16> bits{};
    real_entropy()->fill(bits);
    return to_hex(bits);
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A token goes through URLs and headers as it is.
Result<std::string> token_of(const InspectorConfig& config) {
    if (config.token().empty()) return random_token();
    if (config.token().size() < InspectorConfig::kTokenCharactersMin ||
        !std::ranges::all_of(config.token(), is_letter_or_digit)) {
        return fail(ErrorCode::InvalidArgument,
                    "a token has at least 16 characters, and only letters and digits");
    }
    return config.token();
}

Result<std::unique_ptr<Server>> serve(Shown shown, std::optional<Error> refusal,
                                      ReadOnlyStore* followed, const InspectorConfig& config) {
    BATPAK_TRY(std::string token, token_of(config));
    shown.title = config.title();
    shown.directory = config.directory();
    return caught([&]() -> Result<std::unique_ptr<Server>> {
        auto server =
            std::make_unique<Server>(std::move(shown), std::move(refusal), std::move(token));
        if (followed != nullptr) server->follow(*followed);
        BATPAK_CHECK(server->listen(config.port()));
        return server;
    });
}

}  // namespace

InspectorConfig InspectorConfig::with_port(std::uint16_t port) const {
    InspectorConfig changed = *this;
    changed.port_ = port;
    return changed;
}

InspectorConfig InspectorConfig::with_token(std::string token) const {
    InspectorConfig changed = *this;
    changed.token_ = std::move(token);
    return changed;
}

InspectorConfig InspectorConfig::with_title(std::string title) const {
    InspectorConfig changed = *this;
    changed.title_ = std::move(title);
    return changed;
}

InspectorConfig InspectorConfig::with_directory(std::string directory) const {
    InspectorConfig changed = *this;
    changed.directory_ = std::move(directory);
    return changed;
}

Inspector::Inspector(std::unique_ptr<inspector::Server> server) : server_(std::move(server)) {}
Inspector::Inspector(Inspector&&) noexcept = default;
Inspector& Inspector::operator=(Inspector&&) noexcept = default;
Inspector::~Inspector() = default;

Result<Inspector> Inspector::start(const Store& store, const InspectorConfig& config) {
    Shown shown{
        .store = &store, .stats = [&store] { return store.stats(); }, .title = {}, .directory = {}};
    BATPAK_TRY(auto server, serve(std::move(shown), std::nullopt, nullptr, config));
    return Inspector(std::move(server));
}

Result<Inspector> Inspector::start(ReadOnlyStore& store, const InspectorConfig& config) {
    Shown shown{.store = &store, .stats = {}, .title = {}, .directory = {}};
    BATPAK_TRY(auto server, serve(std::move(shown), std::nullopt, &store, config));
    return Inspector(std::move(server));
}

Result<Inspector> Inspector::start(const Error& refusal, const InspectorConfig& config) {
    BATPAK_TRY(auto server, serve({}, refusal, nullptr, config));
    return Inspector(std::move(server));
}

std::string Inspector::url() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/#t=" + server_->token();
}

std::uint16_t Inspector::port() const noexcept { return server_->port(); }

void Inspector::stop() noexcept { server_->stop(); }

}  // namespace batpak
