// The reasons that a microcontroller can give, with their words; those of models, cycles
// and gateways would take several kB of its flash.
#include "core/status_rows.h"
#include "core/status_rows_agreement.h"
#include "core/status_rows_board.h"
#include "core/status_table.h"

namespace torpor {
namespace {

constexpr std::array kRows = status_rows::Joined(
    status_rows::kAgreement, status_rows::kSensor, status_rows::kFlash);

}  // namespace

std::span<const StatusInfo> StatusTable() { return kRows; }

const StatusInfo& Info(Status status) { return status_rows::Find(kRows, status); }

}  // namespace torpor
