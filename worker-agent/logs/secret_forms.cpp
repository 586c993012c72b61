#include "worker-agent/logs/secret_forms.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "common/base/bytes.hpp"

namespace logs {
namespace {

constexpr std::size_t kPiece = 256;
constexpr std::size_t kPart = 16;
/// Encodings that are longer than this are broken into lines by some tools.
constexpr std::size_t kUnbroken = 56;
constexpr std::string_view kUnreserved = "-._~";
constexpr std::string_view kComponent = "-._~!'()*";
constexpr std::string_view kForm = "-._*";
constexpr std::string_view kPath = "-._~/";
constexpr std::string_view kAddress = "-._~!'()*;/?:@&=+$,#";

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string percent(std::string_view value, std::string_view kept, bool plus, bool lower_case) {
  const std::string_view digits = lower_case ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alnum(c) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (plus && c == ' ') {
      out += '+';
    } else {
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

std::string percent_each_byte(std::string_view hex) {
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += 2) out.append("%").append(hex.substr(at, 2));
  return out;
}

std::string json_escaped(std::string_view value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += {'\\', 'u', '0', '0', kDigits[byte >> 4U], kDigits[byte & 15U]};
        } else {
          out += c;
        }
    }
  }
  return out;
}

/// The part of a base64 text that does not depend on what stands before or behind the value; one per alignment.
std::vector<std::string> base64_cores(std::string_view value) {
  std::vector<std::string> out;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string text = base::base64_encode(std::string(shift, 'x') + std::string(value));
    const std::size_t begin = shift == 0 ? 0 : shift + 1;
    const std::size_t whole = (shift + value.size()) * 8 / 6;
    if (whole > begin) out.push_back(text.substr(begin, whole - begin));
  }
  return out;
}

std::string url_alphabet(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

class Forms {
 public:
  explicit Forms(std::size_t shortest) : shortest_(shortest) {}

  /// Long texts in pieces that are found one behind the other: looking for one costs at most its length at each place.
  void add(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto left = text.size() - at;
      const auto size = left < kPiece + shortest_ ? left : kPiece;
      std::string piece = text.substr(at, size);
      at += size;
      if (piece.size() >= shortest_ && seen_.insert(piece).second) forms_.push_back({std::move(piece), false});
    }
  }
  /// An encoding that may be broken into lines: also its parts.
  void add_encoded(const std::string& text) {
    add(text);
    if (text.size() <= kUnbroken) return;
    for (std::size_t at = 0; at + kPart <= text.size(); at += kPart) {
      std::string part = text.substr(at, kPart);
      // What repeats itself (a run of zeros) is no sign of a secret.
      if (std::set<char>(part.begin(), part.end()).size() < 4 || !seen_.insert(part).second) continue;
      forms_.push_back({std::move(part), true});
    }
  }
  std::vector<SecretForm> take() { return std::move(forms_); }

 private:
  std::size_t shortest_;
  std::set<std::string> seen_;
  std::vector<SecretForm> forms_;
};

void add_lines(Forms& forms, std::string_view value) {
  if (value.find('\n') == std::string_view::npos) return;
  for (std::size_t at = 0; at < value.size();) {
    const auto end = std::min(value.find('\n', at), value.size());
    auto line = value.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // "-----BEGIN PRIVATE KEY-----" is no secret.
    if (!line.starts_with("-----")) forms.add(std::string(line));
    at = end + 1;
  }
}

}  // namespace

std::vector<SecretForm> secret_forms(std::string_view value, std::size_t shortest) {
  Forms forms(shortest);
  if (value.size() < shortest) return {};
  forms.add(std::string(value));
  add_lines(forms, value);
  forms.add(json_escaped(value));
  for (const bool lower_case : {false, true}) {
    forms.add(percent(value, kUnreserved, false, lower_case));
    forms.add(percent(value, kComponent, false, lower_case));
    forms.add(percent(value, kForm, true, lower_case));
    forms.add(percent(value, kPath, false, lower_case));
    forms.add(percent(value, kAddress, false, lower_case));
  }
  const auto hex = base::hex_encode(std::string(value));
  forms.add(percent_each_byte(hex));
  forms.add(percent_each_byte(upper(hex)));
  forms.add_encoded(hex);
  forms.add_encoded(upper(hex));
  for (const auto& core : base64_cores(value)) {
    forms.add_encoded(core);
    forms.add_encoded(url_alphabet(core));
  }
  return forms.take();
}

bool worth_hiding(std::string_view value, std::size_t shortest) {
  static constexpr std::array<std::string_view, 16> kPublic{
      "production", "development", "staging", "preview", "testing",     "localhost", "127.0.0.1", "0.0.0.0",
      "enabled",    "disabled",    "verbose", "warning", "information", "default",   "postgres",  "europe"};
  return value.size() >= shortest && std::ranges::find(kPublic, value) == kPublic.end();
}

}  // namespace logs
