#include "edge/http/connection.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <span>
#include <utility>

#include "base/secret.h"
#include "edge/http/answering.h"
#include "edge/http/http2_connection.h"
#include "edge/http/response_writer.h"

namespace avouch::edge {
namespace {

constexpr std::size_t kKeptOutputBytes = 16 * 1024;  // of an idle connection's output buffer

}  // namespace

Connection::Connection(Loop::Parts& loop, net::Stream stream, Peer peer)
    : loop_(loop),
      stream_(std::move(stream)),
      descriptor_(loop.context, stream_.socket()),
      peer_(std::move(peer)),
      reader_(loop.shared.options.body_limit_bytes) {
  allow(loop.shared.options.read_deadline);
  if (const std::optional<net::TlsContext> tls = loop.shared.tls()) stream_.accept_tls(*tls);
}

Connection::~Connection() {
  http2_.reset();
  loop_.shared.held_bytes -= held_bytes_;
  descriptor_.release();  // the stream closes it
}

void Connection::tick(Steady::time_point now, bool crowded) {
  if (http2_ != nullptr) {
    http2_->tick(now, crowded);
    return;
  }
  // When all places are taken, those who say nothing make room for those who have something to say.
  const bool in_the_way = crowded && has_been_idle(now, loop_.shared.options.crowded_idle_deadline);
  if (in_the_way || is_late(now)) give_up();
}

void Connection::drain() {
  if (http2_ != nullptr) {
    http2_->drain();
  } else if (is_idle()) {
    give_up();
  }
}

void Connection::give_up() {
  given_up_ = true;
  if (http2_ != nullptr) http2_->give_up();
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

awaitable<void> Connection::serve() {
  bool going_on = co_await handshake();
  if (going_on && stream_.protocol() == net::TlsProtocol::kHttp2) {
    co_await serve_http2();
    co_return;
  }
  while (going_on) {
    going_on = co_await read_request();
    if (!going_on) break;
    if (reader_.state() == RequestReader::State::kHttp2) {
      co_await serve_http2();
      co_return;
    }
    going_on = co_await answer();
    has_answered_ = true;
    // A client that pipelines without end must not keep the loop from the others.
    if (!unread_.empty()) co_await asio::post(asio::use_awaitable);
  }
}

awaitable<void> Connection::serve_http2() {
  std::string received;
  if (reader_.state() == RequestReader::State::kHttp2) received.append(kHttp2PrefaceHead).append(unread_);
  unread_ = std::string();
  count_held();
  deadline_ = Steady::time_point::max();
  http2_ = std::make_unique<Http2Connection>(Http2Connection::Link{loop_, stream_, descriptor_, peer_});
  const bool was_told = co_await http2_->serve(received);
  http2_.reset();
  if (was_told && !given_up_ && !loop_.draining) co_await linger();
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
  // Only at the beginning, and with TLS only if that was agreed upon there (RFC 9113 sections 3.2, 3.3).
  if (reader_.state() == State::kHttp2 && (has_answered_ || stream_.is_tls())) {
    reader_.refuse(Error{Blame::kRequest, "http.version", "HTTP/2 that was not agreed upon"});
  }
  const bool done = reader_.state() != State::kHead && reader_.state() != State::kBody;
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
  log_request(shared, peer_, request, response.status);
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

}  // namespace avouch::edge
