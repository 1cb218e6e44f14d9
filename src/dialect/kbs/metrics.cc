#include "dialect/kbs/metrics.h"

#include <algorithm>
#include <cstdio>

namespace avouch::dialect::kbs {
namespace {

// The peer's bounds: as they are compared, and as they are shown.
constexpr std::array<std::uint64_t, 7> kNanoseconds = {500'000,    1'000'000,   5'000'000,    10'000'000,
                                                       50'000'000, 500'000'000, 1'000'000'000};
constexpr std::array<const char*, 7> kSeconds = {"0.0005", "0.001", "0.005", "0.01", "0.05", "0.5", "1"};
constexpr std::array<std::uint64_t, 5> kBytes = {32, 128, 512, 2'048, 8'192};
constexpr std::array<const char*, 5> kBytesShown = {"32", "128", "512", "2048", "8192"};

struct Description {
  const char* name;
  const char* help;
};
// In the order of Count.
constexpr std::array<Description, static_cast<std::size_t>(Count::kEnd)> kCounts = {{
    {"kbs_http_requests_total", "HTTP requests"},
    {"kbs_auth_requests_total", "Requests for a challenge"},
    {"kbs_auth_successes_total", "Challenges given"},
    {"kbs_auth_errors_total", "Requests for a challenge that were refused"},
    {"kbs_attestation_requests_total", "Attestations asked for"},
    {"kbs_attestation_errors_total", "Attestations refused without a session"},
    {"kbs_policy_evaluations_total", "Evaluations of the resource policy"},
    {"kbs_policy_approvals_total", "Evaluations that released"},
    {"kbs_policy_violations_total", "Evaluations that denied"},
    {"kbs_policy_errors_total", "Evaluations that came to no end"},
    {"kbs_resource_reads_total", "Resources asked for with a valid result"},
    {"kbs_resource_writes_total", "Resources written"},
    {"kbs_resource_deletes_total", "Resources deleted"},
}};

template <class Histogram, std::size_t bounds>
void observe(Histogram& histogram, const std::array<std::uint64_t, bounds>& upper, std::uint64_t value) {
  const auto bucket = std::lower_bound(upper.begin(), upper.end(), value) - upper.begin();
  histogram.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  histogram.sum.fetch_add(value, std::memory_order_relaxed);
}

void begin_family(std::string& out, std::string_view name, const char* help, const char* type) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
  out.append(type).append("\n");
}

void add_sample(std::string& out, std::string_view name, std::string_view labels, const std::string& value) {
  out.append(name).append(labels).append(" ").append(value).append("\n");
}

std::string to_seconds(std::uint64_t nanoseconds) {
  constexpr double kPerSecond = 1e9;
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.9f", static_cast<double>(nanoseconds) / kPerSecond);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Metrics::Stripe& Metrics::stripe() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, kRelaxed) % kStripes;
  return stripes_[mine];
}

void Metrics::add_attestation(std::string_view tee, bool success) {
  const auto found = std::find(kTees.begin(), kTees.end() - 1, tee);
  stripe().attestations[success ? 1 : 0][static_cast<std::size_t>(found - kTees.begin())].fetch_add(1, kRelaxed);
}

Metrics::Request::Request(Metrics& metrics, std::size_t request_bytes)
    : metrics_(metrics), request_bytes_(request_bytes) {
  metrics_.add(Count::kHttpRequests);
  metrics_.stripe().in_flight.fetch_add(1, kRelaxed);
}

Metrics::Request::~Request() {
  const auto took = std::chrono::steady_clock::now() - began_;
  Stripe& stripe = metrics_.stripe();
  stripe.in_flight.fetch_sub(1, kRelaxed);
  observe(stripe.nanoseconds, kNanoseconds, static_cast<std::uint64_t>(std::chrono::nanoseconds(took).count()));
  observe(stripe.request_bytes, kBytes, request_bytes_);
  observe(stripe.response_bytes, kBytes, response_bytes_);
}

template <class Pick>
auto Metrics::sum(const Pick& pick) const {
  auto out = pick(stripes_[0]).load(kRelaxed);
  for (std::size_t i = 1; i < kStripes; ++i) out += pick(stripes_[i]).load(kRelaxed);
  return out;
}

template <std::size_t bounds>
void Metrics::render_histogram(std::string& out, const char* name, const char* help,
                               const std::array<const char*, bounds>& labels, Histogram<bounds> Stripe::*histogram,
                               bool is_time) const {
  begin_family(out, name, help, "histogram");
  const std::string bucket_name = std::string(name) + "_bucket";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds; ++i) {
    count += sum([&](const Stripe& stripe) -> const Counter& { return (stripe.*histogram).buckets[i]; });
    const std::string bound = i == bounds ? "+Inf" : labels[i];
    add_sample(out, bucket_name, "{le=\"" + bound + "\"}", std::to_string(count));
  }
  const std::uint64_t total = sum([&](const Stripe& stripe) -> const Counter& { return (stripe.*histogram).sum; });
  add_sample(out, std::string(name) + "_sum", "", is_time ? to_seconds(total) : std::to_string(total));
  add_sample(out, std::string(name) + "_count", "", std::to_string(count));
}

std::string Metrics::render() const {
  std::string out;
  for (std::size_t i = 0; i < kCounts.size(); ++i) {
    begin_family(out, kCounts[i].name, kCounts[i].help, "counter");
    const std::uint64_t value = sum([i](const Stripe& stripe) -> const Counter& { return stripe.counts[i]; });
    add_sample(out, kCounts[i].name, "", std::to_string(value));
  }
  constexpr std::array<Description, 2> kAttestations = {{
      {"kbs_attestation_failures_total", "Attestations refused"},
      {"kbs_attestation_successes_total", "Attestations that led to a result"},
  }};
  for (std::size_t outcome = 0; outcome < kAttestations.size(); ++outcome) {
    begin_family(out, kAttestations[outcome].name, kAttestations[outcome].help, "counter");
    for (std::size_t tee = 0; tee < kTees.size(); ++tee) {
      const std::uint64_t value =
          sum([&](const Stripe& stripe) -> const Counter& { return stripe.attestations[outcome][tee]; });
      if (value == 0) continue;  // as the peer: a series begins with its first event
      add_sample(out, kAttestations[outcome].name, std::string("{tee_type=\"") + kTees[tee] + "\"}",
                 std::to_string(value));
    }
  }
  begin_family(out, "kbs_http_active_connections", "HTTP requests being answered", "gauge");
  const std::int64_t in_flight =
      sum([](const Stripe& stripe) -> const std::atomic<std::int64_t>& { return stripe.in_flight; });
  add_sample(out, "kbs_http_active_connections", "", std::to_string(in_flight));
  begin_family(out, "kbs_build_info", "The build", "gauge");
  add_sample(out, "kbs_build_info", "{version=\"" AVOUCH_VERSION "\"}", "1");
  render_histogram(out, "kbs_http_request_duration_seconds", "Time to answer", kSeconds, &Stripe::nanoseconds, true);
  render_histogram(out, "kbs_http_request_size_bytes", "Bodies of requests", kBytesShown, &Stripe::request_bytes,
                   false);
  render_histogram(out, "kbs_http_response_size_bytes", "Bodies of answers", kBytesShown, &Stripe::response_bytes,
                   false);
  return out;
}

}  // namespace avouch::dialect::kbs
