// Options, events and values by recursive descent. An expression nests no deeper than `max_depth`, because scripts may
// come from anywhere.
#include "tests/support/packetdrill/parser.hh"

#include <cmath>
#include <map>

namespace linnet::packetdrill {
namespace {

constexpr int max_depth = 32;

class value_parser {
 public:
  explicit value_parser(token_stream& s) : in_(s) {}

  // One value, or several joined by |.
  expr value() {
    if (++depth_ > max_depth) in_.fail("nested too deeply");
    expr left = simple();
    while (in_.accept_sign("|")) {
      expr both{.what = expr::kind::binary};
      both.items.push_back(std::move(left));
      both.items.push_back(simple());
      left = std::move(both);
    }
    --depth_;
    return left;
  }
  // Up to the closing sign, which is taken.
  std::vector<expr> list_until(std::string_view close) {
    std::vector<expr> r;
    if (in_.accept_sign(close)) return r;
    do r.push_back(value());
    while (in_.accept_sign(","));
    in_.expect_sign(close);
    return r;
  }

 private:
  expr simple() {
    const token& t = in_.peek();
    switch (t.what) {
      case token::kind::integer:
        in_.take();
        return {.what = expr::kind::integer, .number = t.number};
      case token::kind::real: in_.take(); return {.what = expr::kind::real, .real = t.real};
      case token::kind::string:
        in_.take();
        in_.accept_sign("...");  // "abc"...: strace shows a part only
        return {.what = expr::kind::string, .text = t.text};
      case token::kind::word: {
        in_.take();
        if (!in_.accept_sign("(")) return {.what = expr::kind::word, .text = t.text};
        expr call{.what = expr::kind::call, .text = t.text};
        call.items = list_until(")");
        return call;
      }
      case token::kind::sign:
        if (in_.accept_sign("...")) return {};
        if (in_.accept_sign("[")) {
          expr list{.what = expr::kind::list};
          list.items = list_until("]");
          return list;
        }
        if (in_.accept_sign("{")) return record();
        if (in_.accept_sign("(")) {
          expr inner = value();
          in_.expect_sign(")");
          return inner;
        }
        break;
      default: break;
    }
    in_.fail_at("a value");
  }

  // {a=1, b(2)=[...], 3}: what stands in parentheses behind a name repeats a length, and says nothing new.
  expr record() {
    expr r{.what = expr::kind::record};
    if (in_.accept_sign("}")) return r;
    do {
      std::string name;
      if (in_.peek().what == token::kind::word) {
        if (in_.at_sign("=", 1)) {
          name = in_.take().text;
          in_.take();
        } else if (in_.at_sign("(", 1)) {
          const std::string word = in_.peek().text;
          expr call = value();
          if (in_.accept_sign("=")) {
            name = word;
          } else {
            r.items.push_back(std::move(call));
            continue;
          }
        }
      }
      if (!name.empty()) r.names.emplace_back(name, r.items.size());
      r.items.push_back(value());
    } while (in_.accept_sign(","));
    in_.expect_sign("}");
    return r;
  }

  token_stream& in_;
  int depth_ = 0;
};

class script_parser {
 public:
  script_parser(std::string file, std::vector<token> t) : in_(std::move(file), std::move(t)) {}

  script run() {
    script s;
    s.file = in_.file();
    while (in_.peek().what == token::kind::option) option(s, in_.take().text);
    if (in_.peek().what == token::kind::back_quoted) {
      s.init_line = in_.peek().line;
      s.init = command_spec{in_.take().text};
    }
    while (in_.peek().what != token::kind::end) {
      if (in_.peek().what == token::kind::back_quoted) {  // without a time: what to do at the end
        s.cleanup_line = in_.peek().line;
        s.cleanup = command_spec{in_.take().text};
        if (in_.peek().what != token::kind::end) in_.fail_at("the end behind the last command");
        break;
      }
      s.events.push_back(next_event());
    }
    if (s.events.empty()) in_.fail("a script without events");
    return s;
  }

