// How settings read numbers (proc_get_long and the conversions around it): base by prefix, separated by blanks,
// each in its range. A value that is out of range is EINVAL here, whatever else might suit it better.
#include <algorithm>
#include <cctype>

#include "net/core/sysctl.hh"

namespace linnet {
namespace {

constexpr size_t longest_number = 20;  // TMPBUFLEN less two
constexpr s64 hz = 1000;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

size_t skip_blanks(std::string_view s) {
  size_t i = 0;
  while (i < s.size() && std::isspace(static_cast<unsigned char>(s[i]))) ++i;
  return i;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

struct number {
  bool negative = false;
  u64 value = 0;
};

// Takes one number off the front of `s`.
status take_number(std::string_view& s, number& out) {
  size_t i = 0;
  out.negative = s[0] == '-' && s.size() > 1;
  if (out.negative) ++i;
  if (i == s.size() || digit(s[i]) > 9) return err(EINVAL);
  unsigned base = 10;
  if (s[i] == '0') {
    base = 8;
    if (i + 2 < s.size() && (s[i + 1] | 0x20) == 'x' && digit(s[i + 2]) < 16) {
      base = 16;
      i += 2;
    }
  }
  out.value = 0;
  for (; i < s.size() && static_cast<unsigned>(digit(s[i])) < base; ++i) {
    u64 next;
    if (__builtin_mul_overflow(out.value, u64{base}, &next) ||
        __builtin_add_overflow(next, static_cast<u64>(digit(s[i])), &out.value))
      return err(EINVAL);
  }
  if (i > longest_number || (i < s.size() && !blank(s[i]))) return err(EINVAL);
  s.remove_prefix(i);
  return {};
}

// The kind's own bounds, and how a number becomes a value.
status convert(ctl_kind kind, const number& n, s64& out) {
  const s64 sign = n.negative ? -1 : 1;
  u64 most = 0;
  switch (kind) {
    case ctl_kind::integer: most = n.negative ? u64{1} << 31 : INT_MAX; break;
    case ctl_kind::byte: most = 255; break;
    case ctl_kind::uint: most = UINT_MAX; break;
    case ctl_kind::ulong: most = LLONG_MAX; break;
    case ctl_kind::seconds: most = INT_MAX / hz; break;
    case ctl_kind::ms: most = INT_MAX; break;
    case ctl_kind::userhz: most = LLONG_MAX / hz * 100; break;
    case ctl_kind::text: break;
  }
  const bool may_be_negative =
      kind == ctl_kind::integer || kind == ctl_kind::seconds || kind == ctl_kind::userhz;
  if (n.value > most || (n.negative && !may_be_negative)) return err(EINVAL);
  out = sign * static_cast<s64>(n.value);
  // Kept in an int of jiffies: what does not fit wraps around.
  if (kind == ctl_kind::userhz)
    out = static_cast<s32>(static_cast<u32>(out * (hz / 100))) / (hz / 100);
  return {};
}

}  // namespace

status sysctl_parse(const ctl_table& t, std::string_view text, ctl_values& values,
                    unsigned& parsed) {
  parsed = 0;
  while (parsed < t.count) {
    text.remove_prefix(skip_blanks(text));
    if (text.empty()) break;
    number n;
    s64 value;
    if (status s = take_number(text, n); !s) return s;
    if (status s = convert(t.kind, n, value); !s) return s;
    if (value < t.min || value > t.max) return err(EINVAL);
    values[parsed++] = value;
  }
  return parsed ? status{} : err(EINVAL);
}

std::string sysctl_format(const ctl_table& t, const ctl_values& v) {
  std::string out;
  for (unsigned i = 0; i < t.count; ++i) {
    if (i) out += '\t';
    out += std::to_string(v[i]);
  }
  return out + '\n';
}

}  // namespace linnet
