// Numbers from JavaScript: checked before they are converted, since NaN, a fraction or one that is too large would become
// another number, another descriptor or another process.
#ifndef PYREDIS_WHOLE_NUMBER_H_
#define PYREDIS_WHOLE_NUMBER_H_

#include <napi.h>

#include <cmath>
#include <limits>

namespace pyredis {

// 2^53: larger ones are not exact.
constexpr double kLargestWhole = 9007199254740992.0;

inline bool IsWhole(const Napi::Value& value, double min, double max) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  return number >= min && number <= max && std::trunc(number) == number;
}

inline bool IsInt(const Napi::Value& value) {
  return IsWhole(value, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
}

// A size or an offset in bytes.
inline bool IsByteCount(const Napi::Value& value) { return IsWhole(value, 0, kLargestWhole); }

}  // namespace pyredis

#endif  // PYREDIS_WHOLE_NUMBER_H_
