// What the codes of this room mean, and what an operator does about them.
#pragma once

#include <span>

#include "tee/remedy.h"

namespace avouch::tee::cca {

std::span<const Remedy> remedies();

}  // namespace avouch::tee::cca
