#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace base {

/// What kind of expected outcome an error is. Protocol-neutral: one table maps it to HTTP, one to agent replies.
enum class ErrorKind {
  malformed,            ///< cannot be read at all (HTTP 400)
  unauthenticated,      ///< nobody is signed in, or the credential is not valid (401)
  forbidden,            ///< signed in, but not allowed (403)
  not_found,            ///< does not exist, or exists for somebody else (404)
  conflict,             ///< the state does not allow it now (409)
  precondition_failed,  ///< the caller looked at an older version (412)
  too_large,            ///< over a size limit (413)
  unsupported,          ///< a form that is not understood (415)
  invalid,              ///< read, but a value is not acceptable (422)
  rate_limited,         ///< too often (429)
  unavailable,          ///< a part that is needed is away; try again (503)
  timeout,              ///< a deadline passed (504)
  internal,             ///< a fault of ours (500)
};

/// One value of the input that is not acceptable. `pointer` is an RFC 6901 JSON pointer, or a field's name.
struct FieldError {
  std::string pointer;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

/// An expected outcome that is not a value. `message` is for people and says what to do; it never holds a secret.
/// `code` is stable and for programs, e.g. `app.name_taken`.
struct Error {
  ErrorKind kind{ErrorKind::internal};
  std::string code;
  std::string message;
  std::vector<FieldError> fields;

  Error(ErrorKind kind_, std::string code_, std::string message_, std::vector<FieldError> fields_ = {})
      : kind(kind_), code(std::move(code_)), message(std::move(message_)), fields(std::move(fields_)) {}
  bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string code, std::string message) {
  return std::unexpected<Error>(Error(kind, std::move(code), std::move(message)));
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

/// `what` is a noun with article, e.g. "the app". The same answer for what is absent and what is somebody else's.
inline std::unexpected<Error> not_found(const std::string& code, const std::string& what) {
  return fail(ErrorKind::not_found, code, what + " does not exist, or you cannot see it.");
}
inline std::unexpected<Error> conflict(std::string code, std::string message) {
  return fail(ErrorKind::conflict, std::move(code), std::move(message));
}
/// One field's value is not acceptable.
inline std::unexpected<Error> invalid(std::string pointer, std::string message) {
  std::vector<FieldError> fields;
  fields.push_back(FieldError{std::move(pointer), message});
  return std::unexpected<Error>(Error(ErrorKind::invalid, "invalid", std::move(message), std::move(fields)));
}

/// The stable lower-case name of a kind, e.g. "not_found".
const char* to_string(ErrorKind kind);

}  // namespace base

// Propagation, each on its own line. `TRY_*` in plain functions, `CO_TRY_*` in coroutines.
#define BASE_CONCAT_(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_(a, b)
#define TRY_ASSIGN_(tmp, decl, expr)                                     \
  auto tmp = (expr);                                                     \
  if (!tmp) return std::unexpected<base::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)
/// Declares `decl` from the value of `expr`, or returns its Error: `TRY_ASSIGN(auto app, store.find(tx, id));`
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_(BASE_CONCAT(try_result_, __LINE__), decl, expr)
/// Returns the Error of a `Result<>` without a value of interest.
#define TRY_CHECK(expr)                                  \
  if (auto try_check_result = (expr); !try_check_result) \
  return std::unexpected<base::Error>(std::move(try_check_result).error())
#define CO_TRY_ASSIGN_(tmp, decl, expr)                                     \
  auto tmp = (expr);                                                        \
  if (!tmp) co_return std::unexpected<base::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define CO_TRY_ASSIGN(decl, expr) CO_TRY_ASSIGN_(BASE_CONCAT(try_result_, __LINE__), decl, expr)
#define CO_TRY_CHECK(expr)                               \
  if (auto try_check_result = (expr); !try_check_result) \
  co_return std::unexpected<base::Error>(std::move(try_check_result).error())
