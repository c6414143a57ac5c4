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
// empty when it has no card. The folder's other models are looked at only if need be; one
// without a card stands in for none, as nobody knows what it heard.
// `problem` names the file that cannot be used: a model, or the card beside it.
//   kCardMismatch  a card is damaged, or the card of another model
//   and whatever model::Inference::Open refuses
[[nodiscard]] Result<StandIns> FindStandIns(const std::filesystem::path& path,
                                            const std::vector<std::string>& ids,
                                            std::size_t axes, std::string& problem);

// What to give as --model: the model at `path` if it was not trained on that recording,
// else the first of its folder whose card says that it was not, else model::kNoModel. If
// `path` has no card, it is taken as it is. `problem` names the file that cannot be used.
//   kCardMismatch  as above, and whatever model::NetworkFile::Open refuses
[[nodiscard]] Result<std::string> ModelThatNeverHeard(const std::filesystem::path& path,
                                                      const std::string& id,
                                                      std::string& problem);

}  // namespace torpor::cli
