#include "appraise/session.h"
#include "codec/base64.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kSpace = "spent-nonce";

// One record for each nonce, which only one replica can be the first to put there.
class SpentNoncesInStore final : public SpentNonces {
 public:
  SpentNoncesInStore(store::Store& store, const Clock& clock, std::chrono::seconds lifetime)
      : store_(store), clock_(clock), lifetime_(lifetime) {}

  // Kept for longer than any ticket counts, whichever replica's clock says so: one that is behind must still find it.
  Result<bool> spend(Bytes nonce, Uptime) override {
    const Instant until = clock_.now() + lifetime_ + 2 * kReplicaClockSkew;
    return store_.put_if_absent(kSpace, codec::to_base64url(nonce), {}, store::Expiry::when(until));
  }

 private:
  store::Store& store_;
  const Clock& clock_;
  const std::chrono::seconds lifetime_;
};

}  // namespace

std::unique_ptr<SpentNonces> make_spent_nonces_in_store(store::Store& store, const Clock& clock,
                                                        std::chrono::seconds lifetime) {
  return std::make_unique<SpentNoncesInStore>(store, clock, lifetime);
}

}  // namespace avouch::appraise
