// The only file that sees Boost.Asio, which waits and switches between connections; reading and writing are ours
// (net/stream.h), so that plain and TLS connections share every line.
// co_await stands only in statements of its own, never in a condition: GCC 12 miscompiles it there.
#define BOOST_ASIO_NO_DEPRECATED
#include "edge/http/loop.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <list>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/secret.h"
#include "base/thread_name.h"
#include "edge/http/request_reader.h"
#include "edge/http/response_writer.h"
#include "net/stream.h"

namespace avouch::edge {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Steady = std::chrono::steady_clock;
using Descriptor = asio::posix::stream_descriptor;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds kTick{100};      // how exact deadlines are
constexpr std::size_t kReadBytes = 64 * 1024;        // at a time, into a buffer that a loop's connections share
constexpr std::size_t kKeptOutputBytes = 16 * 1024;  // of an idle connection's output buffer
constexpr int kAcceptsPerTurn = 64;                  // before others have their turn

bool is_over(net::IoState state) {
  return state == net::IoState::kClosed || state == net::IoState::kFailed;
}

void report(const Log& log, std::string_view event, std::string_view problem) noexcept {
  try {
    log.error(event, {{"problem", problem}});
  } catch (...) {  // Memory is so short that it cannot even be said.
  }
}

net::HttpResponse fault(const Shared& shared, int status, const char* code) {
  net::HttpResponse response = shared.options.fault_response(status, code);
  if (!is_well_formed(response)) response = default_fault_response(status, code);
  if (status == 503 && !response.header("Retry-After")) response.headers.emplace_back("Retry-After", "1");
  return response;
}

// A handler promises not to throw. If one does, it costs one request and not the process.
net::HttpResponse ask(const Shared& shared, const net::HttpRequest& request) noexcept {
  try {
    net::HttpResponse response = shared.handler.handle(request);
    if (is_well_formed(response)) return response;
    report(shared.log, "http.response", "the handler made a malformed status or header");
    return fault(shared, 500, "http.internal");
  } catch (const std::exception& problem) {
    report(shared.log, "http.handler", problem.what());
  } catch (...) {
    report(shared.log, "http.handler", "unknown exception");
  }
  // Bare, since a body might need the memory that was missing.
  net::HttpResponse bare;
  bare.close = true;
  return bare;
}

}  // namespace

class Connection;

struct Loop::Parts {
  explicit Parts(Shared& with) : shared(with), tick(context) {}
  void run() noexcept;
  void begin(net::Stream stream, Peer peer);
  void drain();
  awaitable<void> accept_on(Descriptor& listener, OnAccept on_accept);
  awaitable<void> enforce_deadlines();
  std::string_view date();

  Shared& shared;
  asio::io_context context{1};
  asio::steady_timer tick;
  std::list<Descriptor> listeners;
  std::list<Connection> connections;
  bool draining = false;
  std::array<char, kReadBytes> read_buffer;
  std::string date_text;
  std::int64_t date_seconds = -1;
  std::thread thread;
};

// One client. Lives in its loop's list and is touched by its loop's thread alone, but for the request that a worker
// reads while the connection waits for the answer.
class Connection {
 public:
  Connection(Loop::Parts& loop, net::Stream stream, Peer peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    loop_.shared.held_bytes -= held_bytes_;
    descriptor_.release();  // the stream closes it
  }

  awaitable<void> serve();
  bool is_late(Steady::time_point now) const { return deadline_ <= now; }
  bool is_idle() const { return reader_.state() == RequestReader::State::kHead && !reader_.started(); }
  bool has_been_idle(Steady::time_point now, std::chrono::milliseconds span) const {
    return is_idle() && idle_since_ + span <= now;
  }
  void give_up();  // ends what the connection waits for

 private:
  awaitable<bool> ready(net::IoState wanted);
  awaitable<bool> handshake();
  awaitable<bool> read_request();
  awaitable<bool> answer();
  awaitable<bool> write_output();
  awaitable<void> linger();
  template <class Work>
  awaitable<bool> run_on_worker(Work work);
  void log_handshake(std::string_view problem) const;
  void log_request(const net::HttpRequest& request, int status) const;
  bool take(std::string_view input);
  bool count_held();
  void head_is_read(bool body_is_missing);
  bool refuse_late();
  void allow(std::chrono::milliseconds span) { deadline_ = Steady::now() + span; }

