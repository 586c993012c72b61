#include "control-plane/platform/http/api_docs.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace http {
namespace {

using Part = nlohmann::ordered_json;

constexpr std::string_view kStyle =
    R"(:root{color-scheme:light dark;--ink:#1a1d23;--soft:#555c68;--line:#d9dde4;--back:#fff;--code:#f4f5f7;--mark:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a7adb8;--line:#363b45;--back:#14161a;--code:#1f2228;--mark:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--back);font:15px/1.5 system-ui,sans-serif}
.page{display:grid;grid-template-columns:15rem minmax(0,1fr);max-width:76rem;margin:0 auto}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:1.5rem 1rem}
nav a{display:block;padding:.15rem 0}
main{padding:1.5rem 1rem 4rem}
a{color:var(--mark);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2.5rem 0 .25rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
h3{font-size:.85rem;margin:1rem 0 .25rem;color:var(--soft)}
p{margin:.4rem 0}.soft{color:var(--soft)}
code,pre{font:13px/1.45 ui-monospace,monospace;background:var(--code);border-radius:4px}
code{padding:.1rem .3rem;overflow-wrap:anywhere}pre{padding:.75rem;overflow:auto;margin:.3rem 0}
pre code{padding:0}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0}
details[open]{padding-bottom:.75rem}
summary{cursor:pointer;padding:.5rem .75rem;display:flex;gap:.6rem;flex-wrap:wrap;align-items:baseline}
details>*:not(summary){margin-left:.75rem;margin-right:.75rem}
.method{font:600 12px ui-monospace,monospace;min-width:4rem}
.what{margin-left:auto;color:var(--soft)}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:500}
@media(max-width:50rem){.page{display:block}nav{position:static;max-height:none}.what{margin-left:0;width:100%}}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// The little of Markdown that our texts use: paragraphs, `code`, **strong**.
std::string marked(std::string_view text) {
  std::string out = "<p>";
  bool code = false;
  bool strong = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      out += code ? "</code>" : "<code>";
      code = !code;
    } else if (!code && text.substr(i).starts_with("**")) {
      out += strong ? "</strong>" : "<strong>";
      strong = !strong;
      ++i;
    } else if (text.substr(i).starts_with("\n\n")) {
      out += "</p>\n<p>";
      ++i;
    } else {
      out += escaped(text.substr(i, 1));
    }
  }
  if (code) out += "</code>";
  return out + "</p>\n";
}

std::string anchor(std::string text) {
  std::ranges::replace(text, ' ', '-');
  return escaped(text);
}

class Page {
 public:
  explicit Page(const Part& document) : document_(document) {}

  std::string render(std::string_view style_path) {
    const auto& info = document_["info"];
    const auto title = escaped(info["title"].get<std::string>());
    out_ =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        title + " API</title>\n<link rel=\"stylesheet\" href=\"" + escaped(style_path) +
        "\">\n</head>\n<body>\n<div class=\"page\">\n<nav aria-label=\"Contents\">\n<a href=\"#top\">About</a>\n";
    for (const auto& tag : document_["tags"]) {
      const auto name = tag["name"].get<std::string>();
      out_ += "<a href=\"#" + anchor(name) + "\">" + escaped(name) + "</a>\n";
    }
    out_ += "</nav>\n<main id=\"top\">\n<h1>" + title + " API</h1>\n<p class=\"soft\">Version " +
            escaped(info["version"].get<std::string>()) +
            " · <a href=\"/api/openapi.json\">OpenAPI document</a></p>\n" +
            marked(info.value("description", std::string()));
    for (const auto& tag : document_["tags"]) add_tag(tag);
    return std::move(out_) + "</main>\n</div>\n</body>\n</html>\n";
  }

 private:
  void add_tag(const Part& tag) {
    const auto name = tag["name"].get<std::string>();
    out_ += "<section>\n<h2 id=\"" + anchor(name) + "\">" + escaped(name) + "</h2>\n" +
            marked(tag.value("description", std::string()));
    for (const auto& [path, item] : document_["paths"].items()) {
      for (const auto& [method, operation] : item.items()) {
        const auto tags = operation.value("tags", Part::array());
        if (std::ranges::find(tags, Part(name)) != tags.end()) add_operation(method, path, operation);
      }
    }
    out_ += "</section>\n";
  }

