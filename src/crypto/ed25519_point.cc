#include "crypto/ed25519_point.h"

#include <openssl/bn.h>

#include "base/check.h"
#include "crypto/native.h"

namespace avouch::crypto {
namespace {

// Arithmetic modulo p = 2^255 - 19. Only public keys pass here, so it need not be constant-time.
class Field {
 public:
  using Number = bssl::UniquePtr<BIGNUM>;
  Field() : context_(BN_CTX_new()), prime_(BN_new()) {
    CHECK(context_ && prime_);
    CHECK(BN_set_bit(prime_.get(), 255) == 1 && BN_sub_word(prime_.get(), 19) == 1);
  }
  const BIGNUM* prime() const { return prime_.get(); }

  Number word(BN_ULONG value) const {
    Number out(BN_new());
    CHECK(out && BN_set_word(out.get(), value) == 1);
    return out;
  }
  Number add(const Number& left, const Number& right) const {
    Number out(BN_new());
    CHECK(out && BN_mod_add(out.get(), left.get(), right.get(), prime_.get(), context_.get()) == 1);
    return out;
  }
  Number subtract(const Number& left, const Number& right) const {
    Number out(BN_new());
    CHECK(out && BN_mod_sub(out.get(), left.get(), right.get(), prime_.get(), context_.get()) == 1);
    return out;
  }
  Number multiply(const Number& left, const Number& right) const {
    Number out(BN_new());
    CHECK(out && BN_mod_mul(out.get(), left.get(), right.get(), prime_.get(), context_.get()) == 1);
    return out;
  }
  Number invert(const Number& value) const {
    Number out(BN_new());
    CHECK(out && BN_mod_inverse(out.get(), value.get(), prime_.get(), context_.get()) != nullptr);
    return out;
  }
  // Euler's criterion.
  bool is_nonzero_square(const Number& value) const {
    Number half(BN_dup(prime_.get()));
    Number out(BN_new());
    CHECK(half && out && BN_rshift1(half.get(), half.get()) == 1);
    CHECK(BN_mod_exp_mont(out.get(), value.get(), half.get(), prime_.get(), context_.get(), nullptr) == 1);
    return BN_is_one(out.get()) == 1;
  }

 private:
  bssl::UniquePtr<BN_CTX> context_;
  Number prime_;
};

}  // namespace

// The curve is -x^2 + y^2 = 1 + d x^2 y^2, so x^2 = (y^2 - 1) / (d y^2 + 1), where d = -121665/121666.
bool is_ed25519_public_key(const std::array<std::uint8_t, kEd25519KeyBytes>& encoded) {
  const Field field;
  std::array<std::uint8_t, kEd25519KeyBytes> octets = encoded;
  octets.back() = static_cast<std::uint8_t>(octets.back() & 0x7f);  // The top bit is the sign of x.
  const Field::Number y(BN_le2bn(octets.data(), octets.size(), nullptr));
  CHECK(y);
  if (BN_cmp(y.get(), field.prime()) >= 0) return false;

  const Field::Number one = field.word(1);
  const Field::Number d =
      field.multiply(field.subtract(field.word(0), field.word(121665)), field.invert(field.word(121666)));
  const Field::Number y2 = field.multiply(y, y);
  const Field::Number numerator = field.subtract(y2, one);
  const Field::Number denominator = field.add(field.multiply(d, y2), one);

  // Order 1 and 2 are y = 1 and y = -1, order 4 is y = 0. A point has order 8 if its double has y = 0, that is if
  // x^2 = -y^2, which the curve's equation turns into d y^4 + 2 y^2 - 1 = 0.
  if (BN_is_zero(numerator.get()) == 1 || BN_is_zero(y.get()) == 1) return false;
  const Field::Number order_8 =
      field.subtract(field.add(field.multiply(d, field.multiply(y2, y2)), field.add(y2, y2)), one);
  if (BN_is_zero(order_8.get()) == 1) return false;

  // n / m is a square where n * m is. m is never zero: -1/d is no square.
  return field.is_nonzero_square(field.multiply(numerator, denominator));
}

}  // namespace avouch::crypto
