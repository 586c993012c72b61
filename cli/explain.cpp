#include "cli/explain.hpp"

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

std::string next_step(const base::Error& error, const std::string& server) {
  if (is_unreachable(error)) return "Is WiseHosting running at " + server + "? Look with: ./dev status";
  switch (error.kind) {
    case base::ErrorKind::unauthenticated:
      return "Sign in with: wh login SETUP_LINK   (./dev up and `wh-control-plane setup-link` print one)";
    case base::ErrorKind::not_found:
      return error.code.find("deployment") != std::string::npos ? "See what there is with: wh deployments APP"
                                                                : "See what there is with: wh apps";
    case base::ErrorKind::conflict:
      return error.code.find("taken") != std::string::npos ? "See what there is with: wh apps" : "";
    case base::ErrorKind::rate_limited:
    case base::ErrorKind::timeout:
    case base::ErrorKind::unavailable: return "Try again in a moment.";
    default: return "";
  }
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

std::string explain(const base::Error& error, const std::string& server) {
  std::string text = "wh: " + error.message + "\n";
  for (const auto& field : error.fields) {
    if (field.message == error.message && error.fields.size() == 1) continue;
    text += "  " + field_name(field.pointer) + ": " + field.message + "\n";
  }
  const std::string next = next_step(error, server);
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
