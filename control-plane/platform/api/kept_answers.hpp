#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"

namespace api {

/// Answers of reads, kept while nothing changes: the same question from anybody who may ask it costs no query. An
/// answer counts for the change number that was read before its transaction began. That number grows with every
/// transaction of this process that wrote something, right after its commit and before its caller is answered, so who
/// wrote reads what they wrote; and with each word from another instance. What another instance did without a word is
/// seen when the answer is a second old. Thread-safe; bounded.
class KeptAnswers {
 public:
  static constexpr std::size_t kMostBytes{std::size_t{32} << 20U};
  static constexpr std::chrono::seconds kLife{1};
  using Body = std::shared_ptr<const std::string>;

  explicit KeptAnswers(const base::Clock& clock) : clock_(clock) {}

  /// What came from another instance may concern anything.
  void heard() { ++heard_; }
  /// The change number now, with this many changes made here.
  std::uint64_t change(std::uint64_t made_here) const { return heard_.load() + made_here; }
  /// Null when there is none of this change.
  Body find(const std::string& question, std::uint64_t change);
  void keep(const std::string& question, std::uint64_t change, std::string body);

 private:
  struct Kept {
    std::uint64_t change{0};
    base::SteadyTime at;
    Body body;
  };
  struct State {
    std::unordered_map<std::string, Kept> answers;
    std::size_t bytes{0};
  };
  const base::Clock& clock_;
  std::atomic<std::uint64_t> heard_{0};
  base::Guarded<State> state_;
};

}  // namespace api
