#include "cli/stand_ins.h"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "cli/model_card.h"
#include "model/network_file.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using Ids = std::set<std::string>;

// Nothing where there is no card.
Result<std::optional<Ids>> HeardBy(const fs::path& path, std::string& problem) {
  const auto file = model::NetworkFile::Open(path);
  if (!file.ok()) {
    problem = path.string();
    return file.status();
  }
  const auto card = ReadCard(path, file->bytes());
  if (card.status() == Status::kFileMissing) return std::optional<Ids>{};
  if (!card.ok()) {
    problem = CardPath(path).string();
    return card.status();
  }
  const std::vector<std::string> ids = TrainedOn(*card);
  return std::optional<Ids>(std::in_place, ids.begin(), ids.end());
}

// Of the same folder, in the order of their names.
std::vector<fs::path> Others(const fs::path& path) {
  std::vector<fs::path> others;
  std::error_code error;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".model" &&
        entry.path().filename() != path.filename()) {
      others.push_back(entry.path());
    }
  }
  std::ranges::sort(others);
  return others;
}

}  // namespace

Result<StandIns> FindStandIns(const fs::path& path, const std::vector<std::string>& ids,
                              std::size_t axes, std::string& problem) {
  StandIns found;
  const auto heard = HeardBy(path, problem);
  if (!heard.ok()) return heard.status();
  for (const std::string& id : ids) {
    if (*heard && (*heard)->contains(id)) found.by_id[id] = nullptr;
  }
  if (found.by_id.empty()) return found;
  for (const fs::path& other : Others(path)) {
    const auto heard_there = HeardBy(other, problem);
    if (!heard_there.ok()) return heard_there.status();
    if (!*heard_there) continue;  // who knows what it heard
    auto opened = model::Inference::Open(other, axes);
    if (!opened.ok()) {
      problem = other.string();
      return opened.status();
    }
    found.opened.push_back(*opened);
    for (auto& [id, stand_in] : found.by_id) {
      if (stand_in == nullptr && !(*heard_there)->contains(id)) stand_in = opened->get();
    }
  }
  return found;
}

Result<std::string> ModelThatNeverHeard(const fs::path& path, const std::string& id,
                                        std::string& problem) {
  const auto heard = HeardBy(path, problem);
  if (!heard.ok()) return heard.status();
  if (!*heard || !(*heard)->contains(id)) return path.string();
  for (const fs::path& other : Others(path)) {
    const auto heard_there = HeardBy(other, problem);
    if (!heard_there.ok()) return heard_there.status();
    if (*heard_there && !(*heard_there)->contains(id)) return other.string();
  }
  return std::string(model::kNoModel);
}

}  // namespace torpor::cli
