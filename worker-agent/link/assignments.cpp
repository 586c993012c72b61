#include "worker-agent/link/assignments.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/object_get.hpp"

namespace agent {
namespace {

using protocol::AssignmentCommand;
using protocol::AssignmentOutcome;
using boost::asio::experimental::awaitable_operators::operator||;

constexpr std::chrono::seconds kAskAgain{10};
constexpr std::chrono::seconds kConvergeAgain{10};
/// Removing replicas is what the shrink guard is about; other kinds may go to nothing.
constexpr protocol::AssignmentKind kGuarded = protocol::AssignmentKind::replicas;

std::string name_of(protocol::AssignmentKind kind) {
  return std::string(json::enum_name(kind));
}

AssignmentOutcome to_outcome(ApplyOutcome outcome) {
  switch (outcome) {
    case ApplyOutcome::applied: return AssignmentOutcome::applied;
    case ApplyOutcome::refused: return AssignmentOutcome::refused;
    case ApplyOutcome::partial: return AssignmentOutcome::partial;
  }
  return AssignmentOutcome::refused;
}

}  // namespace

Assignments::Assignments(boost::asio::any_io_executor executor, AssignmentHandlers handlers, CommandJournal& journal,
                         LinkStore& store, async::BlockingPool& disk, Line& line)
    : executor_(std::move(executor)), journal_(journal), store_(store), disk_(disk), line_(line) {
  for (const auto& [kind, handler] : handlers) {
    auto state = std::make_unique<Kind>(executor_);
    state->handler = handler;
    kinds_.emplace(kind, std::move(state));
  }
}

async::Task<void> Assignments::load() {
  const auto kept = co_await disk_.run([this] { return store_.blocking_load_assignments(); });
  for (auto& [kind, state] : kinds_) {
    const auto found = kept.find(name_of(kind));
    if (found == kept.end()) continue;
    auto command = json::decode<AssignmentCommand>(found->second.command, json::Unknown::ignore);
    if (!command) throw base::Failure("an accepted assignment of " + name_of(kind) + " cannot be read");
    state->kept = found->second;
    state->accepted = std::move(*command);
  }
}

void Assignments::start(async::TaskGroup& tasks) {
  for (const auto& [kind, state] : kinds_) tasks.spawn("link.assignments." + name_of(kind), run(kind));
}

void Assignments::offer(protocol::CommandDecision decision, protocol::SignedCommand signed_command,
                        protocol::EnvelopeId re) {
  const auto& command = std::get<AssignmentCommand>(decision.command);
  const auto found = kinds_.find(command.kind);
  if (found == kinds_.end()) {
    answer(command, AssignmentOutcome::refused, "This worker has no such capability.", re);
    return;
  }
  Kind& kind = *found->second;
  // What was journaled and then failed on the disk is no repeat to its handler.
  if (decision.repeat && kind.kept && kind.kept->command == signed_command.bytes) {
    kind.repeat = re;
  } else {
    kind.offer = Offer{.decision = std::move(decision), .signed_command = std::move(signed_command), .re = re};
  }
  kind.changed.notify();
}

async::Task<void> Assignments::put(protocol::Digest digest, bool missing, std::string bytes) {
  std::vector<Kind*> waiting;
  for (auto& [name, kind] : kinds_) {
    if (kind->lacking.contains(digest)) waiting.push_back(kind.get());
  }
  // A body that nobody asked for is not kept; one that does not match its hash counts as lacking.
  if (waiting.empty() || missing || protocol::Digest::of(bytes) != digest) co_return;
  co_await disk_.run([this, digest, bytes] { store_.blocking_save_object(digest, bytes); });
  base::crash_point("link.object.kept");
  for (Kind* kind : waiting) {
    kind->lacking.erase(digest);
    if (kind->lacking.empty()) kind->changed.notify();
  }
}

std::map<std::string, protocol::AppliedMark> Assignments::applied() const {
  std::map<std::string, protocol::AppliedMark> marks;
  for (const auto& [kind, state] : kinds_) {
    if (!state->accepted) continue;
    marks[name_of(kind)] =
        protocol::AppliedMark{.epoch = state->accepted->head.epoch, .generation = state->accepted->generation};
  }
  return marks;
}

void Assignments::connected() {
  for (auto& [name, kind] : kinds_) {
    if (!kind->lacking.empty()) ask(*kind);
  }
}

async::Task<void> Assignments::run(protocol::AssignmentKind which) {
  Kind& kind = *kinds_.at(which);
  while (true) {
    std::optional<std::string> failed;
    try {
      kind.busy = true;
      co_await step(kind);
      kind.busy = false;
      if (idle(kind)) co_await kind.changed.wait();
    } catch (const base::Failure& failure) {
      failed = failure.what();
    }
    if (!failed) continue;
    logging::error("link.assignment_failed", {{"kind", name_of(which)}, {"message", *failed}});
    co_await async::sleep(kConvergeAgain);
  }
}

bool Assignments::idle(const Kind& kind) {
  return !kind.offer && !(kind.accepted && !kind.answer) && !(kind.repeat && kind.answer);
}

async::Task<void> Assignments::step(Kind& kind) {
  if (kind.offer) {
    Offer offer = std::move(*kind.offer);
    kind.offer.reset();
    co_await take(kind, std::move(offer));
  } else if (kind.accepted && !kind.answer) {
    co_await reapply(kind);
  } else if (kind.repeat && kind.answer) {
    line_.send(*kind.answer, {}, *std::exchange(kind.repeat, std::nullopt));
  }
}

async::Task<void> Assignments::take(Kind& kind, Offer offer) {
  const auto command = std::get<AssignmentCommand>(offer.decision.command);
  if (const auto reason = too_small(kind, command)) {
    answer(command, AssignmentOutcome::refused, *reason, offer.re);
    co_return;
  }
  auto bodies = co_await gather(kind, command, offer.re);
  if (!bodies) co_return;
  const auto before = kind.kept;
  const auto before_accepted = kind.accepted;
  const auto& marks = journal_.state().marks;
  const auto mark = marks.find(name_of(command.kind));
  const auto before_mark = mark == marks.end() ? std::nullopt : std::optional(mark->second);
  co_await journal_.accept_assignment(offer.decision, offer.signed_command);
  kind.kept = KeptCommand::of(offer.signed_command);
  kind.accepted = command;
  kind.repeat = offer.re;
  kind.answer.reset();
  co_await converge(kind, std::move(*bodies), command.shrink.value_or(false));
  if (kind.answer->outcome == AssignmentOutcome::refused) {
    const auto refusal = *kind.answer;
    co_await journal_.take_back(name_of(command.kind), before, before_mark);
    kind.kept = before;
    kind.accepted = before_accepted;
    kind.answer.reset();  // what stood before is applied again
    line_.send(refusal, {}, std::exchange(kind.repeat, std::nullopt));
  } else if (kind.answer->outcome == AssignmentOutcome::applied) {
    co_await forget_objects(kind);
  }
}

async::Task<void> Assignments::reapply(Kind& kind) {
  const AssignmentCommand command = *kind.accepted;
  auto bodies = co_await gather(kind, command, kind.repeat);
  if (!bodies) co_return;
  // It was accepted, so its removals were permitted.
  co_await converge(kind, std::move(*bodies), true);
}

async::Task<void> Assignments::converge(Kind& kind, std::vector<ObjectBody> bodies, bool shrink) {
  bool in_force = false;
  while (true) {
    ApplyResult result;
    try {
      std::vector<ObjectBody> copy = in_force ? std::vector<ObjectBody>{} : bodies;
      result = in_force ? co_await settle_or_offer(kind) : co_await kind.handler->apply(std::move(copy), shrink);
    } catch (const base::Failure& failure) {
      result = ApplyResult{.outcome = ApplyOutcome::partial, .reason = failure.what()};
    }
    if (in_force && kind.offer) co_return;
    note(kind, result);
    if (kind.answer->outcome != AssignmentOutcome::partial) co_return;
    line_.send(*kind.answer, {}, kind.repeat);
    if (kind.offer) co_return;
    in_force = !result.pending.empty();
    if (!in_force) co_await async::sleep(kConvergeAgain);
    if (kind.offer) co_return;
  }
}

/// A newer assignment does not wait for what is on its way out.
async::Task<ApplyResult> Assignments::settle_or_offer(Kind& kind) {
  auto first = co_await (kind.handler->settle() || kind.changed.wait());
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return ApplyResult{.outcome = ApplyOutcome::partial,
                        .reason = kind.answer->reason.value_or(""),
                        .pending = kind.answer->pending.value_or(std::vector<std::string>{})};
}

void Assignments::note(Kind& kind, const ApplyResult& result) {
  base::crash_point("link.assignment.handed_on");
  const AssignmentCommand& command = *kind.accepted;
  protocol::AssignmentApplied applied{.kind = command.kind,
                                      .epoch = command.head.epoch,
                                      .generation = command.generation,
                                      .outcome = to_outcome(result.outcome)};
  if (!result.reason.empty()) applied.reason = result.reason;
  if (!result.pending.empty()) applied.pending = result.pending;
  logging::info("link.assignment", {{"kind", json::enum_name(command.kind)},
                                    {"generation", command.generation},
                                    {"outcome", json::enum_name(applied.outcome)},
                                    {"pending", result.pending.size()},
                                    {"reason", result.reason}});
  kind.answer = applied;
}

async::Task<std::vector<ObjectBody>> Assignments::load_bodies(Kind& kind, const AssignmentCommand& command) {
  const std::vector<protocol::ObjectReference> objects = command.objects;
  std::set<protocol::Digest> lacking;
  auto found = co_await disk_.run([this, objects] {
    std::vector<ObjectBody> bodies;
    for (const protocol::ObjectReference& object : objects) {
      auto bytes = store_.blocking_load_object(object.sha256);
      if (!bytes) continue;
      bodies.push_back(ObjectBody{.id = object.id, .sha256 = object.sha256.hex(), .bytes = std::move(*bytes)});
    }
    return bodies;
  });
  std::set<std::string> present;
  for (const ObjectBody& body : found) present.insert(body.sha256);
  for (const protocol::ObjectReference& object : objects) {
    if (!present.contains(object.sha256.hex())) lacking.insert(object.sha256);
  }
  kind.lacking = std::move(lacking);
  co_return found;
}

async::Task<std::optional<std::vector<ObjectBody>>> Assignments::gather(Kind& kind, const AssignmentCommand& command,
                                                                        std::optional<protocol::EnvelopeId> re) {
  bool said = false;
  while (true) {
    auto bodies = co_await load_bodies(kind, command);
    if (kind.lacking.empty()) co_return bodies;
    if (!said) {
      answer(command, AssignmentOutcome::partial, std::to_string(kind.lacking.size()) + " bodies are lacking.", re);
    }
    said = true;
    ask(kind);
    if (!kind.lacking.empty() && !kind.offer) co_await kind.changed.wait(kAskAgain);
    if (kind.offer) {
      kind.lacking.clear();
      co_return std::nullopt;
    }
  }
}

void Assignments::ask(Kind& kind) {
  protocol::ObjectGet get;
  for (const protocol::Digest& digest : kind.lacking) {
    get.sha256.push_back(digest);
    if (get.sha256.size() < protocol::kMaxObjectsAsked) continue;
    line_.send(get);
    get.sha256.clear();
  }
  if (!get.sha256.empty()) line_.send(get);
}

std::optional<std::string> Assignments::too_small(const Kind& kind, const AssignmentCommand& command) const {
  if (command.kind != kGuarded || command.shrink.value_or(false) || !kind.accepted) return std::nullopt;
  std::set<std::string_view> wanted;
  for (const protocol::ObjectReference& object : command.objects) wanted.insert(object.id);
  const auto& now = kind.accepted->objects;
  const auto removed = static_cast<std::size_t>(
      std::ranges::count_if(now, [&](const protocol::ObjectReference& it) { return !wanted.contains(it.id); }));
  if (!protocol::shrinks_too_much(now.size(), removed)) return std::nullopt;
  return "It would remove " + std::to_string(removed) + " of " + std::to_string(now.size()) + " replicas.";
}

async::Task<void> Assignments::forget_objects(const Kind& own) {
  std::vector<protocol::Digest> wanted;
  for (const auto& [name, kind] : kinds_) {
    if (kind.get() != &own && kind->busy) co_return;  // its bodies may be under way; next time
    if (!kind->accepted) continue;
    for (const protocol::ObjectReference& object : kind->accepted->objects) wanted.push_back(object.sha256);
  }
  std::ranges::sort(wanted);
  co_await disk_.run([this, wanted] { store_.blocking_keep_objects(wanted); });
}

void Assignments::answer(const AssignmentCommand& command, AssignmentOutcome outcome, std::string reason,
                         std::optional<protocol::EnvelopeId> re) {
  protocol::AssignmentApplied applied{
      .kind = command.kind, .epoch = command.head.epoch, .generation = command.generation, .outcome = outcome};
  if (!reason.empty()) applied.reason = std::move(reason);
  line_.send(applied, {}, re);
}

}  // namespace agent
