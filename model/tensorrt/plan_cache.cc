#include "model/tensorrt/plan_cache.h"

#include <algorithm>

#include "contract/digest.h"
#include "model/tensorrt/sized_file.h"

namespace torpor::model::tensorrt {
namespace {

// Each text behind its length, so that no two origins make the same bytes.
class Origin {
 public:
  void Add(std::string_view text) {
    Add(text.size());
    const auto bytes = AsBytes(text);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void Add(std::uint64_t number) {
    std::array<std::byte, sizeof number> bytes{};
    ByteWriter(bytes).Write(number);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

Digest PlanKey(const PlanOrigin& origin) {
  Origin all;
  all.Add(std::string_view(reinterpret_cast<const char*>(origin.onnx.data()),
                           origin.onnx.size()));
  all.Add(origin.tensorrt);
  all.Add(origin.device);
  for (const int number : {origin.major, origin.minor, origin.driver}) {
    all.Add(static_cast<std::uint64_t>(number));
  }
  all.Add(origin.build);
  return contract::DigestOf(all.bytes());
}

std::vector<std::byte> EncodePlan(const Digest& key, std::span<const std::byte> plan) {
  std::vector<std::byte> file(kPlanHeaderBytes + plan.size() + sizeof(Digest));
  ByteWriter out(file);
  out.Write(AsBytes(kPlanMagic));
  out.Write(kPlanVersion);
  out.Write(std::uint32_t{0});
  out.Write(key);
  out.Write(std::uint64_t{plan.size()});
  out.Write(plan);
  out.Write(contract::DigestOf(std::span(file).first(out.size())));
  return file;
}

std::optional<std::span<const std::byte>> DecodePlan(std::span<const std::byte> file,
                                                     const Digest& key) {
  if (file.size() < kPlanHeaderBytes + sizeof(Digest)) return std::nullopt;
  const auto before = file.first(file.size() - sizeof(Digest));
  if (!std::ranges::equal(contract::DigestOf(before), file.last(sizeof(Digest)))) {
    return std::nullopt;
  }
  ByteReader in(before);
  const bool ours = std::ranges::equal(in.Take(kPlanMagic.size()), AsBytes(kPlanMagic)) &&
                    in.Read<std::uint32_t>() == kPlanVersion &&
                    in.Read<std::uint32_t>() == 0 &&
                    std::ranges::equal(in.Take(sizeof(Digest)), key) &&
                    in.Read<std::uint64_t>() == before.size() - kPlanHeaderBytes;
  if (!ours) return std::nullopt;
  return in.rest();
}

PlanCache::PlanCache(const std::string& folder, std::string_view name) {
  if (!folder.empty()) path_ = folder + "/" + std::string(name) + ".plan";
}

std::optional<std::vector<std::byte>> PlanCache::Read(const Digest& key) const {
  if (path_.empty()) return std::nullopt;
  const auto file = ReadSized(path_, kMaxPlanBytes);
  if (!file.ok()) return std::nullopt;
  const auto plan = DecodePlan(*file, key);
  if (!plan) return std::nullopt;
  return std::vector<std::byte>(plan->begin(), plan->end());
}

Status PlanCache::Write(const Digest& key, std::span<const std::byte> plan,
                        contract::sign::Disk& disk) const {
  if (path_.empty()) return Status::kOk;
  const auto file = EncodePlan(key, plan);
  if (file.size() > kMaxPlanBytes) return Status::kFileTooLarge;
  return contract::sign::ReplaceFile(path_, file, contract::sign::Secrecy::kPublic, disk);
}

}  // namespace torpor::model::tensorrt
