#include "agent/accelerator/choice.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace torpor::agent {
namespace {

constexpr std::string_view kInAChild = "child-";

}  // namespace

bool IsBackEndName(std::string_view name) {
  if (name.starts_with(kInAChild)) name.remove_prefix(kInAChild.size());
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 31 && std::ranges::all_of(name, plain);
}

bool IsOnADevice(std::string_view back_end) {
  return back_end != kDefaultBackEnd && back_end != "reference" &&
         !back_end.starts_with(kInAChild);
}

model::NetworkMaker MakerOf(const std::string& back_end, ChildSetting setting,
                            ChildNetwork*& made) {
  using Made = Result<std::unique_ptr<model::Network>>;
  if (back_end == kDefaultBackEnd) return {};
  if (back_end == "reference") {
    return [](const model::NetworkFile& file, const std::filesystem::path&,
              std::size_t) -> Made { return model::MakeReferenceNetwork(file.view()); };
  }
  setting.back_end =
      back_end.starts_with(kInAChild) ? back_end.substr(kInAChild.size()) : back_end;
  return [setting, &made](const model::NetworkFile& file,
                          const std::filesystem::path& path, std::size_t tokens) -> Made {
    ChildSetting here = setting;
    here.model = std::filesystem::absolute(path);
    auto child = ChildNetwork::Make(std::move(here), file, tokens);
    if (!child.ok()) return child.status();
    made = child->get();
    return std::unique_ptr<model::Network>(*std::move(child));
  };
}

}  // namespace torpor::agent
