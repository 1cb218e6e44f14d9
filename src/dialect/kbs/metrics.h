// What a KBS counts, in the names, labels and buckets of Trustee's, as Prometheus reads them. Counting takes no lock:
// each thread adds to a stripe that few others share, and only a reader adds the stripes up. Labels come from lists of
// ours: nobody's request makes a series, and none names a secret.
// Source: Prometheus text format 0.0.4.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace avouch::dialect::kbs {

enum class Count : std::size_t {
  kHttpRequests,
  kAuthRequests,
  kAuthSuccesses,
  kAuthErrors,
  kAttestationRequests,
  kAttestationErrors,  // before the TEE was known
  kPolicyEvaluations,
  kPolicyApprovals,
  kPolicyViolations,
  kPolicyErrors,
  kResourceReads,
  kResourceWrites,
  kResourceDeletes,
  kEnd,
};

class Metrics {
 public:
  void add(Count count) { stripe().counts[static_cast<std::size_t>(count)].fetch_add(1, kRelaxed); }
  void add_attestation(std::string_view tee, bool success);

  // One request: counted when it begins, and in flight until it ends, however that comes about.
  class Request {
   public:
    Request(Metrics& metrics, std::size_t request_bytes);
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    void end(std::size_t response_bytes) { response_bytes_ = response_bytes; }

   private:
    Metrics& metrics_;
    const std::size_t request_bytes_;
    std::size_t response_bytes_ = 0;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  };

  std::string render() const;

  static constexpr std::array<const char*, 15> kTees = {
      "az-snp-vtpm", "az-tdx-vtpm", "nvidia",     "sgx", "snp",    "tdx",          "cca",  "csv",
      "se",          "hygondcu",    "nvidia-dpu", "tpm", "sample", "sampledevice", "other"};

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  using Counter = std::atomic<std::uint64_t>;
  template <std::size_t bounds>
  struct Histogram {
    std::array<Counter, bounds + 1> buckets{};  // each by itself; the last is beyond all bounds
    Counter sum{};
  };
  struct alignas(64) Stripe {
    std::array<Counter, static_cast<std::size_t>(Count::kEnd)> counts{};
    std::array<std::array<Counter, kTees.size()>, 2> attestations{};  // failures, successes
    std::atomic<std::int64_t> in_flight{0};
    Histogram<7> nanoseconds;
    Histogram<5> request_bytes, response_bytes;
  };
  static constexpr std::size_t kStripes = 16;

  Stripe& stripe();
  template <class Pick>
  auto sum(const Pick& pick) const;
  template <std::size_t bounds>
  void render_histogram(std::string& out, const char* name, const char* help,
                        const std::array<const char*, bounds>& labels, Histogram<bounds> Stripe::*histogram,
                        bool is_time) const;

  std::array<Stripe, kStripes> stripes_{};
};

}  // namespace avouch::dialect::kbs
