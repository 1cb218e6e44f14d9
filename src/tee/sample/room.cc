#include "tee/sample/room.h"

#include "codec/base64.h"
#include "tee/sample/claims.h"
#include "tee/sample/evidence.h"

namespace avouch::tee::sample {
namespace {

constexpr Remedy kRemedies[] = {
    {"sample.report-data-mismatch",
     "The sample evidence binds something else than the nonce of this session and the key that the guest sent.",
     kAttestAgain, ""},
    {"sample.", "The sample evidence cannot be read: {detail}.", kBrokenGuest, ""},
};

class SampleRoom final : public Room {
 public:
  std::string_view name() const override { return "sample"; }

  Result<Needs> needs(Bytes evidence) const override {
    TRY(parse(evidence));
    return Needs{};
  }

  Result<Claims> verify(Bytes evidence, const Binding& binding, const Collateral&, Instant) const override {
    const Evidence sample = TRY(parse(evidence));
    if (const Buffer* expected = binding.report_data()) {
      ENSURE(equal_constant_time(*expected, sample.report_data),
             Error{Blame::kEvidence, "sample.report-data-mismatch", "the sample was made for another challenge"});
    }
    return claims(sample, binding);
  }

  std::vector<ReferenceComparison> compared(Bytes evidence, const Binding& binding, const Collateral&,
                                            const Error& refusal) const override {
    const Result<Evidence> sample = parse(evidence);
    const Buffer* expected = binding.report_data();
    if (!sample.has_value() || expected == nullptr) return {};
    if (std::string_view(refusal.code) != "sample.report-data-mismatch") return {};
    return {{"session/report-data",
             "sample.report_data",
             codec::to_base64(sample->report_data),
             {codec::to_base64(*expected)},
             ReferenceState::kMismatched}};
  }

  std::span<const Remedy> remedies() const override { return kRemedies; }
};

}  // namespace

std::unique_ptr<Room> make_room() {
  return std::make_unique<SampleRoom>();
}

}  // namespace avouch::tee::sample