  Loop::Parts& loop_;
  net::Stream stream_;
  Descriptor descriptor_;
  Peer peer_;
  RequestReader reader_;
  net::HttpHandler::Weight weight_ = net::HttpHandler::Weight::kLight;
  Steady::time_point deadline_ = Steady::time_point::max();
  Steady::time_point idle_since_ = Steady::now();
  bool given_up_ = false;
  std::string unread_;          // came behind the request: the next one, pipelined
  std::size_t held_bytes_ = 0;  // the connection's part of what all hold
  std::string output_;
};

Connection::Connection(Loop::Parts& loop, net::Stream stream, Peer peer)
    : loop_(loop),
      stream_(std::move(stream)),
      descriptor_(loop.context, stream_.socket()),
      peer_(std::move(peer)),
      reader_(loop.shared.options.body_limit_bytes) {
  allow(loop.shared.options.read_deadline);
  if (const std::optional<net::TlsContext> tls = loop.shared.tls()) stream_.accept_tls(*tls);
}

void Connection::give_up() {
  given_up_ = true;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

awaitable<void> Connection::serve() {
  bool going_on = co_await handshake();
  while (going_on) {
    going_on = co_await read_request();
    if (!going_on) break;
    going_on = co_await answer();
    // A client that pipelines without end must not keep the loop from the others.
    if (!unread_.empty()) co_await asio::post(asio::use_awaitable);
  }
}

// Waits until the socket is readable or writable; false when the time is up.
awaitable<bool> Connection::ready(net::IoState wanted) {
  const auto side = wanted == net::IoState::kWantRead ? Descriptor::wait_read : Descriptor::wait_write;
  const auto [error] = co_await descriptor_.async_wait(side, kNoThrow);
  co_return !error && !given_up_;
}

awaitable<bool> Connection::handshake() {
  for (;;) {
    const net::IoState state = stream_.handshake().state;
    if (state == net::IoState::kDone) co_return true;
    if (is_over(state)) {
      log_handshake(stream_.failure());
      co_return false;
    }
    const bool in_time = co_await ready(state);
    if (!in_time) {
      log_handshake("late");
      co_return false;
    }
  }
}

void Connection::log_handshake(std::string_view problem) const {
  loop_.shared.log.debug("http.tls", {{"peer", peer_.address}, {"problem", problem}});
}

void Connection::log_request(const net::HttpRequest& request, int status) const {
  const Log& log = loop_.shared.log;
  if (!log.enabled(LogLevel::kDebug)) return;
  log.debug("http.request", {{"peer", peer_.address},
                             {"method", request.method},
                             {"path", request.path()},
                             {"status", std::int64_t{status}}});
}

// True when there is a request, or a refusal, to answer; false when there is nobody to answer to.
awaitable<bool> Connection::read_request() {
  reader_.next();
  idle_since_ = Steady::now();
  allow(loop_.shared.options.idle_deadline);
  const std::string earlier = std::exchange(unread_, {});
  if (take(earlier)) co_return true;
  net::IoState wanted = net::IoState::kWantRead;
  for (;;) {
    // Waiting before each read, even if there is more: so that deadlines hold, and others have their turn.
    bool in_time = true;
    if (!stream_.has_buffered()) in_time = co_await ready(wanted);
    if (!in_time) co_return refuse_late();
    const net::IoResult got = stream_.read(loop_.read_buffer);
    if (is_over(got.state)) co_return false;
    wanted = got.state == net::IoState::kDone ? net::IoState::kWantRead : got.state;
    if (got.state != net::IoState::kDone) continue;
    const bool done = take({loop_.read_buffer.data(), got.count});
    wipe_memory(loop_.read_buffer.data(), got.count);  // all connections share it, and it is never freed
    if (done) co_return true;
  }
}

// A request that began and does not end is answered with 408; a connection that was idle too long is just closed.
bool Connection::refuse_late() {
  if (!reader_.started()) return false;
  given_up_ = false;
  reader_.refuse(Error{Blame::kRequest, "http.timeout", "request"});
  return true;
}

// Feeds the reader; true when the request is complete or refused.
bool Connection::take(std::string_view input) {
  using State = RequestReader::State;
  while (!input.empty() && (reader_.state() == State::kHead || reader_.state() == State::kBody)) {
    if (!reader_.started()) allow(loop_.shared.options.read_deadline);
    const bool was_head = reader_.state() == State::kHead;
    input.remove_prefix(reader_.feed(input));
    if (was_head && reader_.state() != State::kHead) head_is_read(input.empty());
  }
  const bool done = reader_.state() == State::kComplete || reader_.state() == State::kRefused;
  if (done) unread_ = input;
  if (count_held() || done) return done;
  reader_.refuse(Error{Blame::kUnavailable, "http.overloaded", "all requests together hold too much"});
  count_held();
  return true;
}

// Counts what this client makes us hold among what all do. False when that is too much, and this client has more than
// an even share of it.
bool Connection::count_held() {
  const std::size_t held = reader_.held_bytes() + unread_.capacity();
  Shared& shared = loop_.shared;
  const std::size_t all = shared.held_bytes += held - held_bytes_;  // modulo 2^64, as unsigned numbers are
  held_bytes_ = held;
  return all <= shared.held_limit_bytes || held <= shared.held_limit_bytes / shared.options.connection_count;
}

void Connection::head_is_read(bool body_is_missing) {
  if (reader_.state() == RequestReader::State::kRefused) return;
  reader_.request().peer = peer_.address;
  reader_.request().peer_is_loopback = peer_.is_loopback;
  weight_ = loop_.shared.handler.weight(reader_.request());
  reader_.limit_body(loop_.shared.handler.body_limit_bytes(reader_.request()));
  if (reader_.state() == RequestReader::State::kRefused) return;
  if (!reader_.expects_continue() || !body_is_missing) return;
  // Into an empty socket buffer these few bytes go at once. If not, the client sends its body when it is tired of
  // waiting (RFC 9110 section 10.1.1), unless a part of the line went: then nothing sensible can follow.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const net::IoResult put = stream_.write(kContinue);
  if (put.state == net::IoState::kDone && put.count != kContinue.size()) give_up();
}

// Answers the request that was read; true when the connection is kept for another.
awaitable<bool> Connection::answer() {
  const Shared& shared = loop_.shared;
  const bool refused = reader_.state() == RequestReader::State::kRefused;
  const net::HttpRequest& request = reader_.request();
  net::HttpResponse response;
  deadline_ = Steady::time_point::max();  // a handler has deadlines of its own
  if (refused) {
    response = fault(shared, reader_.status(), reader_.code());
  } else if (weight_ == net::HttpHandler::Weight::kLight) {
    response = ask(shared, request);
  } else {
    const bool done = co_await run_on_worker([&] { response = ask(shared, request); });
    if (!done) response = fault(shared, 503, "http.overloaded");
  }
  if (given_up_) co_return false;
  log_request(request, response.status);
  const bool keep_alive = reader_.keep_alive() && !response.close && !loop_.draining;
  output_.clear();
  const ResponseContext context{loop_.date(), request.method == "HEAD", keep_alive, reader_.is_http_1_0()};
  append_response(response, context, output_);
  const bool written = co_await write_output();
  if (!written) co_return false;
  if (refused) co_await linger();
  if (!keep_alive) stream_.finish_writing();
  co_return keep_alive;
}

awaitable<bool> Connection::write_output() {
  allow(loop_.shared.options.write_deadline);
  std::string_view left = output_;
  while (!left.empty()) {
    const net::IoResult put = stream_.write(left);
    left.remove_prefix(put.count);
    if (is_over(put.state)) co_return false;
    if (put.state == net::IoState::kDone) continue;
    const bool in_time = co_await ready(put.state);
    if (!in_time) co_return false;
  }
  if (output_.capacity() > kKeptOutputBytes) output_ = std::string();
  co_return true;
}

// Closing while the client still sends would make the kernel throw the answer away: so its bytes are dropped, for a
// while, until it has read the answer and closes (RFC 9112 section 9.6).
awaitable<void> Connection::linger() {
  stream_.finish_writing();
  allow(limits::kHttpLingerDeadline);
  for (;;) {
    const bool in_time = co_await ready(net::IoState::kWantRead);
    if (!in_time || is_over(stream_.discard().state)) co_return;
  }
}

// Runs `work` on a worker's thread and comes back; false, and it has not run, if the queue is full.
template <class Work>
awaitable<bool> Connection::run_on_worker(Work work) {
  const auto hand_over = [this](auto resume, Work job) {
    // A job must be copyable and what resumes a coroutine is not: hence the pointer.
    const auto waiting = std::make_shared<decltype(resume)>(std::move(resume));
    const auto come_back = [waiting, executor = loop_.context.get_executor()](bool done) {
      asio::post(executor, [resume_now = std::move(*waiting), done]() mutable { std::move(resume_now)(done); });
    };
    const bool taken = loop_.shared.workers.submit([job, come_back] {
      job();
      come_back(true);
    });
    if (!taken) come_back(false);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(hand_over, asio::use_awaitable, work);
}

void Loop::Parts::run() noexcept {
  name_this_thread("http-loop");
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& problem) {  // Short of memory or descriptors: the connection in question is gone.
      report(shared.log, "http.loop", problem.what());
    }
  }
}

