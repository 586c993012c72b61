#pragma once

#include <string>
#include <string_view>

namespace http {

/// The API's documentation for people, made of its OpenAPI document: one page without scripts, which loads its style
/// sheet from `style_path` and nothing else.
std::string api_docs_page(const std::string& openapi_json, std::string_view style_path);
std::string_view api_docs_style();

}  // namespace http
