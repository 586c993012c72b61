#include "worker-agent/builds/jail/variables.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace jail {
namespace {

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 128 && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote <= 0) base::throw_errno("write a variable");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

std::string encode_variables(const std::vector<Variable>& variables) {
  std::string text;
  for (const auto& variable : variables) {
    text += (variable.argument ? "a" : "f") + variable.name + "=" + variable.value;
    text += '\0';
  }
  return text;
}

base::Result<std::vector<Variable>> decode_variables(std::string_view text) {
  const auto damaged = [] {
    return base::fail(base::ErrorKind::malformed, "jail.variables", "The variables on standard input are damaged.");
  };
  std::vector<Variable> variables;
  while (!text.empty()) {
    const auto end = text.find('\0');
    const auto equals = text.find('=');
    if (end == std::string_view::npos || equals >= end || equals < 2) return damaged();
    Variable variable{.name = std::string(text.substr(1, equals - 1)),
                      .value = std::string(text.substr(equals + 1, end - equals - 1)),
                      .argument = text.front() == 'a'};
    if (!is_name(variable.name) || (text.front() != 'a' && text.front() != 'f')) return damaged();
    variables.push_back(std::move(variable));
    text.remove_prefix(end + 1);
  }
  return variables;
}

void write_variables(const std::vector<Variable>& variables) {
  if (::mkdir(kVariables, 0700) != 0) base::throw_errno(std::string("mkdir ") + kVariables);
  for (const auto& variable : variables) {
    const auto path = std::string(kVariables) + "/" + variable.name;
    const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
    if (!file.valid()) base::throw_errno("create a variable's file");
    write_all(file.get(), variable.value);
  }
}

}  // namespace jail