void Loop::Parts::begin(net::Stream stream, Peer peer) {
  if (draining) {
    shared.connections.remove();
    return;
  }
  const auto at = connections.emplace(connections.end(), *this, std::move(stream), std::move(peer));
  asio::co_spawn(context, at->serve(), [this, at](std::exception_ptr thrown) {
    if (thrown != nullptr) report(shared.log, "http.connection", "out of memory");
    connections.erase(at);
    shared.connections.remove();
  });
}

awaitable<void> Loop::Parts::accept_on(Descriptor& listener, OnAccept on_accept) {
  for (;;) {
    const auto [closed] = co_await listener.async_wait(Descriptor::wait_read, kNoThrow);
    if (closed) co_return;
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      Accepted accepted = accept_from(listener.native_handle());
      if (accepted.socket >= 0) {
        on_accept(net::Stream(accepted.socket), std::move(accepted.peer));
        continue;
      }
      if (accepted.problem == EAGAIN || accepted.problem == ECONNABORTED || accepted.problem == EINTR) break;
      // Out of file descriptors, most likely. The connection stays in the kernel's queue until some are free.
      shared.log.error("http.accept", {{"problem", std::strerror(accepted.problem)}});
      asio::steady_timer pause(context, kTick);
      co_await pause.async_wait(kNoThrow);
      break;
    }
  }
}

