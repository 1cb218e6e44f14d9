// Examples of RFC 7520 section 5 and RFC 7516: the steps that we have come out as they should, the rest is refused.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "codec/base64.h"
#include "crypto/encryption.h"
#include "format/jwe.h"
#include "format/jwk.h"
#include "testing/code_of.h"

namespace avouch::jose {
namespace {

using testing::code_of;

Buffer octets(std::string_view base64url) {
  return codec::from_base64url(base64url).value();
}

std::string text(const Secret& secret) {
  return codec::to_base64url(secret.reveal());
}

// RFC 7520 section 5, figure 72.
constexpr std::string_view kFriends =
    "You can trust us to stick with you through thick and thin–to the bitter end. And you can t"
    "rust us to keep any secret of yours–closer than you keep it yourself. But you cannot trust"
    " us to let you face trouble alone, and go off without a word. We are your friends, Frodo.";

// The parts of a compact JWE.
struct Example {
  std::string_view header, encrypted_key, nonce, ciphertext, tag;

  Json flattened() const {
    return Json::object({{"protected", header},
                         {"encrypted_key", encrypted_key},
                         {"iv", nonce},
                         {"ciphertext", ciphertext},
                         {"tag", tag}});
  }
};

// RFC 7520 section 5.2: RSA-OAEP (with SHA-1) and A256GCM.
constexpr Example kSection5_2 = {
    "eyJhbGciOiJSU0EtT0FFUCIsImtpZCI6InNhbXdpc2UuZ2FtZ2VlQGhvYmJpdG9uLmV4YW1wbGUiLCJlbmMiOiJBMjU2R0NNIn0",
    "rT99rwrBTbTI7IJM8fU3Eli7226HEB7IchCxNuh7lCiud48LxeolRdtFF4nzQibeYOl5S_PJsAXZwSXtDePz9hk-BbtsTBqC2UsPOdwj"
    "C9NhNupNNu9uHIVftDyucvI6hvALeZ6OGnhNV4v1zx2k7O1D89mAzfw-_kT3tkuorpDU-CpBENfIHX1Q58-Aad3FzMuo3Fn9buEP2yXa"
    "kLXYa15BUXQsupM4A1GD4_H4Bd7V3u9h8Gkg8BpxKdUV9ScfJQTcYm6eJEBz3aSwIaK4T3-dwWpuBOhROQXBosJzS1asnuHtVMt2pKII"
    "fux5BC6huIvmY7kzV7W7aIUrpYm_3H4zYvyMeq5pGqFmW2k8zpO878TRlZx7pZfPYDSXZyS0CfKKkMozT_qiCwZTSz4duYnt8hS4Z9sG"
    "thXn9uDqd6wycMagnQfOTs_lycTWmY-aqWVDKhjYNRf03NiwRtb5BE-tOdFwCASQj3uuAgPGrO2AWBe38UjQb0lvXn1SpyvYZ3WFc7WO"
    "JYaTa7A8DRn6MC6T-xDmMuxC0G7S2rscw5lQQU06MvZTlFOt0UvfuKBa03cxA_nIBIhLMjY2kOTxQMmpDPTr6Cbo8aKaOnx6ASE5Jx9p"
    "aBpnNmOOKH35j_QlrQhDWUN6A2Gg8iFayJ69xDEdHAVCGRzN3woEI2ozDRs",
    "-nBoKLH0YkLZPSI9",
    "o4k2cnGN8rSSw3IDo1YuySkqeS_t2m1GXklSgqBdpACm6UJuJowOHC5ytjqYgRL-I-soPlwqMUf4UgRWWeaOGNw6vGW-xyM01lTYxrXf"
    "VzIIaRdhYtEMRBvBWbEwP7ua1DRfvaOjgZv6Ifa3brcAM64d8p5lhhNcizPersuhw5f-pGYzseva-TUaL8iWnctc-sSwy7SQmRkfhDjw"
    "bz0fz6kFovEgj64X1I5s7E6GLp5fnbYGLa1QUiML7Cc2GxgvI7zqWo0YIEc7aCflLG1-8BboVWFdZKLK9vNoycrYHumwzKluLWEbSVma"
    "PpOslY2n525DxDfWaVFUfKQxMF56vn4B9QMpWAbnypNimbM8zVOw",
    "UCGiqJxhBI3IFVdPalHHvA"};
constexpr std::string_view kContentKey5_2 = "mYMfsggkTAm0TbvtlFh2hyoXnbEzJQjMxmgLN3d8xXA";

TEST(Rfc7520, Section5_2HasItsContentUnderA256Gcm) {
  const Secret key(octets(kContentKey5_2));
  const Result<Secret> opened = crypto::aes_gcm_open(key, octets(kSection5_2.nonce), octets(kSection5_2.ciphertext),
                                                     octets(kSection5_2.tag), as_bytes(kSection5_2.header));
  ASSERT_EQ(code_of(opened), "ok");
  EXPECT_EQ(as_text(opened->reveal()), kFriends);
}

// RFC 7520 section 5.4: ECDH-ES+A128KW on P-384, content under A128GCM.
crypto::PrivateKey peregrin() {
  return private_key_from_jwk(Json::object({{"kty", "EC"},
                                            {"crv", "P-384"},
                                            {"x", "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2"},
                                            {"y", "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP"},
                                            {"d", "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j"}}))
      .value();
}

TEST(Rfc7520, Section5_4AgreesOnItsContentKey) {
  const crypto::PublicKey ephemeral =
      public_key_from_jwk(Json::object({{"kty", "EC"},
                                        {"crv", "P-384"},
                                        {"x", "uBo4kHPw6kbjx5l0xowrd_oYzBmaz-GKFZu4xAFFkbYiWgutEK6iuEDsQ6wNdNg3"},
                                        {"y", "sp3p5SGhZVC2faXumI-e9JU2Mo8KpoYrFDr5yPNVtW4PgEwZOyQTA-JdaY8tb7E0"}}))
          .value();
  const Secret shared = crypto::ecdh(peregrin(), ephemeral).value();
  const Secret wrapping_key = crypto::concat_kdf_sha256(shared, "ECDH-ES+A128KW", 16);
  EXPECT_EQ(text(crypto::aes_key_unwrap(wrapping_key, octets("0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2")).value()),
            "Nou2ueKlP70ZXDbq9UrRwg");
}

// RFC 7520 section 5.5: ECDH-ES on P-256, the agreed key is that of the content (A128CBC-HS256, 32 octets).
TEST(Rfc7520, Section5_5AgreesOnItsContentKey) {
  const crypto::PrivateKey meriadoc =
      private_key_from_jwk(Json::object({{"kty", "EC"},
                                         {"crv", "P-256"},
                                         {"x", "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0"},
                                         {"y", "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw"},
                                         {"d", "r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8"}}))
          .value();
  const crypto::PublicKey ephemeral =
      public_key_from_jwk(Json::object({{"kty", "EC"},
                                        {"crv", "P-256"},
                                        {"x", "mPUKT_bAWGHIhg0TpjjqVsP1rXWQu_vwVOHHtNkdYoA"},
                                        {"y", "8BQAsImGeAS46fyWw5MhYfGTT0IjBpFw2SS34Dv4Irs"}}))
          .value();
  const Secret shared = crypto::ecdh(meriadoc, ephemeral).value();
  EXPECT_EQ(text(crypto::concat_kdf_sha256(shared, "A128CBC-HS256", 32)),
            "hzHdlfQIAEehb8Hrd_mFRhKsKLEzPfshfXs9l6areCc");
}

// RFC 7520 section 5.8: A128KW.
TEST(Rfc7520, Section5_8WrapsItsContentKey) {
  const Secret wrapping_key(octets("GZy6sIZ6wl9NJOKB-jnmVQ"));
  const Buffer wrapped = octets("CBI6oDw8MydIx1IBntf_lQcw2MmJKIQx");
  const Secret content_key = crypto::aes_key_unwrap(wrapping_key, wrapped).value();
  EXPECT_EQ(text(content_key), "aY5_Ghmk9KxWPBLu_glx1w");
  EXPECT_EQ(crypto::aes_key_wrap(wrapping_key, content_key), wrapped);
}

// Whole messages, put to a key of the right kind.
TEST(Rfc7520, KeyManagementThatWeDoNotHaveIsRefused) {
  const crypto::PrivateKey rsa = crypto::PrivateKey::generate_rsa(2048);
  EXPECT_EQ(code_of(open_jwe(kSection5_2.flattened(), rsa)), "jwe.algorithm");

  constexpr Example kSection5_4 = {
      "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2guZXhhbXBsZSIsImVwayI6eyJr"
      "dHkiOiJFQyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3dyZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1"
      "dEVLNml1RURzUTZ3TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lR"
      "VEEtSmRhWTh0YjdFMCJ9LCJlbmMiOiJBMTI4R0NNIn0",
      "0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2", "mH-G2zVqgztUtnW_",
      "tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMz"
      "sXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3O"
      "RXaM0JaHPB93YcdSDGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03XdLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_i"
      "VyC6QWcqAu07WNhjzJEPc4jVntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTPlQ",
      "WuGzxmcreYjpHGJoa17EBg"};
  EXPECT_EQ(code_of(open_jwe(kSection5_4.flattened(), peregrin())), "jwe.algorithm");

  // RFC 7520 section 5.6: a shared key, used directly.
  constexpr Example kSection5_6 = {
      "eyJhbGciOiJkaXIiLCJraWQiOiI3N2M3ZTJiOC02ZTEzLTQ1Y2YtODY3Mi02MTdiNWI0NTI0M2EiLCJlbmMiOiJBMTI4R0NNIn0", "",
      "refa467QzzKx6QAB",
      "JW_i_f52hww_ELQPGaYyeAB6HYGcR559l9TYnSovc23XJoBcW29rHP8yZOZG7YhLpT1bjFuvZPjQS-m0IFtVcXkZXdH_lr_FrdYt"
      "9HRUYkshtrMmIUAyGmUnd9zMDB2n0cRDIHAzFVeJUDxkUwVAE7_YGRPdcqMyiBoCO-FBdE-Nceb4h3-FtBP-c_BIwCPTjb9o0Sbd"
      "cdREEMJMyZBH8ySWMVi1gPD9yxi-aQpGbSv_F9N4IZAxscj5g-NJsUPbjk29-s7LJAGb15wEBtXphVCgyy53CoIKLHHeJHXex45U"
      "z9aKZSRSInZI-wjsY0yu3cT4_aQ3i1o-tiE-F8Ios61EKgyIQ4CWao8PFMj8TTnp",
      "vbb32Xvllea2OtmHAdccRQ"};
  EXPECT_EQ(code_of(open_jwe(kSection5_6.flattened(), rsa)), "jwe.algorithm");
  EXPECT_EQ(code_of(open_jwe(kSection5_6.flattened(), peregrin())), "jwe.algorithm");
}

// RFC 7516 appendix A.1: the content key of its section A.1.2, in decimal there.
TEST(Rfc7516, AppendixA1HasItsContentUnderA256Gcm) {
  constexpr std::array<std::uint8_t, 32> kContentKey = {177, 161, 244, 128, 84,  143, 225, 115, 63, 180, 3,
                                                        255, 107, 154, 212, 246, 138, 7,   110, 91, 112, 46,
                                                        34,  105, 47,  130, 203, 46,  122, 234, 64, 252};
  const Result<Secret> opened = crypto::aes_gcm_open(
      Secret(Bytes(kContentKey)), octets("48V1_ALb6US04U3b"),
      octets("5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A"),
      octets("XFBoMYUZodetZdvTiFvSkQ"), as_bytes("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ"));
  ASSERT_EQ(code_of(opened), "ok");
  EXPECT_EQ(as_text(opened->reveal()), "The true sign of intelligence is not knowledge but imagination.");
}

}  // namespace
}  // namespace avouch::jose
