#pragma once

#include <map>
#include <string_view>

#include "common/base/result.hpp"
#include "control-plane/modules/projects/types_variables.hpp"

/// Pure decisions about variables.
namespace projects::rules {

/// A piece of a template: text, or what it refers to.
struct Piece {
  std::string text;
  std::optional<Reference> reference;
};
/// `${NAME}`, `${service.name}`; `$${` is `${` itself; everything else is text. Error `variable.reference` for a `${`
/// that is neither; it tells the place and not the text.
base::Result<std::vector<Piece>> parse_template(std::string_view text);
/// Those of a template, each once, in order. Empty for one that is malformed.
std::vector<std::string> references_of(std::string_view text);
/// The inverse of Reference::to_string.
Reference parse_reference(std::string_view text);

/// The strongest of each name.
std::map<std::string, Effective> effective(const std::vector<VariableMeta>& all);

/// Changes whenever the value may have: the variable's own generation, or, of one that is inherited or refers to
/// others, 63 bits of a hash over it and `of_referred`. So a release's copy says whether it is as it would be made now.
std::int64_t effective_generation(const VariableMeta& meta, const std::vector<std::int64_t>& of_referred);

/// The same of a text that has no generation of its own.
std::int64_t generation_of_text(std::string_view text);

/// The text that a set's MAC covers. `all`: the variables of one scope.
std::string set_text(const base::Uuid& scope, std::int64_t version, std::vector<VariableMeta> all);

}  // namespace projects::rules
