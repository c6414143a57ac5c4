// What a trained model is made of, in words and numbers that lie beside it: which data by
// digest, which seed and choices, what it has never seen, and how it did.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json_hosted.h"
#include "core/result.h"
#include "train/course.h"

namespace torpor::train {

// fleet.model has fleet.card.json.
[[nodiscard]] std::filesystem::path CardPath(const std::filesystem::path& model);

// `model_bytes` is the file as written; `contract` the name that the user gave.
[[nodiscard]] nlohmann::ordered_json CardOf(const Workshop& workshop,
                                            const Trained& trained,
                                            const std::string& contract,
                                            std::span<const std::byte> model_bytes,
                                            const Digest& run);

// Whether a model was made with these choices and this seed.
[[nodiscard]] bool IsOf(const nlohmann::ordered_json& card, const Recipe& recipe,
                        std::uint64_t seed);

// For people. Every value is on a line of its own.
[[nodiscard]] std::string CardText(const nlohmann::ordered_json& card);

// The card beside a model, and that it is this model's.
//   kFileMissing    there is no model, or no card beside it
//   kCardMismatch   the card is damaged, or of another model
[[nodiscard]] Result<nlohmann::ordered_json> ReadCard(const std::filesystem::path& model);

}  // namespace torpor::train
