#include "tee/sample/room.h"

#include "tee/sample/claims.h"
#include "tee/sample/evidence.h"

namespace avouch::tee::sample {
namespace {

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
};

}  // namespace

std::unique_ptr<Room> make_room() {
  return std::make_unique<SampleRoom>();
}

}  // namespace avouch::tee::sample
