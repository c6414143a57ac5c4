// What a network says of a machine that it was trained on is no measure of it. Models of
// one folder stand in for each other: a machine is scored by one that never heard it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "model/inference.h"

namespace torpor::cli {

struct StandIns {
  std::vector<std::shared_ptr<model::Inference>> opened;  // keeps by_id's alive
  // Null: every model of the folder was trained on that machine, so none can score it.
  std::map<std::string, model::Inference*> by_id;
};

// For those of `ids` that the model at `path` was trained on, as the card beside it says;
// empty when it has no card. `problem` names the file that cannot be used.
//   kCardMismatch  a card is damaged, or the card of another model
//   and whatever model::Inference::Open refuses
[[nodiscard]] Result<StandIns> FindStandIns(const std::filesystem::path& path,
                                            const std::vector<std::string>& ids,
                                            std::size_t axes, std::string& problem);

// The model at `path` if it was not trained on that recording, else the first of its
// folder that was not, else nothing. A model without a card was trained on nothing known.
[[nodiscard]] std::filesystem::path ModelThatNeverHeard(const std::filesystem::path& path,
                                                        const std::string& id);

}  // namespace torpor::cli
