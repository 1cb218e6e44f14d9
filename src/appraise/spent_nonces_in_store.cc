#include "appraise/session.h"
#include "codec/base64.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kSpace = "spent-nonce";

// One record for each nonce, which only one replica can be the first to put there.
class SpentNoncesInStore final : public SpentNonces {
 public:
  explicit SpentNoncesInStore(store::Store& store) : store_(store) {}

  // Kept for longer than any ticket counts, whichever replica's clock says so: one that is behind must still find it.
  Result<bool> spend(const Session& session) override {
    const Instant until = session.expires_at + 2 * kReplicaClockSkew;
    return store_.put_if_absent(kSpace, codec::to_base64url(session.nonce), {}, store::Expiry::when(until));
  }

  Result<bool> is_spent(const Session& session) override {
    const std::optional<Buffer> mark = TRY(store_.get(kSpace, codec::to_base64url(session.nonce)));
    return mark.has_value();
  }

 private:
  store::Store& store_;
};

}  // namespace

std::unique_ptr<SpentNonces> make_spent_nonces_in_store(store::Store& store) {
  return std::make_unique<SpentNoncesInStore>(store);
}

}  // namespace avouch::appraise
