#include "control-plane/modules/deployments/views.hpp"

namespace deployments {
namespace {

ReceiptPhaseView view_of(const ReceiptPhase& phase) {
  ReceiptPhaseView view;
  view.seconds = static_cast<double>(phase.milliseconds) / 1000.0;
  view.requests = phase.requests;
  view.failed = phase.failed;
  view.app_errors = phase.app_errors;
  view.p50_ms = phase.p50_ms;
  view.p99_ms = phase.p99_ms;
  return view;
}

}  // namespace

ReceiptView view_of(const Receipt& receipt) {
  ReceiptView view;
  view.state = receipt.final ? "final" : "open";
  view.complete = receipt.complete;
  view.gaps = receipt.gaps;
  view.edges = receipt.edges;
  view.opened_at = receipt.opened_at;
  view.requests_old = receipt.requests_old;
  view.requests_new = receipt.requests_new;
  view.failed = receipt.connect_errors + receipt.response_errors + receipt.unserved + receipt.connections_cut;
  view.errors = {receipt.app_errors, receipt.connect_errors, receipt.response_errors, receipt.unserved,
                 receipt.connections_cut};
  view.aborted = receipt.aborted;
  view.retries = receipt.retries;
  view.connections_drained = receipt.connections_drained;
  view.longest_drain_ms = receipt.longest_drain_ms;
  view.before = view_of(receipt.before);
  view.during = view_of(receipt.during);
  view.after = view_of(receipt.after);
  return view;
}

}  // namespace deployments
