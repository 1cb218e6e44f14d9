// Recorded evidence and traffic of others, outside the project: read where the environment variable AVOUCH_VECTORS
// points.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"

namespace avouch::testing {

// The folder, or "" when it is not to be had.
std::string vectors_folder();
// The content of a file below it; aborts the test program with the path if it cannot be read.
Buffer vector(const std::string& path);
std::string vector_text(const std::string& path);

}  // namespace avouch::testing

// First line of a test that needs vectors: reported as skipped, by name, where they are absent.
#define NEEDS_VECTORS() \
  if (::avouch::testing::vectors_folder().empty()) GTEST_SKIP() << "AVOUCH_VECTORS is not set to a folder"
