// Access: which requests are answered at all.
//
// A page of any site may send requests to 127.0.0.1, and may have its own name resolve to it. So
// Host must be exactly one of the names of this server, also for reads, a page of another site is
// refused by what the browser says of it, and all that tells of events needs the token, as each
// POST does. A link that a person follows from elsewhere is no more than a link: it gets the page,
// the same for all.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batpak::inspector {

// What of a request decides. Borrows: all.
struct Asked {
    std::string_view method;
    std::string_view path;
    std::vector<std::string> hosts;  // each header Host
    std::optional<std::string> authorization;
    std::optional<std::string> fetch_site;  // Sec-Fetch-Site
    bool is_navigation = false;             // Sec-Fetch-Mode, -Dest: a page, for a person to see
    std::optional<std::string> origin;
};

struct Refusal {
    int status = 0;
    std::string text;
};

class Access {
public:
    // Requires: the token is not empty.
    Access(std::uint16_t port, std::string token);

    // Nothing if the request may be answered.
    std::optional<Refusal> refuse(const Asked& asked) const;

private:
    bool is_own_host(std::string_view host) const;
    bool has_token(const Asked& asked) const;

    std::uint16_t port_;
    std::string token_;
};

// Whether the two are equal, in a time that only depends on their lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace batpak::inspector
