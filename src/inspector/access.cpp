// The order of the questions is from the cheapest to the token, so that who guesses tokens must
// first look like a page of this server.
#include "inspector/access.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/assert.hpp"

namespace batpak::inspector {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"127.0.0.1", "localhost", "[::1]"};
constexpr std::string_view kBearer = "Bearer ";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_of_api(std::string_view path) { return path.starts_with("/api/"); }

}  // namespace

Access::Access(std::uint16_t port, std::string token) : port_(port), token_(std::move(token)) {
    BATPAK_ASSERT(!token_.empty());
    BATPAK_ASSERT(port_ != 0);
}

// Equality: a comparison of beginnings would let 127.0.0.1.example.com in.
bool Access::is_own_host(std::string_view host) const {
    const std::string asked = lower(host);
    return std::ranges::any_of(kNames, [&](std::string_view name) {
        return asked == std::string(name) + ":" + std::to_string(port_);
    });
}

bool Access::has_token(const Asked& asked) const {
    if (!asked.authorization) return false;
    const std::string_view given = *asked.authorization;
    return given.starts_with(kBearer) &&
           equal_in_constant_time(given.substr(kBearer.size()), token_);
}

std::optional<Refusal> Access::refuse(const Asked& asked) const {
    if (asked.hosts.size() != 1 || !is_own_host(asked.hosts.front())) {
        return Refusal{421, "the header Host is none of this server's names"};
    }
    if (!is_read(asked.method) && asked.method != "POST") {
        return Refusal{405, "only GET, HEAD and POST are answered"};
    }
    // What no browser says is no page of another site: a program has no such header.
    const std::string_view site = asked.fetch_site ? *asked.fetch_site : std::string_view("none");
    const bool is_foreign = site != "same-origin" && site != "none";
    const bool is_link = asked.is_navigation && asked.method == "GET" && !is_of_api(asked.path);
    if (is_foreign && !is_link) return Refusal{403, "a page of another site asks"};
    if (asked.origin && (!asked.origin->starts_with("http://") ||
                         !is_own_host(std::string_view(*asked.origin).substr(7)))) {
        return Refusal{403, "a page of another origin asks"};
    }
    if (asked.method == "POST" && site != "same-origin" && !asked.origin) {
        return Refusal{403, "a POST needs the header Origin of this server"};
    }
    if ((is_of_api(asked.path) || asked.method == "POST") && !has_token(asked)) {
        return Refusal{401,
                       "the token is missing, or it is another one: open the URL that was "
                       "printed when the inspector started"};
    }
    return std::nullopt;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        different |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                           static_cast<unsigned char>(b[i]));
    }
    return different == 0;
}

}  // namespace batpak::inspector
