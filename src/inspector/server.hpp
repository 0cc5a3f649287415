// Server: the routes of the inspector, on cpp-httplib, which no other file includes.
//
// Threads: thread-safe, except for destroying it
// Errors:  listen(): Io if the port is taken or no thread can be started
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "inspector/access.hpp"
#include "inspector/answers/answers.hpp"
#include "inspector/follower.hpp"
#include "inspector/verify_job.hpp"
#include "inspector/workers.hpp"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace batpak::inspector {

class Server {
public:
    // Streams take a thread each, and the others must not run out of them.
    static constexpr int kStreamsMax = 8;
    static constexpr int kThreads = 24;

    // Without a store, `refusal` says why. Borrows: the store of `shown`.
    Server(Shown shown, std::optional<Error> refusal, std::string token);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // From now on the store is refreshed. Borrows: the store. Requires: it is the one shown, and
    // listen() was not called.
    void follow(ReadOnlyStore& store);
    // Requires: not called before.
    [[nodiscard]] Result<void> listen(std::uint16_t port);
    // When it returns, every thread of the server has ended, and nothing reads the store any more.
    // In a child after fork(), where there are no such threads, it does nothing.
    void stop() noexcept;

    std::uint16_t port() const noexcept { return port_; }
    const std::string& token() const noexcept { return token_; }

private:
    using Answer = Result<std::string> (*)(const StoreReads&, const Parameters&);

    void add_routes();
    // Of what is known of the store.
    void add_answers();
    void add_answer(const char* path, Answer answer);
    // False if the request was refused, and answered so.
    bool let_in(const httplib::Request& request, httplib::Response& response) const;
    void answer_page(const httplib::Request& request, httplib::Response& response) const;
    void answer_post(const httplib::Request& request, httplib::Response& response);
    // Says how far the check is, after this step if there is one.
    void answer_verify(const httplib::Request& request, httplib::Response& response,
                       Result<void> (VerifyJob::*step)());
    void answer_tail(const httplib::Request& request, httplib::Response& response);
    void answer_ready(httplib::Response& response) const;
    // The store, or why it cannot be read: it did not open, or a refresh failed.
    Result<const StoreReads*> readable() const;

    const Shown shown_;
    const std::optional<Error> refusal_;
    const std::string token_;
    const ForkMark mark_;
    std::uint16_t port_ = 0;
    std::optional<Access> access_;
    Mutex stopping_;  // by one thread at a time
    std::unique_ptr<Follower> follower_;
    std::unique_ptr<VerifyJob> verify_;
    std::stop_source stop_;
    std::atomic<int> streams_{0};
    std::atomic<bool> has_ended_{false};  // the thread that listens
    Workers workers_;
    std::unique_ptr<httplib::Server> http_;
    std::unique_ptr<OwnedThread> thread_;
};

}  // namespace batpak::inspector
