// Who is answered. tests/tool/serve_security_test.py asks the same of a server, through a socket.
#include "inspector/access.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace batpak::inspector {
namespace {

constexpr std::uint16_t kPort = 4711;
const Access& access() {
    static const Access made(kPort, "0123456789abcdef");
    return made;
}

Asked good() {
    return {.method = "GET",
            .path = "/api/v1/store",
            .hosts = {"127.0.0.1:4711"},
            .authorization = "Bearer 0123456789abcdef",
            .fetch_site = "same-origin",
            .is_navigation = false,
            .origin = std::nullopt};
}

int status(const Asked& asked) {
    const auto refusal = access().refuse(asked);
    return refusal ? refusal->status : 200;
}

TEST(InspectorAccess, AnswersItsOwnPage) { EXPECT_EQ(status(good()), 200); }

TEST(InspectorAccess, TakesExactlyItsOwnNamesAsHost) {
    const std::vector<std::pair<std::string, int>> hosts = {
        {"127.0.0.1:4711", 200},
        {"localhost:4711", 200},
        {"LocalHost:4711", 200},
        {"[::1]:4711", 200},
        {"127.0.0.1", 421},
        {"127.0.0.1:4712", 421},
        {"127.0.0.1:47110", 421},
        {"127.0.0.1.evil.example:4711", 421},
        {"localhost.evil.example:4711", 421},
        {"evil.example:4711", 421},
        {"127.0.0.1:4711@evil.example", 421},
        {"127.0.0.1:4711 ", 421},
        {"0.0.0.0:4711", 421},
        {"[::]:4711", 421},
        {"2130706433:4711", 421},
        {"", 421},
    };
    for (const auto& [host, expected] : hosts) {
        Asked asked = good();
        asked.hosts = {host};
        EXPECT_EQ(status(asked), expected) << host;
    }
}

TEST(InspectorAccess, RefusesTwoHostsAndNone) {
    Asked asked = good();
    asked.hosts = {"127.0.0.1:4711", "127.0.0.1:4711"};
    EXPECT_EQ(status(asked), 421);
    asked.hosts = {};
    EXPECT_EQ(status(asked), 421);
}

TEST(InspectorAccess, NeedsTheWholeToken) {
    const std::vector<std::string> wrong = {"",
                                            "Bearer ",
                                            "Bearer 0123456789abcde",
                                            "Bearer 0123456789abcdef0",
                                            "Bearer 0123456789abcdeF",
                                            "0123456789abcdef",
                                            "Basic 0123456789abcdef"};
    for (const std::string& text : wrong) {
        Asked asked = good();
        asked.authorization = text;
        EXPECT_EQ(status(asked), 401) << text;
    }
    Asked asked = good();
    asked.authorization.reset();
    EXPECT_EQ(status(asked), 401);
    asked.path = "/metrics";
    EXPECT_EQ(status(asked), 200);
    asked.path = "/";
    EXPECT_EQ(status(asked), 200);
}

TEST(InspectorAccess, RefusesPagesOfOtherSites) {
    for (const std::string site : {"cross-site", "same-site", "nonsense"}) {
        Asked asked = good();
        asked.fetch_site = site;
        EXPECT_EQ(status(asked), 403) << site;
        asked.path = "/metrics";
        EXPECT_EQ(status(asked), 403) << site;
    }
}

// The page is the same for everybody, and shows nothing without the token.
TEST(InspectorAccess, LetsALinkLeadToThePageAndNoFurther) {
    Asked asked = good();
    asked.fetch_site = "cross-site";
    asked.is_navigation = true;
    asked.authorization.reset();
    asked.path = "/events";
    EXPECT_EQ(status(asked), 200);
    asked.path = "/api/v1/store";
    EXPECT_EQ(status(asked), 403);
    asked.path = "/events";
    asked.method = "POST";
    EXPECT_EQ(status(asked), 403);
}

TEST(InspectorAccess, ComparesTheWholeOrigin) {
    Asked asked = good();
    for (const std::string origin : {"http://127.0.0.1:4711", "http://localhost:4711"}) {
        asked.origin = origin;
        EXPECT_EQ(status(asked), 200) << origin;
    }
    for (const std::string origin : {"null", "https://127.0.0.1:4711", "http://127.0.0.1:80",
                                     "http://evil.example", "http://127.0.0.1:4711.evil.example"}) {
        asked.origin = origin;
        EXPECT_EQ(status(asked), 403) << origin;
    }
}

TEST(InspectorAccess, LetsNoFormOfAnotherPagePost) {
    Asked asked = good();
    asked.method = "POST";
    EXPECT_EQ(status(asked), 200);
    asked.fetch_site.reset();
    EXPECT_EQ(status(asked), 403);
    asked.origin = "http://127.0.0.1:4711";
    EXPECT_EQ(status(asked), 200);
}

TEST(InspectorAccess, NeedsTheTokenForEachPost) {
    Asked asked = good();
    asked.method = "POST";
    for (const char* const path : {"/api/v1/verify", "/", "/healthz", "/metrics"}) {
        asked.path = path;
        asked.authorization = "Bearer 0123456789abcdef";
        EXPECT_EQ(status(asked), 200) << path;
        asked.authorization.reset();
        EXPECT_EQ(status(asked), 401) << path;
    }
}

TEST(InspectorAccess, KnowsThreeMethods) {
    for (const std::string method : {"PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"}) {
        Asked asked = good();
        asked.method = method;
        EXPECT_EQ(status(asked), 405) << method;
    }
    Asked asked = good();
    asked.method = "HEAD";
    EXPECT_EQ(status(asked), 200);
}

TEST(InspectorAccess, ComparesTokensOfEqualLengthToTheEnd) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    for (std::size_t at = 0; at < 3; ++at) {
        std::string other = "abc";
        other[at] = 'x';
        EXPECT_FALSE(equal_in_constant_time("abc", other)) << at;
    }
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace batpak::inspector
