#include "common/text/dotenv.hpp"

#include <algorithm>
#include <set>

namespace text {
namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
bool is_plain(char c) {
  return is_name_char(c) || std::string_view("./:@%+,-").find(c) != std::string_view::npos;
}

/// A value that is being read: as it stands, and as a template, where an escaped `$` before `{` is doubled.
struct Value {
  std::string literal;
  std::string as_template;
  bool refers{false};
  void add(char c, bool escaped, char next) {
    literal += c;
    if (c == '$' && next == '{') {
      if (escaped) as_template += '$';
      refers = refers || !escaped;
    }
    as_template += c;
  }
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  base::Result<std::vector<DotenvEntry>> read() {
    std::vector<DotenvEntry> entries;
    std::set<std::string> names;
    for (;;) {
      skip_between();
      if (done()) return entries;
      TRY_ASSIGN(auto entry, read_entry());
      if (!names.insert(entry.name).second) return refuse("names " + entry.name + " a second time");
      entries.push_back(std::move(entry));
    }
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char look(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void step() {
    if (look() == '\n') ++line_;
    ++at_;
  }
  void skip_blanks() {
    while (!done() && is_blank(look())) step();
  }
  void skip_line() {
    while (!done() && look() != '\n') step();
  }
  void skip_between() {
    for (;;) {
      skip_blanks();
      if (done()) return;
      if (look() == '#') {
        skip_line();
      } else if (look() == '\n') {
        step();
      } else {
        return;
      }
    }
  }
  std::unexpected<base::Error> refuse(const std::string& why) const {
    return base::fail(base::ErrorKind::invalid, "dotenv.malformed", "Line " + std::to_string(line_) + " " + why + ".");
  }

  base::Result<std::string> read_name() {
    if (text_.substr(at_).starts_with("export ") || text_.substr(at_).starts_with("export\t")) {
      at_ += 7;
      skip_blanks();
    }
    std::string name;
    if (!is_name_start(look())) return refuse("does not begin with the name of a variable");
    while (is_name_char(look())) {
      name += look();
      step();
    }
    skip_blanks();
    if (look() != '=') return refuse("has no = behind a name");
    step();
    return name;
  }

  base::Result<DotenvEntry> read_entry() {
    DotenvEntry entry;
    TRY_ASSIGN(entry.name, read_name());
    while (look() == ' ' || look() == '\t') step();
    if (look() == '\'') {
      TRY_ASSIGN(entry.value, read_single());
      return entry;
    }
    Value value;
    if (look() == '"') {
      TRY_CHECK(read_double(value));
    } else {
      read_bare(value);
    }
    entry.expand = value.refers;
    entry.value = value.refers ? std::move(value.as_template) : std::move(value.literal);
    return entry;
  }

  base::Result<void> end_of_quoted() {
    skip_blanks();
    if (look() == '#') skip_line();
    if (!done() && look() != '\n') return refuse("goes on behind the closing quote");
    return {};
  }

  base::Result<std::string> read_single() {
    const auto began = line_;
    step();
    std::string value;
    while (!done() && look() != '\'') {
      value += look();
      step();
    }
    if (done()) {
      line_ = began;
      return refuse("opens a quote that is never closed");
    }
    step();
    TRY_CHECK(end_of_quoted());
    return value;
  }

  base::Result<void> read_double(Value& value) {
    const auto began = line_;
    step();
    while (!done() && look() != '"') {
      const bool escaped =
          look() == '\\' && std::string_view("nrt\\\"$").find(look(1)) != std::string_view::npos && look(1) != '\0';
      if (escaped) step();
      char c = look();
      if (escaped && c == 'n') c = '\n';
      if (escaped && c == 'r') c = '\r';
      if (escaped && c == 't') c = '\t';
      step();
      value.add(c, escaped, look());
    }
    if (done()) {
      line_ = began;
      return refuse("opens a quote that is never closed");
    }
    step();
    return end_of_quoted();
  }

  void read_bare(Value& value) {
    const auto begin = at_;
    while (!done() && look() != '\n' && !(look() == '#' && (at_ == begin || is_blank(text_[at_ - 1])))) step();
    auto end = at_;
    while (end > begin && is_blank(text_[end - 1])) --end;
    for (auto i = begin; i < end; ++i) value.add(text_[i], false, i + 1 < end ? text_[i + 1] : '\0');
    skip_line();
  }

  std::string_view text_;
  std::size_t at_{0};
  int line_{1};
};

std::string quoted(const DotenvEntry& entry) {
  std::string out = "\"";
  const auto& value = entry.value;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '$': out += entry.expand ? "$" : "\\$"; break;
      default: out += c;
    }
  }
  return out + "\"";
}

}  // namespace

base::Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text) {
  return Reader(text).read();
}

std::string print_dotenv(const std::vector<DotenvEntry>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    const bool plain = !entry.expand && std::ranges::all_of(entry.value, is_plain);
    out += entry.name + "=" + (plain ? entry.value : quoted(entry)) + "\n";
  }
  return out;
}

}  // namespace text
