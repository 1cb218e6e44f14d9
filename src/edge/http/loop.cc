#include "edge/http/loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/thread_name.h"
#include "edge/http/answering.h"
#include "edge/http/connection.h"

namespace avouch::edge {
namespace {

constexpr std::chrono::milliseconds kTick{100};  // how exact deadlines are
constexpr int kAcceptsPerTurn = 64;              // before others have their turn

}  // namespace

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
    for (Connection& connection : connections) connection.tick(now, crowded);
  }
}

void Loop::Parts::drain() {
  draining = true;
  boost::system::error_code ignored;
  for (Descriptor& listener : listeners) listener.close(ignored);
  for (Connection& connection : connections) connection.drain();
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
