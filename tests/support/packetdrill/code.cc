// A lexer of single characters and a parser that evaluates as it goes: one function per level of precedence, lowest
// first. What Python would not evaluate (the right side of a decided `and`) is parsed with `quiet_` set, and yields
// nothing that matters.
#include "tests/support/packetdrill/code.hh"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {
namespace {

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool truth(const code_value& v) {
  if (const auto* s = std::get_if<std::string>(&v)) return !s->empty();
  if (const auto* d = std::get_if<double>(&v)) return *d != 0;
  return std::get<s64>(v) != 0;
}

std::string text_of(const code_value& v) {
  if (const auto* s = std::get_if<std::string>(&v)) return *s;
  if (const auto* d = std::get_if<double>(&v)) return std::to_string(*d);
  return std::to_string(std::get<s64>(v));
}

class evaluator {
 public:
  evaluator(std::string_view s, code_scope& scope) : s_(s), scope_(scope) {}

  void run() {
    for (skip_lines(); p_ < s_.size(); skip_lines()) statement();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const size_t from = s_.rfind('\n', p_ ? p_ - 1 : 0);
    const size_t start = from == s_.npos ? 0 : from + 1;
    throw script_error("code: " + what + " in '" +
                       std::string(s_.substr(start, s_.find('\n', start) - start)) + "'");
  }

