#include "edge/http/http2_connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "base/secret.h"
#include "edge/http/answering.h"

namespace avouch::edge {
namespace {

constexpr std::chrono::milliseconds kNoticeSpan{200};  // from the notice of the end to the end: a round trip

Http2Options options_of(const HttpServerOptions& options, const Peer& peer) {
  return {peer.address, peer.is_loopback, options.body_limit_bytes, options.read_deadline, options.write_deadline};
}

}  // namespace

// A request with its answer, on their way to a worker and back.
struct Http2Connection::Job {
  explicit Job(Http2Request asked) : request(std::move(asked)) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { wipe_memory(request.request.body.data(), request.request.body.size()); }

  Http2Request request;
  net::HttpResponse response;
};

Http2Connection::Http2Connection(Link link)
    : link_(link),
      session_(options_of(link.loop.shared.options, link.peer), link.loop.shared.handler),
      quiet_(link.loop.context, Steady::time_point::max()) {}

Http2Connection::~Http2Connection() {
  link_.loop.shared.held_bytes -= held_bytes_;
}

awaitable<bool> Http2Connection::serve(std::string_view received) {
  take(received);
  net::IoState wanted = net::IoState::kWantRead;
  bool was_left = false;
  while (!is_over_) {
    bool readable = true;
    if (!link_.stream.has_buffered()) readable = co_await ready(wanted);
    if (!readable) break;
    std::array<char, kReadBytes>& buffer = link_.loop.read_buffer;
    const net::IoResult got = link_.stream.read(buffer);
    was_left = is_over(got.state);
    if (was_left) break;
    wanted = got.state == net::IoState::kDone ? net::IoState::kWantRead : got.state;
    if (got.state != net::IoState::kDone) continue;
    take({buffer.data(), got.count});
    wipe_memory(buffer.data(), got.count);  // all connections share it, and it is never freed
  }
  stop();
  co_await until_quiet();
  co_return !was_left && !is_broken_;
}

// Waits until the socket can be read; false when the connection is over.
awaitable<bool> Http2Connection::ready(net::IoState wanted) {
  const auto side = wanted == net::IoState::kWantRead ? Descriptor::wait_read : Descriptor::wait_write;
  const auto [error] = co_await link_.descriptor.async_wait(side, kNoThrow);
  co_return !error && !is_over_;
}

// Workers read requests that belong to this connection, and a wait for the socket comes back to it.
awaitable<void> Http2Connection::until_quiet() {
  while (jobs_ != 0 || is_writing_) co_await quiet_.async_wait(kNoThrow);
}

void Http2Connection::take(std::string_view bytes) {
  if (!session_.feed(bytes, Steady::now())) {
    flush();  // what can be said of the reason, is
    is_broken_ = true;
    stop();
    return;
  }
  go_on();
}

// Does what there is to do now: answers light requests, hands on heavy ones, sends.
void Http2Connection::go_on() {
  count_held();
  while (refuse_for_room()) count_held();
  dispatch();
  flush();
  count_held();
  if (session_.is_over() && output_.empty()) stop();
}

void Http2Connection::dispatch() {
  // A client that reads no answers gets no more of them, and one alone does not fill the workers' queue.
  while (jobs_ < limits::kHttp2Jobs && session_.unsent_bytes() < limits::kHttp2HeldBytes) {
    std::optional<Http2Request> next = session_.take_request();
    if (!next.has_value()) return;
    const Shared& shared = link_.loop.shared;
    if (next->refusal_status != 0) {
      answer(*next, http2_fault(shared, next->request, next->refusal_status, next->refusal_code));
    } else if (next->weight == net::HttpHandler::Weight::kLight) {
      answer(*next, ask(shared, next->request));
      wipe_memory(next->request.body.data(), next->request.body.size());
    } else {
      run_on_worker(*std::move(next));
    }
  }
}

void Http2Connection::run_on_worker(Http2Request request) {
  const auto job = std::make_shared<Job>(std::move(request));
  const bool taken = link_.loop.shared.workers.submit([this, job, executor = link_.loop.context.get_executor()] {
    job->response = ask(link_.loop.shared, job->request.request);
    asio::post(executor, [this, job] { come_back(*job); });
  });
  if (!taken) {
    answer(job->request, http2_fault(link_.loop.shared, job->request.request, 503, "http.overloaded"));
    return;
  }
  ++jobs_;
  job_bytes_ += job->request.request.body.size();
}

void Http2Connection::come_back(Job& job) {
  --jobs_;
  job_bytes_ -= job.request.request.body.size();
  if (is_over_) {
    quiet_.cancel();
    return;
  }
  answer(job.request, std::move(job.response));
  go_on();
}

void Http2Connection::answer(const Http2Request& request, net::HttpResponse response) {
  log_request(link_.loop.shared, link_.peer, request.request, response.status);
  session_.respond(request.stream, std::move(response), link_.loop.date(), Steady::now());
}

void Http2Connection::flush() {
  while (!is_writing_ && !is_broken_) {
    if (written_bytes_ == output_.size()) {
      output_.clear();
      written_bytes_ = 0;
      is_broken_ = !session_.collect(output_);
    }
    if (output_.empty() || is_broken_) break;
    const net::IoResult put = link_.stream.write(std::string_view(output_).substr(written_bytes_));
    written_bytes_ += put.count;
    is_broken_ = is_over(put.state);
    if (put.state == net::IoState::kWantRead || put.state == net::IoState::kWantWrite) wait_to_write(put.state);
  }
  if (is_broken_) stop();
}

void Http2Connection::wait_to_write(net::IoState wanted) {
  is_writing_ = true;
  write_deadline_ = Steady::now() + link_.loop.shared.options.write_deadline;
  const auto side = wanted == net::IoState::kWantRead ? Descriptor::wait_read : Descriptor::wait_write;
  link_.descriptor.async_wait(side, [this](const boost::system::error_code& error) {
    is_writing_ = false;
    write_deadline_ = Steady::time_point::max();
    if (error || is_over_) {
      quiet_.cancel();
      return;
    }
    go_on();
  });
}

// Counts what this client makes us hold among what all do.
void Http2Connection::count_held() {
  const std::size_t held = session_.held_bytes() + job_bytes_ + output_.capacity();
  link_.loop.shared.held_bytes += held - held_bytes_;  // modulo 2^64, as unsigned numbers are
  held_bytes_ = held;
}

// When that is too much, and this client has more than an even share of it, it loses what came last.
bool Http2Connection::refuse_for_room() {
  const Shared& shared = link_.loop.shared;
  const bool fits = shared.held_bytes <= shared.held_limit_bytes ||
                    held_bytes_ <= shared.held_limit_bytes / shared.options.connection_count;
  return !fits && session_.refuse_newest();
}

void Http2Connection::tick(Steady::time_point now, bool crowded) {
  if (is_over_) return;
  session_.expire(now);
  const HttpServerOptions& options = link_.loop.shared.options;
  if (!session_.is_idle() || jobs_ != 0) idle_since_ = now;
  // Pings keep no connection: only requests do.
  const bool was_idle_long = idle_since_ + (crowded ? options.crowded_idle_deadline : options.idle_deadline) <= now;
  if (!is_ending_ && (was_idle_long || end_at_ <= now)) {
    is_ending_ = true;
    session_.end();
  }
  if (write_deadline_ <= now) {
    give_up();
    return;
  }
  go_on();
}

void Http2Connection::drain() {
  if (is_over_) return;
  session_.announce_end();
  end_at_ = Steady::now() + kNoticeSpan;
  go_on();
}

void Http2Connection::give_up() {
  is_broken_ = true;
  stop();
}

void Http2Connection::stop() {
  is_over_ = true;
  boost::system::error_code ignored;
  link_.descriptor.cancel(ignored);
  quiet_.cancel();
}

}  // namespace avouch::edge
