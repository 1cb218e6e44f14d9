#include <cstdlib>
#include <iostream>

#include "cmd/compat/arc/arc.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const char* home = std::getenv("HOME");
  const int code = avouch::arc::run(words, {std::cout, std::cerr}, avouch::SystemClock(), home == nullptr ? "" : home);
  std::cout.flush();
  return std::cout.good() ? code : 1;  // a report that could not be written is no success
}
