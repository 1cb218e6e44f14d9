// Published COSE_Sign1 messages: the examples of the COSE working group (those of RFC 9052 appendix C are among them)
// and of RFC 8392 appendix A. What is ours verifies, and everything else is refused with the code that says why.
#include <gtest/gtest.h>

#include <string>

#include "codec/hex.h"
#include "format/cose.h"
#include "testing/code_of.h"

namespace avouch::cose {
namespace {

using testing::code_of;

Buffer octets(std::string_view hex) {
  return codec::from_hex(hex).value();
}

struct Key {
  crypto::KeyKind kind;
  crypto::Curve curve;  // of an EC key
  const char* x;
  const char* y;
};

crypto::PublicKey read_key(const Key& key) {
  if (key.kind == crypto::KeyKind::kEd25519) return crypto::PublicKey::from_ed25519(octets(key.x)).value();
  return crypto::PublicKey::from_ec_point(key.curve, octets(key.x), octets(key.y)).value();
}

constexpr Key kKey11 = {crypto::KeyKind::kEc, crypto::Curve::kP256,
                        "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff",
                        "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"};
constexpr Key kKeyP384 = {
    crypto::KeyKind::kEc, crypto::Curve::kP384,
    "9132723f6292b010619dbe248d698c17b58756c639e7150f81bee4eb8ac37236ad0a1a19d67be32a66263e1e524d129c",
    "98cd3078c554d832ac603c4326410ff61662459b41f1f3df5dbcc83598ff7c5ed8411ca735679d1c4cb3009397d9ef2c"};
constexpr Key kKeyBilbo = {crypto::KeyKind::kEc, crypto::Curve::kP521,
                           "0072992cb3ac08ecf3e5c63dedec0d51a8c1f79ef2f82f94f3c737bf5de7986671eac625fe8257bb"
                           "d0394644caaa3aaf8f27a4585fbbcad0f2457620085e5c8f42ad",
                           "01dca6947bce88bc5790485ac97427342bc35f887d86d65a089377e247e60baa55e4e8501e2ada57"
                           "24ac51d6909008033ebc10ac999b9d7f5cc2519f3fe1ea1d9475"};
constexpr Key kKeyEd25519 = {
    crypto::KeyKind::kEd25519, {}, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", ""};
constexpr Key kKeyCwt = {crypto::KeyKind::kEc, crypto::Curve::kP256,
                         "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f",
                         "60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9"};

struct Example {
  const char* name;
  Key key;
  const char* code;
  const char* message;  // hexadecimal
};

const Example kExamples[] = {
    {"sign1-tests/sign-pass-01", kKey11, "cose.algorithm-unprotected",
     "d28441a0a201260442313154546869732069732074686520636f6e74656e742e584087db0d2e5571843b78ac33ecb2830df7b6e0"
     "a4d5b7376de336b23c591c90c425317e56127fbe04370097ce347087b233bf722b64072beb4486bda4031d27244f"},
    {"sign1-tests/sign-pass-03", kKey11, "cose.untagged",
     "8443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef"
     "5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"},
    {"sign1-tests/sign-fail-01", kKey11, "cose.untagged",
     "d903e68443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23"
     "d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"},
    {"sign1-tests/sign-fail-02", kKey11, "signature.invalid",
     "d28443a10126a10442313154546869732069732074686520636f6e74656e742f58408eb33e4ca31d1c465ab05aac34cc6b23d58f"
     "ef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"},
    {"sign1-tests/sign-fail-03", kKey11, "cose.algorithm",
     "d28445a1013903e6a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23"
     "d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"},
    {"sign1-tests/sign-fail-04", kKey11, "cose.algorithm",
     "d2844aa10167756e6b6e6f776ea10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05a"
     "ac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb"
     "36"},
    {"sign1-tests/sign-fail-06", kKey11, "signature.invalid",
     "d28445a201260300a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23"
     "d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"},
    {"sign1-tests/sign-fail-07", kKey11, "signature.invalid",
     "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58406520bbaf2081d7e0ed0f95f76eb0733d6670"
     "05f7467cec4b87b9381a6ba1ede8e00df29f32a37230f39a842a54821fdd223092819d7728efb9d3a0080b75380b"},
    {"ecdsa-examples/ecdsa-sig-01", kKey11, "ok",
     "d28445a201260300a10442313154546869732069732074686520636f6e74656e742e58406520bbaf2081d7e0ed0f95f76eb0733d"
     "667005f7467cec4b87b9381a6ba1ede8e00df29f32a37230f39a842a54821fdd223092819d7728efb9d3a0080b75380b"},
    {"ecdsa-examples/ecdsa-sig-02", kKeyP384, "ok",
     "d28444a1013822a104445033383454546869732069732074686520636f6e74656e742e58605f150abd1c7d25b32065a14e05d6cb"
     "1f665d10769ff455ea9a2e0adab5de63838db257f0949c41e13330e110eba7b912f34e1546fb1366a2568faa91ec3e6c8d42f4a6"
     "7a0edf731d88c9aead52258b2e2c4740ef614f02e9d91e9b7b59622a3c"},
    {"ecdsa-examples/ecdsa-sig-03", kKeyBilbo, "ok",
     "d28444a1013823a104581e62696c626f2e62616767696e7340686f626269746f6e2e6578616d706c655454686973206973207468"
     "6520636f6e74656e742e588401664dd6962091b5100d6e1833d503539330ec2bc8fd3e8996950ce9f70259d9a30f73794f603b0d"
     "3e7c5e9c4c2a57e10211f76e79df8ffd1b79d7ef5b9fa7da109001965fa2d37e093bb13c040399c467b3b9908c09db2b0f1f4996"
     "fe07bb02aaa121a8e1c671f3f997ade7d651081017057bd3a8a5fbf394972ea71cfdc15e6f8fe2e1"},
    {"ecdsa-examples/ecdsa-sig-04", kKey11, "signature.algorithm",
     "d28444a1013823a10442313154546869732069732074686520636f6e74656e742e5840eb18b84ed674284e5ed861c3943e101bed"
     "5db9f560c0f0292b34362990d1c59b10df7946cbc6ca3dcbd6c17a6dd1d711f50337baa6b4fcfae0efc70e52c1de0f"},
    {"eddsa-examples/eddsa-sig-01", kKeyEd25519, "ok",
     "d28445a201270300a10442313154546869732069732074686520636f6e74656e742e58407142fd2ff96d56db85bee905a76ba1d0"
     "b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d"},
    {"eddsa-examples/eddsa-sig-02", kKeyEd25519, "signature.size",
     "d28443a10127a10445656434343854546869732069732074686520636f6e74656e742e5872988240a3a2f189bd486de14aa77f54"
     "686c576a09f2e7ed9bae910df9139c2ac3be7c27b7e10a20fa17c9d57d3510a2cf1f634bc0345ab9be00849842171d1e9e98b267"
     "4c0e38bfcf6c557a1692b01b71015a47ac9f7748840cad1da80cbb5b349309febb912672b377c8b2072af1598b3700"},
    {"countersign1/signed1-01", kKeyEd25519, "ok",
     "d28445a201270300a2095840845e748a28577e94928d91c06cc3835de31f1e6c64a24219efeb2c2dc167b17fc8e1f79966fb0927"
     "1d38df60d2749b20b6a09948042b0bb21d7f48aa325a65020442313154546869732069732074686520636f6e74656e742e584071"
     "42fd2ff96d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db34085"
     "eef013bf08f4a44d6fef0d"},
    {"CWT/A_3", kKeyCwt, "ok",
     "d28443a10126a05850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c69"
     "6768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c"
     "6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a52b9b63632c57209120e1c9e30"},
    {"CWT/A_4", kKeyCwt, "cose.untagged",
     "d18443a10104a05850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c69"
     "6768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7148093101ef6d789200"},
};

TEST(CoseExamples, AreJudgedAsTheirTitlesSay) {
  for (const Example& example : kExamples) {
    const Buffer message = octets(example.message);
    const Result<Sign1> parsed = parse_sign1(message, "example");
    const std::string code =
        parsed.has_value() ? code_of(verify_sign1(*parsed, read_key(example.key))) : parsed.error().code;
    EXPECT_EQ(code, example.code) << example.name;
  }
}

// sign1-tests/sign-pass-02.
TEST(CoseExamples, CoverTheExternalData) {
  const Buffer message = octets(
      "d28443a10126a10442313154546869732069732074686520636f6e74656e742e584010729cd711cb3813d8d8e944a8da7111"
      "e7b258c9bdca6135f7ae1adbee9509891267837e1e33bd36c150326ae62755c6bd8e540c3e8f92d7d225e8db72b8820b");
  const Sign1 parsed = parse_sign1(message, "example").value();
  EXPECT_EQ(code_of(verify_sign1(parsed, read_key(kKey11), octets("11aa22bb33cc44dd55006699"))), "ok");
  EXPECT_EQ(code_of(verify_sign1(parsed, read_key(kKey11), octets("11aa22bb33cc44dd55006698"))), "signature.invalid");
  EXPECT_EQ(code_of(verify_sign1(parsed, read_key(kKey11))), "signature.invalid");
}

}  // namespace
}  // namespace avouch::cose
