// The lists of texts in the human source: targets, alarm sinks and calibrations, entry by
// entry, to terms and back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "contract/sign/source_keys.h"
#include "contract/terms.h"

namespace torpor::contract::sign {

// Why a text does not fit into so many characters, for a person; empty when it does.
std::string Misfit(const SourceKey& key, std::string_view text, std::size_t room);

// Puts an entry of the key's list into its slot, which must exist. Why it cannot be one,
// for a person; empty when it can.
std::string PutEntry(const SourceKey& key, std::string_view text, std::size_t slot,
                     Terms& terms);

// Says how many slots are filled, and sorts them: order in the source is free, in the
// contract it is not.
void CloseList(const SourceKey& key, std::uint32_t count, Terms& terms);

// The entries as PutEntry() takes them.
std::vector<std::string> EntryTexts(const SourceKey& key, const Terms& terms);

}  // namespace torpor::contract::sign
