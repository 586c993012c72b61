#include "cli/explain.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "cli/ansi_filter.hpp"
#include "common/json/json.hpp"

namespace cli {
namespace {

struct FieldRecord {
  std::string pointer;
  std::string message;
  template <class F>
  void map(F& f) {
    f.required("pointer", pointer);
    f.required("message", message);
  }
};
struct ErrorRecord {
  std::string code;
  std::string message;
  std::vector<FieldRecord> fields;
  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("message", message);
    f.required("fields", fields);
  }
};
struct ErrorDocument {
  ErrorRecord error;
  template <class F>
  void map(F& f) {
    f.required("error", error);
  }
};

bool is_unreachable(const base::Error& error) {
  return error.code.starts_with("net.") || error.code.starts_with("tls.");
}

struct WhereToLook {
  std::string_view code;  ///< what it begins with
  std::string_view command;
};
constexpr WhereToLook kWhereToLook[] = {
    {"app.never_deployed", "wh deploy APP"},
    {"release.", "wh releases APP"},
    {"deployment.", "wh deployments APP"},
    {"variable.", "wh env APP list"},
    {"replica.", "wh ps APP"},
    {"project.", "wh projects"},
    {"cli.project", "wh projects"},
    {"environment.", "wh projects environments PROJECT"},
    {"organization.", "wh orgs"},
    {"member.", "wh members"},
    {"cli.member", "wh members"},
    {"invitation.", "wh members invitations"},
    {"app.", "wh apps"},
    {"route.", "wh apps"},
};

/// The command that shows what there is; empty where none does.
std::string where_to_look(const std::string& code, const std::string& app) {
  for (const auto& [begin, command] : kWhereToLook) {
    if (!code.starts_with(begin)) continue;
    std::string text(command);
    const auto at = text.find("APP");
    if (at != std::string::npos && !app.empty()) text.replace(at, 3, app);
    return (command.starts_with("wh deploy ") ? "Deploy it first: " : "See what there is with: ") + text;
  }
  return "";
}

std::string next_step(const base::Error& error, const std::string& server, const std::string& app) {
  if (is_unreachable(error)) return "Is WiseHosting running at " + server + "? Look with: ./dev status";
  switch (error.kind) {
    case base::ErrorKind::unauthenticated:
      return "Sign in with: wh login SETUP_LINK   (./dev up and `wh-control-plane setup-link` print one)";
    case base::ErrorKind::not_found: return where_to_look(error.code, app);
    case base::ErrorKind::conflict:
      if (error.code == "app.nothing_staged") return where_to_look("variable.", app);
      return error.code.ends_with("_taken") ? where_to_look(error.code, app) : "";
    case base::ErrorKind::rate_limited:
    case base::ErrorKind::timeout:
    case base::ErrorKind::unavailable: return "Try again in a moment.";
    default: return "";
  }
}

/// Whether a sentence says itself which field it is about: by the first word of the field's name.
bool speaks_of(const std::string& message, const std::string& field) {
  const auto from = field.rfind('.') + 1;
  const std::string word = field.substr(from, field.find('_', from) - from);
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return !std::ranges::search(message, word, same).empty();
}

std::string field_name(const std::string& pointer) {
  std::string name = pointer.starts_with('/') ? pointer.substr(1) : pointer;
  for (char& c : name) {
    if (c == '/') c = '.';
  }
  return name;
}

}  // namespace

int exit_code_of(const base::Error& error) {
  if (is_unreachable(error)) return kUnreachable;
  if (error.code == "cli.usage") return kUsage;
  // A value that the server says is wrong was typed wrongly, too.
  if (error.kind == base::ErrorKind::invalid && !error.fields.empty()) return kUsage;
  if (error.kind == base::ErrorKind::unauthenticated) return kNotSignedIn;
  if (error.kind == base::ErrorKind::not_found) return kNotFound;
  return kFailed;
}

std::string explain(const base::Error& error, const std::string& server, const std::string& app) {
  std::string text = "wh: " + error.message + "\n";
  for (const auto& field : error.fields) {
    const std::string name = field_name(field.pointer);
    if (field.message == error.message && error.fields.size() == 1) {
      if (!speaks_of(error.message, name)) text.insert(4, name + ": ");
      continue;
    }
    text += "  " + name + ": " + field.message + "\n";
  }
  const std::string next = next_step(error, server, app);
  if (!next.empty()) text += next + "\n";
  return AnsiFilter(false).feed(text);
}

std::string explain_json(const base::Error& error) {
  ErrorDocument document;
  document.error.code = error.code;
  document.error.message = error.message;
  for (const auto& field : error.fields) document.error.fields.push_back(FieldRecord{field.pointer, field.message});
  return json::encode(document) + "\n";
}

}  // namespace cli