// One timer a loop, not one a connection: starting and stopping a timer costs more than reading a request.
awaitable<void> Loop::Parts::enforce_deadlines() {
  for (;;) {
    tick.expires_after(kTick);
    co_await tick.async_wait(kNoThrow);
    const Steady::time_point now = Steady::now();
    const bool crowded = shared.connections.is_full();
    for (Connection& connection : connections) {
      // When all places are taken, those who say nothing make room for those who have something to say.
      const bool in_the_way = crowded && connection.has_been_idle(now, shared.options.crowded_idle_deadline);
      if (in_the_way || connection.is_late(now)) connection.give_up();
    }
  }
}

void Loop::Parts::drain() {
  draining = true;
  boost::system::error_code ignored;
  for (Descriptor& listener : listeners) listener.close(ignored);
  for (Connection& connection : connections) {
    if (connection.is_idle()) connection.give_up();
  }
}

std::string_view Loop::Parts::date() {
  const Instant now = SystemClock().now();
  if (to_unix_seconds(now) != date_seconds) {
    date_seconds = to_unix_seconds(now);
    date_text = to_http_date(now);
  }
  return date_text;
}

Loop::Loop(Shared& shared) : parts_(std::make_unique<Parts>(shared)) {
  asio::co_spawn(parts_->context, parts_->enforce_deadlines(), [](std::exception_ptr) {});
  parts_->thread = std::thread([this] { parts_->run(); });
}

Loop::~Loop() = default;

void Loop::listen(int socket, OnAccept on_accept) {
  asio::post(parts_->context, [this, socket, on_accept = std::move(on_accept)] {
    Descriptor& listener = parts_->listeners.emplace_back(parts_->context, socket);
    asio::co_spawn(parts_->context, parts_->accept_on(listener, on_accept), [](std::exception_ptr) {});
  });
}

void Loop::adopt(net::Stream stream, Peer peer) {
  asio::post(parts_->context, [this, stream = std::move(stream), peer = std::move(peer)]() mutable {
    parts_->begin(std::move(stream), std::move(peer));
  });
}

void Loop::drain() {
  asio::post(parts_->context, [this] { parts_->drain(); });
}

void Loop::close_all() {
  asio::post(parts_->context, [this] {
    for (Connection& connection : parts_->connections) connection.give_up();
  });
}

void Loop::stop() {
  parts_->context.stop();
  if (parts_->thread.joinable()) parts_->thread.join();
}

}  // namespace avouch::edge
