// Each request goes one way: pre-routing asks Access, a route makes the JSON or an error, and the
// default headers say what a browser may do with it.
//
// A connection has one request. What follows it, such as a body that was refused, would otherwise
// be the next request, under whatever header Host a page of another site wrote into it.
//
// cpp-httplib compares paths with regular expressions; what stands in parentheses is matches[1].
#include "inspector/server.hpp"

#include <httplib.h>

#include <algorithm>

#include "base/exceptions.hpp"
#include "base/system/connections.hpp"
#include "base/system/start_thread.hpp"
#include "batpak/base/assert.hpp"
#include "inspector/metrics.hpp"
#include "inspector/page.hpp"
#include "inspector/tail.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

httplib::Headers default_headers() {
    return {{"Content-Security-Policy", kContentPolicy},
            {"Cross-Origin-Resource-Policy", "same-origin"},
            {"Cross-Origin-Opener-Policy", "same-origin"},
            {"X-Content-Type-Options", "nosniff"},
            {"Referrer-Policy", "no-referrer"},
            {"Cache-Control", "no-store"},
            {"Accept-Ranges", "none"}};
}

int status_of(const Error& error) {
    if (error.code() == ErrorCode::InvalidArgument) return 400;
    switch (error.error_class()) {
        case ErrorClass::NotFound: return 404;
        case ErrorClass::Conflict:
        case ErrorClass::Denied:
        case ErrorClass::Domain: return 409;
        case ErrorClass::Invalid: return 422;
        case ErrorClass::Busy:
        case ErrorClass::WouldBlock:
        case ErrorClass::Timeout: return 503;
        default: return 500;
    }
}

void put_error(httplib::Response& response, const Error& error) {
    response.status = status_of(error);
    tool::JsonLine line(false);
    line.raw("error", tool::error_json(error, false));
    response.set_content(line.finish(), kJson);
}

void put_refusal(httplib::Response& response, const Refusal& refusal) {
    response.status = refusal.status;
    tool::JsonLine inner(false);
    inner.text("text", refusal.text);
    tool::JsonLine line(false);
    line.raw("error", inner.finish());
    response.set_content(line.finish(), kJson);
}

void put(httplib::Response& response, const Result<std::string>& answer) {
    if (!answer) return put_error(response, answer.error());
    response.set_content(*answer, kJson);
}

void put_download(httplib::Response& response, const Result<Download>& download) {
    if (!download) return put_error(response, download.error());
    response.set_header("Content-Disposition",
                        std::string("attachment; filename=") + download->name);
    if (download->next) response.set_header("X-Batpak-Next", std::to_string(download->next->value));
    response.set_content(download->text, download->type);
}

std::optional<std::string> header_of(const httplib::Request& request, const char* name) {
    if (!request.has_header(name)) return std::nullopt;
    return request.get_header_value(name);
}

Asked asked_of(const httplib::Request& request) {
    Asked asked{.method = request.method,
                .path = request.path,
                .hosts = {},
                .authorization = header_of(request, "Authorization"),
                .fetch_site = header_of(request, "Sec-Fetch-Site"),
                .is_navigation = header_of(request, "Sec-Fetch-Mode") == "navigate" &&
                                 header_of(request, "Sec-Fetch-Dest") == "document",
                .origin = header_of(request, "Origin")};
    const auto [begin, end] = request.headers.equal_range("Host");
    for (auto at = begin; at != end; ++at) asked.hosts.push_back(at->second);
    return asked;
}

// Nothing here takes a body, and none is read: cpp-httplib would take one of any length into
// memory, or wait for its end. A POST that announces none has none.
bool has_body(const httplib::Request& request) {
    const auto [begin, end] = request.headers.equal_range("Content-Length");
    return request.has_header("Transfer-Encoding") ||
           std::any_of(begin, end, [](const auto& header) { return header.second != "0"; });
}

// A part of a JSON answer is no JSON, and a header Range may be ignored (RFC 9110, 14.2). The
// request is no constant where it comes from, and there is no other way to say so.
void ignore_ranges(const httplib::Request& request) {
    const_cast<httplib::Request&>(request).ranges.clear();
}

Parameters parameters_of(const httplib::Request& request) {
    return Parameters(Parameters::Pairs(request.params.begin(), request.params.end()));
}

// What cpp-httplib gives its connections to; they go on to Workers, which it does not own.
class Handover : public httplib::TaskQueue {
    // Nothing, or in later versions of cpp-httplib whether the job was taken.
    using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

public:
    explicit Handover(Workers& workers) : workers_(workers) {}

    Taken enqueue(std::function<void()> job) override {
        workers_.add(std::move(job));
        return static_cast<Taken>(true);
    }
    void shutdown() override { workers_.finish(); }

private:
    Workers& workers_;
};

}  // namespace

