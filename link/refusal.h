// Why the two sides do not work together, in the one form that both of them print.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "contract/difference.h"
#include "contract/terms.h"
#include "core/status.h"

namespace torpor::link {

struct Refusal {
  std::uint16_t reason = 0;  // a Status, or 1000 + a field of the contract
  contract::Address ours;    // the value here
  contract::Address theirs;  // and there; empty where only one side has one

  // kContractDiffers for every parameter of the contract.
  [[nodiscard]] constexpr Status status() const {
    return reason >= contract::kDisagreementBase ? Status::kContractDiffers
                                                 : static_cast<Status>(reason);
  }
  // 0 when it is not about one parameter.
  [[nodiscard]] constexpr std::uint16_t field() const {
    return reason >= contract::kDisagreementBase
               ? static_cast<std::uint16_t>(reason - contract::kDisagreementBase)
               : std::uint16_t{0};
  }
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Texts longer than an Address are cut.
Refusal Refused(Status status, std::string_view ours = {}, std::string_view theirs = {});

// The same seen from the other side.
Refusal Swapped(const Refusal& refusal);

// Why something that was offered was not taken may be over the next time: offer it again.
// False for 0, which is no reason, and for every reason that stays.
[[nodiscard]] bool Passes(std::uint16_t reason);

// "period_ms" or "expired": the parameter, else the status.
std::string_view NameOf(std::uint16_t reason);

// One line of JSON, without line feed, as every program prints it on standard error:
// {"program":..,"reason":..,"name":..,"what":..,"ours":..,"theirs":..,"do":..}. A view of
// `out`; 1024 bytes are enough for every refusal, and less room cuts nothing: it gives an
// empty view.
std::string_view FormatRefusal(std::string_view program, const Refusal& refusal,
                               std::span<char> out);

}  // namespace torpor::link