  void add_operation(std::string method, const std::string& path, const Part& operation) {
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::toupper(c); });
    out_ += "<details id=\"" + escaped(operation["operationId"].get<std::string>()) +
            "\">\n<summary><span class=\"method\">" + method + "</span><code>" + escaped(path) +
            "</code><span class=\"what\">" + escaped(operation.value("summary", std::string())) +
            "</span></summary>\n" + marked(operation.value("description", std::string()));
    add_parameters(operation.value("parameters", Part::array()));
    if (operation.contains("requestBody")) add_content("Body", operation["requestBody"]["content"]);
    add_curl(method, path, operation);
    add_answers(operation["responses"]);
    out_ += "</details>\n";
  }

  const Part& resolved(const Part& value) const {
    if (!value.is_object() || !value.contains("$ref")) return value;
    return document_.at(Part::json_pointer(value["$ref"].get<std::string>().substr(1)));
  }

  void add_parameters(const Part& parameters) {
    if (parameters.empty()) return;
    out_ += "<h3>Parameters</h3>\n<table><thead><tr><th>Name</th><th>In</th><th>What</th></tr></thead><tbody>\n";
    for (const auto& one : parameters) {
      const auto& parameter = resolved(one);
      out_ += "<tr><td><code>" + escaped(parameter["name"].get<std::string>()) + "</code></td><td>" +
              escaped(parameter["in"].get<std::string>()) + "</td><td>" +
              escaped(parameter.value("description", std::string())) + "</td></tr>\n";
    }
    out_ += "</tbody></table>\n";
  }

  void add_members(const Part& schema, const std::string& above, int depth) {
    const auto& object = resolved(schema);
    if (!object.is_object() || depth > 3) return;
    if (object.contains("items")) return add_members(object["items"], above + "[]", depth + 1);
    for (const char* either : {"anyOf", "oneOf"}) {
      if (object.contains(either)) return add_members(object[either].front(), above, depth + 1);
    }
    const auto required = object.value("required", Part::array());
    for (const auto& [name, member] : object.value("properties", Part::object()).items()) {
      const std::string path = above.empty() ? name : above + "." + name;
      const auto type = member.value("type", Part());
      const bool needed = std::ranges::find(required, Part(name)) != required.end();
      out_ += "<tr><td><code>" + escaped(path) + "</code></td><td>" +
              escaped(type.is_string()  ? type.get<std::string>()
                      : type.is_array() ? "or null"
                                        : "") +
              (needed ? "" : ", optional") + "</td><td>" + escaped(member.value("description", std::string())) +
              "</td></tr>\n";
      add_members(member, path, depth + 1);
    }
  }

  void add_content(const std::string& title, const Part& content) {
    for (const auto& [type, media] : content.items()) {
      out_ += "<h3>" + title + " <span class=\"soft\">" + escaped(type) + "</span></h3>\n";
      if (media.contains("schema") && type == "application/json") {
        out_ += "<table><thead><tr><th>Member</th><th>Type</th><th>What</th></tr></thead><tbody>\n";
        add_members(media["schema"], "", 0);
        out_ += "</tbody></table>\n";
      }
      if (!media.contains("example")) continue;
      const auto& example = media["example"];
      out_ += "<pre><code>" + escaped(example.is_string() ? example.get<std::string>() : example.dump(2)) +
              "</code></pre>\n";
    }
  }

  void add_curl(const std::string& method, const std::string& path, const Part& operation) {
    std::string line = "curl";
    if (method != "GET") line += " -X " + method;
    if (!operation.value("security", Part::array()).empty()) line += " -H \"Authorization: Bearer $WH_TOKEN\"";
    if (operation.contains("requestBody")) {
      const auto& content = operation["requestBody"]["content"];
      const std::string type = content.begin().key();
      line += " -H 'Content-Type: " + type + "'";
      line += type == "application/json"
                  ? " \\\n  -d '" + content.begin()->value("example", Part::object()).dump() + "'"
                  : " --data-binary @part";
    }
    out_ += "<h3>curl</h3>\n<pre><code>" + escaped(line + " \\\n  \"$WH_SERVER" + path + "\"") + "</code></pre>\n";
  }

  void add_answers(const Part& responses) {
    for (const auto& [status, response] : responses.items()) {
      if (!status.starts_with("2") && !status.starts_with("1") && !status.starts_with("3")) continue;
      out_ += "<h3>" + escaped(status) + " " + escaped(response.value("description", std::string())) + "</h3>\n";
      if (response.contains("content")) add_content("Answer", response["content"]);
    }
    out_ += "<h3>Errors</h3>\n<table><tbody>\n";
    for (const auto& [status, response] : responses.items()) {
      if (!status.starts_with("4") && !status.starts_with("5")) continue;
      out_ += "<tr><td>" + escaped(status) + "</td><td>" +
              escaped(resolved(response).value("description", std::string())) + "</td></tr>\n";
    }
    out_ += "</tbody></table>\n";
  }

  const Part& document_;
  std::string out_;
};

}  // namespace

std::string api_docs_page(const std::string& openapi_json, std::string_view style_path) {
  const auto document = Part::parse(openapi_json);
  return Page(document).render(style_path);
}

std::string_view api_docs_style() {
  return kStyle;
}

}  // namespace http
