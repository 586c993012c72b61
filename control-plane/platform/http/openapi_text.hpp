#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What the OpenAPI document says beside what the route table knows.
namespace http {

/// The document's own description, in Markdown: how to sign in, errors, pages, retries, versions.
std::string_view api_description();

/// One sentence for a tag; empty for a tag that nobody described.
std::string_view tag_description(std::string_view tag);

/// An answer or a body that is no JSON document.
struct PlainContent {
  std::string_view type;
  std::string_view example;
};
/// What one operation has beyond its line in the table.
struct OperationText {
  std::string_view id;
  std::string_view description;
  int status{0};          ///< of `answer`; 0: none
  PlainContent answer{};  ///< type empty: an answer without a body
  PlainContent body{};
  bool error_pages{false};  ///< errors are pages for the person at the browser
};
const OperationText* operation_text(std::string_view id);

/// When this status is answered, in a sentence; and a code that comes with it.
struct ProblemText {
  std::string_view when;
  std::string_view code;
  std::string_view detail;
};
ProblemText problem_text(int status);

/// A value that fits a JSON Schema (as text), as JSON text: what its names suggest, else the simplest.
std::string example_of(const std::string& schema);

}  // namespace http
