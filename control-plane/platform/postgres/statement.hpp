#pragma once

#include <string_view>
#include <vector>

namespace postgres {

/// A named SQL statement: prepared once per connection under its name, which also keys metrics and logs.
/// Define them as constants at the top of `store.cpp` files only; text and name must have static storage.
/// Names are unique in the program; a test prepares every one against the migrated schema.
class Statement {
 public:
  Statement(const char* name, const char* sql);
  const char* name() const { return name_; }
  const char* sql() const { return sql_; }

  /// Every statement of the program, in no particular order. For the test that prepares them all.
  static const std::vector<const Statement*>& all();

 private:
  const char* name_;
  const char* sql_;
};

}  // namespace postgres