  // ---- characters
  void skip() {
    while (p_ < s_.size()) {
      const char c = s_[p_];
      if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && depth_ > 0) ||
          (c == '\\' && s_.substr(p_ + 1).starts_with("\n")))
        ++p_;
      else if (c == '#')
        while (p_ < s_.size() && s_[p_] != '\n') ++p_;
      else
        break;
    }
  }
  void skip_lines() {
    for (skip(); p_ < s_.size() && (s_[p_] == '\n' || s_[p_] == ';'); skip()) ++p_;
  }
  bool sign(std::string_view v) {
    skip();
    if (!s_.substr(p_).starts_with(v)) return false;
    p_ += v.size();
    return true;
  }
  bool ahead(std::string_view v) {
    skip();
    return s_.substr(p_).starts_with(v);
  }
  bool keyword(std::string_view v) {
    skip();
    if (!s_.substr(p_).starts_with(v)) return false;
    if (p_ + v.size() < s_.size() && word_char(s_[p_ + v.size()])) return false;
    p_ += v.size();
    return true;
  }
  std::string word() {
    skip();
    const size_t from = p_;
    while (p_ < s_.size() && word_char(s_[p_])) ++p_;
    return std::string(s_.substr(from, p_ - from));
  }

  // ---- statements
  void statement() {
    if (keyword("pass")) return end();
    if (keyword("assert")) {
      const size_t from = p_;
      const bool ok = truth(expression());
      const std::string condition(s_.substr(from, p_ - from));
      std::string message;
      if (sign(",")) message = ": " + text_of(expression());
      if (!ok) throw script_error("assertion failed:" + condition + message);
      return end();
    }
    const size_t from = p_;
    const std::string name = word();
    if (!name.empty() && ahead("=") && !ahead("==")) {
      sign("=");
      scope_.variables[name] = expression();
      return end();
    }
    p_ = from;
    expression();
    end();
  }
  void end() {
    skip();
    if (p_ < s_.size() && s_[p_] != '\n' && s_[p_] != ';') fail("cannot go on");
  }

  // ---- expressions
  code_value expression() {
    if (++nesting_ > 64) fail("nested too deeply");
    code_value v = either();
    --nesting_;
    return v;
  }
  code_value either() {
    code_value v = both();
    while (keyword("or")) v = decided(std::move(v), true, &evaluator::both);
    return v;
  }
  code_value both() {
    code_value v = negation();
    while (keyword("and")) v = decided(std::move(v), false, &evaluator::negation);
    return v;
  }
  // Python's `and` and `or` give one of their operands.
  code_value decided(code_value left, bool stops_at, code_value (evaluator::*right)()) {
    const bool done = truth(left) == stops_at;
    quiet_ += done;
    code_value r = (this->*right)();
    quiet_ -= done;
    return done ? left : r;
  }
  code_value negation() {
    if (++nesting_ > 64) fail("nested too deeply");
    code_value v = keyword("not") ? code_value(s64{!truth(negation())}) : comparison();
    --nesting_;
    return v;
  }
  code_value comparison() {
    code_value left = bit_or();
    bool all = true, any = false;
    while (true) {
      static constexpr std::string_view ops[] = {"==", "!=", "<=", ">=", "<", ">"};
      int op = -1;
      for (int i = 0; i < 6 && op < 0; ++i)
        if (!(i >= 4 && (ahead("<<") || ahead(">>"))) && sign(ops[i])) op = i;
      if (op < 0) return any ? code_value(s64{all}) : left;
      const code_value right = bit_or();
      all = all && compare(left, right, op);
      any = true;
      left = right;
    }
  }
  bool compare(const code_value& a, const code_value& b, int op) const {
    const auto decide = [op](const auto& x, const auto& y) {
      switch (op) {
        case 0: return x == y;
        case 1: return x != y;
        case 2: return x <= y;
        case 3: return x >= y;
        case 4: return x < y;
        default: return x > y;
      }
    };
    const auto *sa = std::get_if<std::string>(&a), *sb = std::get_if<std::string>(&b);
    if (sa && sb) return decide(*sa, *sb);
    if (sa || sb) return op == 1;
    const auto *ia = std::get_if<s64>(&a), *ib = std::get_if<s64>(&b);
    if (ia && ib) return decide(*ia, *ib);
    return decide(real(a), real(b));
  }

  code_value bit_or() {
    code_value v = bit_xor();
    while (!ahead("||") && sign("|")) v = integer(v) | integer(bit_xor());
    return v;
  }
  code_value bit_xor() {
    code_value v = bit_and();
    while (sign("^")) v = integer(v) ^ integer(bit_and());
    return v;
  }
  code_value bit_and() {
    code_value v = shift();
    while (sign("&")) v = integer(v) & integer(shift());
    return v;
  }
  code_value shift() {
    code_value v = sum();
    while (true) {
      const bool left = sign("<<");
      if (!left && !sign(">>")) return v;
      const s64 by = integer(sum());
      if (by < 0 || by > 63) fail("a shift out of range");
      v = left ? static_cast<s64>(static_cast<u64>(integer(v)) << by) : integer(v) >> by;
    }
  }
  code_value sum() {
    code_value v = product();
    while (true) {
      const bool plus = sign("+");
      if (!plus && !sign("-")) return v;
      const code_value w = product();
      const auto *sv = std::get_if<std::string>(&v), *sw = std::get_if<std::string>(&w);
      if (plus && sv && sw)
        v = *sv + *sw;
      else if (whole(v, w))
        v = static_cast<s64>(
            static_cast<u64>(integer(v)) +
            (plus ? static_cast<u64>(integer(w)) : 0 - static_cast<u64>(integer(w))));
      else
        v = plus ? real(v) + real(w) : real(v) - real(w);
    }
  }
  code_value product() {
    code_value v = unary();
    while (true) {
      if (sign("//")) {
        const code_value w = unary();
        v = whole(v, w) ? code_value(floor_div(integer(v), integer(w)))
                        : code_value(std::floor(divide(real(v), real(w))));
      } else if (sign("%")) {
        const s64 a = integer(v), b = integer(unary());
        v = static_cast<s64>(static_cast<u64>(a) -
                             static_cast<u64>(floor_div(a, b)) * static_cast<u64>(b));
      } else if (sign("/")) {
        v = divide(real(v), real(unary()));
      } else if (!ahead("**") && sign("*")) {
        const code_value w = unary();
        v = whole(v, w) ? code_value(static_cast<s64>(static_cast<u64>(integer(v)) *
                                                      static_cast<u64>(integer(w))))
                        : code_value(real(v) * real(w));
      } else {
        return v;
      }
    }
  }
  double divide(double a, double b) const {
    if (b == 0 && !quiet_) fail("division by zero");
    return b == 0 ? 0 : a / b;
  }
  s64 floor_div(s64 a, s64 b) const {
    if (b == 0 && !quiet_) fail("division by zero");
    if (b == 0) return 0;
    if (b == -1) return static_cast<s64>(0 - static_cast<u64>(a));
    const s64 q = a / b;
    return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
  }
  code_value unary() {
    if (++nesting_ > 64) fail("nested too deeply");
    code_value r;
    if (sign("-")) {
      const code_value v = unary();
      r = std::holds_alternative<double>(v)
              ? code_value(-real(v))
              : code_value(static_cast<s64>(0 - static_cast<u64>(integer(v))));
    } else if (sign("+")) {
      r = unary();
    } else if (sign("~")) {
      r = ~integer(unary());
    } else {
      r = power();
    }
    --nesting_;
    return r;
  }
  code_value power() {
    code_value v = primary();
    if (sign("**")) v = std::pow(real(v), real(unary()));
    return v;
  }

  code_value primary() {
    skip();
    if (p_ >= s_.size()) fail("an expression that ends too early");
    const char c = s_[p_];
    if (c == '(') {
      ++p_;
      ++depth_;
      code_value v = expression();
      if (!sign(")")) fail("expected ')'");
      --depth_;
      return v;
    }
    if (c == '"' || c == '\'') return quoted(c);
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
    const std::string name = word();
    if (name.empty()) fail("not an expression");
    if (ahead("(")) return call(name);
    if (name == "True") return s64{1};
    if (name == "False" || name == "None") return s64{0};
    if (const auto it = scope_.variables.find(name); it != scope_.variables.end())
      return it->second;
    if (const auto v = scope_.lookup(name)) return *v;
    fail("name '" + name + "' is not defined");
  }
  code_value quoted(char mark) {
    std::string r;
    for (++p_; p_ < s_.size() && s_[p_] != mark; ++p_) {
      if (s_[p_] == '\\' && p_ + 1 < s_.size()) ++p_;
      r += s_[p_];
    }
    if (p_ >= s_.size()) fail("a string that does not end");
    ++p_;
    // A % B with a string formats it; the message is for people, who can read both.
    return r;
  }
  code_value number() {
    const size_t from = p_;
    if (s_.substr(p_).starts_with("0x")) {
      p_ += 2;
      while (p_ < s_.size() && std::isxdigit(static_cast<unsigned char>(s_[p_]))) ++p_;
      return static_cast<s64>(
          std::strtoull(std::string(s_.substr(from, p_ - from)).c_str(), nullptr, 16));
    }
    bool is_real = false;
    for (; p_ < s_.size() &&
           (std::isdigit(static_cast<unsigned char>(s_[p_])) || s_[p_] == '.' || s_[p_] == 'e' ||
            ((s_[p_] == '+' || s_[p_] == '-') && s_[p_ - 1] == 'e'));
         ++p_)
      is_real |= s_[p_] == '.' || s_[p_] == 'e';
    const std::string text(s_.substr(from, p_ - from));
    if (text == ".") fail("not a number");
    if (is_real) return std::strtod(text.c_str(), nullptr);
    return static_cast<s64>(std::strtoull(text.c_str(), nullptr, 10));
  }
  code_value call(const std::string& name) {
    sign("(");
    ++depth_;
    std::vector<code_value> args;
    if (!sign(")")) {
      do args.push_back(expression());
      while (sign(","));
      if (!sign(")")) fail("expected ')'");
    }
    --depth_;
    if (name == "print") {
      for (size_t i = 0; i < args.size(); ++i) scope_.printed += (i ? " " : "") + text_of(args[i]);
      scope_.printed += '\n';
      return s64{0};
    }
    if (name == "str" && args.size() == 1) return text_of(args[0]);
    if (name == "len" && args.size() == 1) return static_cast<s64>(text_of(args[0]).size());
    if (name == "int" && args.size() == 1) {
      const double d = real(args[0]);
      return std::holds_alternative<s64>(args[0])
                 ? args[0]
                 : code_value(std::abs(d) < 9e18 ? static_cast<s64>(d) : s64{0});
    }
    if (name == "abs" && args.size() == 1)
      return std::holds_alternative<s64>(args[0]) && integer(args[0]) >= 0 ? args[0]
             : std::holds_alternative<s64>(args[0])
                 ? code_value(static_cast<s64>(0 - static_cast<u64>(integer(args[0]))))
                 : code_value(std::abs(real(args[0])));
    if ((name == "min" || name == "max") && !args.empty()) {
      size_t best = 0;
      for (size_t i = 1; i < args.size(); ++i)
        if (compare(args[i], args[best], name == "min" ? 4 : 5)) best = i;
      return args[best];
    }
    fail("unknown function '" + name + "'");
  }

  static bool whole(const code_value& a, const code_value& b) {
    return std::holds_alternative<s64>(a) && std::holds_alternative<s64>(b);
  }
  double real(const code_value& v) const {
    if (const auto* d = std::get_if<double>(&v)) return *d;
    if (const auto* i = std::get_if<s64>(&v)) return static_cast<double>(*i);
    fail("a string where a number is needed");
  }
  s64 integer(const code_value& v) const {
    if (const auto* i = std::get_if<s64>(&v)) return *i;
    fail("an integer is needed");
  }

  std::string_view s_;
  code_scope& scope_;
  size_t p_ = 0;
  int depth_ = 0, nesting_ = 0, quiet_ = 0;
};

}  // namespace

void run_code(std::string_view text, code_scope& scope) { evaluator(text, scope).run(); }

}  // namespace linnet::packetdrill
