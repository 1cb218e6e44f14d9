// Examples of the JOSE standards: what we have has to agree with them, what we do not have has to be refused.
#include <gtest/gtest.h>

#include <string>

#include "codec/base64.h"
#include "crypto/signature.h"
#include "format/jwk.h"
#include "format/jws.h"
#include "testing/code_of.h"

namespace avouch::jose {
namespace {

using crypto::SignatureAlgorithm;
using testing::code_of;

Buffer octets(std::string_view base64url) {
  return codec::from_base64url(base64url).value();
}

Json rsa_jwk(std::string_view modulus) {
  return Json::object({{"kty", "RSA"}, {"n", modulus}, {"e", "AQAB"}});
}

Json ec_jwk(std::string_view curve, std::string_view x, std::string_view y) {
  return Json::object({{"kty", "EC"}, {"crv", curve}, {"x", x}, {"y", y}});
}

// RFC 7515 appendix A, figure 2 and its encoding: the payload of A.1, A.2, A.3 and A.5.
constexpr std::string_view kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

// RFC 7515 appendix A.2.
constexpr std::string_view kA2Modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF"
    "d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo"
    "7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM"
    "Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr std::string_view kA2Signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb"
    "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383"
    "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy"
    "wlVmtVrBp0igcN_IoypGlUPQGe77Rw";

// RFC 7515 appendix A.3.
constexpr std::string_view kA3X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kA3Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr std::string_view kA3Signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

std::string compact(std::string_view header, std::string_view payload, std::string_view signature) {
  return std::string(header) + "." + std::string(payload) + "." + std::string(signature);
}

TEST(Rfc7515, ItsSignedClaimsVerify) {
  const Jws rs256 = parse_jws(compact("eyJhbGciOiJSUzI1NiJ9", kClaims, kA2Signature)).value();
  EXPECT_EQ(rs256.algorithm, SignatureAlgorithm::kRs256);
  EXPECT_EQ(*rs256.payload.find_string("iss"), "joe");
  EXPECT_EQ(code_of(verify_jws(rs256, public_key_from_jwk(rsa_jwk(kA2Modulus)).value())), "ok");

  const Jws es256 = parse_jws(compact("eyJhbGciOiJFUzI1NiJ9", kClaims, kA3Signature)).value();
  const crypto::PublicKey key = public_key_from_jwk(ec_jwk("P-256", kA3X, kA3Y)).value();
  EXPECT_EQ(code_of(verify_jws(es256, key)), "ok");
  // The same octets under the other header.
  const Jws swapped = parse_jws(compact("eyJhbGciOiJSUzI1NiJ9", kClaims, kA3Signature)).value();
  EXPECT_EQ(code_of(verify_jws(swapped, key)), "signature.algorithm");
}

TEST(Rfc7515, ItsSymmetricUnsecuredAndCriticalExamplesAreRefused) {
  // A.1, with HS256.
  EXPECT_EQ(code_of(parse_jws(compact("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", kClaims,
                                      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))),
            "jws.algorithm");
  // A.5, unsecured; and with a signature, so that the algorithm alone has to do.
  EXPECT_EQ(code_of(parse_jws(compact("eyJhbGciOiJub25lIn0", kClaims, ""))), "jws.shape");
  EXPECT_EQ(code_of(parse_jws(compact("eyJhbGciOiJub25lIn0", kClaims, kA3Signature))), "jws.algorithm");
  // Appendix E, a critical header that nobody knows.
  constexpr std::string_view kCritical =
      "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNv"
      "bS9VTkRFRklORUQiOnRydWUNCn0";
  EXPECT_EQ(code_of(parse_jws(compact(kCritical, "RkFJTA", ""))), "jws.shape");
  EXPECT_EQ(code_of(parse_jws(compact(kCritical, kClaims, kA3Signature))), "jws.algorithm");
}

// RFC 7520 section 4, figure 8: the payload of all its signatures. No JSON, so that parse_jws refuses the whole.
constexpr std::string_view kRoad =
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9h"
    "ZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3"
    "ZXB0IG9mZiB0by4";

// RFC 7520 section 3.3.
constexpr std::string_view kBilboModulus =
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKr"
    "Kb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5l"
    "FHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__"
    "kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
// RFC 7520 section 3.1.
constexpr std::string_view kBilboX =
    "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt";
constexpr std::string_view kBilboY =
    "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1";

void expect_signed(SignatureAlgorithm algorithm, const Json& jwk, std::string_view header, std::string_view signature) {
  const std::string input = std::string(header) + "." + std::string(kRoad);
  const crypto::PublicKey key = public_key_from_jwk(jwk).value();
  Buffer raw = octets(signature);
  EXPECT_EQ(code_of(crypto::verify(key, algorithm, as_bytes(input), raw)), "ok");
  raw[0] ^= 1;
  EXPECT_EQ(code_of(crypto::verify(key, algorithm, as_bytes(input), raw)), "signature.invalid");
  EXPECT_EQ(code_of(parse_jws(input + "." + std::string(signature))), "json.syntax");
}

TEST(Rfc7520, Section4_1IsSignedWithRs256) {
  expect_signed(SignatureAlgorithm::kRs256, rsa_jwk(kBilboModulus),
                "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
                "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xu"
                "glII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5a"
                "AE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0"
                "KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg");
}

TEST(Rfc7520, Section4_2IsSignedWithPs384) {
  expect_signed(SignatureAlgorithm::kPs384, rsa_jwk(kBilboModulus),
                "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
                "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8"
                "TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRm"
                "BqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQT"
                "lqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw");
}

TEST(Rfc7520, Section4_3IsSignedWithEs512) {
  expect_signed(SignatureAlgorithm::kEs512, ec_jwk("P-521", kBilboX, kBilboY),
                "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
                "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQ"
                "y3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2");
}

TEST(Rfc7520, Section4_4WithASharedKeyIsRefused) {
  EXPECT_EQ(
      code_of(parse_jws(compact("eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
                                kRoad, "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"))),
      "jws.algorithm");
}

// RFC 7520 sections 3.5 and 3.6.
TEST(Rfc7520, SymmetricKeysAreNone) {
  const Json jwk = Json::object({{"kty", "oct"}, {"k", "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}});
  EXPECT_EQ(code_of(public_key_from_jwk(jwk)), "jwk.kty");
  EXPECT_EQ(code_of(private_key_from_jwk(jwk)), "jwk.kty");
}

// RFC 8037 appendix A.4.
TEST(Rfc8037, ItsSignatureVerifies) {
  const Json jwk =
      Json::object({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  const Buffer signature =
      octets("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_EQ(code_of(crypto::verify(public_key_from_jwk(jwk).value(), SignatureAlgorithm::kEdDsa,
                                   as_bytes("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"), signature)),
            "ok");
}

}  // namespace
}  // namespace avouch::jose
