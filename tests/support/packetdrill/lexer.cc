// Longest match, one token after the other.
#include "tests/support/packetdrill/lexer.hh"

#include <cctype>
#include <cstdlib>

namespace linnet::packetdrill {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

class lexer {
 public:
  lexer(const std::string& file, std::string_view s) : file_(file), s_(s) {}

  std::vector<token> all() {
    std::vector<token> r;
    while (true) {
      const bool spaced = skip();
      token t = next();
      t.spaced = spaced;
      const bool last = t.what == token::kind::end;
      r.push_back(std::move(t));
      if (last) return r;
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw script_error(file_ + ":" + std::to_string(line_) + ": " + what);
  }
  char at(size_t i) const { return p_ + i < s_.size() ? s_[p_ + i] : '\0'; }
  bool ahead(std::string_view v) const { return s_.substr(p_).starts_with(v); }
  void advance(size_t n) {
    for (; n && p_ < s_.size(); --n) line_ += s_[p_++] == '\n';
  }

  // White space and comments. True if there was any.
  bool skip() {
    const size_t from = p_;
    while (p_ < s_.size()) {
      if (std::isspace(static_cast<unsigned char>(s_[p_]))) {
        advance(1);
      } else if (ahead("//") || ahead("#")) {
        while (p_ < s_.size() && s_[p_] != '\n') ++p_;
      } else if (ahead("/*")) {
        const size_t end = s_.find("*/", p_ + 2);
        if (end == std::string_view::npos) fail("a comment that does not end");
        advance(end + 2 - p_);
      } else {
        break;
      }
    }
    return p_ != from || p_ == 0;
  }

  token make(token::kind k, size_t length) {
    token t{.what = k, .text = std::string(s_.substr(p_, length)), .line = line_};
    advance(length);
    return t;
  }

  token next() {
    if (p_ >= s_.size()) return {.what = token::kind::end, .text = "the end", .line = line_};
    const char c = s_[p_];
    if (c == '"') return quoted('"', token::kind::string);
    if (c == '`') return quoted('`', token::kind::back_quoted);
    if (ahead("%{")) return code();
    if (ahead("...")) return make(token::kind::sign, 3);
    if (ahead("--") && std::isalpha(static_cast<unsigned char>(at(2)))) return option();
    const bool negative = c == '-' && (digit(at(1)) || (at(1) == '.' && digit(at(2))));
    if (digit(c) || negative || (c == '.' && digit(at(1)))) return number();
    if (word_char(c)) {
      size_t n = 0;
      while (word_char(at(n))) ++n;
      return make(token::kind::word, n);
    }
    return make(token::kind::sign, 1);
  }

  token quoted(char mark, token::kind k) {
    const int line = line_;
    std::string r;
    size_t i = p_ + 1;
    for (;; ++i) {
      if (i >= s_.size()) fail("a quotation that does not end");
      if (s_[i] == mark) break;
      if (s_[i] != '\\' || i + 1 >= s_.size()) {
        r += s_[i];
        continue;
      }
      ++i;
      if (k == token::kind::back_quoted) {  // a shell's own escapes are the shell's
        if (s_[i] != '`') r += '\\';
        r += s_[i];
        continue;
      }
      r += escape(i);
    }
    advance(i + 1 - p_);
    return {.what = k, .text = std::move(r), .line = line};
  }

  // s_[i] is what follows the backslash; moves i to its last character.
  char escape(size_t& i) const {
    switch (s_[i]) {
      case 'n': return '\n';
      case 't': return '\t';
      case 'r': return '\r';
      case '0': return '\0';
      case 'x': {
        unsigned v = 0;
        for (int n = 0; n < 2 && i + 1 < s_.size() && std::isxdigit(static_cast<u8>(s_[i + 1]));
             ++n) {
          const char d = s_[++i];
          v = v * 16 + static_cast<unsigned>(digit(d) ? d - '0' : std::tolower(d) - 'a' + 10);
        }
        return static_cast<char>(v);
      }
      default: return s_[i];
    }
  }

  token code() {
    const size_t end = s_.find("}%", p_ + 2);
    if (end == std::string_view::npos) fail("code that does not end");
    token t{.what = token::kind::code,
            .text = std::string(s_.substr(p_ + 2, end - p_ - 2)),
            .line = line_};
    advance(end + 2 - p_);
    return t;
  }

  // --name, --name=value; a value may be quoted and ends with white space.
  token option() {
    size_t n = 2;
    bool in_quotes = false;
    while (p_ + n < s_.size()) {
      const char c = at(n);
      if (c == '"') in_quotes = !in_quotes;
      if (!in_quotes && std::isspace(static_cast<unsigned char>(c))) break;
      ++n;
    }
    return make(token::kind::option, n);
  }

  token number() {
    size_t n = s_[p_] == '-' ? 1 : 0;
    if (at(n) == '0' && (at(n + 1) == 'x' || at(n + 1) == 'X')) {
      size_t m = n + 2;
      while (std::isxdigit(static_cast<unsigned char>(at(m)))) ++m;
      if (m > n + 2 && !word_char(at(m))) {
        token t = make(token::kind::integer, m);
        t.number = static_cast<s64>(std::strtoull(t.text.c_str(), nullptr, 16));
        t.real = static_cast<double>(t.number);
        return t;
      }
    }
    while (digit(at(n))) ++n;
    if (const size_t m = address(n)) return make(token::kind::address, m);
    if (at(n) == '.' && digit(at(n + 1))) {
      ++n;
      while (digit(at(n))) ++n;
      token t = make(token::kind::real, n);
      t.real = std::strtod(t.text.c_str(), nullptr);
      return t;
    }
    if (word_char(at(n))) {
      while (word_char(at(n))) ++n;
      return make(token::kind::word, n);
    }
    token t = make(token::kind::integer, n);
    t.number = t.text[0] == '-' ? std::strtoll(t.text.c_str(), nullptr, 10)
                                : static_cast<s64>(std::strtoull(t.text.c_str(), nullptr, 10));
    t.real = static_cast<double>(t.number);
    return t;
  }

  // The length of a dotted quad whose first number has n digits, or 0.
  size_t address(size_t n) const {
    for (int part = 1; part < 4; ++part) {
      if (at(n) != '.' || !digit(at(n + 1))) return 0;
      ++n;
      while (digit(at(n))) ++n;
    }
    return n;
  }

  const std::string& file_;
  std::string_view s_;
  size_t p_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<token> tokenize(const std::string& file, std::string_view text) {
  return lexer(file, text).all();
}

}  // namespace linnet::packetdrill
