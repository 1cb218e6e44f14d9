#include "cmd/compat/arc/arc.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "format/jws.h"
#include "testing/vectors.h"

namespace avouch::arc {
namespace {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::int64_t seconds) : seconds_(seconds) {}
  Instant now() const override { return from_unix_seconds(seconds_); }

 private:
  std::int64_t seconds_;
};

constexpr std::int64_t kRecordingTime = 1795318300;  // 22 November 2026, within the life of the recorded tokens

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run_at(std::int64_t seconds, const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(words, {out, err}, FixedClock(seconds), "");
  return {code, out.str(), err.str()};
}

Outcome run_now(const std::vector<std::string>& words) {
  return run_at(kRecordingTime, words);
}

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream in(command);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  words.erase(words.begin());  // "arc"
  return words;
}

std::string read(const std::string& path) {
  const Result<std::string> text = read_text_file(path, 1024 * 1024);
  return text.has_value() ? *text : "";
}

void write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.flush().good()) << path;
}

// A folder of its own to run in, since the command lines name files without folders.
class Arc : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    folder_ = std::filesystem::temp_directory_path() / ("arc_test." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
  }
  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  static void copy_vectors(const std::string& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/" + folder)) {
      if (entry.is_regular_file()) write(entry.path().filename(), read(entry.path()));
    }
  }

 private:
  std::filesystem::path before_, folder_;
};

// A file "$ arc ...", then the merged output, then "rc=N".
struct Recording {
  std::string command, output;
};

Recording parse_recording(const std::string& text) {
  const std::size_t first_line = text.find('\n');
  return {text.substr(2, first_line - 2), text.substr(first_line + 1)};
}

// What a terminal would show: these commands write to one stream only, or to out first.
std::string shown(const Outcome& outcome) {
  return outcome.out + outcome.err + "rc=" + std::to_string(outcome.code) + "\n";
}

TEST_F(Arc, PrintsWhatVeraisonsArcPrintedForEveryRecordedCommand) {
  NEEDS_VECTORS();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/arc")) {
    if (entry.path().extension() != ".out" || entry.path().stem() == "verify-jwk-in-header") continue;
    copy_vectors("arc");
    const Recording recording = parse_recording(read(entry.path()));
    const bool names_its_key = recording.command.find("--pkey") != std::string::npos;
    if (!names_its_key) std::filesystem::remove("pkey.json");
    EXPECT_EQ(shown(run_now(words_of(recording.command))), recording.output) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 28);
}

// The one deliberate difference: standard output is the same, and a warning goes to standard error.
TEST_F(Arc, WarnsWhenATokenVouchesForItself) {
  NEEDS_VECTORS();
  copy_vectors("arc");
  std::filesystem::remove("pkey.json");
  const Recording recording = parse_recording(testing::vector_text("arc/verify-jwk-in-header.out"));
  const Outcome outcome = run_now(words_of(recording.command));
  EXPECT_EQ(outcome.out + "rc=" + std::to_string(outcome.code) + "\n", recording.output);
  EXPECT_NE(outcome.err.find("vouched for itself"), std::string::npos) << outcome.err;
}

TEST_F(Arc, CreatesTheVeryClaimsThatVeraisonsArcCreated) {
  NEEDS_VECTORS();
  for (const char* name : {"ear-claims", "ear-claims-extension-ok", "ear-claims-key-attestation-ko",
                           "ear-claims-key-attestation-ok", "ear-claims-tv-ok"}) {
    copy_vectors("arc");
    const std::string theirs = read(std::string(name) + ".jwt");
    ASSERT_EQ(run_now({"create", "--claims", std::string(name) + ".json", "ours.jwt"}).code, 0);
    const std::string ours = read("ours.jwt");
    EXPECT_EQ(ours.substr(0, ours.rfind('.')), theirs.substr(0, theirs.rfind('.'))) << name;  // ECDSA is random
    EXPECT_EQ(run_now({"verify", "ours.jwt"}).code, 0);
  }
}

