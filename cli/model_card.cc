#include "cli/model_card.h"

#include "contract/sign/files.h"
#include "core/hex.h"
#include "model/network_digest.h"

namespace torpor::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxCardBytes = std::size_t{1} << 20;

// Whether everything that is read later is there, in its type.
bool InForm(const ordered_json& card) {
  if (!card.is_object() || !card.contains("model_digest") || !card.contains("data") ||
      !card["model_digest"].is_string() || !card["data"].is_array()) {
    return false;
  }
  return std::ranges::all_of(card["data"], [](const ordered_json& one) {
    return one.is_object() && one.contains("id") && one["id"].is_string();
  });
}

}  // namespace

std::filesystem::path CardPath(const std::filesystem::path& model) {
  std::filesystem::path card = model;
  return card.replace_extension(".card.json");
}

std::string CardDigest(std::span<const std::byte> bytes) {
  const Digest digest = model::DigestOfNetwork(bytes);
  std::string text(2 * digest.size(), '0');
  WriteHex(digest, text);
  return text;
}

Result<ordered_json> ReadCard(const std::filesystem::path& model,
                              std::span<const std::byte> bytes) {
  const auto text = contract::sign::ReadFile(CardPath(model).string(), kMaxCardBytes);
  if (text.status() == Status::kFileMissing) return Status::kFileMissing;
  if (!text.ok()) return Status::kCardMismatch;
  const auto* const begin = reinterpret_cast<const char*>(text->data());
  ordered_json card = ordered_json::parse(begin, begin + text->size(), nullptr, false);
  if (!InForm(card) || card["model_digest"] != CardDigest(bytes)) {
    return Status::kCardMismatch;
  }
  return card;
}

std::vector<std::string> TrainedOn(const ordered_json& card) {
  std::vector<std::string> ids;
  for (const ordered_json& one : card["data"]) ids.push_back(one["id"]);
  return ids;
}

}  // namespace torpor::cli
