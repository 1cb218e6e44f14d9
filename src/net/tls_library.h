// What both halves of TLS need of the library. Internal to this folder.
#pragma once

#include <openssl/bio.h>

#include <memory>
#include <string>

namespace avouch::net {

template <class T, void (*free_object)(T*)>
struct Freer {
  void operator()(T* object) const { free_object(object); }
};
using BioPointer = std::unique_ptr<BIO, Freer<BIO, BIO_free_all>>;

// Why the library failed just now, in its own words; forgets it.
std::string take_library_error();

}  // namespace avouch::net