TEST_F(Arc, HelpsInTheWordsOfVeraisonsArc) {
  NEEDS_VECTORS();
  EXPECT_EQ(run_now({}).out, testing::vector_text("arc/help.txt"));
  EXPECT_EQ(run_now({"--help"}).out, testing::vector_text("arc/help.txt"));
  EXPECT_EQ(run_now({"help"}).out, testing::vector_text("arc/help.txt"));
  for (const std::string command : {"create", "print", "verify"}) {
    const std::string text = testing::vector_text("arc/help-" + command + ".txt");
    EXPECT_EQ(run_now({command, "--help"}).out, text);
    EXPECT_EQ(run_now({"-h", command}).out, text);
    EXPECT_EQ(run_now({"help", command}).out, text);
  }
}

// "# argv: arc verify ...", "# exit: N", then the output, in a folder where the files have other names.
TEST_F(Arc, VerifiesTheEarsOfTrusteeAsVeraisonsArcDid) {
  NEEDS_VECTORS();
  copy_vectors("trustee/ear");
  std::filesystem::create_directory("keys");
  for (const char* key : {"token-signer.pub.jwk", "token-signer.pub.pem"}) {
    write(std::string("keys/") + key, testing::vector_text(std::string("trustee/keys-test-only/") + key));
  }
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/trustee/cli")) {
    if (!entry.path().filename().string().starts_with("arc-verify-")) continue;
    const std::string text = read(entry.path());
    const std::size_t exit_line = text.find("# exit: ");
    const std::size_t output = text.find('\n', exit_line) + 1;
    const Outcome outcome = run_now(words_of(text.substr(8, exit_line - 9)));
    std::string printed = outcome.out + outcome.err;
    if (!printed.empty() && printed.ends_with("\n\n")) printed.pop_back();  // the recording lost its last empty line
    EXPECT_EQ(printed, text.substr(output)) << entry.path();
    EXPECT_EQ(outcome.code, text[exit_line + 8] - '0') << entry.path();
    ++count;
  }
  EXPECT_GE(count, 10);
}

// Arm's learning path runs `arc verify ear.jwt` beside an EAR of Trustee, with no key at all.
TEST_F(Arc, ShowsAnEarOfTrusteeThatCarriesItsKey) {
  NEEDS_VECTORS();
  copy_vectors("trustee/ear");
  const Outcome outcome = run_now({"verify", "ear_cca2.jwt"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("Using JWK key from JWT header\n>> \"ear_cca2.jwt\" signature successfully verified", 0),
            0U);
  EXPECT_NE(outcome.out.find("[trustworthiness vectors]\nsubmod(cpu0):\nInstance Identity [affirming]: "),
            std::string::npos);
  EXPECT_NE(outcome.err.find("vouched for itself"), std::string::npos);
}

// What follows needs no vectors: the key below was made for it.
constexpr std::string_view kKeyPair =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"})";
constexpr std::string_view kClaims =
    R"({"eat_profile":"tag:github.com,2023:veraison/ear","iat":1000,"ear.verifier-id":{"build":"b","developer":"d"},)"
    R"("submods":{"test":{"ear.status":"affirming"}}})";

class ArcWithKey : public Arc {
 protected:
  void SetUp() override {
    Arc::SetUp();
    write("skey.json", kKeyPair);
    Json public_half = *parse_json(kKeyPair);
    public_half.erase("d");
    write("pkey.json", to_text(public_half));
    write("ear-claims.json", kClaims);
  }
  // Signs claims that `arc create` would not.
  static void write_token(const std::string& path, const Json& claims, Json header = Json::object({{"alg", "ES256"}})) {
    const Json pair = *parse_json(kKeyPair);
    const Result<Buffer> scalar = codec::from_base64url(*pair.find_string("d"));
    const Result<crypto::PrivateKey> key = crypto::PrivateKey::from_ec_scalar(crypto::Curve::kP256, *scalar);
    const Result<std::string> token = jose::sign_jws(header, claims, *key, crypto::SignatureAlgorithm::kEs256);
    ASSERT_TRUE(token.has_value());
    write(path, *token);
  }
  static std::string create_error(std::string_view pointer, Json value) {
    Json claims = *parse_json(kClaims);
    Json* parent = pointer.starts_with("/") ? claims.find("submods")->find("test") : &claims;
    parent->set(std::string(pointer.starts_with("/") ? pointer.substr(1) : pointer), std::move(value));
    write("claims.json", to_text(claims));
    return run_now({"create", "-c", "claims.json", "x.jwt"}).err;
  }
};

TEST_F(ArcWithKey, VerifiesWhatItCreatedAndToleratesSpaceAroundIt) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  EXPECT_EQ(run_now({"verify", "ear.jwt"}).code, 0);
  write("spaced.jwt", "\n " + read("ear.jwt") + " \n");
  EXPECT_EQ(run_now({"verify", "spaced.jwt"}).code, 0);
  EXPECT_EQ(run_now({"verify", "-p", "skey.json", "-cv", "ear.jwt"}).code, 0);
}

