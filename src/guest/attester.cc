#include "guest/attester.h"

#include <cstring>

#include "codec/base64.h"
#include "guest/tsm_report.h"

namespace avouch::guest {
namespace {

constexpr std::string_view kCcaProvider = "arm_cca_guest";  // KBUILD_MODNAME of drivers/virt/coco/arm-cca-guest

Status check_report_data(Bytes report_data) {
  ENSURE(!report_data.empty() && report_data.size() <= kTsmInblobBytesMax,
         Error{Blame::kRequest, "guest.report-data",
               std::to_string(report_data.size()) + " octets, not 1 to " + std::to_string(kTsmInblobBytesMax)});
  return ok();
}

class CcaAttester final : public Attester {
 public:
  explicit CcaAttester(std::string tsm_root) : tsm_root_(std::move(tsm_root)) {}
  std::string_view tee() const override { return "cca"; }

  // {"token": [octets as numbers]}
  Result<Json> evidence(Bytes report_data) const override {
    TRY(check_report_data(report_data));
    // The KBS protocol pads report data with zeros to the size of the TEE's field (RMM 1.0,
    // RSI_ATTESTATION_TOKEN_INIT).
    Buffer challenge = to_buffer(report_data);
    challenge.resize(kTsmInblobBytesMax);
    const TsmReport report = TRY(read_tsm_report(tsm_root_, challenge));
    ENSURE(report.provider == kCcaProvider, Error{Blame::kUnavailable, "guest.tsm.failed",
                                                  "the provider changed from arm_cca_guest to " + report.provider});
    Json::Array token;
    token.reserve(report.outblob.size());
    for (const std::uint8_t octet : report.outblob) token.emplace_back(int{octet});
    return Json::object({{"token", std::move(token)}});
  }

 private:
  std::string tsm_root_;
};

// Evidence of the form, and with the trust, of the peers' sample TEE: none.
class SampleAttester final : public Attester {
 public:
  std::string_view tee() const override { return "sample"; }

  Result<Json> evidence(Bytes report_data) const override {
    TRY(check_report_data(report_data));
    return Json::object({{"svn", "1"}, {"report_data", codec::to_base64(report_data)}});
  }
};

Error no_tee(const std::string& found) {
  return Error{Blame::kUnavailable, "guest.no-tee",
               found +
                   ". Looked for: Arm CCA (configfs-tsm with provider arm_cca_guest). In a TEE, load its driver "
                   "(modprobe arm-cca-guest) and mount configfs (mount -t configfs none /sys/kernel/config). "
                   "Elsewhere, try `avouch realm run -- COMMAND`, or ask for sample evidence, which proves nothing"};
}

}  // namespace

Result<std::unique_ptr<Attester>> detect(const DetectOptions& options) {
  const Result<std::string> provider = tsm_provider(options.tsm_root);
  if (provider.has_value() && *provider == kCcaProvider) return std::make_unique<CcaAttester>(options.tsm_root);
  ENSURE(provider.has_value() || std::strcmp(provider.error().code, "guest.tsm.absent") == 0, provider.error());
  if (options.allow_sample) return std::make_unique<SampleAttester>();
  return no_tee(provider.has_value() ? options.tsm_root + " has the unknown provider '" + *provider + "'"
                                     : provider.error().detail);
}

}  // namespace avouch::guest
