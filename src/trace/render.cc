// Stories as text and as JSON. Requests that fared alike are told once, by the last of them, with their number.
#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "trace/json.hh"
#include "trace/narrate.hh"

namespace linnet {
namespace {

constexpr int max_depth = 6;

struct alike {
  const packet_story* story;
  unsigned count;
};

// What two stories must share to be told as one: the places, steps and verdicts, in order.
std::string shape_of(const packet_story& s) {
  std::string shape;
  for (const trace_record* r : s.steps) {
    seq_printf(shape, "%u/%d/%u/%u/%u;", r->net_inum, r->ifindex, static_cast<unsigned>(r->point),
               static_cast<unsigned>(r->reason), static_cast<unsigned>(r->match.note));
  }
  return shape;
}

// An ARP request that got its answer is of no further interest.
bool is_answered_request(const packet_story& s) {
  return std::ranges::any_of(
      s.steps, [](const trace_record* r) { return r->match.note == trace_note::answered; });
}

std::vector<alike> caused_by(const trace_view& v, const packet_story& s, bool all) {
  std::vector<alike> out;
  std::vector<std::string> shapes;
  for (u64 key : s.children) {
    const packet_story* child = v.index.find(key);
    if (!child || (is_answered_request(*child) && !all)) continue;
    std::string shape = shape_of(*child);
    size_t i = 0;
    while (i < shapes.size() && shapes[i] != shape) ++i;
    if (i == shapes.size()) {
      shapes.push_back(std::move(shape));
      out.push_back({child, 0});
    }
    out[i].story = child;
    ++out[i].count;
  }
  return out;
}

const char* verdict_name(path_verdict p) {
  switch (p) {
    case path_verdict::passed: return "passed";
    case path_verdict::delivered: return "delivered";
    case path_verdict::dropped: return "dropped";
    case path_verdict::unanswered: return "unanswered";
    case path_verdict::waiting: return "waiting";
    case path_verdict::not_sent: return "not sent";
  }
  return "?";
}

std::string verdict_text(const path_line& l) {
  switch (l.verdict) {
    case path_verdict::passed: return l.matched;
    case path_verdict::delivered: return "DELIVERED  " + l.matched;
    case path_verdict::dropped: return "DROPPED  " + l.why.sentence;
    case path_verdict::unanswered: return "NOT ANSWERED  " + l.why.sentence;
    case path_verdict::waiting: return "WAITS  " + l.why.sentence;
    case path_verdict::not_sent: return "NOT SENT  " + l.matched + ": " + l.why.sentence;
  }
  return {};
}

struct columns {
  size_t node = 4, dev = 4, function = 14;
};

void pad(std::string& out, std::string_view text, size_t width) {
  out += text;
  out.append(width > text.size() ? width - text.size() : 0, ' ');
  out += "  ";
}

// The settings that did not decide, those that exist for all devices and for one as one: conf.{all,eth1}.rp_filter.
std::vector<std::pair<std::string, std::string>> brief_settings(const explanation& e) {
  static constexpr std::string_view all = "net.ipv4.conf.all.";
  std::vector<std::pair<std::string, std::string>> out;
  std::string
      pending;  // the last segment of a setting for all devices that may be followed by one device's
  for (const auto& s : e.settings) {
    if (s.governs) continue;
    const size_t dot = s.name.rfind('.');
    const std::string last = s.name.substr(dot + 1);
    if (s.name.starts_with("net.ipv4.conf.") && last == pending) {
      out.back().first = "net.ipv4.conf.{all,";
      out.back().first.append(s.name, 14, dot - 14).append("}.").append(last);
      out.back().second += ',' + s.value;
    } else {
      out.emplace_back(s.name, s.value);
    }
    pending = s.name.starts_with(all) ? last : "";
  }
  return out;
}

void add_line(std::string& out, std::initializer_list<std::string_view> parts) {
  for (std::string_view p : parts) out += p;
  out += '\n';
}

void explain_below(std::string& out, const path_line& l, const std::string& margin) {
  const explanation& e = l.why;
  if (l.reason > skb_drop_reason::consumed)
    add_line(out, {margin, "reason: ", drop_reason_name(l.reason)});
  std::string governing, others;
  const auto add = [](std::string& list, const std::string& name, const std::string& value) {
    if (!list.empty()) list += ", ";
    list.append(name).append(" = ").append(value);
  };
  for (const auto& s : e.settings)
    if (s.governs) add(governing, s.name, s.value);
  for (const auto& [name, values] : brief_settings(e)) add(others, name, values);
  if (!governing.empty()) add_line(out, {margin, "setting: ", governing});
  if (!others.empty()) add_line(out, {margin, "also: ", others});
  for (const auto& h : e.hints) add_line(out, {margin, "note: ", h});
  for (const auto& f : e.fixes)
    add_line(out, {margin, "fix: ", f.command, "    (in ", f.node, ")"});
}

void text_of(std::string& out, const trace_view& v, const packet_story& s, const render_options& o,
             const std::string& indent, unsigned count, int depth) {
  out += indent + story_title(v, s);
  if (s.id) {
    out += "    (packet " + id_text(s.id);
    if (o.with_caused && depth == 0)
      seq_printf(out, ", %.1f s ago", static_cast<double>(v.w.now() - s.first().time) / ns_per_sec);
    out += ')';
  }
  if (count > 1) out += "    " + std::to_string(count) + " alike, this is the last";
  out += '\n';

  const auto lines = narrate(v, s);
  columns w;
  for (const path_line& l : lines) {
    w.node = std::max(w.node, v.names(l.r->net_inum).size());
    w.dev = std::max(w.dev, l.r->dev_name().size());
    w.function = std::max(w.function, l.function.size());
  }
  const std::string margin = indent + std::string(2 + w.node + 2 + w.dev + 2, ' ');
  const path_line* shown = nullptr;
  for (const path_line& l : lines) {
    if (l.detail && l.verdict == path_verdict::passed && !o.all_steps) continue;
    shown = &l;
    std::string line = indent + "  ";
    pad(line, v.names(l.r->net_inum), w.node);
    pad(line, l.r->dev_name(), w.dev);
    pad(line, l.function, w.function);
    line += verdict_text(l);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
    if (l.verdict != path_verdict::passed) explain_below(out, l, margin);
  }
  if (!shown && !lines.empty()) {  // nothing but details: the first and the last say where it went
    const path_line& l = lines.back();
    out += indent + "  " + v.names(l.r->net_inum) + "  " + std::string(l.r->dev_name()) + "  " +
           l.function + '\n';
  }
  if (!o.with_caused || depth >= max_depth) return;
  for (const alike& c : caused_by(v, s, o.all_steps))
    text_of(out, v, *c.story, o, indent + "  ", c.count, depth + 1);
}

void line_json(json_writer& j, const trace_view& v, const path_line& l) {
  j.begin_object()
      .member("time_ns", l.r->time)
      .member("node", v.names(l.r->net_inum))
      .member("dev", l.r->dev_name())
      .member("function", l.function)
      .member("verdict", verdict_name(l.verdict));
  if (!l.matched.empty()) j.member("matched", l.matched);
  if (l.reason > skb_drop_reason::consumed) j.member("reason", drop_reason_name(l.reason));
  if (!l.why.empty()) {
    j.member("why", l.why.sentence);
    j.key("settings").begin_array();
    for (const auto& s : l.why.settings) {
      j.begin_object()
          .member("name", s.name)
          .member("value", s.value)
          .member("governs", s.governs)
          .end_object();
    }
    j.end_array().key("notes").begin_array();
    for (const auto& h : l.why.hints) j.value(h);
    j.end_array().key("fixes").begin_array();
    for (const auto& f : l.why.fixes)
      j.begin_object().member("command", f.command).member("node", f.node).end_object();
    j.end_array();
  }
  j.end_object();
}

void json_of(json_writer& j, const trace_view& v, const packet_story& s, const render_options& o,
             unsigned count, int depth) {
  j.begin_object();
  if (depth == 0) j.member("now_ns", v.w.now());
  if (s.id) j.member("packet", id_text(s.id));
  j.member("title", story_title(v, s));
  if (count > 1) j.member("alike", count);
  j.key("steps").begin_array();
  for (const path_line& l : narrate(v, s)) {
    if (l.detail && l.verdict == path_verdict::passed && !o.all_steps) continue;
    line_json(j, v, l);
  }
  j.end_array();
  if (o.with_caused && depth < max_depth) {
    j.key("caused").begin_array();
    for (const alike& c : caused_by(v, s, o.all_steps))
      json_of(j, v, *c.story, o, c.count, depth + 1);
    j.end_array();
  }
  j.end_object();
}

}  // namespace

std::string render_text(const trace_view& v, const packet_story& s, const render_options& o) {
  std::string out;
  text_of(out, v, s, o, "", 1, 0);
  return out;
}

std::string render_json(const trace_view& v, const packet_story& s, const render_options& o) {
  json_writer j;
  json_of(j, v, s, o, 1, 0);
  return j.take();
}

std::string record_json(const trace_record& r, const node_names& names) {
  json_writer j;
  j.begin_object()
      .member("seq", r.seq)
      .member("time_ns", r.time)
      .member("node", names(r.net_inum))
      .member("dev", r.dev_name())
      .member("function", tracepoint_name(r.point));
  if (r.skb_id) j.member("packet", id_text(r.skb_id)).member("len", r.len);
  if (r.match.other) j.member("because_of", id_text(r.match.other));
  if (r.reason > skb_drop_reason::consumed) j.member("reason", drop_reason_name(r.reason));
  const packet_view p = view_of(r);
  if (p.what != packet_view::kind::none) j.member("title", packet_title(p));
  if (p.what == packet_view::kind::ip || p.what == packet_view::kind::arp)
    j.member("src", ip_text(p.src)).member("dst", ip_text(p.dst));
  j.key("match").begin_array();
  for (u32 x : {r.match.a, r.match.b, r.match.c, r.match.d, r.match.e, r.match.f}) j.value(x);
  j.end_array();
  if (r.match.note != trace_note::none) j.member("note", trace_note_name(r.match.note));
  if (r.match.error) j.member("error", strerrorname_np(r.match.error));
  return j.end_object().take();
}

}  // namespace linnet