TEST_F(ArcWithKey, RefusesEveryFlippedCharacter) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  const std::string token = read("ear.jwt");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    write("forged.jwt", forged);
    const Outcome outcome = run_now({"verify", "forged.jwt"});
    EXPECT_EQ(outcome.code, 1) << i;
    EXPECT_EQ(outcome.out, "") << i;
  }
}

TEST_F(ArcWithKey, RefusesATokenWhoseHeaderNamesAnotherAlgorithmThanAlg) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  for (const char* alg : {"ES384", "RS256", "PS512", "EdDSA", "HS256", "ES256K", "none"}) {
    EXPECT_EQ(run_now({"verify", "--alg", alg, "ear.jwt"}).code, 1) << alg;
  }
  EXPECT_EQ(run_now({"verify", "--alg", "XYZ", "ear.jwt"}).err,
            "Error: parsing algorithm from \"XYZ\": invalid key value: \"XYZ\": invalid key algorithm\n");
}

TEST_F(ArcWithKey, SeesATokenExpire) {
  Json claims = *parse_json(kClaims);
  claims.set("exp", 5000);
  write_token("ear.jwt", claims);
  EXPECT_EQ(run_at(4999, {"verify", "ear.jwt"}).code, 0);
  EXPECT_EQ(run_at(5000, {"verify", "ear.jwt"}).code, 1);
  EXPECT_EQ(run_at(999, {"verify", "ear.jwt"}).code, 1);
}

TEST_F(ArcWithKey, RefusesATokenWithoutIssueTime) {
  Json claims = *parse_json(kClaims);
  claims.erase("iat");  // the peer prints the year 1 instead
  write_token("ear.jwt", claims);
  EXPECT_EQ(run_now({"verify", "ear.jwt"}).err,
            "Error: verifying signed EAR from \"ear.jwt\" using \"pkey.json\" key: missing mandatory 'iat'\n");
}