Server::Server(Shown shown, std::optional<Error> refusal, std::string token)
    : shown_(std::move(shown)),
      refusal_(std::move(refusal)),
      token_(std::move(token)),
      http_(std::make_unique<httplib::Server>()) {
    BATPAK_ASSERT((shown_.store == nullptr) == refusal_.has_value());
    if (shown_.store != nullptr) verify_ = std::make_unique<VerifyJob>(*shown_.store);
}

Server::~Server() { stop(); }

void Server::follow(ReadOnlyStore& store) {
    BATPAK_ASSERT(shown_.store == &store && !thread_);
    follower_ = std::make_unique<Follower>(store);
}

Result<void> Server::listen(std::uint16_t port) {
    BATPAK_ASSERT(!thread_);
    http_->new_task_queue = [this] { return new Handover(workers_); };
    http_->set_tcp_nodelay(true);
    http_->set_keep_alive_max_count(1);
    http_->set_keep_alive_timeout(1);
    http_->set_read_timeout(10);
    http_->set_write_timeout(10);
    http_->set_payload_max_length(0);
    // Not SO_REUSEPORT, which cpp-httplib sets unless told otherwise: two servers would share a
    // port, and a browser would ask now this one and now that one.
    http_->set_socket_options([](socket_t socket) {
        const int yes = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    http_->set_default_headers(default_headers());
    int bound = port;
    if (port == 0) {
        bound = http_->bind_to_any_port("127.0.0.1");
    } else if (!http_->bind_to_port("127.0.0.1", port)) {
        bound = -1;
    }
    if (bound <= 0) {
        return fail(Error(ErrorCode::Io, "cannot listen there: another program may have the port")
                        .at("127.0.0.1:" + std::to_string(port)));
    }
    port_ = static_cast<std::uint16_t>(bound);
    access_.emplace(port_, token_);
    add_routes();
    BATPAK_CHECK(workers_.start(kThreads));
    BATPAK_TRY(thread_, start_thread([this] {
                   http_->listen_after_bind();
                   has_ended_ = true;
               }));
    return {};
}

// First all that waits for the store, then the listening, then the connections: a client that sends
// byte after byte would keep the thread that reads them. What reads the store by itself ends last,
// when no request can ask for it any more.
void Server::stop() noexcept {
    if (mark_.is_inherited()) return;
    stop_.request_stop();
    const MutexLock lock(stopping_);
    if (thread_) {
        // A server that does not listen yet cannot be told to stop, and one whose socket failed has
        // stopped by itself.
        while (!http_->is_running() && !has_ended_) std::this_thread::yield();
        http_->stop();
        end_connections_of(port_);
        thread_.reset();
    }
    verify_.reset();
    follower_.reset();
}

Result<const StoreReads*> Server::readable() const {
    if (refusal_) return fail(*refusal_);
    const std::optional<Error> error = follower_ ? follower_->error() : std::nullopt;
    if (error) return fail(*error);
    return shown_.store;
}

void Server::add_routes() {
    http_->set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
            using Handling = httplib::Server::HandlerResponse;
            ignore_ranges(request);
            if (!let_in(request, response)) return Handling::Handled;
            if (request.method != "POST") return Handling::Unhandled;
            // Before cpp-httplib reads what it takes for the body of each POST.
            answer_post(request, response);
            return Handling::Handled;
        });
    // Memory may be short; what an exception says is not for others.
    http_->set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
            put_error(response, Error(ErrorCode::OutOfMemory, "the request could not be answered"));
        });
    http_->Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("ok\n", "text/plain");
    });
    http_->Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
        answer_ready(response);
    });
    http_->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
        const bool is_ready = readable().has_value();
        response.set_content(metrics_text(shown_, is_ready), "text/plain; version=0.0.4");
    });
    add_answers();
    http_->Get("/api/v1/tail",
               [this](const httplib::Request& request, httplib::Response& response) {
                   answer_tail(request, response);
               });
    http_->Get("/api/v1/verify",
               [this](const httplib::Request& request, httplib::Response& response) {
                   answer_verify(request, response, nullptr);
               });
    http_->Get("/(?!api/).*", [this](const httplib::Request& request, httplib::Response& response) {
        answer_page(request, response);
    });
}