 private:
  static void option(script& s, std::string_view text) {
    text.remove_prefix(2);
    const size_t eq = text.find('=');
    std::string value(eq == std::string_view::npos ? "" : text.substr(eq + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    s.options.emplace_back(text.substr(0, eq), value);
  }

  s64 time() {
    const token& t = in_.peek();
    if (t.what != token::kind::integer && t.what != token::kind::real) in_.fail_at("a time");
    in_.take();
    if (!(t.real >= 0 && t.real < 1e6)) in_.fail("a time out of range");
    return std::llround(t.real * 1e6);
  }

  event next_event() {
    event e;
    e.line = in_.peek().line;
    if (in_.accept_sign("*")) {
      e.when = event::timing::any;
    } else {
      const bool relative = in_.accept_sign("+");
      e.when = relative ? event::timing::relative : event::timing::absolute;
      e.time = e.time_end = time();
      if (in_.accept_sign("~")) {
        if (in_.accept_sign("+") != relative) in_.fail("one end of a range of times is relative");
        e.when = relative ? event::timing::relative_range : event::timing::absolute_range;
        e.time_end = time();
        if (e.time_end < e.time) in_.fail("a range of times that ends before it begins");
      }
    }
    if (in_.at_sign("<") || in_.at_sign(">")) {
      e.action = parse_packet(in_);
    } else if (in_.peek().what == token::kind::back_quoted) {
      e.action = command_spec{in_.take().text};
    } else if (in_.peek().what == token::kind::code) {
      e.action = code_spec{in_.take().text};
    } else {
      e.action = syscall(e);
    }
    return e;
  }

  syscall_spec syscall(const event& e) {
    syscall_spec c;
    if (in_.accept_sign("...")) {
      in_.accept_sign("+");
      c.ends = time();
      if (*c.ends < e.time) in_.fail("a call that ends before it begins");
    }
    if (in_.peek().what != token::kind::word) in_.fail_at("a packet, a call, a command or code");
    c.name = in_.take().text;
    in_.expect_sign("(");
    value_parser values(in_);
    c.args = values.list_until(")");
    in_.expect_sign("=");
    c.result = values.value();
    if (in_.peek().what == token::kind::word && in_.peek().text.starts_with("E"))
      c.error = in_.take().text;
    if (in_.accept_sign("(")) {  // the errno's text, for the reader
      while (!in_.accept_sign(")")) {
        if (in_.peek().what == token::kind::end) in_.fail_at("')'");
        in_.take();
      }
    }
    return c;
  }

  token_stream in_;
};

// --define NAME=VALUE: the words NAME behind it stand for VALUE.
void apply_defines(const std::string& file, std::vector<token>& tokens) {
  std::map<std::string, std::vector<token>, std::less<>> defines;
  for (const token& t : tokens) {
    if (t.what != token::kind::option || !t.text.starts_with("--define")) continue;
    const std::string_view text = std::string_view(t.text).substr(8);
    const size_t eq = text.find('=', 1);
    if (text.empty() || text[0] != '=' || eq == std::string_view::npos) continue;
    auto value = tokenize(file, text.substr(eq + 1));
    value.pop_back();
    defines[std::string(text.substr(1, eq - 1))] = std::move(value);
  }
  if (defines.empty()) return;
  std::vector<token> r;
  for (token& t : tokens) {
    const auto it = t.what == token::kind::word ? defines.find(t.text) : defines.end();
    if (it == defines.end()) {
      r.push_back(std::move(t));
      continue;
    }
    for (token v : it->second) {
      v.line = t.line;
      r.push_back(std::move(v));
    }
  }
  tokens = std::move(r);
}

}  // namespace

script parse_script(std::string file, std::string_view text) {
  std::vector<token> tokens = tokenize(file, text);
  apply_defines(file, tokens);
  return script_parser(std::move(file), std::move(tokens)).run();
}

}  // namespace linnet::packetdrill