TEST_F(ArcWithKey, LetsNoTokenDrawLinesIntoTheReport) {
  Json claims = *parse_json(kClaims);
  claims.find("submods")->set(
      "x):\nHardware [affirming]: genuine\x1b[2K\xC2\x9B"
      "2K",
      Json::object({{"ear.status", "none"}}));
  write_token("ear.jwt", claims);
  const Outcome outcome = run_now({"verify", "ear.jwt"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out.find("\nHardware"), std::string::npos);
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(outcome.out.find("\xC2\x9B"), std::string::npos);  // CSI in one character
}

TEST_F(ArcWithKey, DoesNotFallBackToTheTokensKeyWhenItsKeyFileCannotBeRead) {
  Json header = Json::object({{"alg", "ES256"}});
  Json jwk = *parse_json(kKeyPair);
  jwk.erase("d");
  header.set("jwk", jwk);
  write_token("ear.jwt", *parse_json(kClaims), header);
  std::filesystem::remove("pkey.json");
  EXPECT_EQ(run_now({"verify", "ear.jwt"}).code, 0);
  std::filesystem::create_directory("pkey.json");  // there, and unreadable
  EXPECT_EQ(run_now({"verify", "ear.jwt"}).code, 1);
}

TEST_F(ArcWithKey, EscapesJsonAsGoDoes) {
  Json claims = *parse_json(kClaims);
  claims.find("submods")->find("test")->set(
      "ear.veraison.policy-claims",
      *parse_json(R"({"z":[],"a":"<b>&'\u2028\u00e9\u0001\b","f":1e-7,"n":1.5e30,"h":3.0,"o":{},"t":[1,{"b":null}]})"));
  write_token("ear.jwt", claims);
  const std::string out = run_now({"verify", "ear.jwt"}).out;
  EXPECT_NE(out.find(R"("a": "\u003cb\u003e\u0026'\u2028é\u0001\b",)"
                     "\n                \"f\": 1e-7,\n                \"h\": 3,\n                \"n\": 1.5e+30,\n"
                     "                \"o\": {},\n                \"t\": [\n                    1,\n"
                     "                    {\n                        \"b\": null\n                    }\n"
                     "                ],\n                \"z\": []\n"),
            std::string::npos)
      << out;
}

TEST_F(ArcWithKey, PrintsTimesAsDatesAndAnAudienceAsAList) {
  Json claims = *parse_json(kClaims);
  claims.set("exp", 4102444800);
  claims.set("nbf", 1e300);
  claims.set("aud", "kbs");
  write_token("ear.jwt", claims);
  const std::string out = run_now({"print", "ear.jwt"}).out;
  EXPECT_NE(out.find("\"iat\": \"1970-01-01T00:16:40Z\""), std::string::npos) << out;
  EXPECT_NE(out.find("\"exp\": \"2100-01-01T00:00:00Z\""), std::string::npos) << out;
  EXPECT_NE(out.find("\"nbf\": 1e+300"), std::string::npos) << out;
  EXPECT_NE(out.find("\"aud\": [\n        \"kbs\"\n    ]"), std::string::npos) << out;
}

// The texts below were compared with the peer's, run on the same files.
TEST_F(ArcWithKey, SaysWhatIsWrongWithClaims) {
  const std::string prefix = "Error: decoding EAR claims-set from \"claims.json\": ";
  EXPECT_EQ(create_error("iat", "x"), prefix + "invalid value(s) for 'iat' (not an int64)\n");
  EXPECT_EQ(create_error("eat_nonce", 5), prefix + "invalid value(s) for 'eat_nonce' (not a string)\n");
  EXPECT_EQ(create_error("eat_nonce", "abc"), prefix + "invalid value(s) for eat_nonce (3 bytes)\n");
  EXPECT_EQ(create_error("eat_profile", "x"), prefix + "invalid value(s) for eat_profile (x)\n");
  EXPECT_EQ(create_error("submods", Json::array()), prefix + "invalid value(s) for 'submods' (not a map object)\n");
  EXPECT_EQ(create_error("submods", Json::object()),
            prefix + "missing mandatory 'submods' (at least one appraisal must be present)\n");
  EXPECT_EQ(create_error("ear.verifier-id", Json::object({{"build", "x"}, {"foo", 1}})),
            prefix + "invalid value(s) for 'ear.verifier-id' (missing mandatory 'developer'; unexpected: foo)\n");
  EXPECT_EQ(create_error("ear.raw-evidence", "3q2+7w=="),
            prefix + "invalid value(s) for 'ear.raw-evidence' (illegal base64 data at input byte 3)\n");
  EXPECT_EQ(create_error("ear.raw-evidence", 5),
            prefix + "invalid value(s) for 'ear.raw-evidence' (not a base64 string)\n");
  EXPECT_EQ(create_error("ear.veraison.tee-info", Json::object({{"evidence-id", "e"}, {"tee-name", "t"}, {"x", "t"}})),
            prefix + "invalid value(s) for 'ear.veraison.tee-info' (found unknown key \"x\" in \"tee-info\" object)\n");
  write("ear-claims.json", "");
  EXPECT_EQ(run_now({"create", "x.jwt"}).err,
            "Error: decoding EAR claims-set from \"ear-claims.json\": unexpected end of JSON input\n");
  write("ear-claims.json", "{}");
  EXPECT_EQ(run_now({"create", "x.jwt"}).err,
            "Error: decoding EAR claims-set from \"ear-claims.json\": missing mandatory 'eat_profile', "
            "'ear.verifier-id', 'iat', 'submods'\n");
}

TEST_F(ArcWithKey, SaysWhatIsWrongWithAnAppraisal) {
  const auto text = [](const std::string& problem) {
    return "Error: decoding EAR claims-set from \"claims.json\": invalid value(s) for 'submods' (test: " + problem +
           ")\n";
  };
  const auto vector = [](Json value) { return Json::object({{"hardware", std::move(value)}}); };
  EXPECT_EQ(create_error("/ear.status", "foo"),
            text("invalid value(s) for 'ear.status' (not a valid TrustTier name: \"foo\")"));
  EXPECT_EQ(create_error("/ear.status", 33),
            text("invalid value(s) for 'ear.status' (not a valid TrustTier value: 33.000000 (33))"));
  EXPECT_EQ(create_error("/ear.status", nullptr),
            text("invalid value(s) for 'ear.status' (cannot convert <nil> (type <nil>) to TrustTier)"));
  EXPECT_EQ(create_error("/ear.appraisal-policy-id", 5),
            text("invalid value(s) for 'ear.appraisal-policy-id' (not a string)"));
  EXPECT_EQ(create_error("/ear.veraison.policy-claims", 5),
            text("invalid value(s) for 'ear.veraison.policy-claims' (not a map[string]interface{})"));
  EXPECT_EQ(create_error("/ear.trustworthiness-vector", 5),
            text("invalid value(s) for 'ear.trustworthiness-vector' (invalid value '5': expected a TrustVector, but "
                 "found float64)"));
  EXPECT_EQ(create_error("/ear.trustworthiness-vector", vector(300)),
            text("invalid value(s) for 'ear.trustworthiness-vector' (invalid value(s) for 'hardware' (out of range for "
                 "TrustClaim: 300))"));
  EXPECT_EQ(create_error("/ear.trustworthiness-vector", Json::object({{"foo", 2}})),
            text("invalid value(s) for 'ear.trustworthiness-vector' (unexpected: foo)"));
  // The peer takes these two for "no claim" and for 2.
  EXPECT_NE(create_error("/ear.trustworthiness-vector", vector(true)), "");
  EXPECT_NE(create_error("/ear.trustworthiness-vector", vector(2.7)), "");
}

TEST_F(ArcWithKey, ReadsClaimsWrittenAsWords) {
  EXPECT_EQ(create_error("/ear.trustworthiness-vector", Json::object({{"hardware", "Unrecognized HW"},
                                                                      {"configuration", "unsafe_config"},
                                                                      {"executables", "33"},
                                                                      {"file-system", nullptr}})),
            "");
  const std::string out = run_now({"verify", "x.jwt"}).out;
  EXPECT_NE(
      out.find("\"configuration\": 32,\n                \"executables\": 33,\n                \"file-system\": 0,\n"
               "                \"hardware\": 97,"),
      std::string::npos)
      << out;
}

TEST_F(ArcWithKey, SaysWhatIsWrongWithFilesAndKeys) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  write("empty", "");
  write("object.json", "{}");
  const auto error = [](const std::vector<std::string>& words) { return run_now(words).err; };
  EXPECT_EQ(error({"create", "--skey", "nope", "x"}),
            "Error: loading signing key from \"nope\": open nope: no such file or directory\n");
  EXPECT_EQ(error({"create", "--claims", "nope", "x"}),
            "Error: loading EAR claims-set from \"nope\": open nope: no such file or directory\n");
  EXPECT_EQ(error({"create", "--alg", "none", "x"}),
            "Error: signing EAR: jwt.signFast: failed to sign payload with none: jwsbb.Sign: unsupported signature "
            "algorithm \"none\"\n");
  EXPECT_EQ(error({"print", "nope.jwt"}),
            "Error: reading JWT from \"nope.jwt\": open nope.jwt: no such file or directory\n");
  EXPECT_EQ(error({"print", "empty"}), "Error: failed to parse serialized JWT: jws.Parse: invalid byte sequence\n");
  EXPECT_EQ(error({"verify", "-p", "nope", "ear.jwt"}),
            "Error: loading verification key from \"nope\": open nope: no such file or directory\n");
  EXPECT_EQ(
      error({"verify", "-p", "empty", "ear.jwt"}),
      "Error: parsing verification key from \"empty\": jwk.Parse: failed to probe data: probe: failed to unmarshal "
      "data: EOF\n");
  EXPECT_EQ(error({"verify", "-p", "object.json", "ear.jwt"}),
            "Error: parsing verification key from \"object.json\": invalid key type from JSON ()\n");
  EXPECT_EQ(run_now({"create", "-s", "pkey.json", "x"}).code, 1);  // no private key
  EXPECT_EQ(run_now({"create", "-a", "ES384", "x"}).code, 1);      // not for this curve, though the peer would
  EXPECT_EQ(run_now({"create", "/nonexistent/x.jwt"}).code, 1);
  EXPECT_FALSE(file_exists("x"));
}

TEST_F(ArcWithKey, SaysWhatIsWrongWithTokens) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  const std::string token = read("ear.jwt");
  const std::string signed_part = token.substr(0, token.rfind('.') + 1);
  const auto problem = [](const std::string& text) {
    write("bad.jwt", text);
    const std::string err = run_now({"verify", "bad.jwt"}).err;
    const std::string prefix =
        "Error: verifying signed EAR from \"bad.jwt\" using \"pkey.json\" key: failed verifying JWT message: "
        "jwt.Parse: "
        "failed to parse token: ";
    return err.starts_with(prefix) ? err.substr(prefix.size()) : "(other) " + err;
  };
  EXPECT_EQ(problem(""), "jwt.verifyFast: failed to split compact: jwsbb: invalid number of segments\n");
  EXPECT_EQ(problem("{\"a\":1}"), "jwt.verifyFast: failed to split compact: jwsbb: invalid number of segments\n");
  EXPECT_EQ(problem("a.b.c.d.e"), "unsupported format (layer: #1)\n");
  EXPECT_EQ(problem("abc"), "unknown payload type (payload is not JWT?)\n");
  EXPECT_EQ(
      problem(signed_part + "###"),
      "jwt.verifyFast: failed to decode signature: failed to decode source: illegal base64 data at input byte 0\n");
  EXPECT_EQ(problem(signed_part),
            "jwt.VerifyCompact: signature verification failed for ES256: jwsbb.ECDSAVerifier: "
            "failed to unpack ECDSA signature: invalid signature length for curve \"P-256\"\n");
}

TEST_F(ArcWithKey, ReadsFlagsAsPflagDoes) {
  ASSERT_EQ(run_now({"create", "ear.jwt"}).code, 0);
  const auto error = [](const std::vector<std::string>& words) { return run_now(words).err; };
  EXPECT_EQ(error({"bogus"}), "Error: unknown command \"bogus\" for \"arc\"\n");
  EXPECT_EQ(error({"verify"}), "Error: validating arguments: no input file supplied\n");
  EXPECT_EQ(error({"verify", "a", "b"}), "Error: validating arguments: no input file supplied\n");
  EXPECT_EQ(error({"create"}), "Error: validating arguments: no output file supplied\n");
  EXPECT_EQ(error({"verify", "--nope", "x"}), "Error: unknown flag: --nope\n");
  EXPECT_EQ(error({"verify", "-x", "y"}), "Error: unknown shorthand flag: 'x' in -x\n");
  EXPECT_EQ(error({"verify", "--pkey"}), "Error: flag needs an argument: --pkey\n");
  EXPECT_EQ(error({"verify", "-p"}), "Error: flag needs an argument: 'p' in -p\n");
  EXPECT_EQ(error({"verify", "--color=maybe", "x"}),
            "Error: invalid argument \"maybe\" for \"-c, --color\" flag: strconv.ParseBool: parsing \"maybe\": invalid "
            "syntax\n");
  EXPECT_EQ(error({"--verbose"}), "Error: unknown flag: --verbose\n");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"verify", "-ppkey.json", "ear.jwt"},
                                             {"verify", "ear.jwt", "-p", "pkey.json"},
                                             {"verify", "--", "ear.jwt"},
                                             {"verify", "-vc=false", "ear.jwt"},
                                             {"--config", "none.yaml", "verify", "ear.jwt"},
                                             {"verify", "--pkey=pkey.json", "--help=false", "ear.jwt"}}) {
    EXPECT_EQ(run_now(words).code, 0) << words[1];
  }
}

TEST_F(ArcWithKey, NamesItsVersionAndTheConfigFileItFinds) {
  EXPECT_EQ(run_now({"--version"}).out.rfind("arc version 1.1.3", 0), 0U);
  EXPECT_EQ(run_now({"-v"}).out, run_now({"--version"}).out);
  write("arc.yaml", "");
  EXPECT_EQ(run_now({"--config", "arc.yaml", "create", "ear.jwt"}).err, "Using config file: arc.yaml\n");
  EXPECT_NE(run_now({"completion", "bash"}).out.find("\ncomplete -F _arc arc\n"), std::string::npos);
  EXPECT_EQ(run_now({"completion"}).code, 0);
}

}  // namespace
}  // namespace avouch::arc
