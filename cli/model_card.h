// The card beside a model: what it was trained on, and what was done to it since.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/json_hosted.h"
#include "core/result.h"

namespace torpor::cli {

// fleet.model has fleet.card.json.
[[nodiscard]] std::filesystem::path CardPath(const std::filesystem::path& model);

// `bytes` are the model's own.
//   kFileMissing   there is no card beside it
//   kCardMismatch  it is damaged, or the card of other bytes
[[nodiscard]] Result<nlohmann::ordered_json> ReadCard(const std::filesystem::path& model,
                                                      std::span<const std::byte> bytes);

// Ids of what the model was trained on, as its card lists them.
[[nodiscard]] std::vector<std::string> TrainedOn(const nlohmann::ordered_json& card);

// The digest of a model file's bytes as cards write it.
[[nodiscard]] std::string CardDigest(std::span<const std::byte> bytes);

}  // namespace torpor::cli