void Server::add_answers() {
    http_->Get("/api/v1/store",
               [this](const httplib::Request& request, httplib::Response& response) {
                   const Result<const StoreReads*> store = readable();
                   if (!store) return put_error(response, store.error());
                   put(response, answer_store(shown_, parameters_of(request)));
               });
    add_answer("/api/v1/counts", answer_counts);
    add_answer("/api/v1/events", answer_events);
    add_answer("/api/v1/rows", answer_rows);
    add_answer("/api/v1/streams", answer_streams);
    add_answer("/api/v1/scopes", answer_scopes);
    add_answer("/api/v1/catalogue", answer_catalogue);
    add_answer("/api/v1/series", answer_series);
    add_answer("/api/v1/state", answer_state);
    add_answer("/api/v1/delivery", answer_delivery);
    add_answer("/api/v1/changes", answer_changes);
    http_->Get("/api/v1/export",
               [this](const httplib::Request& request, httplib::Response& response) {
                   const Result<const StoreReads*> store = readable();
                   if (!store) return put_error(response, store.error());
                   put_download(response, answer_export(**store, parameters_of(request)));
               });
    // Files can be looked at where no store can be opened.
    http_->Get("/api/v1/segments",
               [this](const httplib::Request& request, httplib::Response& response) {
                   const Result<const StoreReads*> store = readable();
                   put(response, answer_segments(shown_.directory, store ? *store : nullptr,
                                                 parameters_of(request)));
               });
    const auto of_event = [this](auto answer) {
        return [this, answer](const httplib::Request& request, httplib::Response& response) {
            const Result<const StoreReads*> store = readable();
            if (!store) return put_error(response, store.error());
            put(response, answer(**store, std::string(request.matches[1]), parameters_of(request)));
        };
    };
    http_->Get("/api/v1/events/([-0-9a-fA-F]{1,36})", of_event(answer_event));
    http_->Get("/api/v1/events/([-0-9a-fA-F]{1,36})/links", of_event(answer_links));
    http_->Get("/api/v1/events/([-0-9a-fA-F]{1,36})/graph", of_event(answer_graph));
}

void Server::add_answer(const char* path, Answer answer) {
    http_->Get(path, [this, answer](const httplib::Request& request, httplib::Response& response) {
        const Result<const StoreReads*> store = readable();
        if (!store) return put_error(response, store.error());
        put(response, answer(**store, parameters_of(request)));
    });
}

bool Server::let_in(const httplib::Request& request, httplib::Response& response) const {
    if (const std::optional<Refusal> refusal = access_->refuse(asked_of(request))) {
        put_refusal(response, *refusal);
        return false;
    }
    if (has_body(request)) {
        put_error(response, Error(ErrorCode::InvalidArgument, "no request has a body here"));
        return false;
    }
    return true;
}

void Server::answer_post(const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/api/v1/verify") {
        return answer_verify(request, response, &VerifyJob::start);
    }
    if (request.path == "/api/v1/verify/cancel") {
        return answer_verify(request, response, &VerifyJob::cancel);
    }
    put_refusal(response, {404, "nothing here takes a POST"});
}

void Server::answer_verify(const httplib::Request& request, httplib::Response& response,
                           Result<void> (VerifyJob::*step)()) {
    const Result<const StoreReads*> store = readable();
    if (!store) return put_error(response, store.error());
    const Result<void> allowed = parameters_of(request).allow({}, false);
    if (!allowed) return put_error(response, allowed.error());
    const Result<void> stepped = step == nullptr ? Result<void>() : ((*verify_).*step)();
    if (!stepped) return put_error(response, stepped.error());
    response.set_content(verify_->json(), kJson);
}

// A path of a page is read by the page itself.
void Server::answer_page(const httplib::Request& request, httplib::Response& response) const {
    const PageFile* file = find_page_file(request.path);
    if (file == nullptr) file = find_page_file("/index.html");
    BATPAK_ASSERT(file != nullptr);
    response.set_content(file->bytes.data(), file->bytes.size(), std::string(file->type));
}

void Server::answer_ready(httplib::Response& response) const {
    const Result<const StoreReads*> store = readable();
    const bool poisoned = shown_.stats && shown_.stats().poisoned;
    const bool is_ready = store && !poisoned;
    response.status = is_ready ? 200 : 503;
    response.set_content(is_ready   ? "ready\n"
                         : poisoned ? "a write failed: reopen the store\n"
                                    : "the store cannot be read\n",
                         "text/plain");
}

void Server::answer_tail(const httplib::Request& request, httplib::Response& response) {
    const Result<const StoreReads*> store = readable();
    if (!store) return put_error(response, store.error());
    Result<Tail> tail = Tail::create(**store, follower_.get(), parameters_of(request));
    if (!tail) return put_error(response, tail.error());
    // A HEAD has no content to release the place.
    if (request.method == "HEAD") return response.set_content("", "text/event-stream");
    if (streams_.fetch_add(1) >= kStreamsMax) {
        streams_.fetch_sub(1);
        response.set_header("Retry-After", "5");
        return put_refusal(response, {503, "as many streams as there may be are open"});
    }
    const auto shared = std::make_shared<Tail>(*std::move(tail));
    response.set_chunked_content_provider(
        "text/event-stream",
        [this, shared](std::size_t, httplib::DataSink& sink) {
            const std::optional<std::string> message = shared->next(stop_.get_token());
            if (!message) {
                sink.done();
                return true;
            }
            return sink.write(message->data(), message->size());
        },
        [this](bool) { streams_.fetch_sub(1); });
}

}  // namespace batpak::inspector
