// Inspector: a store as web pages, served to a browser on this machine.
//
//     auto inspector = Inspector::start(store).value();
//     fmt::print("{}\n", inspector.url());     // http://127.0.0.1:43117/#t=9f...
//
// Part of the library batpak::inspector, which needs cpp-httplib. It reads the store and never
// writes. It listens on 127.0.0.1 and on no other address. A program that has the token of the URL
// reads all events; a page of another site cannot, whatever name it gives this machine. /metrics,
// /healthz, /readyz and the pages need no token, and tell counts and no names.
//
// A process that has one ignores SIGPIPE, which cpp-httplib sees to: a browser that goes away is no
// reason to end.
//
// Threads: thread-safe, except for moving and destroying it. Requests are answered on threads of
//          its own, which end with stop(); the store must live, and stay open, until then. In a
//          child after fork() there are no such threads: stop() does nothing
// Errors:  start(): InvalidArgument; Io if the port is taken; HandlerFailed, OutOfMemory if no
//          thread can be started
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

class Store;
class ReadOnlyStore;

namespace inspector {
class Server;
}

// How an inspector is started.
class InspectorConfig {
public:
    static constexpr std::size_t kTokenCharactersMin = 16;

    // Where to listen. Default: 0, a port that is free.
    InspectorConfig with_port(std::uint16_t port) const;
    // What a browser must know: letters and digits, at least 16 of them. Default: 128 random bits
    // as hexadecimal digits, other ones each time.
    InspectorConfig with_token(std::string token) const;
    // What the pages call the store, such as its directory. Default: nothing.
    InspectorConfig with_title(std::string title) const;

    // Where the store lies, so that its files can be shown, also of one that does not open.
    // Default: nothing, and the page of the segments says so.
    InspectorConfig with_directory(std::string directory) const;

    std::uint16_t port() const noexcept { return port_; }
    const std::string& token() const noexcept { return token_; }
    const std::string& title() const noexcept { return title_; }
    const std::string& directory() const noexcept { return directory_; }

private:
    std::uint16_t port_ = 0;
    std::string token_;
    std::string title_;
    std::string directory_;
};

class Inspector {
public:
    // Shows the program's own store, with its StoreStats. Borrows: the store.
    [[nodiscard]] static Result<Inspector> start(const Store& store,
                                                 const InspectorConfig& config = {});
    // Shows a store beside its writer: refreshes it five times a second. Borrows: the store.
    [[nodiscard]] static Result<Inspector> start(ReadOnlyStore& store,
                                                 const InspectorConfig& config = {});
    // Shows why a store does not open, and nothing else.
    [[nodiscard]] static Result<Inspector> start(const Error& refusal,
                                                 const InspectorConfig& config = {});

    Inspector(Inspector&&) noexcept;
    Inspector& operator=(Inspector&&) noexcept;
    ~Inspector();

    // The address for a browser, with the token behind the '#', which no browser sends on.
    std::string url() const;
    std::uint16_t port() const noexcept;
    // Ends what is being answered, and the connections of all clients, however slow; cuts short a
    // check of the store. When it returns, the threads have ended and nothing reads the store any
    // more: it may be closed, and destroyed, before this. It may be called again.
    void stop() noexcept;

private:
    explicit Inspector(std::unique_ptr<inspector::Server> server);

    std::unique_ptr<inspector::Server> server_;
};

}  // namespace batpak
