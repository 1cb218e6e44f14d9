// Authentic<T>: a T whose authenticity was established. Only T's authenticator can make one, so a refactor that loses
// the step does not compile.
#pragma once

#include <utility>

namespace avouch::tee {

template <class T>
class Authentic {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  friend typename T::Authenticator;
  explicit Authentic(T value) : value_(std::move(value)) {}
  T value_;
};

}  // namespace avouch::tee
